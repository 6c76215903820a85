"""Map and report pages in a real browser: offline, by keyboard, on a phone, on paper."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pypdf
import pytest

from footbeat.reports.maps import render_map_page
from footbeat.reports.trial import render_trial_html
from footbeat.reports.try_page import Tried, render_try_page, try_download
from footbeat.targeting.find import FindOptions
from footbeat.targeting.select import SelectOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from footbeat.trials.effect import Effect

pytestmark = pytest.mark.browser

NAMES = ("try", "map", "trial")
N_PLACES = 12
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="session")
def tried(download: Path) -> Tried:
    options = FindOptions(select=SelectOptions(top=N_PLACES), n_draws=200)
    return try_download([download], options, rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def pages(tried: Tried, effect: Effect, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with every kind of page."""
    folder = tmp_path_factory.mktemp("pages")
    written = {
        "try": render_try_page(tried, place="Made-up"),
        "map": render_map_page(tried.found),
        "trial": render_trial_html(effect, place="Made-up"),
    }
    for name, text in written.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def opened(page: Page, pages: Path) -> Iterator[Page]:
    """Give a page on a desktop, network off, that must end without an error."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url)
    )
    page.context.set_offline(offline=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((pages / "try.html").as_uri())
    yield page
    assert wrong == []


def visit(page: Page, pages: Path, name: str, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((pages / f"{name}.html").as_uri())


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"#places tbody tr > :nth-child({number})").all_inner_texts()


def incidents(page: Page) -> list[int]:
    return [int(text) for text in column(page, 3)]


def lit(page: Page, selector: str) -> list[str | None]:
    found = page.locator(f"{selector}.lit")
    return [found.nth(i).get_attribute("data-place") for i in range(found.count())]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_to_mend(opened: Page, pages: Path, name: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    visit(opened, pages, name, width)
    found = axe.run(opened, options={"runOnly": {"type": "tag", "values": list(RULES)}})
    broken = found.response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in broken] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [320, 390, 768])
def test_narrow_screen_never_scrolls_sideways(
    opened: Page, pages: Path, name: str, width: int
) -> None:
    visit(opened, pages, name, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["try", "map"])
def test_list_fits_a_phone_without_a_scroll_of_its_own(
    opened: Page, pages: Path, name: str
) -> None:
    visit(opened, pages, name, 320)
    box = "document.querySelector('#places').parentNode"
    assert opened.evaluate(f"{box}.scrollWidth <= {box}.clientWidth")


def test_table_is_sorted_by_keyboard_and_says_so(opened: Page) -> None:
    head = opened.locator("#places thead th").nth(2)
    before = incidents(opened)
    head.get_by_role("button").focus()
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert incidents(opened) == sorted(before)
    opened.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert incidents(opened) == sorted(before, reverse=True)
    assert "descending" in opened.get_by_role("status").filter(has_text="Sorted").inner_text()


def test_every_sort_button_is_reached_by_tab(opened: Page) -> None:
    opened.locator("#search").focus()
    opened.keyboard.press("Tab")  # the table's own scrolling region
    reached = []
    for _ in range(4):
        opened.keyboard.press("Tab")
        reached.append(opened.evaluate("document.activeElement.textContent"))
    assert reached == ["Rank", "Place and why", "Incidents", "Ranks the data allow"]


def _as_a_reader_sorts(text: str) -> list[tuple[bool, int, str]]:
    """Letters without case, numbers by their size: Street (2) before Street (10)."""
    parts = re.findall(r"\d+|\D+", text.casefold())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def test_words_are_sorted_as_words_and_numbers_as_numbers(opened: Page) -> None:
    opened.locator("#places thead button").nth(0).click()
    assert column(opened, 1) == [str(rank) for rank in range(1, len(column(opened, 1)) + 1)]
    opened.locator("#places thead button").nth(1).click()
    names = opened.locator("#places tbody a").all_inner_texts()
    assert names == sorted(names, key=_as_a_reader_sorts)


def test_hovering_a_row_lights_its_place_on_the_map(opened: Page) -> None:
    opened.locator("#row-3").hover()
    assert lit(opened, ".mark") == ["3"]
    assert lit(opened, ".place") == ["3"]
    opened.locator("h1").hover()
    assert lit(opened, ".mark") == []


def test_hovering_a_mark_lights_its_row(opened: Page) -> None:
    opened.locator("#mark-2 circle").hover()
    assert lit(opened, "tr") == ["2"]


def test_arrow_keys_move_between_places_on_the_map(opened: Page) -> None:
    opened.locator("#mark-1").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("document.activeElement.id") == "mark-2"
    assert lit(opened, "tr") == ["2"]
    opened.keyboard.press("End")
    last = opened.locator(".mark").count()
    assert opened.evaluate("document.activeElement.id") == f"mark-{last}"
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("document.activeElement.id") == f"mark-{last}"


def test_map_is_one_stop_of_the_tab_key(opened: Page) -> None:
    stops = opened.locator(".mark[tabindex='0']").count()
    assert (stops, opened.locator(".mark").count()) == (1, len(column(opened, 1)))


def test_following_a_mark_leads_to_its_row(opened: Page) -> None:
    opened.locator("#mark-4").focus()
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#row-4")
    assert opened.locator("#row-4").is_visible()


def test_map_zooms_and_its_scale_bar_follows(opened: Page) -> None:
    ground, words = opened.locator(".ground"), opened.locator(".scale text")
    whole, length = ground.get_attribute("viewBox"), words.text_content()
    assert opened.get_by_role("button", name="Move west").is_hidden()
    for _ in range(3):
        opened.get_by_role("button", name="Zoom in").click()
    assert ground.get_attribute("viewBox") != whole
    assert words.text_content() != length
    assert opened.get_by_role("button", name="Move west").is_visible()
    opened.get_by_role("button", name="Whole map").click()
    assert words.text_content() == length


def test_marks_do_not_overlap_on_a_phone(opened: Page, pages: Path) -> None:
    visit(opened, pages, "try", 320)
    opened.wait_for_timeout(100)
    boxes = [box.bounding_box() for box in opened.locator(".mark circle").all()]
    middles = np.array([(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in boxes if b])
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    assert apart[np.triu_indices(len(middles), 1)].min() > 16


def test_layers_are_switched_without_a_script(browser: Browser, pages: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages / "try.html").as_uri())
    cells = page.locator(".cells")
    assert cells.is_hidden()
    page.get_by_label("All cells").check()
    assert cells.is_visible()
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_page_without_a_script_holds_every_fact_and_no_dead_control(
    browser: Browser, opened: Page, pages: Path, name: str
) -> None:
    visit(opened, pages, name)
    with_script = opened.locator("main td, main tbody th").all_inner_texts()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages / f"{name}.html").as_uri())
    assert page.locator("main td, main tbody th").all_inner_texts() == with_script
    assert page.locator("button:visible, input[type=search]:visible").count() == 0
    context.close()


def test_search_leaves_only_what_was_looked_for(opened: Page) -> None:
    opened.get_by_label("Find a place").fill("arrow")
    rows = opened.locator("#places tbody tr:visible")
    assert 0 < rows.count() < len(column(opened, 1))
    assert opened.locator(".mark:visible").count() == rows.count()
    assert f"{rows.count()} of" in opened.locator(".search [role=status]").inner_text()


@pytest.mark.parametrize("name", NAMES)
def test_print_holds_every_fact_and_the_marking_on_every_sheet(
    opened: Page, pages: Path, name: str
) -> None:
    visit(opened, pages, name)
    facts = opened.locator("main td, main tbody th").all_inner_texts()
    sheets = pypdf.PdfReader(io.BytesIO(opened.pdf(prefer_css_page_size=True))).pages
    texts = [sheet.extract_text() for sheet in sheets]
    assert all("OFFICIAL" in text for text in texts)
    printed = set(" ".join(texts).split())
    assert {word for fact in facts for word in fact.split()} <= printed
    assert sheets[0].mediabox.width == pytest.approx(595, abs=1)
    assert "Zoom" not in printed


def test_print_hides_the_tools(opened: Page) -> None:
    opened.emulate_media(media="print")
    assert opened.locator(".tools:visible").count() == 0
    assert opened.locator("#places").is_visible()


def test_simulated_trial_is_labelled_before_anything_else(opened: Page, pages: Path) -> None:
    visit(opened, pages, "trial")
    label, answer = opened.locator(".synthetic"), opened.locator("h1")
    above, below = label.bounding_box(), answer.bounding_box()
    assert above
    assert below
    assert above["y"] < below["y"]
    assert label.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(11, 12, 12)"


def test_outside_script_cannot_run_in_a_page(page: Page, pages: Path) -> None:
    visit(page, pages, "try")
    ran = page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.intruder = true";
            document.body.append(script);
            return window.intruder === true;
        }"""
    )
    assert ran is False
