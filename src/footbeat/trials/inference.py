"""Randomisation inference on a panel: the arms redrawn phase by phase."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.leads import lead_p, lead_sums
from footbeat.stats.permute import (
    Sums,
    by_arm,
    mantel_haenszel_ratio,
    mix_p,
    ratio_interval,
    ratio_p,
    sum_layers,
)
from footbeat.trials.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from footbeat.trials.panel import Panel, Phase

    FloatArray = NDArray[np.float64]

_MOST_LEAD_DRAWS = 1999


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
    sums = sum_phases(panel, lambda phase: _sum_phase(phase, phase.layer(values), draws))
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
    Where days are drawn together, tomorrow's arm counts only so far as the arms of the week
    before it, at the same place, could not foretell it; at most 1,999 redraws are used.
    """

    def today(phase: Phase) -> FloatArray:
        return phase.layer(values) / np.where(phase.arms, ratio or 1.0, 1.0)

    if not panel.is_independent_by_day:
        few = Draws(min(draws.n, _MOST_LEAD_DRAWS), draws.rng)
        parts = [_sum_linked_lead(phase, today(phase), few) for phase in panel.phases]
        return lead_p(np.asarray(sum(parts)))

    def sum_lead(phase: Phase) -> Sums:
        moved = _shift(phase, today(phase), -1)
        return replay_layers(phase, moved, np.zeros_like(moved), draws)

    sums = sum_phases(panel, sum_lead)
    return mix_p(sums, 1.0, 0.0) if sums.observed[2] > 0 else None


def estimate_after(
    panel: Panel, values: FloatArray, draws: Draws, *, days: int, ratio: float | None, name: str
) -> Estimate | None:
    """Estimate the ratio of outcomes `days` after a patrol to those after none, by redraws.

    Outcomes of patrol days are first divided by `ratio`. Only for mechanisms that draw each day
    on its own; None where no day has one before it.
    """

    def layers(phase: Phase) -> tuple[FloatArray, FloatArray]:
        own = phase.layer(values) / np.where(phase.arms, ratio or 1.0, 1.0)
        moved = _shift(phase, own, days)
        return np.where(phase.arms, 0.0, moved), np.where(phase.arms, moved, 0.0)

    sums = sum_phases(panel, lambda phase: replay_layers(phase, *layers(phase), draws))
    pairs = [(phase, _shift(phase, phase.layer(values), days)) for phase in panel.phases]
    counts = [
        sum(float(moved[phase.arms == arm].sum()) for phase, moved in pairs)
        for arm in (True, False)
    ]
    when = "the day" if days == 1 else f"{days} days"
    note = f"{counts[0]:,.6g} {when} after a patrol, {counts[1]:,.6g} after none."
    if sums.observed[2] + sums.observed[3] <= 0:
        return None
    after = mantel_haenszel_ratio(
        np.concatenate([phase.arms.ravel() for phase in panel.phases]),
        np.concatenate([phase.probability.ravel() for phase in panel.phases]),
        np.concatenate([np.add(*layers(phase)).ravel() for phase in panel.phases]),
    )
    low, high = ratio_interval(sums, after)
    return Estimate(name, after, low, high, ratio_p(sums, 1.0), note=note)


def p_of_likeness(panel: Panel, values: FloatArray, draws: Draws) -> float:
    """Return the p of a quantity that the draw should leave alike in both arms."""
    return mix_p(
        sum_phases(panel, lambda phase: _replay_one(phase, phase.layer(values), draws)),
        1.0,
        0.0,
    )


def sum_phases(panel: Panel, sums_of: Callable[[Phase], Sums]) -> Sums:
    """Add the sums of phases, which were drawn independently."""
    return reduce(add, (sums_of(phase) for phase in panel.phases))


def replay_layers(phase: Phase, first: FloatArray, second: FloatArray, draws: Draws) -> Sums:
    """Return the sums of two layers, shape (days, places) each, under redraws of a phase."""
    day, place = np.nonzero((first != 0) | (second != 0))
    layers = np.column_stack([first[day, place], second[day, place]])
    return _replay(phase, day, place, draws, layers=layers)


def _replay_one(phase: Phase, layer: FloatArray, draws: Draws) -> Sums:
    return replay_layers(phase, layer, np.zeros_like(layer), draws)


def _sum_phase(phase: Phase, outcome: FloatArray, draws: Draws) -> Sums:
    day, place = np.nonzero(outcome)
    arms = phase.arms[day, place]
    return _replay(phase, day, place, draws, layers=by_arm(arms, outcome[day, place]))


def _shift(phase: Phase, layer: FloatArray, days: int) -> FloatArray:
    """Lay each outcome on the day `days` before it, whose arm is asked about."""
    source = phase.days_before(days)
    moved = np.zeros_like(layer)
    moved[source[source >= 0]] = layer[source >= 0]
    return moved


def _sum_linked_lead(phase: Phase, outcome: FloatArray, draws: Draws) -> FloatArray:
    day, place = (index.ravel() for index in np.indices(phase.arms.shape))
    batches = phase.redraw(day, place, n_draws=draws.n, rng=draws.rng)
    drawn = np.concatenate([phase.arms.reshape(1, -1), *batches])
    return lead_sums(
        drawn.reshape(-1, *phase.arms.shape), outcome, phase.days_before(-1), phase.roster.codes
    )


def _replay(
    phase: Phase,
    day: NDArray[np.int64],
    place: NDArray[np.int64],
    draws: Draws,
    *,
    layers: FloatArray,
) -> Sums:
    batches = phase.redraw(day, place, n_draws=draws.n, rng=draws.rng)
    return sum_layers(batches, phase.arms[day, place], phase.probability[day, place], layers)
