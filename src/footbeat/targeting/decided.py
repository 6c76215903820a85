"""What people decided about the ground: places that must be on the list, or must not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from footbeat.areas import read_polygons
from footbeat.errors import DataError, UsageError
from footbeat.lists import NAME_HEADERS, by_header
from footbeat.targeting.select import Ruled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
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
    name
        Its name alone.
    """

    outline: shapely.Geometry
    said: str = ""
    name: str = ""

    def in_words(self, verb: str) -> str:
        """Return the decision as a clause: “included by decision: Pier, licensing (A. Khan)”."""
        return f"{verb} by decision: {self.said}" if self.said else f"{verb} by decision"


def read_decided(path: Path, crs: str) -> tuple[Decided, ...]:
    """Read polygons that were decided about; columns `name`, `reason` and `by` are repeated.

    A list the force has may head its names otherwise: see :mod:`footbeat.lists`.

    Outlines that cross themselves are mended.
    """
    frame = read_polygons(path, crs)
    outlines = shapely.make_valid(frame.geometry.to_numpy())
    found = by_header(frame.columns)
    columns = [
        next(
            (_texts(frame[found[header]]) for header in headers if header in found),
            [""] * len(frame),
        )
        for headers in (NAME_HEADERS, ("reason",), ("by",))
    ]
    return tuple(
        Decided(outline, say_decision(*texts), texts[0])
        for outline, *texts in zip(outlines, *columns, strict=True)
    )


def _texts(column: pd.Series) -> list[str]:
    texts: list[str] = column.fillna("").astype(str).str.strip().tolist()
    return texts


def bar_places(places: Places, excluded: Sequence[Decided]) -> tuple[Ruled, ...]:
    """Return the places whose centre lies in ground that was excluded, with the reason."""
    return tuple(
        Ruled(places_in(places, each.outline), each.in_words("excluded"), each.name)
        for each in excluded
    )


def fix_places(
    places: Places, included: Sequence[Decided], barred: Sequence[Ruled]
) -> tuple[Ruled, ...]:
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
        against = next((each for each in barred if np.isin(mine, each.places).any()), None)
        if against is not None:
            raise UsageError(
                "A place cannot be both included and excluded.",
                found=f"{decided.in_words('It is included')}; part of it is {against.reason}.",
                do=(
                    "Change one of the files or, where an earlier list excluded it, take that "
                    "back: `target edit --event undo`."
                ),
            )
        mine = mine[~taken[mine]]
        taken[mine] = True
        if mine.size:
            fixed.append(Ruled(mine, decided.in_words("included"), decided.name))
    return tuple(fixed)


def places_in(places: Places, outline: shapely.Geometry) -> IntArray:
    """Return the places whose centre lies in an outline, in order."""
    shapely.prepare(outline)
    return np.flatnonzero(shapely.intersects_xy(outline, places.x, places.y)).astype(np.int64)


def say_decision(name: str, reason: str, by: str) -> str:
    """Return name, reason and person as one clause, as far as they are known.

    Examples
    --------
    >>> say_decision("Pier", "licensing", "A. Khan")
    'Pier, licensing (A. Khan)'
    """
    told = ", ".join(part for part in (name, reason) if part)
    return f"{told} ({by})" if by else told


def _of_ground(places: Places, decided: Decided) -> IntArray:
    mine = places_in(places, decided.outline)
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
