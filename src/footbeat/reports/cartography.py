"""Drawing of a map: its extent on paper, its layers, its numbered discs, its scale.

A map is two drawings laid over each other. The *ground* is drawn in a plane of its own and
scales with the page. The *marks* (discs, scale bar, north) are placed by percentages of the
ground and keep their size in type, on a phone as on a sheet of paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely
from markupsafe import Markup

from footbeat.reports.svg import INK, PAPER, PLACES, RULE, SECONDARY, number, path, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

WIDTH = 1000.0
DISC_RADIUS = 12.0

_NOMINAL_PX = 620.0  # the width at which discs are spread on a page without a script
_MOST_NAMES = 300
_SHAPES = (0.6, 1.15)  # least and greatest height over width
_HALF_OPEN = 0.6
_OUTLINE = "non-scaling-stroke"
_CENTRED: dict[str, str] = {"text_anchor": "middle"}
_HALO: dict[str, str] = {"paint_order": "stroke", "stroke": PAPER, "stroke_width": "3"}


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plane a map shows, in metres, and its size on the drawing.

    Attributes
    ----------
    left, top
        Coordinates of the upper left corner, in metres.
    metres
        Metres from the left edge to the right.
    height
        Height of the drawing, whose width is 1,000 units.
    """

    left: float
    top: float
    metres: float
    height: float

    @classmethod
    def around(cls, bounds: Sequence[float], *, margin: float = 0.12) -> Self:
        """Return the view that shows `bounds` (xmin, ymin, xmax, ymax) with a margin."""
        xmin, ymin, xmax, ymax = bounds
        pad = max(margin * max(xmax - xmin, ymax - ymin), 200.0)
        width, height = xmax - xmin + 2 * pad, ymax - ymin + 2 * pad
        shape = float(np.clip(height / width, *_SHAPES))
        width = max(width, height / shape)
        middle_x, middle_y = (xmin + xmax) / 2, (ymin + ymax) / 2
        return cls(middle_x - width / 2, middle_y + shape * width / 2, width, shape * WIDTH)

    @property
    def scale(self) -> float:
        """Units of the drawing in a metre."""
        return WIDTH / self.metres

    @property
    def box(self) -> shapely.Polygon:
        """The part of the plane shown."""
        drop = self.height / self.scale
        return shapely.box(self.left, self.top - drop, self.left + self.metres, self.top)

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the plane, shape (n, 2), as points of the drawing."""
        corner, scale = np.array([self.left, self.top]), np.array([self.scale, -self.scale])
        return np.asarray((xy - corner) * scale, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Mark:
    """One numbered disc: the key that ties it to a row, its number, its words, its place."""

    key: str
    text: str
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Classes:
    """Five classes of a measure, low to high, by breaks that hold about equal numbers.

    Attributes
    ----------
    breaks
        Lower bounds of the classes in use, ascending.
    high
        The highest value.
    """

    breaks: tuple[float, ...]
    high: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Self:
        """Return classes with breaks at the fifths of `values`, repeated breaks dropped."""
        if not values.size:
            return cls((), 0.0)
        fifths = np.sort(values)[np.arange(5) * values.size // 5]
        return cls(tuple(float(value) for value in np.unique(fifths)), float(values.max()))

    def index(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the class of each value."""
        return np.clip(np.searchsorted(self.breaks, values, side="right") - 1, 0, None)

    @property
    def colours(self) -> tuple[str, ...]:
        """The colour of each class; fewer than five take the deeper ones."""
        return PLACES[len(PLACES) - len(self.breaks) :]


def draw_areas(
    shapes: Sequence[shapely.Geometry],
    view: View,
    *,
    name: str,
    fill: str = "none",
    stroke: str | None = INK,
    width: float = 1.5,
    key: str | None = None,
) -> Markup:
    """Return polygons as one path, filled at 60 % so that streets show through."""
    data = "".join(
        path(view.place(shapely.get_coordinates(ring)), is_closed=True) for ring in _rings(shapes)
    )
    return tag(
        "path",
        d=data,
        fill=fill,
        fill_opacity=None if fill == "none" else _HALF_OPEN,
        fill_rule="evenodd",
        stroke=stroke,
        stroke_width=width if stroke else None,
        stroke_linejoin="round",
        vector_effect=_OUTLINE,
        data_place=key,
        **{"class": name},
    )


def draw_hatched(shapes: Sequence[shapely.Geometry], view: View, *, name: str) -> Markup:
    """Return polygons hatched and dashed round: ground that must not be chosen."""
    data = "".join(
        path(view.place(shapely.get_coordinates(ring)), is_closed=True) for ring in _rings(shapes)
    )
    return tag(
        "g",
        hatch(),
        tag(
            "path", d=data, fill="url(#hatch)", fill_rule="evenodd", stroke=INK, stroke_width=1.5,
            stroke_dasharray="6 4", vector_effect=_OUTLINE,
        ),
        **{"class": name},
    )  # fmt: skip


def hatch() -> Markup:
    """Return the pattern that fills ground which must not be chosen."""
    line = tag("path", d="M-2 12L12 -2M-2 2L2 -2M8 12L12 8", stroke=INK, stroke_width=1.2)
    pattern = tag(
        "pattern", line, id="hatch", patternUnits="userSpaceOnUse", width=10, height=10
    )  # fmt: skip
    return tag("defs", pattern)


def draw_lines(lines: Sequence[shapely.Geometry], view: View, *, width: float = 1.0) -> Markup:
    """Return street lines as one grey path, without what lies outside the view."""
    shown = shapely.clip_by_rect(
        shapely.simplify(np.asarray(lines, dtype=object), 0.3 / view.scale), *view.box.bounds
    )
    parts = shapely.get_parts(shown[~shapely.is_empty(shown)])
    data = "".join(path(view.place(shapely.get_coordinates(part))) for part in parts)
    return tag(
        "path",
        d=data,
        fill="none",
        stroke=RULE,
        stroke_width=width,
        vector_effect=_OUTLINE,
        **{"class": "streets"},
    )


def draw_dots(xy: NDArray[np.float64], view: View) -> Markup:
    """Return points as one path of grey dots."""
    placed = np.round(view.place(xy), 1)
    inside = ((placed >= 0) & (placed <= (WIDTH, view.height))).all(axis=1)
    data = "".join(f"M{number(x)} {number(y)}h0" for x, y in np.unique(placed[inside], axis=0))
    return tag(
        "path",
        d=data,
        stroke=RULE,
        stroke_width=2.5,
        stroke_linecap="round",
        vector_effect=_OUTLINE,
        **{"class": "streets"},
    )


def spread_discs(
    anchors: NDArray[np.float64], size: tuple[float, float], place_px: float
) -> NDArray[np.float64]:
    """Return where discs stand so that they neither overlap nor hide the places they number.

    Parameters
    ----------
    anchors
        Middles of the places in pixels, shape (n, 2).
    size
        Width and height of the map in pixels.
    place_px
        Width of a place in pixels; a place larger than a disc keeps it in its middle.

    Notes
    -----
    Discs and places push each other apart, a little at a time, from a start away from the
    middle of all places; the same input always gives the same map.
    """
    if place_px > 2.5 * DISC_RADIUS or len(anchors) == 0:
        return anchors
    turn = 2.4 * np.arange(len(anchors))  # the golden angle: no two start the same way
    away = anchors - anchors.mean(axis=0) + np.column_stack([np.cos(turn), np.sin(turn)])
    reach = (DISC_RADIUS + place_px / 2) / np.hypot(*away.T)[:, None]
    discs: NDArray[np.float64] = anchors + away * reach
    edge = DISC_RADIUS + 2.0
    for _ in range(160):
        discs = discs + 0.08 * (anchors - discs)
        discs = discs + _push(discs, discs, 2 * DISC_RADIUS + 3.0) / 2
        discs = discs + _push(discs, anchors, DISC_RADIUS + place_px / 2 + 1.0)
        discs = np.clip(discs, edge, np.asarray(size) - edge)
    return discs


def draw_marks(marks: Sequence[Mark], view: View, place_m: float) -> Markup:
    """Return the numbered discs, each a link to its row, with a line to its place."""
    size = (_NOMINAL_PX, _NOMINAL_PX * view.height / WIDTH)
    placed = view.place(np.array([(mark.x, mark.y) for mark in marks]).reshape(-1, 2))
    percent = placed / (WIDTH, view.height) * 100
    discs = spread_discs(percent / 100 * size, size, place_m * view.scale * size[0] / WIDTH)
    at = discs / size * 100
    return Markup().join(_mark(mark, percent[i], at[i], placed[i]) for i, mark in enumerate(marks))


def draw_scale(view: View) -> Markup:
    """Return a scale bar of a round length, as wide as its percentage of the map."""
    length = _round_length(view.metres / 5)
    wide = f"{100 * length / view.metres:.3f}%"
    words = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"  # noqa: PLR2004 - a kilometre
    bar = tag("line", x1=0, x2=wide, y1=-12, y2=-12, stroke=INK, stroke_width=4)
    text = tag("text", words, x=0, y=-20, font_size=14, fill=INK, **_HALO)
    return tag("svg", bar, text, x=12, y="100%", overflow="visible", **{"class": "scale"})


def draw_north() -> Markup:
    """Return a north arrow for the upper right corner."""
    arrow = tag("path", d="M-20 34L-13 12L-6 34L-13 29Z", fill=INK)
    text = tag("text", "N", x=-13, y=50, font_size=14, font_weight="bold", **_CENTRED)
    return tag("svg", arrow, text, x="100%", y=0, overflow="visible", **{"class": "north"})


def draw_names(
    names: Iterable[tuple[str, float, float]],
    view: View,
    *,
    around: NDArray[np.float64],
    place_m: float,
) -> Markup:
    """Return place names, those that would overlap an earlier one or a hot spot hidden.

    The page's script shows hidden ones as soon as a closer view has room for them.

    Parameters
    ----------
    names
        Words with a point of the plane, the most useful first.
    view
        What the map shows.
    around
        Middles of the hot spots in the plane, shape (n, 2), to keep clear.
    place_m
        Width of a hot spot in metres.
    """
    reach = 0.6 * place_m / view.metres + DISC_RADIUS / _NOMINAL_PX
    middles = view.place(around) / WIDTH
    taken = [(x - reach, y - reach, x + reach, y + reach) for x, y in middles]
    shown: list[Markup] = []
    seen: set[str] = set()
    for text, x, y in names:
        ((across, down),) = view.place(np.array([[x, y]])) / WIDTH
        half = 3.8 * len(text) / _NOMINAL_PX
        box = (across - half, down - 0.025, across + half, down + 0.015)
        inside = min(box[:2]) > 0 and box[2] < 0.94 and box[3] < view.height / WIDTH - 0.06  # noqa: PLR2004 - north and scale bar
        fits = inside and text not in seen and not any(_overlap(box, other) for other in taken)
        if fits:
            taken.append(box)
            seen.add(text)
        if fits or len(shown) < _MOST_NAMES:
            shown.append(_name(text, across * WIDTH, down * WIDTH, view, fits=fits))
    return tag("g", *shown, **{"class": "names"})


def _name(text: str, x: float, y: float, view: View, *, fits: bool) -> Markup:
    return tag(
        "text",
        text,
        x=f"{100 * x / WIDTH:.2f}%",
        y=f"{100 * y / view.height:.2f}%",
        font_size=13,
        fill=SECONDARY,
        data_x=number(x),
        data_y=number(y),
        display=None if fits else "none",
        **_CENTRED,
        **_HALO,
    )


def _mark(
    mark: Mark, anchor: NDArray[np.float64], disc: NDArray[np.float64], placed: NDArray[np.float64]
) -> Markup:
    x, y = (f"{value:.2f}%" for value in disc)
    leader = tag(
        "line",
        x1=f"{anchor[0]:.2f}%",
        y1=f"{anchor[1]:.2f}%",
        x2=x,
        y2=y,
        stroke=INK,
        stroke_width=1,
    )
    circle = tag("circle", r=DISC_RADIUS, fill=PAPER, stroke=INK, stroke_width=1.5)
    words = tag("text", mark.text, y=4.5, font_size=13, font_weight="bold", fill=INK, **_CENTRED)
    return tag(
        "a",
        leader,
        tag("svg", circle, words, x=x, y=y, overflow="visible"),
        href=f"#row-{mark.key}",
        id=f"mark-{mark.key}",
        aria_label=mark.label,
        data_place=mark.key,
        data_x=number(placed[0]),
        data_y=number(placed[1]),
        **{"class": "mark"},
    )


def _push(
    movers: NDArray[np.float64], others: NDArray[np.float64], gap: float
) -> NDArray[np.float64]:
    steps = movers[:, None, :] - others[None, :, :]
    distance = np.hypot(steps[..., 0], steps[..., 1])
    short = np.where((distance > 0) & (distance < gap), gap - distance, 0.0)
    push = steps / np.maximum(distance, 1e-9)[..., None] * short[..., None]
    return np.asarray(push.sum(axis=1) / 2, dtype=np.float64)


def _rings(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.asarray(shapes, dtype=object))
    return shapely.get_rings(parts)


def _round_length(metres: float) -> float:
    power = 10.0 ** np.floor(np.log10(metres))
    return float(power * max(step for step in (1, 2, 5) if step * power <= metres))


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
