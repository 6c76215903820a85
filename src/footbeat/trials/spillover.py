"""Does a patrol act on places nearby? Exposure classes with simulated chances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.weighted import hajek_ratio
from footbeat.trials.results import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel, Phase

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

_SIMULATED_DRAWS = 2000
_LEAST_CHANCE = 0.02


def estimate_spillover(panel: Panel, values: FloatArray, draws: Draws) -> tuple[Estimate, ...]:
    """Estimate what a patrol nearby does, and the effect where none is near.

    Each place-day belongs to one of four classes: patrolled or not, with a patrol in a near
    place that day or without. Classes are weighted by one over their chance, simulated from
    the mechanism; place-days that could hardly be in a class are left out of it.

    Returns
    -------
    tuple
        ``spillover-near-patrol``: comparison place-days near a patrol against those with none
        near; below 1 benefits spread, above 1 crime moved. ``effect-none-near``: patrolled
        against comparison place-days, none near either. Empty when no places are near.
    """
    if not any(phase.roster.near for phase in panel.phases):
        return ()
    parts = [_weigh(phase, draws) for phase in panel.phases]
    outcome = panel.layer(values)
    weights = [panel.join([part[index] for part in parts]) for index in range(3)]
    axis = 0 if panel.is_independent_by_day else 1
    near = hajek_ratio(weights[0], weights[1], outcome, cluster_axis=axis)
    alone = hajek_ratio(weights[2], weights[1], outcome, cluster_axis=axis)
    counts = [int((one > 0).sum()) for one in weights]
    return (
        Estimate(
            "spillover-near-patrol", near.ratio, near.low, near.high, near.p,
            note=f"{counts[0]:,} comparison place-days near a patrol, {counts[1]:,} with none.",
        ),
        Estimate(
            "effect-none-near", alone.ratio, alone.low, alone.high, alone.p,
            note=f"{counts[2]:,} patrolled place-days with no patrol near.",
        ),
    )  # fmt: skip


def _weigh(phase: Phase, draws: Draws) -> list[FloatArray]:
    """Return weights of control near a patrol, control with none near, treated with none near."""
    neighbours = _neighbours(phase)
    observed = _classes(phase.arms[None], neighbours)[:, 0]
    day, place = (index.ravel() for index in np.indices(phase.arms.shape))

    chance = np.zeros((3, *phase.arms.shape))
    for batch in phase.redraw(day, place, n_draws=_SIMULATED_DRAWS, rng=draws.rng):
        chance += _classes(batch.reshape(-1, *phase.arms.shape), neighbours).sum(axis=1)
    chance /= _SIMULATED_DRAWS
    usable = (chance >= _LEAST_CHANCE) & phase.counted
    return list(np.where(usable & observed, 1 / np.where(usable, chance, 1), 0.0))


def _neighbours(phase: Phase) -> FloatArray:
    matrix = np.zeros((phase.arms.shape[1],) * 2)
    for one, other in phase.roster.near:
        matrix[one, other] = matrix[other, one] = 1
    return matrix


def _classes(arms: BoolArray, neighbours: FloatArray) -> BoolArray:
    near = (arms.astype(np.float32) @ neighbours.astype(np.float32)) > 0
    return np.stack([~arms & near, ~arms & ~near, arms & ~near])
