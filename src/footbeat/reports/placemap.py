"""The map on a briefing: one hot spot at walking scale, legible in black on a photocopy.

Drawn in tenths of a millimetre on paper. Shapes carry the meaning, never colour: the hot spot
has a thick outline on white ground, its surroundings are washed; the walk is a dashed line with
arrows, its entry a triangle; numbered discs are filled for a patrol and hollow for a comparison
day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from footbeat.reports.cartography import DISC_RADIUS, spread_discs
from footbeat.reports.lettering import letter_streets
from footbeat.reports.svg import INK, PAPER, RULE, SECONDARY, WASH, drawing, path, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.streets import Streets

FONT = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"
_WIDTHS = {"major": (52.0, 44.0), "minor": (34.0, 27.0), "foot": (0.0, 6.0)}
_ROAD = "#E3E4E5"
_DISC = 33.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A numbered disc: where, what it says, and whether it is filled."""

    x: float
    y: float
    text: str
    is_filled: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk to draw: its line from the entry point and back, and lettered places to stand."""

    line: shapely.LineString
    stands: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The part of the plane a map shows, and its size on paper in tenths of a millimetre.

    Attributes
    ----------
    left, top
        Coordinates of the upper left corner, in metres.
    scale
        Tenths of a millimetre on paper for a metre on the ground.
    width, height
        Size on paper.
    """

    left: float
    top: float
    scale: float
    width: float
    height: float

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the plane, shape (n, 2), on paper."""
        return np.asarray(
            (xy - [self.left, self.top]) * [self.scale, -self.scale], dtype=np.float64
        )

    @property
    def frame(self) -> shapely.Polygon:
        """The paper's edge."""
        return shapely.box(0, 0, self.width, self.height)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The part of the plane shown: xmin, ymin, xmax, ymax."""
        right = self.left + self.width / self.scale
        return self.left, self.top - self.height / self.scale, right, self.top


def fit_sheet(
    bounds: Sequence[float], *, width: float, height: float, margin: float = 0.22
) -> Sheet:
    """Return the sheet that shows `bounds` (xmin, ymin, xmax, ymax) with a margin around."""
    xmin, ymin, xmax, ymax = bounds
    share = 1 - 2 * margin
    scale = share * min(width / max(xmax - xmin, 1.0), height / max(ymax - ymin, 1.0))
    middle_x, middle_y = (xmin + xmax) / 2, (ymin + ymax) / 2
    return Sheet(middle_x - width / scale / 2, middle_y + height / scale / 2, scale, width, height)


def draw_place(
    sheet: Sheet,
    outline: shapely.Geometry,
    ground: Streets | None,
    *,
    others: Sequence[shapely.Geometry] = (),
    pins: Sequence[Pin] = (),
    walk: Walk | None = None,
    is_overview: bool = False,
    title: str,
) -> str:
    """Return the map of one or more hot spots as SVG text.

    Parameters
    ----------
    sheet
        What is shown and how large.
    outline
        The hot spot, or all of them on an overview.
    ground
        Streets; None draws the outline alone and says so nowhere: the caller must.
    others
        Outlines of other hot spots, drawn thin and dashed.
    pins, walk
        Numbered discs, and the walk.
    is_overview
        Whether streets are thin lines without names, for a map of the whole town.
    title
        What a reader who cannot see the map is told.
    """
    spot = _on_paper(outline, sheet)
    anchors, discs = _place_pins(pins, sheet, spot, is_spread=is_overview)
    taken: list[shapely.Geometry] = [shapely.Point(x, y).buffer(42) for x, y in discs]
    taken += [shapely.box(0, sheet.height - 95, 420, sheet.height), _north_box(sheet)]
    avoided = [shapely.boundary(spot)]
    if walk:
        avoided.append(shapely.buffer(_on_paper(walk.line, sheet), 10.0))
    roads, names = (
        _streets(ground, sheet, taken, avoided) if ground and not is_overview else ([], [])
    )
    dashed: dict[str, str | float] = {"stroke": INK, "stroke_dasharray": "14 10"}
    edge: dict[str, str | float] = {"fill": "none", "stroke": INK, "stroke_width": 4.0}
    parts = [
        tag("rect", width=sheet.width, height=sheet.height, fill=WASH),
        _area(spot, fill=PAPER),
        *(_town(ground, sheet) if ground and is_overview else ()),
        *roads,
        *(_area(_on_paper(other, sheet), stroke_width=5.0, **dashed) for other in others),
        _area(spot, stroke=PAPER, stroke_width=8.0 if is_overview else 26.0),
        _area(spot, stroke=INK, stroke_width=5.0 if is_overview else 14.0),
        *(_walk(walk, sheet) if walk else ()),
        *names,
        _scale_bar(sheet, discs),
        *(_leader(*pair) for pair in zip(anchors, discs, strict=True) if is_overview),
        *(_disc(pin, x, y) for pin, (x, y) in zip(pins, discs.tolist(), strict=True)),
        _north(sheet),
        tag("rect", width=sheet.width, height=sheet.height, **edge),
    ]
    return drawing(sheet.width, sheet.height, *parts, title=title, font_family=FONT)


def _on_paper(shape: shapely.Geometry, sheet: Sheet) -> shapely.Geometry:
    return shapely.transform(shape, sheet.place)


def _area(shape: shapely.Geometry, **look: str | float) -> Markup:
    rings = [ring for part in shapely.get_parts(shape) for ring in _rings(part)]
    outline = "".join(path(ring, is_closed=True) for ring in rings)
    return tag("path", d=outline, **({"fill": "none", "fill_rule": "evenodd"} | look))


def _rings(part: shapely.Geometry) -> list[list[tuple[float, float]]]:
    if not isinstance(part, shapely.Polygon):
        return []
    rings = (part.exterior, *part.interiors)
    return [[(x, y) for x, y in shapely.get_coordinates(ring)] for ring in rings]


def _line(shape: shapely.Geometry, **look: str | float) -> Markup:
    parts = (shapely.get_coordinates(part) for part in shapely.get_parts(shape))
    data = "".join(path([(x, y) for x, y in part]) for part in parts)
    return tag("path", d=data, fill="none", stroke_linecap="round", stroke_linejoin="round", **look)


def _town(ground: Streets, sheet: Sheet) -> list[Markup]:
    shown, lines = _shown(ground, sheet)
    major = shown[(lines["kind"] == "major").to_numpy()]
    minor = shown[(lines["kind"] == "minor").to_numpy()]
    return [
        _line(shapely.union_all(minor), stroke=RULE, stroke_width=3.0),
        _line(shapely.union_all(major), stroke=SECONDARY, stroke_width=6.0),
    ]


def _streets(
    ground: Streets,
    sheet: Sheet,
    taken: list[shapely.Geometry],
    avoided: list[shapely.Geometry],
) -> tuple[list[Markup], list[Markup]]:
    shown, lines = _shown(ground, sheet)
    kinds = lines["kind"].to_numpy()
    casings, bodies = [], []
    for kind, (casing, body) in _WIDTHS.items():
        drawn = shapely.union_all(shown[kinds == kind])
        if kind == "foot":
            look = {"stroke": SECONDARY, "stroke_dasharray": "18 12"}
            bodies.append(_line(drawn, stroke_width=body, **look))
        else:
            casings.append(_line(drawn, stroke=SECONDARY, stroke_width=casing))
            bodies.insert(0, _line(drawn, stroke=_ROAD, stroke_width=body))
    names = letter_streets(lines["name"].to_numpy(), shown, sheet.frame, taken, avoided)
    return [*casings, *bodies], names


def _shown(ground: Streets, sheet: Sheet) -> tuple[NDArray[np.object_], pd.DataFrame]:
    """Return the lines a sheet shows, on paper and cut a little outside it, and their rows."""
    near = ground.lines.iloc[ground.lines.sindex.query(shapely.box(*sheet.bounds))]
    placed = shapely.transform(near.geometry.to_numpy(), sheet.place)
    shown = shapely.intersection(placed, sheet.frame.buffer(40))
    return np.asarray(shown), pd.DataFrame(near.drop(columns="geometry"))


def _place_pins(
    pins: Sequence[Pin], sheet: Sheet, spot: shapely.Geometry, *, is_spread: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the pins' places and their discs stand on paper, each of shape (n, 2)."""
    anchors = sheet.place(np.array([(pin.x, pin.y) for pin in pins], dtype=float).reshape(-1, 2))
    if not is_spread:
        return anchors, anchors
    unit = _DISC / DISC_RADIUS
    widths = [np.ptp(shapely.bounds(part)[::2]) for part in shapely.get_parts(spot)]
    place = float(np.median(widths)) / unit
    size = (sheet.width / unit, sheet.height / unit)
    return anchors, spread_discs(anchors / unit, size, place) * unit


def _leader(anchor: NDArray[np.float64], disc: NDArray[np.float64]) -> Markup:
    return tag("path", d=path([tuple(anchor), tuple(disc)]), stroke=INK, stroke_width=3.0)


def _disc(pin: Pin, x: float, y: float) -> Markup:
    fill, ink = (INK, PAPER) if pin.is_filled else (PAPER, INK)
    return Markup().join(
        [
            tag("circle", cx=x, cy=y, r=_DISC, fill=PAPER),
            tag("circle", cx=x, cy=y, r=28.0, fill=fill, stroke=INK, stroke_width=5.0),
            tag(
                "text",
                pin.text,
                x=x,
                y=y + 11.5,
                fill=ink,
                font_size=32.0,
                font_weight="bold",
                text_anchor="middle",
            ),
        ]
    )


def _walk(walk: Walk, sheet: Sheet) -> list[Markup]:
    line = _on_paper(walk.line, sheet)
    start = shapely.get_coordinates(line)[0]
    stands = sheet.place(np.array(walk.stands, dtype=float).reshape(-1, 2))
    letters = [Pin(0, 0, chr(ord("A") + i), is_filled=False) for i in range(len(stands))]
    return [
        _line(line, stroke=PAPER, stroke_width=20.0),
        _line(line, stroke=INK, stroke_width=9.0, stroke_dasharray="26 18"),
        *_arrows(line),
        _triangle(float(start[0]), float(start[1]), 0.0, 30.0, outline=8.0),
        *(_disc(pin, float(x), float(y)) for pin, (x, y) in zip(letters, stands, strict=True)),
    ]


def _arrows(line: shapely.Geometry, every: float = 190.0) -> list[Markup]:
    arrows = []
    for along in np.arange(every / 2, shapely.length(line), every):
        at = np.array([along, along + 4])
        points = shapely.line_interpolate_point(np.array([line, line]), at)
        (x, y), (next_x, next_y) = shapely.get_coordinates(points)
        angle = math.degrees(math.atan2(next_y - y, next_x - x)) + 90
        arrows.append(_triangle(float(x), float(y), angle, 17.0, outline=4.0))
    return arrows


def _triangle(x: float, y: float, angle: float, size: float, *, outline: float) -> Markup:
    corners = [(x, y - size), (x - 0.8 * size, y + 0.7 * size), (x + 0.8 * size, y + 0.7 * size)]
    turn = f"rotate({angle:.0f} {x:.1f} {y:.1f})"
    return tag(
        "path",
        d=path(corners, is_closed=True),
        fill=INK,
        stroke=PAPER,
        stroke_width=outline,
        transform=turn,
        paint_order="stroke",
    )


def _scale_bar(sheet: Sheet, discs: NDArray[np.float64]) -> Markup:
    metres = _round_length(280 / sheet.scale)
    length, y = metres * sheet.scale, sheet.height - 38
    right = sheet.width - length - 178
    # Left unless a disc stands there and none at the right.
    under = [
        any(
            start - 34 < x < start + length + 198 and below > sheet.height - 126
            for x, below in discs.tolist()
        )
        for start in (0.0, right)
    ]
    left = right if under == [True, False] else 0.0
    return Markup().join(
        [
            tag(
                "rect",
                x=left + 14.0,
                y=sheet.height - 92,
                width=length + 150,
                height=78.0,
                fill=PAPER,
                opacity=0.92,
            ),
            tag(
                "path",
                d=f"M{left + 30:.0f} {y - 16:.0f}V{y:.0f}H{left + 30 + length:.0f}V{y - 16:.0f}",
                fill="none",
                stroke=INK,
                stroke_width=6.0,
            ),
            tag(
                "text",
                _length_text(metres),
                x=left + 44 + length,
                y=y + 4,
                font_size=27.0,
                fill=INK,
            ),
        ]
    )


def _length_text(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - m in km


def _round_length(metres: float) -> float:
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= metres)


def _north_box(sheet: Sheet) -> shapely.Polygon:
    return shapely.box(sheet.width - 95, 10, sheet.width - 10, 125)


def _north(sheet: Sheet) -> Markup:
    x = sheet.width - 52
    return Markup().join(
        [
            tag("rect", x=x - 38, y=14.0, width=76.0, height=106.0, fill=PAPER, opacity=0.92),
            _triangle(x, 48.0, 0.0, 26.0, outline=0.0),
            tag(
                "text",
                "N",
                x=x,
                y=108.0,
                font_size=32.0,
                font_weight="bold",
                fill=INK,
                text_anchor="middle",
            ),
        ]
    )
