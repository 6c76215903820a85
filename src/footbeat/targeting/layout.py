"""From incidents to a case: which ones count, what each weighs, and the place it lies in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import shapely

from footbeat.errors import DataError, UsageError
from footbeat.grid import DEFAULT_SIZE_M, MAX_CELLS, Grid
from footbeat.incidents.counts import (
    covered_period,
    middle_days,
    observed_days,
    select_incidents,
)
from footbeat.incidents.exclude import (
    default_group,
    in_group,
    load_group,
    may_steer,
)
from footbeat.periods import held_months
from footbeat.targeting.case import Case
from footbeat.targeting.comparison import comparison_weights, say_comparison
from footbeat.targeting.observed import Observed
from footbeat.targeting.places import SNAP_M, cell_places, grid_places, snap_to_segments
from footbeat.targeting.weighing import settle_harm, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.periods import Window
    from footbeat.tables import Provenance
    from footbeat.targeting.comparison import TrialDays
    from footbeat.targeting.features import Features
    from footbeat.targeting.places import Places, PlaceShape
    from footbeat.targeting.weighing import Transform, Weight

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

ALL = "all"
EVER_DAYS = 10**9  # a history that leaves nothing out

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """Which incidents count, and over which places.

    Attributes
    ----------
    shape, size_m
        Cells: hexagons of 250 m between parallel sides, or squares of 150 m, unless said. For
        ``area`` and ``street`` the places are given.
    weight
        ``count``: each incident is 1. ``harm``: its days of harm.
    transform
        What is done to harm before it is summed, so that one homicide need not top the list.
    group
        Offence group; ``all`` for every offence. None: the group its source is best counted by,
        or every offence where the file holds none of that group.
    kinds
        Kinds of incident. None: those of the group, or the only kind there is.
    since, until
        First and last day, both included. Without `since`, `history_days` before the end.
    history_days
        Three years by default.
    hours, weekdays
        Hours of the clock, and operational weekdays (``fri``), that count.
    max_cells
        Most cells a grid may have.
    """

    shape: PlaceShape = "hex"
    size_m: float | None = None
    weight: Weight = "count"
    transform: Transform = "raw"
    group: str | None = None
    kinds: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    history_days: int = 1095
    hours: Window | None = None
    weekdays: tuple[str, ...] = ()
    max_cells: int = MAX_CELLS

    @property
    def grid(self) -> Grid:
        """The grid of the cells.

        Raises
        ------
        UsageError
            When the places are areas or streets, which must be given.
        """
        if self.shape == "hex" or self.shape == "square":  # noqa: PLR1714 - narrows the type
            size_m = DEFAULT_SIZE_M[self.shape] if self.size_m is None else self.size_m
            return Grid(self.shape, size_m)
        raise UsageError(
            f"Places of the shape {self.shape} must be given.",
            found="There is no file of them.",
            do="Pass --areas or --streets.",
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """A case, the incidents in its order, and what was decided on the way.

    Attributes
    ----------
    case
        What methods score.
    incidents
        The rows of the case, in its order.
    excluded, excluded_place
        Rows like them that must not steer patrols, and the place each lies in.
    options
        The options with every choice made.
    n_days
        Days observed; months absent from the input are not.
    notes
        What was chosen, in sentences.
    """

    case: Case
    incidents: Incidents
    excluded: Incidents
    excluded_place: IntArray
    options: CaseOptions
    n_days: float
    notes: tuple[str, ...]


def lay_out(
    incidents: Incidents,
    options: CaseOptions,
    *,
    area: shapely.Geometry | None = None,
    extent: tuple[float, float, float, float] | None = None,
    places: Places | None = None,
    trial: TrialDays | None = None,
    features: Features | None = None,
) -> Layout:
    """Choose the incidents that count and place each in its cell.

    Parameters
    ----------
    incidents
        Everything read; excluded rows are left out here and kept for the record.
    options
        Which count, and the cells.
    area
        The ground that can be chosen; incidents outside it do not count. Without it, the convex
        hull of every incident read.
    extent
        Rectangle (x min, y min, x max, y max) whose cells alone are places; incidents in none
        of them are at place −1, where only methods that spread incidents see them.
    places
        Areas or street segments; incidents in none of them are left out, and told.
    trial
        A schedule whose patrol days do not count, and whose comparison days count for both.
    features
        Features of the ground, for the methods that look at it.

    Raises
    ------
    DataError
        When no incident is left, none has the harm asked for, or the grid would be too large.
    PrecisionError
        When hours or weekdays are asked of times that are not known so finely.
    """
    if places is not None:
        options = replace(options, shape=places.shape)
    located = _located(incidents, area)
    settled = settle_options(located, options)
    wanted = would_count(located, settled)
    steers = may_steer(wanted)
    chosen, excluded = wanted.where(steers), wanted.where(~steers)
    notes = note_choices(options, settled)
    if places is None:
        places = _grid_places(located, settled, area, extent)
    else:
        chosen, left_out = _inside(chosen, places)
        notes = (*notes, *left_out)
    if len(chosen) == 0:
        raise nothing_left(incidents.provenance, len(incidents), len(located), settled)
    group = None if settled.group == ALL else settled.group
    weight, harm_note = weigh(chosen, group, settled.weight, settled.transform)
    if trial is not None:
        share = comparison_weights(chosen, trial)
        weight, notes = weight * share, (*notes, say_comparison(share))
    # After the ranking's own weights: only what is shown of harm is settled.
    chosen = settle_harm(chosen, settled.weight)
    return Layout(
        case=replace(_as_case(chosen, places, weight), features=features),
        incidents=chosen,
        excluded=excluded,
        excluded_place=places.locate(excluded.numbers("x"), excluded.numbers("y")),
        options=settled,
        n_days=observed_days(chosen),
        notes=(*notes, *harm_note),
    )


def _inside(incidents: Incidents, places: Places) -> tuple[Incidents, tuple[str, ...]]:
    x, y = incidents.numbers("x"), incidents.numbers("y")
    inside = places.locate(x, y) >= 0
    n_outside = int((~inside).sum())
    where = "in none of the areas"
    notes: tuple[str, ...] = ()
    if places.graph is not None:
        where = f"farther than {SNAP_M:g} m from a street"
        _, _, away = snap_to_segments(places.graph, x, y)
        kept = away[inside]
        middle, most = np.quantile(kept, [0.5, 0.95]) if kept.size else (0.0, 0.0)
        moved = f"half by at most {middle:.0f} m, 95 in 100 by at most {most:.0f} m"
        notes = (f"Incidents were moved to the nearest street: {moved}.",)
    if n_outside == inside.size > 0:
        raise DataError(
            f"The {places.shape}s given must cover the incidents.",
            found=f"All {n_outside:,} incidents that count are {where}.",
            do=f"Give the {places.shape}s of that ground, or check their coordinate system.",
        )
    if n_outside:
        notes = (*notes, f"{n_outside:,} of {inside.size:,} incidents are {where} and left out.")
    return incidents.where(inside), notes


def _grid_places(
    incidents: Incidents,
    options: CaseOptions,
    area: shapely.Geometry | None,
    extent: tuple[float, float, float, float] | None,
) -> Places:
    if extent is not None:
        q, r = options.grid.box(extent, max_cells=options.max_cells)
        order = np.lexsort((r, q))
        return cell_places(options.grid, q[order], r[order])
    return grid_places(
        options.grid,
        incidents.numbers("x"),
        incidents.numbers("y"),
        extent=area,
        max_cells=options.max_cells,
    )


def settle_options(incidents: Incidents, options: CaseOptions) -> CaseOptions:
    """Return the options with group, kinds, size and first day chosen where left open."""
    group = options.group or _default_group(incidents)
    kinds = options.kinds or _default_kinds(incidents, group)
    since = options.since or _default_since(incidents, options)
    size_m = options.grid.size_m if options.shape in {"hex", "square"} else None
    return replace(options, group=group, kinds=kinds, since=since, size_m=size_m)


def harm_totals(layout: Layout) -> FloatArray:
    """Return the days of harm in each place, unknown harm as none, shape (places,)."""
    harm = np.nan_to_num(layout.incidents.numbers("harm_days"))
    case = layout.case
    inside = case.place >= 0
    return np.bincount(case.place[inside], harm[inside], len(case.places)).astype(np.float64)


def listed_places(score: FloatArray, case: Case, top: int) -> IntArray:
    """Return the `top` places that score highest, those that hold more first in a tie.

    Neither merged nor spaced, so that lists of different methods cover the same ground. A
    place without a score above 0 is never listed.
    """
    order = np.lexsort((-case.totals, -score))[:top]
    return np.asarray(order[score[order] > 0], dtype=np.int64)


def _located(incidents: Incidents, area: shapely.Geometry | None) -> Incidents:
    x, y = incidents.numbers("x"), incidents.numbers("y")
    mask = np.isfinite(x) & np.isfinite(y)
    mask &= ~np.asarray(pc.equal(incidents.table.column("location_grade"), "X"), dtype=bool)
    if area is not None:
        shapely.prepare(area)
        mask &= np.asarray(shapely.intersects_xy(area, x, y))
    return incidents.where(mask)


def would_count(incidents: Incidents, options: CaseOptions) -> Incidents:
    """Return the incidents that count, or would if they might steer patrols."""
    return select_incidents(
        incidents,
        group=None if options.group in {None, ALL} else options.group,
        since=options.since,
        until=options.until,
        hours=options.hours,
        weekdays=options.weekdays,
        kinds=options.kinds,
        excluded=True,
    )


def _as_case(incidents: Incidents, places: Places, weight: FloatArray) -> Case:
    x, y = incidents.numbers("x"), incidents.numbers("y")
    day = middle_days(incidents)
    first, last = covered_period(incidents)
    return Case(
        places=places,
        x=x,
        y=y,
        day=day,
        weight=weight,
        place=places.locate(x, y),
        start_day=float((first - _EPOCH).days),
        end_day=float((last - _EPOCH).days + 1),
        observed=Observed.between(
            first,
            last,
            set(incidents.provenance.missing_months) - _months_of(day),
            by_month=incidents.provenance.precision == "month",
        ),
    )


def _months_of(day: FloatArray) -> set[str]:
    return set(np.unique(day.astype("datetime64[D]").astype("datetime64[M]")).astype(str).tolist())


def _default_group(incidents: Incidents) -> str:
    group = default_group(incidents)
    return group if in_group(incidents, group).any() else ALL


def _default_kinds(incidents: Incidents, group: str) -> tuple[str, ...]:
    present = {str(kind) for kind in pc.unique(incidents.table.column("kind")).to_pylist()}
    only = tuple(present) if len(present) == 1 and group == ALL else ()
    return only or load_group(group).kinds


def _default_since(incidents: Incidents, options: CaseOptions) -> date | None:
    if len(incidents) == 0:
        return None
    first, end = covered_period(incidents)
    last = options.until or end
    if (last - first).days < options.history_days:
        return None
    since = last - timedelta(days=options.history_days - 1)
    # Month data are read by whole months.
    return since.replace(day=1) if incidents.provenance.precision == "month" else since


def note_choices(asked: CaseOptions, settled: CaseOptions) -> tuple[str, ...]:
    """Say what was chosen where options were left open."""
    notes = []
    if asked.group is None:
        notes.append(
            f"Counted the group {settled.group}."
            if settled.group != ALL
            else "Counted every offence: the file holds none of a narrower group."
        )
    if asked.since is None and settled.since is not None:
        first = f"{settled.since.day} {settled.since:%b %Y}"
        notes.append(f"Counted from {first}: the last {settled.history_days:,} days.")
    return tuple(notes)


def nothing_left(known: Provenance, n_read: int, n_located: int, options: CaseOptions) -> DataError:
    """Return why nothing counts: no place, no data in the period, or none of group and kinds."""
    if n_located == 0:
        return DataError(
            "There must be incidents to rank places by.",
            found=f"Of {n_read:,} read, none has a place in the ground that can be chosen.",
            do="Check that the area covers the data, and its coordinate system.",
        )
    first, last = str(options.since or known.start), str(options.until or known.end)
    if first and last and not held_months(first, last, known.missing_months):
        return DataError(
            "There must be data in the period.",
            found=f"The file holds no month from {first[:7]} to {last[:7]}.",
            do="Choose --since and --until within the months it holds, or read those months too.",
        )
    wider = "a longer period" if options.group == ALL else "--group all, a longer period"
    kinds = ", ".join(options.kinds or ())
    return DataError(
        "There must be incidents to rank places by.",
        found=(
            f"Of {n_read:,} read, none of the kinds {kinds} and the group {options.group} "
            "may steer patrols in that place, period and hours."
        ),
        do=f"Pass {wider}, or look at `footbeat incidents quality`.",
    )
