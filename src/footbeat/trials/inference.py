"""Randomisation inference on a panel: the arms redrawn phase by phase."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.permute import (
    Sums,
    by_arm,
    in_batches,
    mantel_haenszel_ratio,
    mix_p,
    ratio_interval,
    ratio_p,
    sum_layers,
)
from footbeat.trials.results import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.panel import Panel, Phase

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draws:
    """How many redraws to make, and the generator they come from."""

    n: int
    rng: np.random.Generator


def estimate_by_redraws(
    panel: Panel, values: FloatArray, draws: Draws, *, name: str = "randomisation", note: str = ""
) -> Estimate:
    """Estimate the ratio of one outcome by studentised randomisation inference.

    Parameters
    ----------
    panel
        The trial.
    values
        Outcome of each row of the place-days, shape (rows,).
    draws
        Number of redraws and generator.
    name, note
        What to call the estimate, and what to know before reading it.
    """
    ratio = ratio_on(panel, values)
    sums = reduce(add, (_sum_phase(phase, phase.layer(values), draws) for phase in panel.phases))
    if sums.observed[2] + sums.observed[3] <= 0:
        return Estimate(name, None, note=note)
    low, high = ratio_interval(sums, ratio)
    return Estimate(name, ratio, low, high, ratio_p(sums, 1.0), note=note)


def ratio_on(panel: Panel, values: FloatArray) -> float | None:
    """Return the Mantel–Haenszel ratio of one outcome; None without control outcomes."""
    counted = [phase.counted for phase in panel.phases]
    pairs = list(zip(panel.phases, counted, strict=True))
    return mantel_haenszel_ratio(
        np.concatenate([phase.arms[mask] for phase, mask in pairs]),
        np.concatenate([phase.probability[mask] for phase, mask in pairs]),
        np.concatenate([phase.layer(values)[mask] for phase, mask in pairs]),
    )


def placebo_p(
    panel: Panel, values: FloatArray, draws: Draws, *, ratio: float | None
) -> float | None:
    """Return the p of patrols still to come: tomorrow's arm against today's outcome.

    Outcomes of patrol days are first divided by `ratio`, so that today's arm plays no part.
    Only for mechanisms that draw each day on its own: elsewhere tomorrow's arm depends on
    today's.
    """
    sums = [
        _sum_lead(phase, phase.layer(values) / np.where(phase.arms, ratio or 1.0, 1.0), draws)
        for phase in panel.phases
    ]
    joined = reduce(add, sums)
    return mix_p(joined, 1.0, 0.0) if joined.observed[2] > 0 else None


def _sum_phase(phase: Phase, outcome: FloatArray, draws: Draws) -> Sums:
    day, place = np.nonzero(outcome)
    arms = phase.arms[day, place]
    return _replay(phase, day, place, draws, layers=by_arm(arms, outcome[day, place]))


def _sum_lead(phase: Phase, outcome: FloatArray, draws: Draws) -> Sums:
    following = phase.days_before(-1)
    day, place = np.nonzero(outcome * (following >= 0)[:, None])
    values = outcome[day, place]
    layers = np.column_stack([values, np.zeros_like(values)])
    return _replay(phase, following[day], place, draws, layers=layers)


def _replay(
    phase: Phase,
    day: NDArray[np.int64],
    place: NDArray[np.int64],
    draws: Draws,
    *,
    layers: FloatArray,
) -> Sums:
    def redraw(n_draws: int) -> NDArray[np.bool_]:
        return phase.mechanism.replay(phase.roster, day, place, n_draws=n_draws, rng=draws.rng)

    batches = in_batches(redraw, draws.n, n_columns=len(day))
    return sum_layers(batches, phase.arms[day, place], phase.probability[day, place], layers)
