"use strict";
// Adds sorting to tables, zoom to maps, and the tie between them. Every fact already stands in
// the page without this script.

const collate = new Intl.Collator("en-GB", { numeric: true }).compare;

function sortRows(table, column, kind, isDescending) {
  const body = table.tBodies[0];
  const valueOf = (row) => row.cells[column].dataset.value;
  const rows = [...body.rows].map((row) => [valueOf(row), row]);
  rows.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === ""); // not known goes last, either way
    const order = kind === "text" || kind === "word" ? collate(a, b) : a - b;
    return isDescending ? -order : order;
  });
  body.append(...rows.map(([, row]) => row));
}

function makeSortable(table) {
  const news = document.createElement("p");
  news.className = "spoken";
  news.setAttribute("role", "status");
  table.after(news);
  for (const head of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const isDescending = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentNode.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortRows(table, head.cellIndex, head.dataset.sort, isDescending);
      news.textContent = `Sorted by ${button.textContent}, ${isDescending ? "descending" : "ascending"}.`;
    });
  }
}

// --- one place, its mark on the map and its row in the table ---

const allOf = (place) => document.querySelectorAll(`[data-place="${CSS.escape(place)}"]`);

function light(place, isLit) {
  for (const part of allOf(place)) part.classList.toggle("lit", isLit);
}

function tieTogether() {
  for (const [start, end] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    document.addEventListener(start, (event) => { const part = event.target.closest("[data-place]"); if (part) light(part.dataset.place, true); });
    document.addEventListener(end, (event) => { const part = event.target.closest("[data-place]"); if (part) light(part.dataset.place, false); });
  }
}

// Arrow keys go from place to place, so that twenty of them are one stop of the Tab key.
function walkByArrows(stops) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const settle = (current) => stops().forEach((stop) => stop.setAttribute("tabindex", stop === current ? "0" : "-1"));
  settle(stops()[0]);
  return (event) => {
    const all = stops().filter((stop) => stop.checkVisibility());
    const at = all.indexOf(event.target.closest("a"));
    const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : at + steps[event.key];
    if (at < 0 || event.shiftKey || Number.isNaN(next) || !all[next]) return;
    event.preventDefault();
    settle(all[next]);
    all[next].focus();
  };
}

// --- maps ---

const RADIUS = 12;

// As `spread_discs` in cartography.py: discs and places push each other apart.
function spread(anchors, width, height, placePx) {
  if (placePx > 2.5 * RADIUS || !anchors.length) return anchors;
  const middle = [0, 1].map((i) => anchors.reduce((sum, point) => sum + point[i], 0) / anchors.length);
  let discs = anchors.map(([x, y], i) => {
    const away = [x - middle[0] + Math.cos(2.4 * i), y - middle[1] + Math.sin(2.4 * i)];
    const reach = (RADIUS + placePx / 2) / Math.hypot(...away);
    return [x + away[0] * reach, y + away[1] * reach];
  });
  const push = (movers, others, gap) => movers.map(([x, y]) => others.reduce(([a, b], [u, v]) => {
    const distance = Math.hypot(x - u, y - v);
    if (distance === 0 || distance >= gap) return [a, b];
    const share = (gap - distance) / distance / 2;
    return [a + (x - u) * share, b + (y - v) * share];
  }, [0, 0]));
  const add = (points, steps, share) => points.map(([x, y], i) => [x + steps[i][0] * share, y + steps[i][1] * share]);
  const keep = (value, most) => Math.min(Math.max(value, RADIUS + 2), most - RADIUS - 2);
  for (let turn = 0; turn < 160; turn += 1) {
    discs = add(discs, discs.map(([x, y], i) => [anchors[i][0] - x, anchors[i][1] - y]), 0.08);
    discs = add(discs, push(discs, discs, 2 * RADIUS + 3), 0.5);
    discs = add(discs, push(discs, anchors, RADIUS + placePx / 2 + 1), 1);
    discs = discs.map(([x, y]) => [keep(x, width), keep(y, height)]);
  }
  return discs;
}

function makeMap(map) {
  const ground = map.querySelector(".ground");
  const marks = [...map.querySelectorAll(".mark")];
  const names = [...map.querySelectorAll(".names text")];
  const [bar, barText] = map.querySelectorAll(".scale line, .scale text");
  const whole = ground.getAttribute("viewBox").split(" ").map(Number);
  const metres = Number(map.dataset.metres);
  const placeUnits = Number(map.dataset.placeUnits);
  let [left, top, width] = whole;
  const height = () => width * whole[3] / whole[2];
  const percent = (value, size) => `${(100 * value / size).toFixed(2)}%`;

  function draw() {
    const { clientWidth: wide, clientHeight: tall } = map.querySelector(".sheet");
    if (!wide || !tall) return; // not laid out, as while a print is being prepared
    ground.setAttribute("viewBox", [left, top, width, height()].map((value) => value.toFixed(2)).join(" "));
    const toPx = (part) => [(part.dataset.x - left) / width * wide, (part.dataset.y - top) / height() * tall];
    const shown = marks.filter((mark) => { const [x, y] = toPx(mark); return x >= 0 && y >= 0 && x <= wide && y <= tall; });
    const anchors = shown.map(toPx);
    const discs = spread(anchors, wide, tall, placeUnits / width * wide);
    for (const mark of marks) mark.classList.toggle("away", !shown.includes(mark));
    shown.forEach((mark, i) => {
      const [line, disc] = mark.children;
      const [x, y] = [percent(discs[i][0], wide), percent(discs[i][1], tall)];
      for (const [name, value] of Object.entries({ x1: percent(anchors[i][0], wide), y1: percent(anchors[i][1], tall), x2: x, y2: y })) line.setAttribute(name, value);
      disc.setAttribute("x", x);
      disc.setAttribute("y", y);
    });
    // The most useful names first; one that would cover another, a place or the edge waits.
    const taken = [...anchors.map((point) => [point, placeUnits / width * wide * 0.6]), ...discs.map((point) => [point, RADIUS])]
      .map(([[x, y], reach]) => [x - reach, y - reach, x + reach, y + reach]);
    const seen = new Set();
    for (const name of names) {
      const [x, y] = toPx(name);
      const half = 3.6 * name.textContent.length;
      const box = [x - half, y - 14, x + half, y + 6];
      const fits = !seen.has(name.textContent) && box[0] > 0 && box[1] > 0 && box[2] < wide - 40 && box[3] < tall - 36
        && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      if (fits) { taken.push(box); seen.add(name.textContent); }
      name.setAttribute("display", fits ? "inline" : "none");
      name.setAttribute("x", percent(x, wide));
      name.setAttribute("y", percent(y, tall));
    }
    const across = metres * width / whole[2];
    const power = 10 ** Math.floor(Math.log10(across / 5));
    const length = power * [5, 2, 1].find((step) => step * power <= across / 5);
    bar.setAttribute("x2", percent(length, across));
    barText.textContent = length < 1000 ? `${length} m` : `${length / 1000} km`;
  }

  function show(newLeft, newTop, newWidth) {
    width = Math.min(Math.max(newWidth, whole[2] / 40), whole[2]);
    left = Math.min(Math.max(newLeft, 0), whole[2] - width);
    top = Math.min(Math.max(newTop, 0), whole[3] - height());
    for (const button of map.querySelectorAll("[data-move]")) button.hidden = width === whole[2];
    draw();
  }

  const zoom = (factor, x = left + width / 2, y = top + height() / 2) => (factor
    ? show(x - (x - left) * factor, y - (y - top) * factor, width * factor)
    : show(0, 0, whole[2]));
  const move = (x, y) => show(left + x * width / 4, top + y * height() / 4, width);

  map.querySelector(".zoom").hidden = false;
  map.addEventListener("click", (event) => {
    const { zoom: factor, move: step } = event.target.dataset;
    if (factor) zoom(Number(factor));
    if (step) move(...step.split(",").map(Number));
  });
  const sheet = map.querySelector(".sheet");
  const byArrows = walkByArrows(() => marks);
  sheet.addEventListener("keydown", (event) => {
    const factor = { "+": 0.625, "=": 0.625, "-": 1.6, 0: 0 }[event.key];
    if (factor !== undefined && !event.ctrlKey && !event.metaKey) zoom(factor);
    else byArrows(event);
  });
  sheet.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // the page scrolls; with Ctrl the map zooms
    event.preventDefault();
    const box = sheet.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, left + (event.clientX - box.left) / box.width * width, top + (event.clientY - box.top) / box.height * height());
  }, { passive: false });
  let grip = null;
  sheet.addEventListener("pointerdown", (event) => { if (event.pointerType === "mouse" && !event.target.closest("a")) grip = [event.clientX, event.clientY, left, top]; });
  window.addEventListener("pointermove", (event) => {
    if (grip) show(grip[2] - (event.clientX - grip[0]) / sheet.clientWidth * width, grip[3] - (event.clientY - grip[1]) / sheet.clientHeight * height(), width);
  });
  window.addEventListener("pointerup", () => { grip = null; });
  new ResizeObserver(draw).observe(sheet);
  map.classList.add("is-ready");
}

// --- search ---

function makeSearch(input) {
  const rows = [...document.getElementById(input.dataset.table).tBodies[0].rows];
  const status = input.parentNode.querySelector("[role=status]");
  input.parentNode.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    const found = rows.filter((row) => row.textContent.toLowerCase().includes(wanted));
    for (const row of rows) {
      const isOut = !found.includes(row);
      row.hidden = isOut;
      if (row.dataset.place) for (const part of allOf(row.dataset.place)) part.classList.toggle("out", isOut);
    }
    status.textContent = wanted ? `${found.length} of ${rows.length} places` : "";
  });
}

document.querySelectorAll("table.twin").forEach(makeSortable);
document.querySelectorAll("figure.map").forEach(makeMap);
document.querySelectorAll("input[type=search][data-table]").forEach(makeSearch);
tieTogether();
