"""Lists from files too large to hold: counted on an engine, described from the places listed.

The file is read twice. First every cell is counted, apart for each force where asked, and the
ground found where no area is given; that ranks the places. Then only the records in the places
listed are fetched, to name and explain them. Where rows repeat, as those of open data do, an
engine counts rows alike first, and everything else is worked out of those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.errors import UsageError
from footbeat.incidents.counts import middle_days, observed_days
from footbeat.incidents.exclude import load_group, may_steer
from footbeat.periods import held_months
from footbeat.targeting.case import TalliedCase
from footbeat.targeting.describe import (
    describe_cells,
    describe_concentration,
    describe_hotspots,
)
from footbeat.targeting.explain import among_top
from footbeat.targeting.find import list_options, note_list, tell_method, tell_whole
from footbeat.targeting.found import Found
from footbeat.targeting.grounds import gather_grounds
from footbeat.targeting.layout import (
    ALL,
    Layout,
    note_choices,
    nothing_left,
    settle_options,
    would_count,
)
from footbeat.targeting.left_out import describe_left_out, excluded_places
from footbeat.targeting.methods import load_scorer
from footbeat.targeting.places import cell_places, index_cells, join_cells
from footbeat.targeting.ranks import rank_places
from footbeat.targeting.select import select_places
from footbeat.targeting.tally import (
    condense,
    gather_incidents,
    kinds_in,
    tally_incidents,
)
from footbeat.targeting.untimed import count_untimed, retell_untimed
from footbeat.targeting.weighing import knows_harm, settle_harm

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

    from footbeat.engine.base import Engine
    from footbeat.incidents.load import Incidents
    from footbeat.targeting.case import Scores
    from footbeat.targeting.find import FindOptions
    from footbeat.targeting.layout import CaseOptions
    from footbeat.targeting.methods import Scorer
    from footbeat.targeting.places import Places
    from footbeat.targeting.ranks import Ranks
    from footbeat.targeting.select import Selection
    from footbeat.targeting.tally import BulkFile, Tally

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

METHODS = ("count", "shrunk-count", "gi-star", "local-moran")

_PASSED = 25


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one list holds, before its incidents are fetched.

    Attributes
    ----------
    case
        The places and what was counted in them.
    scorer, scores
        What scored them, and how.
    selection, ranks
        Which are listed, and what ranks the data allow them.
    lost
        Incidents in each place that must not steer patrols, shape (places,).
    harm
        Days of harm in each place, none where harm is not known, shape (places,).
    n_weighed
        Incidents counted whose harm is known.
    in_top
        For each calendar year which places were among the top, shape (places,).
    n_untimed
        Incidents that a choice of hours leaves out, as their time is not known.
    """

    case: TalliedCase
    scorer: Scorer
    scores: Scores
    selection: Selection
    ranks: Ranks | None
    lost: FloatArray
    harm: FloatArray
    n_weighed: int
    in_top: dict[int, NDArray[np.bool_]]
    n_untimed: int = 0

    @property
    def shown(self) -> IntArray:
        """The places listed, left out or next in rank, whose incidents are wanted."""
        passed = [place.place for place in self.selection.passed]
        last = int(self.selection.rank[self.selection.seeds].max(initial=0)) + _PASSED
        near = np.flatnonzero((self.selection.rank <= last) & (self.case.tally > 0))
        closed = excluded_places(self.case.tally, self.lost, self.selection)
        shown = np.concatenate([self.selection.chosen, passed, near, closed])
        return np.unique(shown).astype(np.int64)


def find_in_bulk(
    file: BulkFile,
    options: FindOptions,
    *,
    engine: Engine,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
    by: str = "",
) -> dict[str, Found]:
    """Find hot spots in a file that is streamed, one list for each value of a column.

    The lists are those of `find_hotspots`, on the same ground. Ranks by harm are not told: it
    is known of the places fetched alone.

    Parameters
    ----------
    file
        The incidents.
    options
        What counts, what scores, how many. Cells and counts only: harm, areas and streets need
        every incident in memory.
    engine
        Where the rows are read; the answer does not depend on which.
    rng
        Source of chance for rank intervals.
    area
        The ground that can be chosen.
    by
        A column whose values get a list each, such as ``beat``; empty for one list.

    Raises
    ------
    UsageError
        When the method or the weight needs the incidents themselves.
    DataError
        When no incident is left to rank by.
    """
    case, lists = rank_in_bulk(file, options, engine=engine, rng=rng, area=area, by=by)
    cells = {value: _cells(chosen) for value, chosen in lists.items()}
    fetched = gather_incidents(file, cells, case, engine=engine, area=area, by=by)
    return {
        value: _describe(chosen, fetched[value], options, case, area)
        for value, chosen in lists.items()
    }


def rank_in_bulk(
    file: BulkFile,
    options: FindOptions,
    *,
    engine: Engine,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
    by: str = "",
) -> tuple[CaseOptions, dict[str, Ranked]]:
    """Rank places in one pass over a file, without naming or explaining them.

    Returns the options with every choice made, and a list for each value of the column. The
    arguments and errors are those of :func:`find_in_bulk`.
    """
    _check(options)
    with condense(file, options.case, engine=engine, by=by) as rows:
        case = settle_options(kinds_in(rows, engine=engine), options.case)
        tallies = tally_incidents(rows, case, engine=engine, area=area, by=by)
        years = _tally_years(rows, case, tallies, engine=engine, area=area, by=by)
        untimed = count_untimed(rows, case, engine=engine, area=area, by=by)
        grounds = gather_grounds(rows, engine=engine, by=by) if area is None else {}
    lists = {
        value: _choose(
            tally, {year: held[value] for year, held in years.items() if value in held},
            options, case, grounds[value] if area is None else area, rng,
        )
        for value, tally in tallies.items()
        if tally.n.sum() > 0
    }  # fmt: skip
    if not lists:
        n_located = sum(int(tally.n_located.sum()) for tally in tallies.values())
        raise nothing_left(file.provenance, file.n_rows, n_located, case)
    return case, {
        value: replace(chosen, n_untimed=untimed.get(value, 0)) for value, chosen in lists.items()
    }


def join_lists(lists: dict[str, Found], by: str) -> Hotspots:
    """Return several lists as one, ranked within each and named after its value.

    Identifiers are those of the cells with the value before them, for two forces may list
    one cell; ranks restart in each list.
    """
    frames = []
    for value, found in lists.items():
        frame = found.hotspots.frame.copy()
        frame["hotspot_id"] = value + ":" + frame["hotspot_id"]
        frame[by] = value
        frames.append(frame)
    provenance = next(iter(lists.values())).hotspots.provenance
    whole = pd.concat(frames, ignore_index=True)
    joined = complete_hotspots(whole, "the hot spots found")
    # The contract has no column for the value, and orders by rank alone.
    value_of = dict(zip(whole["hotspot_id"], whole[by], strict=True))
    joined[by] = joined["hotspot_id"].map(value_of)
    return Hotspots(joined.sort_values([by, "rank"], ignore_index=True), provenance)


def _check(options: FindOptions) -> None:
    if options.method not in METHODS:
        raise UsageError(
            f"`{options.method}` must have the incidents themselves.",
            found="With --engine or --by they are only counted.",
            do=f"Choose {', '.join(METHODS)}, or leave --engine and --by out.",
        )
    refused = {
        "--weight harm": (options.case.weight == "harm", "Ranks by harm redraw single incidents"),
        f"--shape {options.case.shape}": (
            options.case.shape not in {"hex", "square"}, "Areas and streets must be given"
        ),
        f"--group {options.case.group}": (
            _is_weighed(options.case.group), "That group counts some offences for more than one"
        ),
    }  # fmt: skip
    for name, (is_asked, why) in refused.items():
        if is_asked:
            raise UsageError(
                f"`{name}` cannot be used with --engine or --by.",
                found=f"{why}; an engine only counts incidents by cell.",
                do=f"Leave {name} out, or --engine and --by.",
            )


def _is_weighed(group: str | None) -> bool:
    return group not in {None, ALL} and bool(load_group(str(group)).weights)


def _tally_years(
    rows: BulkFile,
    case: CaseOptions,
    whole: dict[str, Tally],
    *,
    engine: Engine,
    area: shapely.Geometry | None,
    by: str,
) -> dict[int, dict[str, Tally]]:
    """Count each calendar year apart, in a pass of its own where there are several."""
    known = rows.provenance
    if not known.start or not known.end:
        return {}
    first = max(case.since or date.min, date.fromisoformat(known.start))
    last = min(case.until or date.max, date.fromisoformat(known.end))
    months = held_months(first.isoformat(), last.isoformat(), known.missing_months)
    years = sorted({int(month[:4]) for month in months})
    if len(years) == 1:
        return {years[0]: whole}
    held = {}
    for year in years:
        since, until = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        period = replace(case, since=since, until=until)
        held[year] = tally_incidents(rows, period, engine=engine, area=area, by=by)
    return held


def _choose(  # noqa: PLR0917 - private, and called once
    tally: Tally,
    years: dict[int, Tally],
    options: FindOptions,
    settled: CaseOptions,
    ground: shapely.Geometry,
    rng: np.random.Generator,
) -> Ranked:
    places = _places(tally, settled, ground)
    at = index_cells(tally.q, tally.r, *places.cells()[1:])
    counted = _totals(tally, places)
    case = TalliedCase.at(places, counted)
    scorer = load_scorer(options.method, settled.shape, options.method_options).settled(case)
    scores = scorer.score(case)
    least = options.select.min_incidents
    select = replace(options.select, min_incidents=1.0 if least is None else least)
    n_weighed = int(tally.n_weighed.sum())
    is_known = knows_harm(n_weighed, int(counted.sum()))
    harm = np.bincount(at, tally.harm_days * is_known, len(places)).astype(np.float64)
    selection = select_places(places, scores.score, counted, harm, select)
    ranks = None
    if options.n_draws and selection.spots:
        ranks = rank_places(
            case, scorer, selection.seeds, selection.rivals,
            top=select.top, n_draws=options.n_draws, rng=rng,
        )  # fmt: skip
    lost = np.bincount(at, tally.n_excluded, len(places)).astype(np.float64)
    in_top = {year: among_top(_totals(held, places), select.top) for year, held in years.items()}
    return Ranked(case, scorer, scores, selection, ranks, lost, harm, n_weighed, in_top)


def _totals(tally: Tally, places: Places) -> FloatArray:
    at = index_cells(tally.q, tally.r, *places.cells()[1:])
    return np.bincount(at, tally.n, len(places)).astype(np.float64)


def _places(tally: Tally, options: CaseOptions, ground: shapely.Geometry) -> Places:
    grid = options.grid
    q, r = grid.cover(ground, max_cells=options.max_cells)
    return cell_places(grid, *join_cells((q, r), (tally.q, tally.r)))


def _cells(chosen: Ranked) -> tuple[IntArray, IntArray]:
    _, q, r = chosen.case.places.cells()
    return q[chosen.shown], r[chosen.shown]


def _describe(
    chosen: Ranked,
    records: Incidents,
    options: FindOptions,
    settled: CaseOptions,
    area: shapely.Geometry | None,
) -> Found:
    asked = options.case
    least = options.select.min_incidents
    options = replace(
        options,
        case=settled,
        select=replace(options.select, min_incidents=1.0 if least is None else least),
    )
    counted = retell_untimed(would_count(records, settled), records, chosen.n_untimed)
    layout = _lay_out(chosen, counted, asked, settled)
    layout = tell_method(layout, options)
    score, selection = chosen.scores.score, chosen.selection
    hotspots, details = describe_hotspots(
        layout, score, selection, chosen.ranks, in_top=chosen.in_top, harm=chosen.harm
    )
    cells = describe_cells(layout, score, selection, hotspots, chosen.scores.p)
    shown = set(chosen.case.places.ids[chosen.shown].tolist())
    shares = describe_concentration(layout, selection, area, chosen.harm)
    return Found(
        hotspots=tell_whole(hotspots, shares, len(layout.case)),
        cells=cells[cells["cell"].isin(shown)].reset_index(drop=True),
        details=details,
        left_out=describe_left_out(layout, score, selection, chosen.lost),
        concentration=shares,
        incidents=layout.incidents,
        method=options.method,
        params=list_options(options, chosen.scorer),
        n_incidents=len(layout.case),
        n_cells=len(layout.case.places),
        notes=(
            *layout.notes,
            *chosen.scores.said,
            *note_list(layout, chosen.scorer, score, selection, options),
        ),
    )


def _lay_out(
    chosen: Ranked,
    records: Incidents,
    asked: CaseOptions,
    settled: CaseOptions,
) -> Layout:
    places, steers = chosen.case.places, may_steer(records)
    wanted, lost = records.where(steers), records.where(~steers)
    x, y = wanted.numbers("x"), wanted.numbers("y")
    case = replace(
        chosen.case,
        x=x,
        y=y,
        day=middle_days(wanted),
        weight=np.ones(len(wanted)),
        place=places.locate(x, y),
    )
    return Layout(
        case=case,
        incidents=settle_harm(wanted, of=(chosen.n_weighed, len(chosen.case))),
        excluded=lost,
        excluded_place=places.locate(lost.numbers("x"), lost.numbers("y")),
        options=settled,
        n_days=observed_days(wanted),
        notes=note_choices(asked, settled),
    )
