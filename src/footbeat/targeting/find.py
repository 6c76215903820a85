"""Find hot spots: count, score, choose, rank, name and explain."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from footbeat.targeting.describe import (
    describe_cells,
    describe_concentration,
    describe_hotspots,
    describe_left_out,
)
from footbeat.targeting.found import Found
from footbeat.targeting.layout import CaseOptions, Layout, harm_totals, lay_out
from footbeat.targeting.methods import DEFAULT_METHOD, Scorer, load_scorer
from footbeat.targeting.ranks import rank_places
from footbeat.targeting.select import Selection, SelectOptions, select_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents
    from footbeat.streets import Streets
    from footbeat.targeting.comparison import TrialDays
    from footbeat.targeting.places import Places
    from footbeat.targeting.ranks import Ranks

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FindOptions:
    """How hot spots are found.

    Attributes
    ----------
    case
        Which incidents count, and the cells.
    method, method_options
        What scores the cells; None for the method's own defaults.
    select
        How many hot spots, how large, how far apart.
    n_draws
        Simulations behind rank intervals; 0 for none.
    """

    case: CaseOptions = field(default_factory=CaseOptions)
    method: str = DEFAULT_METHOD
    method_options: object | None = None
    select: SelectOptions = field(default_factory=SelectOptions)
    n_draws: int = 1000


def find_hotspots(  # noqa: PLR0913 - each is something an analyst may or may not have
    incidents: Incidents,
    options: FindOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
    exclude: shapely.Geometry | None = None,
    previous: Hotspots | None = None,
    places: Places | None = None,
    streets: Streets | None = None,
    trial: TrialDays | None = None,
) -> Found:
    """Rank cells, merge those that touch into walkable hot spots, and explain each.

    The list says where recorded incidents were most in the period it was drawn from. It will
    look better there than afterwards, because luck helped to choose it; and where people do
    not report, nothing shows.

    Parameters
    ----------
    incidents
        All that was read; what must not steer patrols is left out here and reported.
    options
        What counts, what scores, how many.
    rng
        Source of chance for rank intervals; nothing else depends on it.
    area
        The ground that can be chosen, in the incidents' coordinate system; also the whole that
        the share of area is of. Without it that is the hull of the ground the incidents lie on.
    exclude
        Ground that must not be chosen.
    previous
        An earlier list; a hot spot that shares half of the smaller of the two with one of its
        keeps its identifier.
    places
        Areas or street segments to choose among, instead of cells.
    streets
        Streets to measure inside each hot spot: metres, and minutes to walk them once.
    trial
        A schedule whose patrol days do not count.

    Raises
    ------
    DataError
        When no incident is left to rank by, or the grid would be too large.
    """
    layout = lay_out(incidents, options.case, area=area, places=places, trial=trial)
    options = replace(options, case=layout.options, select=_settle(options, layout))
    scorer = load_scorer(options.method, layout.options.shape, options.method_options)
    scorer = scorer.settled(layout.case)
    score = scorer.score(layout.case).score
    selection = _select(layout, score, options, exclude)
    ranks = _rank(layout, scorer, selection, options, rng)
    hotspots, details = describe_hotspots(
        layout, score, selection, ranks, previous=previous, streets=streets
    )
    return Found(
        hotspots=hotspots,
        cells=describe_cells(layout, score, selection, hotspots),
        details=details,
        left_out=describe_left_out(layout, score, selection),
        concentration=describe_concentration(layout, selection, area),
        incidents=layout.incidents,
        method=options.method,
        params=_params(options, scorer),
        n_incidents=len(layout.case),
        n_cells=len(layout.case.places),
        notes=(*layout.notes, *_notes(layout, scorer, score, selection, options)),
    )


def _settle(options: FindOptions, layout: Layout) -> SelectOptions:
    if options.select.min_incidents is not None:
        return options.select
    # One grave crime must not top a list by harm: a place needs one incident a quarter.
    by_harm = max(1.0, round(layout.n_days / 90))
    return replace(
        options.select, min_incidents=1.0 if layout.options.weight == "count" else by_harm
    )


def _select(
    layout: Layout, score: FloatArray, options: FindOptions, exclude: shapely.Geometry | None
) -> Selection:
    case = layout.case
    barred = []
    if exclude is not None:
        shapely.prepare(exclude)
        inside = np.asarray(shapely.intersects_xy(exclude, case.places.x, case.places.y))
        barred.append((inside, "inside an area that was excluded"))
    return select_places(
        case.places, score, case.counts, harm_totals(layout), options.select, barred=barred
    )


def _rank(
    layout: Layout,
    scorer: Scorer,
    selection: Selection,
    options: FindOptions,
    rng: np.random.Generator,
) -> Ranks | None:
    if options.n_draws == 0 or not selection.spots:
        return None
    return rank_places(
        layout.case,
        scorer,
        selection.seeds,
        selection.rivals,
        top=options.select.top,
        n_draws=options.n_draws,
        rng=rng,
    )


def _params(options: FindOptions, scorer: Scorer) -> dict[str, Any]:
    named = {**asdict(options.case), **asdict(options.select), "n_draws": options.n_draws}
    window, weekdays = options.case.hours, options.case.weekdays
    named["hours"] = str(window) if window else None
    named["weekdays"] = list(weekdays)
    return {**named, **asdict(scorer.options)}


def _notes(
    layout: Layout, scorer: Scorer, score: FloatArray, selection: Selection, options: FindOptions
) -> tuple[str, ...]:
    notes = ["Where people do not report, nothing shows."]
    if len(selection.spots) < options.select.top:
        notes.append(
            f"{options.select.top:,} hot spots were asked for; {len(selection.spots):,} places "
            "have enough incidents and room."
        )
    if scorer.method.name != "count" and _ranks_as_count(layout, score, selection):
        notes.append(f"Same ranking as the count: {scorer.method.name} changes no place's order.")
    return tuple(notes)


def _ranks_as_count(layout: Layout, score: FloatArray, selection: Selection) -> bool:
    # Only the order down to the last hot spot decides anything.
    n_seen = int(selection.rank[selection.seeds].max(initial=0))
    by_count = np.argsort(-layout.case.totals, kind="stable")
    return bool(np.array_equal(by_count[:n_seen], np.argsort(-score, kind="stable")[:n_seen]))
