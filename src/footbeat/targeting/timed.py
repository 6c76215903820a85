"""Scores in which the latest incidents count for more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import DataError
from footbeat.stats.density import sum_kernels
from footbeat.stats.prospective import sum_prospective
from footbeat.stats.selfexciting import SelfExciting, excitement, fit_self_exciting
from footbeat.targeting.case import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.targeting.case import Case

    FloatArray = NDArray[np.float64]

HALF_LIVES_DAYS = (30.0, 60.0, 120.0, 240.0, 480.0, np.inf)

_JUDGED_SHARE = 0.2
_SPREAD_SHARE = 0.05
_FEWEST_EVENTS = 20
_MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class RecencyOptions:
    """How fast an incident is forgotten.

    Attributes
    ----------
    half_life_days
        Age at which an incident counts for half. None: the one that best foretells the last
        fifth of the days observed from the rest. Age is by the calendar: a month missing from
        the data makes nothing younger.
    """

    half_life_days: float | None = None


@dataclass(frozen=True, slots=True)
class ProspectiveOptions:
    """How far and how long an incident raises the risk around it.

    Attributes
    ----------
    reach_m, reach_weeks
        Where it ends: 400 m and eight weeks.
    """

    reach_m: float = 400.0
    reach_weeks: int = 8


@dataclass(frozen=True, slots=True)
class SelfExcitingOptions:
    """The process, and how far ahead it looks.

    Attributes
    ----------
    background_m
        Width of the background's Gaussian kernel.
    horizon_days
        Days ahead whose incidents are expected.
    fitted
        Its parameters; None: fitted to the latest incidents of the case.
    """

    background_m: float = 250.0
    horizon_days: float = 30.0
    fitted: SelfExciting | None = None


def score_recency(case: Case, options: RecencyOptions) -> Scores:
    """Score each place by its incidents, each halved for every half-life of its age."""
    options = settle_recency(case, options)
    half_life = options.half_life_days or np.inf
    fade = np.exp2(-(case.end_day - case.day) / half_life)
    return Scores(case.reweighted(case.weight * fade).totals)


def settle_recency(case: Case, options: RecencyOptions) -> RecencyOptions:
    """Return the options with the half-life chosen on the last fifth of the days observed.

    Where they do not fall into two parts with incidents in each, none is forgotten.
    """
    if options.half_life_days is not None:
        return options
    split = case.observed.cut_last(_JUDGED_SHARE, case.start_day, case.end_day)
    before = case.between(case.start_day, split)
    after = case.between(split, case.end_day)
    if before.totals.sum() == 0 or len(after) == 0:
        return replace(options, half_life_days=np.inf)
    held = [
        _log_score(score_recency(before, RecencyOptions(half_life)).score, after)
        for half_life in HALF_LIVES_DAYS
    ]
    # Of equals the longest memory: it needs the strongest reason to forget.
    best = len(held) - 1 - int(np.argmax(held[::-1]))
    return replace(options, half_life_days=HALF_LIVES_DAYS[best])


def _log_score(score: FloatArray, after: Case) -> float:
    # A little is spread over every place, so that one surprise does not decide alone.
    share = (1 - _SPREAD_SHARE) * score / score.sum() + _SPREAD_SHARE / score.size
    inside = after.place >= 0
    return float(after.weight[inside] @ np.log(share[after.place[inside]]))


def score_prospective(case: Case, options: ProspectiveOptions) -> Scores:
    """Score each place by recent incidents nearby: Σ 1/(1 + d) · 1/(1 + t).

    d counts whole half-cells and t whole weeks, as published. It follows the last few weeks
    and is meant to be drawn anew every few days.

    Raises
    ------
    DataError
        When the data cover no day of those weeks.

    References
    ----------
    Bowers, K. J., Johnson, S. D. and Pease, K. (2004). British Journal of Criminology 44,
    641–658.
    """
    places = case.places
    if case.observed.days(case.end_day - 7 * options.reach_weeks, case.end_day) <= 0:
        raise DataError(
            "`prospective` must have recent weeks to look at.",
            found=f"The data cover none of the last {options.reach_weeks} before the period's end.",
            do="Let the period end with the data.",
        )
    half_cell = places.grid.size_m / 2 if places.grid else options.reach_m / 8
    age = np.floor((case.end_day - case.day) / 7)
    recent = (age >= 0) & (age < options.reach_weeks)
    score = sum_prospective(
        np.column_stack([case.x, case.y])[recent],
        age[recent],
        case.weight[recent],
        np.column_stack([places.x, places.y]),
        half_cell_m=half_cell,
        reach_m=options.reach_m,
    )
    return Scores(score)


def score_self_exciting(case: Case, options: SelfExcitingOptions) -> Scores:
    """Score each place by the incidents a self-exciting process expects there in days to come.

    It ranks places by past crime; it does not foretell who, and where patrols found the crime
    it sends them back.
    """
    options = settle_self_exciting(case, options)
    fitted = options.fitted
    targets, points = (np.column_stack([at.x, at.y]) for at in (case.places, case))
    if fitted is None or len(case) == 0:
        return Scores(np.zeros(len(case.places)))
    width, span = options.background_m, max(case.observed_days, 1.0)
    sums = sum_kernels(points, case.weight, targets, width, kernel="gaussian")
    steady = (1 - fitted.theta) * sums / (2 * np.pi * width**2) * options.horizon_days / span
    risen = excitement(
        points,
        case.day,
        case.weight,
        targets,
        fitted=fitted,
        at_day=case.end_day,
        horizon_days=options.horizon_days,
    )
    return Scores((steady + risen) * case.places.area_ha * 10_000)


def settle_self_exciting(case: Case, options: SelfExcitingOptions) -> SelfExcitingOptions:
    """Return the options with the process fitted to the latest incidents, at most 5,000."""
    if options.fitted is not None or len(case) < _FEWEST_EVENTS:
        return options
    latest = np.argsort(-case.day, kind="stable")[:_MOST_EVENTS]
    # Equal points on equal days would hang on the order of rows.
    order = latest[np.lexsort((case.y[latest], case.x[latest], case.day[latest]))]
    fitted = fit_self_exciting(
        np.column_stack([case.x, case.y])[order],
        case.day[order],
        background_m=options.background_m,
        area_m2=float(case.places.area_ha.sum() * 10_000),
        end_day=case.end_day,
        observed=case.observed.within(float(case.day[latest].min()), case.end_day),
    )
    return replace(options, fitted=fitted)
