"""LSOA codes of 2011 and of 2021, told apart, and never joined silently.

Four in a hundred areas were redrawn for 2021 and took new codes above the last of 2011. Data
that hold any of these are of 2021; data of the same place that hold none, where others hold
some, are of 2011. A code alone does not tell: most areas kept theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import ColumnError, MismatchError
from footbeat.polygons import OUTSIDE, index_polygons, locate_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents

Vintage = Literal["2011", "2021", "mixed", "either", ""]

# The last codes of 2011 in England and in Wales (Office for National Statistics).
_LAST_OF_2011 = {"E": 1_033_768, "W": 1_001_958}
_HALF_DAY = np.timedelta64(12, "h")
# How unlikely it must be that data of 2021 hold none of their new codes by chance.
_BY_CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class MonthlyCodes:
    """How many rows of each month have an LSOA code, and a code that 2011 does not have."""

    months: NDArray[np.datetime64]
    coded: NDArray[np.int64]
    new: NDArray[np.int64]


def is_new_code(codes: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """Tell which codes exist since 2021 only; a missing or other code is not one."""
    found = np.zeros(len(codes), bool)
    shaped = pc.fill_null(pc.match_substring_regex(codes, r"^[EW]01[0-9]{6}$"), False)  # noqa: FBT003 - Arrow's own signature
    good = np.asarray(shaped)
    kept = codes.filter(shaped)
    country = np.asarray(pc.utf8_slice_codeunits(kept, 0, 1))
    number = np.asarray(pc.utf8_slice_codeunits(kept, 1).cast("int64"))
    last = np.where(country == "E", _LAST_OF_2011["E"], _LAST_OF_2011["W"])
    found[good] = number > last
    return found


def count_codes(codes: pa.Array, start: pa.Array) -> MonthlyCodes:
    """Count a batch's rows by month: with a code, and with a code new in 2021."""
    coded = np.asarray(codes.is_valid())
    stamps = np.asarray(start.cast("int64")).view("M8[us]")[coded]
    # Half a day on, the first of a month in any zone is in that month.
    months, index = np.unique((stamps + _HALF_DAY).astype("M8[M]"), return_inverse=True)
    new = is_new_code(codes)[coded]
    n_coded = np.bincount(index, minlength=len(months))
    return MonthlyCodes(months, n_coded, np.bincount(index[new], minlength=len(months)))


def name_vintages(coded: Mapping[str, int], new: Mapping[str, int]) -> dict[str, Vintage]:
    """Return each month's vintage from its rows with a code and with a code new in 2021.

    Where no month has a new code, all may be of either.
    """
    share = max((new.get(month, 0) / n for month, n in coded.items() if n), default=0.0)
    return {
        month: "2021"
        if new.get(month, 0)
        else ("2011" if share and (1 - share) ** n < _BY_CHANCE else "either")
        for month, n in sorted(coded.items())
    }


def sum_vintages(vintages: Iterable[Vintage]) -> Vintage:
    """Return the vintage of all months together, ``mixed`` where they differ."""
    known = set(vintages) - {"either"}
    if len(known) > 1:
        return "mixed"
    return next(iter(known), "either" if set(vintages) else "")


def match_areas(
    codes: pa.ChunkedArray, area_codes: Iterable[str], *, may_be_unknown: int = 0
) -> NDArray[np.int64]:
    """Return the place of each code among the areas, -1 where it is missing or not among them.

    Parameters
    ----------
    may_be_unknown
        How many codes may be of other areas, such as those across a border.

    Raises
    ------
    MismatchError
        When more codes than these are not among the areas: they are of another vintage or
        place, and joining them would lose incidents without a word.
    """
    place = pc.index_in(codes, pa.array(list(area_codes), pa.string()))
    found = np.asarray(place.fill_null(OUTSIDE), np.int64)
    coded = ~np.asarray(codes.is_null())
    unknown = int((coded & (found == OUTSIDE)).sum())
    if unknown > may_be_unknown:
        raise MismatchError(
            "LSOA codes must be joined to areas of their own vintage.",
            found=f"{unknown:,} of {int(coded.sum()):,} codes are not among the areas.",
            do="Give the boundaries of the same census year, or join by place instead.",
        )
    return found


def place_in_areas(incidents: Incidents, areas: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the place of the area each incident lies in, -1 outside all: no code is needed.

    Raises
    ------
    ColumnError
        When the areas are in another coordinate system.
    """
    if areas.crs is None or not areas.crs.equals(incidents.provenance.crs):
        raise ColumnError(
            "Areas and incidents must share a coordinate system.",
            found=f"Incidents are in {incidents.provenance.crs}.",
            do="Read the areas with `read_polygons(path, crs)`.",
        )
    index = index_polygons(list(areas.geometry))
    return locate_points(index, incidents.numbers("x"), incidents.numbers("y"))
