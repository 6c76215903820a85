"""Find hot spots: count, score, choose, rank, name and explain."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from footbeat.incidents.counts import start_times
from footbeat.targeting.changed import excluded_ground
from footbeat.targeting.clusters import DbscanOptions
from footbeat.targeting.decided import bar_places, fix_places
from footbeat.targeting.describe import (
    describe_cells,
    describe_concentration,
    describe_hotspots,
)
from footbeat.targeting.earlier import take_over
from footbeat.targeting.ethics import METHOD, REFERENCE, require_leave, require_same
from footbeat.targeting.explain import years_in_top
from footbeat.targeting.found import Found
from footbeat.targeting.layout import CaseOptions, Layout, harm_totals, lay_out
from footbeat.targeting.left_out import count_excluded, describe_left_out
from footbeat.targeting.methods import (
    DEFAULT_METHOD,
    METHODS,
    Scorer,
    check_precision,
    load_scorer,
)
from footbeat.targeting.outlines import cluster_places
from footbeat.targeting.ranks import rank_places
from footbeat.targeting.select import Rulings, Selection, SelectOptions, select_places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import shapely
    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents
    from footbeat.streets import Streets
    from footbeat.targeting.changed import Changed
    from footbeat.targeting.comparison import TrialDays
    from footbeat.targeting.decided import Decided
    from footbeat.targeting.ethics import Leave
    from footbeat.targeting.features import Features
    from footbeat.targeting.found import Concentration
    from footbeat.targeting.places import Places, PlaceShape
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
    leave
        For a method that is a model: its ethics reference and what its back-test showed.
    """

    case: CaseOptions = field(default_factory=CaseOptions)
    method: str = DEFAULT_METHOD
    method_options: object | None = None
    select: SelectOptions = field(default_factory=SelectOptions)
    n_draws: int = 1000
    leave: Leave | None = None


def find_hotspots(  # noqa: PLR0913 - each is something an analyst may or may not have
    incidents: Incidents,
    options: FindOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
    exclude: Sequence[Decided] = (),
    include: Sequence[Decided] = (),
    previous: Hotspots | None = None,
    edits: Sequence[Changed] = (),
    places: Places | None = None,
    streets: Streets | None = None,
    trial: TrialDays | None = None,
    features: Features | None = None,
    advance: Callable[[], None] = lambda: None,
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
    exclude, include
        Ground that must not be chosen, and ground that must be, whatever it scores.
    previous
        An earlier list; a hot spot that shares half of the smaller of the two with one of its
        keeps its identifier.
    edits
        What was changed on that list by hand. What was excluded, renamed, merged or split there
        stays so, with its reason, until it is taken back.
    places
        Areas or street segments to choose among, instead of cells.
    streets
        Streets to measure inside each hot spot: metres, and minutes to walk them once.
    trial
        A schedule whose patrol days do not count.
    features
        Features of the ground, for the models that look at it.
    advance
        Called a hundred times while ranks are simulated, for a progress bar.

    Raises
    ------
    DataError
        When no incident is left to rank by, or the grid would be too large.
    AccessError
        When the method is a model and there is no leave to draw a list from it.
    """
    require_leave(load_scorer(options.method, _shape(options, places)).method.name, options.leave)
    check_precision(METHODS[options.method], incidents)
    layout = _lay_out(incidents, options, area, places, trial, features)
    require_same(options.leave, layout, options.method_options)
    options = replace(options, case=layout.options, select=_settle(options, layout))
    scorer = load_scorer(options.method, layout.options.shape, options.method_options)
    scorer = scorer.settled(layout.case)
    scores = scorer.score(layout.case)
    score = scores.score
    crs = layout.incidents.provenance.crs
    earlier = take_over(previous, edits, layout.case.places, crs)
    rulings = _rule(layout, exclude, include, earlier.rulings)
    selection = select_places(
        layout.case.places, score, layout.case.counts, harm_totals(layout), options.select,
        rulings=rulings,
    )  # fmt: skip
    ranks = _rank(layout, scorer, selection, options, rng, advance=advance)
    hotspots, details = describe_hotspots(
        layout,
        score,
        selection,
        ranks,
        in_top=_years(layout, options.select.top),
        previous=earlier.hotspots,
        streets=streets,
    )
    shares = describe_concentration(layout, selection, area)
    return Found(
        hotspots=tell_whole(hotspots, shares, len(layout.case)),
        cells=describe_cells(layout, score, selection, hotspots, scores.p),
        details=details,
        left_out=describe_left_out(layout, score, selection, count_excluded(layout)),
        concentration=shares,
        incidents=layout.incidents,
        method=options.method,
        params=list_options(options, scorer),
        n_incidents=len(layout.case),
        n_cells=len(layout.case.places),
        notes=(
            *layout.notes,
            *scores.said,
            *note_list(layout, scorer, score, selection, options),
            *earlier.notes,
        ),
        edits=earlier.edits,
        excluded=(*exclude, *excluded_ground(earlier.edits)),
    )


def _shape(options: FindOptions, places: Places | None) -> PlaceShape:
    return options.case.shape if places is None else places.shape


def _lay_out(  # noqa: PLR0917 - private, and called once
    incidents: Incidents,
    options: FindOptions,
    area: shapely.Geometry | None,
    places: Places | None,
    trial: TrialDays | None,
    features: Features | None,
) -> Layout:
    layout = lay_out(
        incidents, options.case, area=area, places=places, trial=trial, features=features
    )
    if options.method == "dbscan" and layout.case.places.grid is not None:
        layout = _by_cluster(layout, options)
    layout = tell_method(layout, options)
    return _tell_grades(layout)


def _by_cluster(layout: Layout, options: FindOptions) -> Layout:
    """Return the layout over the clusters themselves: hot spots then have their outlines."""
    asked = options.method_options
    clusters = cluster_places(
        layout.case, asked if isinstance(asked, DbscanOptions) else DbscanOptions()
    )
    case, lost = layout.case, layout.excluded
    return replace(
        layout,
        case=replace(case, places=clusters, place=clusters.locate(case.x, case.y)),
        excluded_place=clusters.locate(lost.numbers("x"), lost.numbers("y")),
        options=replace(layout.options, shape="area", size_m=None),
        notes=(*layout.notes, "Hot spots are the clusters' own outlines, whatever their size."),
    )


def tell_method(layout: Layout, options: FindOptions) -> Layout:
    """Return the layout whose provenance names the method and, of a model, the leave for it."""
    leave, known = options.leave, layout.incidents.provenance
    extra = {**known.extra, METHOD: options.method, "top": options.select.top}
    cautions = known.cautions
    if leave is not None and METHODS[options.method].is_model:
        extra[REFERENCE] = leave.reference
        cautions = (*cautions, leave.caution)
    known = replace(known, extra=extra, cautions=cautions)
    return replace(layout, incidents=replace(layout.incidents, provenance=known))


def tell_whole(hotspots: Hotspots, shares: Concentration, n_incidents: int) -> Hotspots:
    """Return the hot spots whose provenance says what they hold, and of how much."""
    whole = {
        "area_ha": round(shares.area_ha, 3),
        "total_ha": round(shares.total_ha, 3),
        "n_listed": round(shares.incident_share * n_incidents),
        "n_incidents": n_incidents,
    }
    known = hotspots.provenance
    return replace(hotspots, provenance=replace(known, extra={**known.extra, "whole": whole}))


def _tell_grades(layout: Layout) -> Layout:
    """Return the layout whose provenance counts the location grades of its incidents."""
    counted = pc.value_counts(layout.incidents.table["location_grade"].drop_null()).to_pylist()
    known = layout.incidents.provenance
    grades = {each["values"]: each["counts"] for each in counted}
    known = replace(known, extra={**known.extra, "location_grades": grades})
    return replace(layout, incidents=replace(layout.incidents, provenance=known))


def _settle(options: FindOptions, layout: Layout) -> SelectOptions:
    if options.select.min_incidents is not None:
        return options.select
    # One grave crime must not top a list by harm: a place needs one incident a quarter.
    by_harm = max(1.0, round(layout.n_days / 90))
    return replace(
        options.select, min_incidents=1.0 if layout.options.weight == "count" else by_harm
    )


def _rule(
    layout: Layout, exclude: Sequence[Decided], include: Sequence[Decided], before: Rulings
) -> Rulings:
    """Return what was decided now and on the earlier list."""
    places = layout.case.places
    barred = (*bar_places(places, exclude), *before.barred)
    return replace(before, barred=barred, fixed=fix_places(places, include, barred))


def _years(layout: Layout, top: int) -> dict[int, NDArray[np.bool_]]:
    case = layout.case
    return years_in_top(
        start_times(layout.incidents),
        case.place,
        case.weight,
        top=top,
        n_places=len(case.places),
        timezone=layout.incidents.provenance.timezone,
    )


def _rank(
    layout: Layout,
    scorer: Scorer,
    selection: Selection,
    options: FindOptions,
    rng: np.random.Generator,
    *,
    advance: Callable[[], None],
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
        advance=advance,
    )


def list_options(options: FindOptions, scorer: Scorer) -> dict[str, Any]:
    """Return every option of a list by name, as used."""
    named = {**asdict(options.case), **asdict(options.select), "rank_draws": options.n_draws}
    window, weekdays = options.case.hours, options.case.weekdays
    named["hours"] = str(window) if window else None
    named["weekdays"] = list(weekdays)
    return {**named, **scorer.named()}


def note_list(
    layout: Layout, scorer: Scorer, score: FloatArray, selection: Selection, options: FindOptions
) -> tuple[str, ...]:
    """Say what must be known to read a list, in sentences."""
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
