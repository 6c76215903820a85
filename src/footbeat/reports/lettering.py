"""Street names on a map: along their street, upright, clear of everything that matters more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from markupsafe import Markup

from footbeat.reports.svg import INK, PAPER, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TEXT = 29.0  # tenths of a millimetre: 8.2 points
_BESIDE = 34.0
_GLYPH = 0.53
_STRAIGHT = 0.35


def letter_streets(
    names: NDArray[np.object_],
    shown: NDArray[np.object_],
    frame: shapely.Polygon,
    taken: list[shapely.Geometry],
    avoided: list[shapely.Geometry],
) -> list[Markup]:
    """Return the names of streets, the longest streets first, where they fit straight and free.

    Parameters
    ----------
    names, shown
        Name and line on paper of each piece of street, shape (n,).
    frame
        The paper's edge.
    taken
        What no name may touch; each name that is set is added to it.
    avoided
        What names keep clear of where they can: the thick outline first, then the walk.
    """
    inside = shapely.intersection(shown, frame.buffer(-18))
    lengths = shapely.length(inside)
    by_name = {str(name): float(lengths[names == name].sum()) for name in set(names) if name}
    labels = []
    for name in sorted(by_name, key=lambda item: (-by_name[item], item)):
        merged = shapely.line_merge(shapely.union_all(inside[names == name]))
        length = len(name) * _TEXT * _GLYPH
        # On the street and clear of outline and walk; else beside it; else across the outline.
        tries = ((0.0, avoided), (_BESIDE, avoided), (-_BESIDE, avoided), (0.0, avoided[1:]))
        spots = (_label_spot(merged, length, [*taken, *clear], aside) for aside, clear in tries)
        spot = next((found for found in spots if found is not None), None)
        if spot is not None:
            x, y, angle, box = spot
            taken.append(box)
            labels.append(_label(name, x, y, angle))
    return labels


def _label_spot(
    line: shapely.Geometry, length: float, taken: Sequence[shapely.Geometry], aside: float
) -> tuple[float, float, float, shapely.Polygon] | None:
    """Return where along a line a name of this length fits straight and free."""
    parts = sorted(shapely.get_parts(line), key=shapely.length, reverse=True)
    for part in parts:
        if not isinstance(part, shapely.LineString) or part.length < 0.8 * length:
            continue
        reach = max(part.length - length, 0.0)
        for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95):
            begin = share * reach
            piece = [part.interpolate(begin + length * step) for step in (0, 0.25, 0.5, 0.75, 1)]
            fit = _straight_fit(np.array([[p.x, p.y] for p in piece]), length, taken, aside)
            if fit is not None:
                return fit
    return None


def _straight_fit(
    points: NDArray[np.float64], length: float, taken: Sequence[shapely.Geometry], aside: float
) -> tuple[float, float, float, shapely.Polygon] | None:
    first, last = points[0], points[-1]
    run = last - first
    chord = float(np.hypot(*run)) or 1.0
    away = _distances(points, run, chord)
    if chord < 0.75 * length or away.max() > _STRAIGHT * _TEXT:
        return None
    x, y = (first + last) / 2 + aside / chord * np.array([-run[1], run[0]])
    angle = math.degrees(math.atan2(run[1], run[0]))
    angle = (angle + 90) % 180 - 90
    box = shapely.box(x - length / 2, y - _TEXT / 2, x + length / 2, y + _TEXT / 2)
    turned = shapely.affinity.rotate(box, angle, origin=(x, y)).buffer(5)
    if any(turned.intersects(other) for other in taken):
        return None
    return float(x), float(y), angle, turned


def _distances(
    points: NDArray[np.float64], run: NDArray[np.float64], chord: float
) -> NDArray[np.float64]:
    offset = points - points[0]
    return np.asarray(np.abs(run[0] * offset[:, 1] - run[1] * offset[:, 0]) / chord)


def _label(name: str, x: float, y: float, angle: float) -> Markup:
    turn = f"rotate({angle:.1f} {x:.1f} {y:.1f})"
    look: dict[str, str | float] = {
        "x": x,
        "y": y + 0.35 * _TEXT,
        "transform": turn,
        "font_size": _TEXT,
        "text_anchor": "middle",
    }
    halo = tag("text", name, stroke=PAPER, stroke_width=9.0, stroke_linejoin="round", **look)
    return Markup().join([halo, tag("text", name, fill=INK, **look)])
