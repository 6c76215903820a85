"""Does a patrol act on later days? The effect against ever cleaner comparison days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.weighted import hajek_ratio
from footbeat.trials.results import CleanControl, DaysSince

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel, Phase

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

MAX_DAYS = 5
_SIMULATED_DRAWS = 2000
_FEWEST_CONTROLS = 5
_LEAST_CHANCE = 1e-3


@dataclass(frozen=True, slots=True)
class _Arms:
    """Weighted place-days of both arms: who is in, with which weight, what happened."""

    treated: FloatArray
    control: FloatArray
    outcome: FloatArray


def clean_control_curve(
    panel: Panel, values: FloatArray, draws: Draws, *, max_days: int = MAX_DAYS
) -> tuple[CleanControl, ...]:
    """Estimate the ratio with comparison days soon after a patrol left out.

    Every place-day is weighted by one over its chance of being where it is: patrolled, or
    unpatrolled on its own day and on each of the days before. If patrols wear off at once the
    curve is flat; if they carry over, comparison days are partly treated and the ratio moves
    as they are left out.

    Parameters
    ----------
    panel, values
        The trial, and the outcome of each row.
    draws
        Where the chance must be simulated, the generator of 2,000 draws.
    max_days
        Largest number of days before a comparison day that must be free of patrols.
    """
    rows = []
    for days in range(max_days + 1):
        arms = [_weigh(phase, values, days, draws) for phase in panel.phases]
        joined = _Arms(
            panel.join([one.treated for one in arms]),
            panel.join([one.control for one in arms]),
            panel.join([one.outcome for one in arms]),
        )
        rows.append(_compare(joined, days, by_day=panel.is_independent_by_day))
    return tuple(rows)


def _weigh(phase: Phase, values: FloatArray, days: int, draws: Draws) -> _Arms:
    before = [phase.days_before(step) for step in range(days + 1)]
    known = np.all([source >= 0 for source in before], axis=0)[:, None] & phase.counted
    clean = known & ~np.any([phase.arms_before(step)[0] for step in range(days + 1)], axis=0)
    chance = _chance_of_clean(phase, before, draws)
    usable = known & (chance > 0) & (phase.probability > 0)
    treated = np.where(usable & phase.arms, 1 / np.where(usable, phase.probability, 1), 0.0)
    control = np.where(usable & clean, 1 / np.where(usable, chance, 1), 0.0)
    return _Arms(treated, control, phase.layer(values))


def days_since_curve(
    panel: Panel, values: FloatArray, draws: Draws, *, max_days: int = MAX_DAYS
) -> tuple[DaysSince, ...]:
    """Estimate how comparison days fare 1, 2, … days after a patrol.

    Each group is compared with comparison days that had no patrol in the `max_days` before, all
    weighted by one over their chance. A benefit that lasts shows as ratios below 1 that rise
    back to 1 with the days; crime put off shows as ratios above 1.
    """
    outcome = panel.layer(values)
    long_ago = panel.join([_weigh(one, values, max_days, draws).control for one in panel.phases])
    rows = []
    for days in range(1, max_days + 1):
        weights = panel.join([_weigh_since(one, days, draws) for one in panel.phases])
        axis = 0 if panel.is_independent_by_day else 1
        found = hajek_ratio(weights, long_ago, outcome, cluster_axis=axis)
        n, events = int((weights > 0).sum()), float(outcome[weights > 0].sum())
        enough = min(n, int((long_ago > 0).sum())) >= _FEWEST_CONTROLS
        bounds = (found.low, found.high) if enough else (None, None)
        rows.append(DaysSince(days, found.ratio, *bounds, n, events))
    return tuple(rows)


def _weigh_since(phase: Phase, days: int, draws: Draws) -> FloatArray:
    """Return weights of comparison place-days whose last patrol was `days` before."""
    before = [phase.days_before(step) for step in range(days + 1)]
    known = np.all([source >= 0 for source in before], axis=0)[:, None] & phase.counted
    inside = known & phase.arms_before(days)[0]
    inside &= ~np.any([phase.arms_before(step)[0] for step in range(days)], axis=0)
    # Clean for so long, but not for a day longer.
    chance = _chance_of_clean(phase, before[:-1], draws) - _chance_of_clean(phase, before, draws)
    usable = inside & (chance > _LEAST_CHANCE)
    return np.where(usable, 1 / np.where(usable, chance, 1), 0.0)


def _chance_of_clean(phase: Phase, before: list[NDArray[np.int64]], draws: Draws) -> FloatArray:
    if phase.mechanism.is_independent_by_day:
        return np.asarray(np.prod([1 - phase.probability[source] for source in before], axis=0))
    n_days, n_places = phase.arms.shape
    day, place = (index.ravel() for index in np.indices(phase.arms.shape))
    key = f"chance of {len(before)} clean days"
    if key not in phase.bank:
        clean = np.zeros(phase.arms.shape)
        for batch in phase.redraw(day, place, n_draws=_SIMULATED_DRAWS, rng=draws.rng):
            arms = batch.reshape(-1, n_days, n_places)
            clean += (~np.any([arms[:, source] for source in before], axis=0)).sum(axis=0)
        phase.bank[key] = clean / _SIMULATED_DRAWS
    return np.asarray(phase.bank[key])


def _compare(arms: _Arms, days: int, *, by_day: bool) -> CleanControl:
    n_control = int((arms.control > 0).sum())
    events = float(arms.outcome[arms.control > 0].sum())
    found = hajek_ratio(arms.treated, arms.control, arms.outcome, cluster_axis=0 if by_day else 1)
    if n_control < _FEWEST_CONTROLS:
        return CleanControl(days, found.ratio, None, None, n_control, events)
    return CleanControl(days, found.ratio, found.low, found.high, n_control, events)
