"""The places and days a schedule is drawn over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.areas import read_hotspot_rows
from footbeat.errors import ColumnError, MismatchError
from footbeat.tasking.mechanisms import Roster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footbeat.areas import Hotspots
    from footbeat.tasking.options import ScheduleOptions


def build_roster(hotspots: Hotspots, options: ScheduleOptions) -> Roster:
    """Return the places and days a schedule is drawn over, with the pairs that stand too near.

    Raises
    ------
    MismatchError
        When a hot spot has no stratum although others have.
    """
    near = tuple((i, j) for i, j, _ in near_pairs(hotspots, options.apart_m))
    return Roster(hotspots.ids, options.days, _strata(hotspots, options.strata), near)


def near_pairs(hotspots: Hotspots, apart_m: float) -> list[tuple[int, int, float]]:
    """Return pairs of positions whose boundaries are nearer than `apart_m`, with the distance.

    What happens on a patrol day in one may spill over into the other on its comparison day.
    """
    shapes = hotspots.frame.geometry
    pairs = []
    for i in range(len(shapes)):
        gaps = shapes.iloc[i + 1 :].distance(shapes.iloc[i]).to_numpy()
        pairs += [(i, i + 1 + int(j), float(gaps[j])) for j in np.flatnonzero(gaps < apart_m)]
    return pairs


def read_strata(path: Path, column: str) -> dict[str, str]:
    """Return the stratum of each hot spot from a column of its file.

    Raises
    ------
    ColumnError
        When the file has no such column.
    """
    frame, _ = read_hotspot_rows(path)
    if column not in frame:
        raise ColumnError(
            f"`{path.name}` must have the column `{column}` to draw within strata.",
            found=f"It has {', '.join(map(str, frame.columns))}.",
            do="Name one of these, or add the column.",
        )
    return dict(zip(frame["hotspot_id"], frame[column].fillna("").astype(str), strict=True))


def _strata(hotspots: Hotspots, strata: Mapping[str, str]) -> tuple[str, ...]:
    missing = [name for name in hotspots.ids if strata and not strata.get(name)]
    if missing:
        raise MismatchError(
            "Every hot spot must have a stratum.",
            found=f"{len(missing)} of {len(hotspots)} have none, the first is {missing[0]}.",
            do="Fill the column, or leave --strata out.",
        )
    return tuple(strata[name] for name in hotspots.ids) if strata else ()
