"""What is not on a list of hot spots, and why: excluded, too near, too few, just below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.targeting.describe import name_of
from footbeat.targeting.found import LeftOut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.targeting.layout import Layout
    from footbeat.targeting.select import Selection

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

_BELOW = 5
_MOST = 50
_EXCLUDED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Gone:
    """A place left out, how many hot spots stand before it, and its order among its like."""

    place: int
    n_better: int
    order: float
    reason: str
    name: str = ""


def describe_left_out(
    layout: Layout, score: FloatArray, selection: Selection, lost: FloatArray
) -> tuple[LeftOut, ...]:
    """Return what was passed over, best first: excluded, too near, too few, just below.

    Parameters
    ----------
    layout, score, selection
        The places, what they score, and which were chosen.
    lost
        Incidents in each place that must not steer patrols, shape (places,).

    Notes
    -----
    No two have one rank: each stands behind the hot spots and the places left out before it.
    Ground that a decision names is told once, however many places it holds.
    """
    excluded = _excluded(layout, selection, lost)
    told = {gone.place for gone in excluded}
    passed = [gone for gone in _passed(selection) if gone.place not in told]
    rows = _once(sorted([*excluded, *passed], key=_standing))[:_MOST]
    rows = sorted([*rows, *_below(layout, score, selection)], key=_standing)
    return tuple(
        LeftOut(gone.name or name_of(layout, gone.place), gone.n_better + number, gone.reason)
        for number, gone in enumerate(rows, start=1)
    )


def count_excluded(layout: Layout) -> FloatArray:
    """Return how many incidents of each place must not steer patrols, shape (places,)."""
    inside = layout.excluded_place[layout.excluded_place >= 0]
    return np.bincount(inside, minlength=len(layout.case.places)).astype(np.float64)


def excluded_places(counts: FloatArray, lost: FloatArray, selection: Selection) -> IntArray:
    """Return the places that incidents which must not steer patrols would have put on the list."""
    candidates = np.setdiff1d(
        np.flatnonzero(lost > _EXCLUDED_SHARE * (counts + lost)), selection.chosen
    )
    standing = _standing_by_count(counts + lost, selection, candidates)
    return np.asarray(candidates[standing < len(selection.spots)], dtype=np.int64)


def _standing_by_count(totals: FloatArray, selection: Selection, places: IntArray) -> IntArray:
    """Return how many places that compete hold more than each of some."""
    rivals = np.sort(totals[selection.rivals])
    return np.asarray(rivals.size - np.searchsorted(rivals, totals[places], side="right"))


def _standing(gone: _Gone) -> tuple[int, float, int]:
    return gone.n_better, gone.order, gone.place


def _once(rows: Sequence[_Gone]) -> list[_Gone]:
    first = {(gone.name, gone.reason) if gone.name else gone.place: gone for gone in rows[::-1]}
    return sorted(first.values(), key=_standing)


def _excluded(layout: Layout, selection: Selection, lost: FloatArray) -> list[_Gone]:
    counts = layout.case.counts
    places = excluded_places(counts, lost, selection)
    standing = _standing_by_count(counts + lost, selection, places).tolist()
    reasons = np.asarray(layout.excluded.table.column("excluded").to_pylist(), dtype=object)
    return [
        _Gone(
            place,
            n_better,
            -float(counts[place] + lost[place]),
            f"{lost[place]:,.0f} of {counts[place] + lost[place]:,.0f} incidents there must not "
            f"steer patrols: {_commonest(reasons[layout.excluded_place == place].tolist())}",
        )
        for place, n_better in zip(places.tolist(), standing, strict=True)
    ]


def _passed(selection: Selection) -> list[_Gone]:
    return [
        _Gone(
            each.place,
            _n_better(selection, each.place),
            float(selection.rank[each.place]),
            each.reason,
            each.name,
        )
        for each in selection.passed
    ]


def _below(layout: Layout, score: FloatArray, selection: Selection) -> list[_Gone]:
    """Return the first places below the last one that its score chose."""
    by_score = np.flatnonzero(selection.by_score)
    if by_score.size == 0:
        return []
    known = [*selection.chosen, *(each.place for each in selection.passed)]
    is_candidate = (score > 0) & (layout.case.counts > 0)
    is_candidate[known] = False
    rest = np.flatnonzero(is_candidate)
    rest = rest[np.argsort(selection.rank[rest])][:_BELOW]
    last = int(by_score[-1])
    which = f"hot spot {last + 1}, the last"
    n_included = len(selection.spots) - by_score.size
    if n_included:
        noun = "place was" if n_included == 1 else "places were"
        which = f"{which} chosen by its score ({n_included:,} {noun} included by decision)"
    least = score[selection.seeds[last]]
    return [
        _Gone(
            place,
            _n_better(selection, place),
            float(selection.rank[place]),
            f"scores {score[place]:,.3g}; {which}, scores {least:,.3g}",
        )
        for place in rest.tolist()
    ]


def _n_better(selection: Selection, place: int) -> int:
    return int((selection.rank[selection.seeds] < selection.rank[place]).sum())


def _commonest(values: Sequence[str | None]) -> str:
    counted = pd.Series([value or "not live" for value in values]).value_counts()
    return str(min(counted[counted == counted.max()].index))
