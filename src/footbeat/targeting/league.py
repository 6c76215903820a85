"""The league table: what each method caught, and whether that is more than the count caught."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.accuracy import (
    adjust_by_holm,
    compare_periods,
    flag_order,
    penalised_pai,
    recapture,
)
from footbeat.targeting.calibrate import Calibration, calibrate_given, share_of_top
from footbeat.targeting.methods import load_scorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from footbeat.targeting.case import Case
    from footbeat.targeting.folds import Course
    from footbeat.targeting.methods import Method, Scorer

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

BASELINE = "count"

_NO_OPTIONS: Mapping[str, object] = MappingProxyType({})

# Two periods that agree are no rarity.
FEWEST_PERIODS = 3
_N_DRAWS = 2000
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Tried:
    """What one method flagged at every origin, and what that caught.

    Attributes
    ----------
    flagged
        Places at each origin, best first.
    caught
        Weight caught in each block of time, shape (blocks,).
    held_before, total_before
        Weight the flagged places held, and all held, in what the method saw.
    expected
        Weight the flagged places would catch at their earlier rate.
    best
        Most that as many places could have caught.
    curve
        Share of the weight caught at each share of the area of :attr:`Course.curve_shares`.
    compactness_m
        Metres of area a metre of edge, of the ground flagged, the mean over origins.
    calibration
        How often places stayed that bootstraps put in the top so often.
    """

    flagged: tuple[IntArray, ...]
    caught: FloatArray
    held_before: float
    total_before: float
    expected: float
    best: float
    curve: FloatArray
    compactness_m: float
    calibration: tuple[Calibration, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One method in the league table.

    Attributes
    ----------
    method, scored, reason
        Its name, whether the data allow it, and why not.
    hits, hit_rate, pai, pai_low, pai_high
        Incidents (or harm) caught, as a share of all, over the share of area; interval 95 %.
    pei
        PAI over the best attainable with as many places.
    rri
        Incidents the flagged places had before, at that rate, over those they had after.
    recapture
        Share held after over share held before.
    penalised_pai
        Hit rate over the square root of the area share: flagging little pays less.
    area_to_perimeter_m
        Metres of area a metre of edge, of the ground flagged: scattered cells have little.
    curve
        Share caught at each share of the area in :attr:`Backtest.curve_shares`.
    calibration
        Of places that bootstraps put in its top so often, how many were in the next period's.
    stability
        Mean Jaccard index of the places flagged at consecutive origins; None with one origin.
    same_ranking
        Whether it flags what the count flags, in the same order, at every origin.
    difference, difference_low, difference_high, p, p_adjusted
        Hit rate less the count's, paired, and its interval, by bootstrap; two-sided p, the larger
        of that bootstrap's and that of Student's t over the periods, None with fewer than three
        periods; and p by Holm.
    beats_count
        Whether it holds more than the count beyond chance, all methods considered; never with
        fewer than three periods.
    """

    method: str
    scored: bool
    reason: str = ""
    hits: float | None = None
    hit_rate: float | None = None
    pai: float | None = None
    pai_low: float | None = None
    pai_high: float | None = None
    pei: float | None = None
    rri: float | None = None
    recapture: float | None = None
    stability: float | None = None
    same_ranking: bool | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    beats_count: bool | None = None
    penalised_pai: float | None = None
    area_to_perimeter_m: float | None = None
    curve: tuple[float, ...] = ()
    calibration: tuple[Calibration, ...] = ()


def try_method(
    course: Course,
    method: Method,
    rng: np.random.Generator,
    *,
    n_bootstraps: int = 0,
    options: Mapping[str, object] = _NO_OPTIONS,
) -> Tried:
    """Score one method at every origin and record what it caught.

    `options` are those of methods by name, where not their defaults.
    """
    chosen = options.get(method.name)
    flagged, caught, curves, given, stayed = [], [], [], [], []
    area = course.case.places.area_ha
    held_before = total_before = expected = best = 0.0
    for number, fold in enumerate(course.folds):
        before, after = course.before(fold), course.after(fold)
        scorer = load_scorer(method.name, course.case.places.shape, chosen).settled(before)
        seen, came = before.totals, after.totals
        ranked = flag_order(_rate_of(scorer, before), came)
        order = course.flag(ranked)
        flagged.append(order)
        curves.append(course.capture(ranked, came))
        if n_bootstraps:
            given.append(_bootstrap_top(course, scorer, before, n_bootstraps, rng))
            stayed.append(share_of_top(after.counts, course.n_flagged))
        caught.append(course.caught(number, order))
        held_before += seen[order].sum()
        total_before += seen.sum()
        expected += seen[order].sum() * course.exposure_ratio(fold)
        best += came[course.flag(np.argsort(-came / area, kind="stable"))].sum()
    return Tried(
        tuple(flagged), np.concatenate(caught), held_before, total_before, expected, best,
        np.mean(curves, axis=0), course.compactness_m(flagged), calibrate_given(given, stayed),
    )  # fmt: skip


def _rate_of(scorer: Scorer, case: Case) -> FloatArray:
    score = scorer.score(case).score
    return score / case.places.exposure if scorer.method.is_total else score


def _bootstrap_top(
    course: Course, scorer: Scorer, before: Case, n_bootstraps: int, rng: np.random.Generator
) -> FloatArray:
    """Return how often each place is in the top when incidents are drawn again."""
    in_top = np.zeros(len(before.places))
    for _ in range(n_bootstraps):
        drawn = before.repeated(rng.poisson(1.0, len(before)))
        in_top += share_of_top(_rate_of(scorer, drawn), course.n_flagged)
    return in_top / n_bootstraps


def judge_methods(
    course: Course, tried: Mapping[str, Tried], rng: np.random.Generator
) -> list[Judged]:
    """Return the methods by hit rate, each with intervals and compared with the count.

    Blocks of time are drawn again with all their incidents; where there are few, incidents.
    """
    total = course.totals()
    times = course.draw_blocks(_N_DRAWS, rng)
    drawn = times @ total
    rates = {name: (times @ each.caught) / drawn for name, each in tried.items()}
    league = [_judge(course, name, each, tried, rates) for name, each in tried.items()]
    league = _adjust(league)
    return sorted(league, key=lambda each: (-(each.hit_rate or 0.0), each.method != BASELINE))


def word_verdict(league: Sequence[Judged], course: Course) -> str:
    """Return what to conclude, first of all whether anything beats the count."""
    count = next(each for each in league if each.method == BASELINE)
    others = [each for each in league if each.method != BASELINE]
    better = [each for each in others if each.beats_count]
    periods = f"{len(course.folds)} period{'s' if len(course.folds) > 1 else ''}"
    if better:
        first = better[0]
        said = (
            f"{first.method} beats the count: it held {_rate(first, course)} against "
            f"{_rate(count, course)}, over {periods}."
        )
        return said + _also(better[1:])
    said = (
        f"Nothing beats the count. It held {_rate(count, course)} in {course.n_flagged:,} of "
        f"{len(course.case.places):,} places, over {periods}."
    )
    rival = next((each for each in others if not each.same_ranking), None)
    if rival is not None:
        said = f"{said} Next is {rival.method}, with {_rate(rival, course)}."
    if len(course.folds) >= FEWEST_PERIODS:
        return said
    return f"{said} To beat it a method must be ahead over at least {FEWEST_PERIODS} periods."


def _judge(
    course: Course,
    name: str,
    mine: Tried,
    tried: Mapping[str, Tried],
    rates: Mapping[str, FloatArray],
) -> Judged:
    total, covered = float(course.totals().sum()), course.area_share(mine.flagged)
    hits = float(mine.caught.sum())
    low, high = np.quantile(rates[name], [0.025, 0.975]) / covered
    judged = Judged(
        method=name,
        scored=True,
        hits=hits,
        hit_rate=hits / total,
        pai=hits / total / covered,
        pai_low=float(low),
        pai_high=float(high),
        pei=hits / mine.best if mine.best else None,
        rri=mine.expected / hits if hits else None,
        recapture=recapture(mine.held_before, mine.total_before, hits, total),
        stability=_stability(mine.flagged),
        same_ranking=_is_same(mine.flagged, tried[BASELINE].flagged),
        penalised_pai=penalised_pai(hits / total, covered),
        area_to_perimeter_m=mine.compactness_m,
        curve=tuple(mine.curve.round(6).tolist()),
        calibration=mine.calibration,
    )
    if name == BASELINE:
        return judged
    difference = rates[name] - rates[BASELINE]
    low, high = np.quantile(difference, [0.025, 0.975])
    return replace(
        judged,
        difference=(hits - float(tried[BASELINE].caught.sum())) / total,
        difference_low=float(low),
        difference_high=float(high),
        p=_pair(course, mine.caught - tried[BASELINE].caught, difference),
    )


def _pair(course: Course, beyond: FloatArray, drawn: FloatArray) -> float | None:
    """Return the p of a difference: the larger of that by incidents and that by periods."""
    if len(course.folds) < FEWEST_PERIODS:
        return None
    tail = min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))
    by_incidents = min(1.0, max(2 * tail, 1 / _N_DRAWS))
    return max(by_incidents, compare_periods(course.by_origin(beyond)))


def _adjust(league: Sequence[Judged]) -> list[Judged]:
    rivals = [each for each in league if each.p is not None]
    adjusted = adjust_by_holm(np.asarray([each.p for each in rivals], dtype=np.float64))
    by_name = dict(zip([each.method for each in rivals], adjusted.tolist(), strict=True))
    return [
        replace(
            each,
            p_adjusted=by_name.get(each.method),
            beats_count=by_name.get(each.method, 1.0) < LEVEL and (each.difference or 0.0) > 0,
        )
        for each in league
    ]


def _stability(flagged: Sequence[IntArray]) -> float | None:
    pairs = list(pairwise(flagged))
    if not pairs:
        return None
    return float(np.mean([np.isin(a, b).sum() / np.union1d(a, b).size for a, b in pairs]))


def _is_same(flagged: Sequence[IntArray], baseline: Sequence[IntArray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(flagged, baseline, strict=True))


def _rate(each: Judged, course: Course) -> str:
    hits, total = each.hits or 0.0, float(course.totals().sum())
    return f"{100 * hits / total:.1f} % ({hits:,.0f} of {total:,.0f})"


def _also(others: Sequence[Judged]) -> str:
    if not others:
        return ""
    return f" So do {' and '.join(each.method for each in others)}."
