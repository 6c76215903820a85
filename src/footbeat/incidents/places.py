"""Coordinates as exports write them, projected to metres, and the points that cannot be used."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest, AreaOfUse
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from footbeat.areas import load_crs
from footbeat.errors import CrsError
from footbeat.incidents.land import tell_exchanged

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREAT_BRITAIN = "EPSG:27700"
_NATIONAL_GRID = 27700
_GREAT_BRITAIN_BOX = (-9.01, 49.75, 2.01, 61.01)
# A town may lie across the edge of a UTM zone, which stays good to 1 in 1,000 for a zone more.
_UTM_MARGIN_DEG = 3.0
_NULL_ISLAND_DEG = 1e-3
_ROUND = 1e-6
# Metric systems put their origin outside the land: so near it lie degrees and kilometres only.
_SMALLEST_M = 2_000.0
_LARGEST = 1e9

# Reasons, in the order in which they are looked for.
NO_PLACE = "no location"
UNREADABLE_PLACE = "coordinates cannot be read"
NULL_ISLAND = "location is (0, 0)"
WRONG_UNIT = "degrees or kilometres where metres are due"
SWAPPED = "axes look swapped"
ABROAD = "outside the area of the coordinate system"
FAR_AWAY = "far from all other incidents"
OUTSIDE_AREA = "outside the area asked for"


@dataclass(frozen=True, slots=True)
class Projection:
    """From the export's coordinates to metres.

    Attributes
    ----------
    crs
        Coordinate system of the result, such as ``EPSG:27700``.
    transformer
        The one transformation used for every point; None where the export is in `crs` already.
    description, accuracy_m
        What PROJ calls it and how good it says it is; unknown accuracy is None.
    is_best
        False where PROJ knows a better one whose grid file is not installed.
    box
        West, south, east, north of the area of use in degrees.
    """

    crs: str
    input_crs: str
    transformer: Transformer | None
    description: str
    accuracy_m: float | None
    is_best: bool
    box: tuple[float, float, float, float]

    def sentence(self) -> str:
        """Say the transformation and its accuracy, as every output repeats it."""
        if self.transformer is None:
            return f"Coordinates were taken as they are, in {self.crs}."
        text = f"{self.input_crs} was projected to {self.crs} by “{self.description}”"
        if self.accuracy_m == 0:
            return f"{text}, exact by definition."
        good = "accuracy not known" if self.accuracy_m is None else f"good to {self.accuracy_m:g} m"
        if self.is_best:
            return f"{text}, {good}."
        if self.crs == GREAT_BRITAIN:
            good += " by PROJ's account and to about 5 m by Ordnance Survey's"
        return f"{text}, {good}; the exact grid file (such as OSTN15) is not installed."


@dataclass(frozen=True, slots=True)
class Placed:
    """Points in metres, the place in `REASONS` of why one is unusable, and grades 0 to 3.

    `may_turn` tells which would lie on land with their axes exchanged as well.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    reason: NDArray[np.int8]
    grade: NDArray[np.int8]
    may_turn: NDArray[np.bool_]


REASONS = ("", NO_PLACE, UNREADABLE_PLACE, NULL_ISLAND, WRONG_UNIT, SWAPPED, ABROAD)


def choose_crs(x: NDArray[np.float64], y: NDArray[np.float64], input_crs: str) -> str:
    """Return the export's own metric system, else EPSG:27700 in Great Britain, else a UTM zone.

    Parameters
    ----------
    x, y
        Coordinates of some of the rows in `input_crs`; their median decides.

    Raises
    ------
    CrsError
        When there is no usable point.
    """
    source = load_input(input_crs)
    if is_metric(source):
        return input_crs
    lon, lat = Transformer.from_crs(source, "EPSG:4326", always_xy=True).transform(x, y)
    usable = (np.abs(lon) <= 180) & (np.abs(lat) <= 84) & ((x != 0) | (y != 0))  # noqa: PLR2004 - degrees; UTM ends at 84
    if not usable.any():
        raise CrsError(
            f"The coordinates must be in {input_crs}, as the mapping says.",
            found="None of the first rows is.",
            do='State the export\'s system in the mapping, such as `[crs]` `input = "EPSG:27700"`.',
        )
    at = float(np.median(lon[usable])), float(np.median(lat[usable]))
    west, south, east, north = _GREAT_BRITAIN_BOX
    if west <= at[0] <= east and south <= at[1] <= north:
        return GREAT_BRITAIN
    zones = query_utm_crs_info("WGS 84", AreaOfInterest(*at, *at))
    return f"EPSG:{zones[0].code}"


def plan_projection(input_crs: str, output_crs: str) -> Projection:
    """Choose the one transformation used for every point, the best that is installed.

    Raises
    ------
    CrsError
        When PROJ does not know a system, or the output is not in metres.
    """
    target, source = load_crs(output_crs), load_input(input_crs)
    box = _box_of(target)
    if source.equals(target, ignore_axis_order=True):
        return Projection(output_crs, input_crs, None, "none", 0.0, is_best=True, box=box)
    with warnings.catch_warnings():
        # That a better one exists is said in `Projection.sentence`, not on the console.
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(
            source,
            target,
            always_xy=True,
            area_of_interest=AreaOfInterest(*box),  # type: ignore[arg-type] # pyproj names its class twice
        )
    best = group.transformers[0]
    accuracy = best.accuracy if best.accuracy >= 0 else None
    # Built anew from its own definition: a member of a group may not be used by two threads.
    transformer = Transformer.from_pipeline(best.definition)
    return Projection(
        output_crs, input_crs, transformer, best.description, accuracy, group.best_available, box
    )


def place_points(
    x: NDArray[np.float64], y: NDArray[np.float64], missing: NDArray[np.bool_], plan: Projection
) -> Placed:
    """Project points to metres and say which cannot be used, and why.

    Parameters
    ----------
    x, y
        The export's coordinates, shape (rows,); NaN where the text is not a number.
    missing
        Where the export has no coordinates at all.
    """
    reason = np.zeros(len(x), np.int8)
    zero = (np.abs(x) < _NULL_ISLAND_DEG) & (np.abs(y) < _NULL_ISLAND_DEG)
    unread = ~np.isfinite(x) | ~np.isfinite(y)
    small = is_metric(load_input(plan.input_crs)) & (np.hypot(x, y) < _SMALLEST_M)
    inside = _lies_inside(x, y, plan)
    turned, may_turn = _tell_exchanged(x, y, plan)
    swapped = turned | (~inside & _lies_inside(y, x, plan))
    for code, where in enumerate((missing, unread, zero, small, swapped, ~inside), start=1):
        reason[where & (reason == 0)] = code
    usable = np.where(reason == 0, x, 0.0), np.where(reason == 0, y, 0.0)
    east, north = _transform(*usable, plan)
    lost = (reason == 0) & ~(np.isfinite(east) & np.isfinite(north))
    reason[lost] = REASONS.index(ABROAD)
    return Placed(east, north, reason, grade_points(x, y, plan), may_turn & (reason == 0))


def _tell_exchanged(
    x: NDArray[np.float64], y: NDArray[np.float64], plan: Projection
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell exchanged axes where the land is known, which is on the National Grid."""
    if load_input(plan.input_crs).to_epsg() == _NATIONAL_GRID:
        return tell_exchanged(x, y)
    return np.zeros(len(x), bool), np.zeros(len(x), bool)


def say_may_turn(n_turned: int, n_kept: int, n_may_turn: int) -> str:
    """Return the caution on axes that may be exchanged in rows that were kept, or nothing.

    Parameters
    ----------
    n_turned
        Rows rejected because their axes are exchanged.
    n_may_turn
        Of the kept rows, those that would lie on land the other way round as well.
    """
    if n_may_turn <= n_kept / 2:
        return ""
    if n_turned > (n_turned + n_kept) / 10:
        return (
            f"{n_turned:,} rows have their axes exchanged, and the {n_kept:,} kept would lie on "
            "land the other way round as well: exchange x and y in the mapping."
        )
    return (
        "With their axes exchanged most points would lie on land as well, so that an exchange "
        "cannot be told: compare them with a map, or give the area."
    )


def grade_points(
    x: NDArray[np.float64], y: NDArray[np.float64], plan: Projection
) -> NDArray[np.int8]:
    """Judge by their digits how exactly points are known: 0 for A to 3 for D.

    The finer of the two coordinates decides, since one in ten ends in a nought by chance. In
    degrees five decimals are A (a metre), four B, three C (100 m); in metres whole metres are
    A, tens B, hundreds C.
    """
    places = (4, 3, 2) if load_input(plan.input_crs).is_geographic else (-1, -2, -3)
    grade = np.zeros(len(x), np.int8)
    for level, digits in enumerate(places, start=1):
        grade[_is_round(x, digits) & _is_round(y, digits)] = level
    return grade


def _is_round(values: NDArray[np.float64], digits: int) -> NDArray[np.bool_]:
    scaled = np.where(np.abs(values) < _LARGEST, values, 0.5) * 10.0**digits
    return np.asarray(np.abs(scaled - np.rint(scaled)) < _ROUND)


def load_input(text: str) -> CRS:
    """Return the coordinate system of an export.

    Raises
    ------
    CrsError
        When PROJ does not know it.
    """
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise CrsError(
            "The coordinate system of the export must be one PROJ knows.",
            found=f"It is “{text}”.",
            do="Give a code such as EPSG:4326.",
        ) from error


def is_metric(crs: CRS) -> bool:
    """Tell whether coordinates of a system are metres."""
    return crs.is_projected and crs.axis_info[0].unit_name in {"metre", "meter"}


def _box_of(crs: CRS) -> tuple[float, float, float, float]:
    area = crs.area_of_use or AreaOfUse(-180, -90, 180, 90)
    margin = _UTM_MARGIN_DEG if "UTM" in crs.name else 0.0
    return area.west - margin, area.south, area.east + margin, area.north


def _lies_inside(
    x: NDArray[np.float64], y: NDArray[np.float64], plan: Projection
) -> NDArray[np.bool_]:
    if load_input(plan.input_crs).is_geographic:
        west, south, east, north = plan.box
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)
    west, south, east, north = _metric_box(plan.input_crs)
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _metric_box(input_crs: str) -> tuple[float, float, float, float]:
    crs = load_input(input_crs)
    box = _box_of(crs)
    to_metres = Transformer.from_crs(crs.geodetic_crs or "EPSG:4326", crs, always_xy=True)
    west, south, east, north = to_metres.transform_bounds(*box)
    return west, south, east, north


def _transform(
    x: NDArray[np.float64], y: NDArray[np.float64], plan: Projection
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if plan.transformer is None:
        return x, y
    east, north = plan.transformer.transform(x, y)
    return np.asarray(east), np.asarray(north)
