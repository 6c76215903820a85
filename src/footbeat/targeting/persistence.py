"""Which places stay hot, turn hot, come and go, or were hot: Gi* over rolling periods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from footbeat import plots
from footbeat.errors import DataError, UsageError
from footbeat.targeting.clusters import GiStarOptions, score_gi_star
from footbeat.targeting.held import observed_months
from footbeat.targeting.layout import EVER_DAYS, lay_out

if TYPE_CHECKING:
    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.tables import Provenance
    from footbeat.targeting.case import Case
    from footbeat.targeting.layout import CaseOptions, Layout
    from footbeat.targeting.places import Places

    BoolArray = NDArray[np.bool_]

Persistence = Literal["persistent", "emerging", "intermittent", "former"]
CLASSES: tuple[Persistence, ...] = get_args(Persistence)

_PERSISTENT_SHARE = 0.8
_RECENT_SHARE = 0.25
_FEWEST_PERIODS = 3
_PERIODS = 12
_EPOCH = pd.Timestamp(0)
_CENTRED: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7}
_COLOURS = dict(zip(CLASSES, plots.SERIES, strict=True))


@dataclass(frozen=True, slots=True)
class PersistenceOptions:
    """What a period is, and what is hot.

    Attributes
    ----------
    period_months, step_months
        Observed months in a period, and from the start of one to that of the next. None: as
        many as make about twelve periods, and no overlap.
    radius_m
        Centres within this distance are neighbours; None for the places that touch.
    level
        A place is hot where Gi* is positive and its p, adjusted for the number of places, is at
        most this.
    """

    period_months: int | None = None
    step_months: int | None = None
    radius_m: float | None = None
    level: float = 0.05


@dataclass(frozen=True, slots=True, repr=False)
class Persistent:
    """Places that were hot in at least one period.

    Attributes
    ----------
    frame
        `cell`, `persistence`, `n` (incidents), `n_hot` (periods it was hot), `pattern` (one
        mark a period, oldest first: ● hot, ○ not), `geometry`; ordered by class, then periods
        hot, then incidents.
    periods
        First and last month of each period.
    n_incidents, n_cells
        Incidents counted, and places.
    provenance
        What is known of the data.
    notes
        What was chosen, in sentences.
    """

    frame: gpd.GeoDataFrame
    periods: tuple[str, ...]
    n_incidents: int
    n_cells: int
    provenance: Provenance
    notes: tuple[str, ...]

    @property
    def counted(self) -> dict[str, int]:
        """How many places are of each class."""
        held = self.frame["persistence"].value_counts()
        return {name: int(held.get(name, 0)) for name in CLASSES}

    def __repr__(self) -> str:
        told = ", ".join(f"{n:,} {name}" for name, n in self.counted.items())
        return f"Persistent({told}; {len(self.periods)} periods, {self.n_cells:,} places)"

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the places as a GeoPandas frame."""
        return self.frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the places with the first letter of their class, and its colour."""
        told = ", ".join(f"{n:,} {name}" for name, n in self.counted.items())
        ax = plots.begin(ax, f"{told} of {self.n_cells:,} places", f"Gi*, {self._span()}")
        for name, places in self.frame.groupby("persistence"):
            places.plot(ax=ax, color=_COLOURS[name], edgecolor=plots.PAPER, linewidth=0.6)
            for at in places.geometry.representative_point():
                ax.annotate(name[0].upper(), (at.x, at.y), color=plots.PAPER, **_CENTRED)
        ax.set_aspect("equal")
        ax.set_axis_off()
        return ax

    def _span(self) -> str:
        return f"{len(self.periods)} periods, the first {self.periods[0]}, last {self.periods[-1]}"


def measure_persistence(
    incidents: Incidents,
    case: CaseOptions,
    options: PersistenceOptions,
    *,
    area: shapely.Geometry | None = None,
    places: Places | None = None,
) -> Persistent:
    """Say of each place whether its heat lasts, by Gi* in one period after the other.

    Gi* compares places within a period, so a town that quietens everywhere has no fewer hot
    places. A place is hot for its neighbourhood's sake too: its own incidents may be few.

    Parameters
    ----------
    incidents, case
        What counts, and the places; without `since`, from the first incident on, however long
        ago.
    options
        What a period is, and what is hot.
    area, places
        The ground that counts; areas to use instead of cells.

    Raises
    ------
    DataError
        When there are fewer than three periods.
    """
    layout = lay_out(incidents, replace(case, history_days=EVER_DAYS), area=area, places=places)
    months = _months_of(layout)
    windows = _roll(months, options)
    hot = np.stack([_is_hot(_during(layout.case, window), options) for window in windows])
    n_recent = max(1, round(_RECENT_SHARE * len(windows)))
    absent = len(pd.period_range(months[0], months[-1], freq="M")) - len(months)
    notes = layout.notes
    if absent:
        notes = (*notes, f"{absent} months are missing between the first period and the last.")
    recent = f"Recent means the last {n_recent} of {len(windows)} periods."
    return Persistent(
        frame=_tabulate(layout, hot, classify_persistence(hot, n_recent=n_recent)),
        periods=tuple(" to ".join(dict.fromkeys((window[0], window[-1]))) for window in windows),
        n_incidents=len(layout.case),
        n_cells=len(layout.case.places),
        provenance=layout.incidents.provenance,
        notes=(*notes, recent),
    )


def classify_persistence(hot: BoolArray, *, n_recent: int) -> NDArray[np.object_]:
    """Return the class of each place, empty where it was never hot.

    *Persistent*: hot in at least four of five periods and in the last. *Emerging*: hot in the
    last, and never before the recent ones. *Former*: hot once, in none of the recent ones.
    *Intermittent*: every other place that was hot.

    Parameters
    ----------
    hot
        Whether each place was hot in each period, oldest first, shape (periods, places).
    n_recent
        How many of the last periods are recent.

    Examples
    --------
    >>> hot = np.array([[1, 0, 1, 1, 0], [1, 0, 0, 1, 0], [1, 0, 1, 0, 0], [1, 1, 0, 0, 0]])
    >>> classify_persistence(hot > 0, n_recent=1).tolist()
    ['persistent', 'emerging', 'former', 'former', '']
    """
    n_hot, was_recent = hot.sum(axis=0), hot[-n_recent:].any(axis=0)
    was_before, is_last = hot[:-n_recent].any(axis=0), hot[-1]
    stays = is_last & (n_hot >= _PERSISTENT_SHARE * len(hot))
    chosen = [stays, is_last & ~was_before, was_before & ~was_recent, n_hot > 0]
    names = ["persistent", "emerging", "former", "intermittent"]
    return np.asarray(np.select(chosen, names, ""), dtype=object)


def _months_of(layout: Layout) -> list[str]:
    """Return the observed months of the period counted."""
    case = layout.case
    first, last = (
        str((_EPOCH + pd.Timedelta(days=day)).to_period("M"))
        for day in (case.start_day, case.end_day - 1)
    )
    since = layout.options.since
    first = max(first, f"{since:%Y-%m}") if since else first
    return [month for month in observed_months(layout.incidents) if first <= month <= last]


def _roll(months: list[str], options: PersistenceOptions) -> list[list[str]]:
    length = options.period_months or max(1, len(months) // _PERIODS)
    step = options.step_months or length
    if length < 1 or step < 1:
        raise UsageError("Periods must have at least a month.", do="Give 1 or more.")
    # The last period ends with the data: what came first is dropped where it does not divide.
    ends = range(len(months), length - 1, -step)
    windows = [months[end - length : end] for end in ends][::-1]
    if len(windows) < _FEWEST_PERIODS:
        raise DataError(
            "Persistence must have at least three periods.",
            found=f"{len(months)} months make {len(windows)} periods of {length}.",
            do="Give more months, or a shorter --period-months.",
        )
    return windows


def _during(case: Case, months: list[str]) -> Case:
    first, last = pd.Period(months[0], "M"), pd.Period(months[-1], "M") + 1
    start, end = ((month.start_time - _EPOCH).days for month in (first, last))
    return case.between(float(start), float(end))


def _is_hot(case: Case, options: PersistenceOptions) -> BoolArray:
    scores = score_gi_star(case, GiStarOptions(options.radius_m))
    p = np.ones(len(case.places)) if scores.p_fdr is None else scores.p_fdr
    return np.asarray((scores.score > 0) & (p <= options.level))


def _tabulate(layout: Layout, hot: BoolArray, classes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    case, index = layout.case, np.flatnonzero(classes != "")
    frame = gpd.GeoDataFrame(
        {
            "cell": case.places.ids[index],
            "persistence": classes[index],
            "n": case.counts[index],
            "n_hot": hot.sum(axis=0)[index],
            "pattern": ["".join("●" if each else "○" for each in hot[:, k]) for k in index],
        },
        geometry=case.places.shapes_of(index),
        crs=layout.incidents.provenance.crs,
    )
    order = np.lexsort(
        (-frame["n"], -frame["n_hot"], [CLASSES.index(name) for name in frame["persistence"]])
    )
    return frame.iloc[order].reset_index(drop=True)
