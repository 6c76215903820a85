"""What people decided about the ground: places that must be on the list, or must not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from footbeat.areas import read_polygons
from footbeat.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.targeting.places import Places

    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decided:
    """One piece of ground that a person decided about.

    Attributes
    ----------
    outline
        Its polygon.
    said
        Its name, the reason and whose decision it was, as far as the file says them.
    """

    outline: shapely.Geometry
    said: str = ""

    def in_words(self, verb: str) -> str:
        """Return the decision as a clause: “included by decision: Pier, licensing (A. Khan)”."""
        return f"{verb} by decision: {self.said}" if self.said else f"{verb} by decision"


def read_decided(path: Path, crs: str) -> tuple[Decided, ...]:
    """Read polygons that were decided about; columns `name`, `reason` and `by` are repeated.

    Outlines that cross themselves are mended.
    """
    frame = read_polygons(path, crs)
    outlines = shapely.make_valid(frame.geometry.to_numpy())
    columns = [
        frame[name].fillna("").astype(str).str.strip().tolist()
        if name in frame
        else [""] * len(frame)
        for name in ("name", "reason", "by")
    ]
    return tuple(
        Decided(outline, _say(*texts)) for outline, *texts in zip(outlines, *columns, strict=True)
    )


def bar_places(places: Places, excluded: Sequence[Decided]) -> list[tuple[NDArray[np.bool_], str]]:
    """Return the places whose centre lies in ground that was excluded, with the reason."""
    return [
        (_inside(places, decided.outline), decided.in_words("excluded")) for decided in excluded
    ]


def fix_places(
    places: Places, included: Sequence[Decided], barred: Sequence[NDArray[np.bool_]]
) -> list[tuple[IntArray, str]]:
    """Return the places of each piece of ground that must be on the list, with the reason.

    Those are the places whose centre lies in it or, where there is none, the one it lies in. A
    place belongs to the first piece that holds it.

    Raises
    ------
    DataError
        When a piece lies in no place.
    UsageError
        When a piece is excluded as well.
    """
    taken = np.zeros(len(places), dtype=bool)
    fixed = []
    for decided in included:
        mine = _of_ground(places, decided)
        if any(mask[mine].any() for mask in barred):
            raise UsageError(
                "A place cannot be both included and excluded.",
                found=f"{decided.in_words('It is included')}; --exclude covers part of it.",
                do="Change one of the two files.",
            )
        mine = mine[~taken[mine]]
        taken[mine] = True
        if mine.size:
            fixed.append((mine, decided.in_words("included")))
    return fixed


def _of_ground(places: Places, decided: Decided) -> IntArray:
    mine = np.flatnonzero(_inside(places, decided.outline))
    if mine.size:
        return mine
    at = shapely.point_on_surface(decided.outline)
    place = places.locate(np.array([shapely.get_x(at)]), np.array([shapely.get_y(at)]))
    if place[0] < 0:
        raise DataError(
            "What is included must lie on the ground that can be chosen.",
            found=f"Outside it: {decided.said or 'a polygon without a name'}.",
            do="Check its coordinates, or give a wider --area.",
        )
    return np.asarray(place, dtype=np.int64)


def _inside(places: Places, outline: shapely.Geometry) -> NDArray[np.bool_]:
    shapely.prepare(outline)
    return np.asarray(shapely.intersects_xy(outline, places.x, places.y), dtype=bool)


def _say(name: str, reason: str, by: str) -> str:
    told = ", ".join(part for part in (name, reason) if part)
    return f"{told} ({by})" if by else told
