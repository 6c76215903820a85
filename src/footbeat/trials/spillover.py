"""Does a patrol act on places nearby? Exposure classes with simulated chances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.exposure import class_interval, class_p, class_ratio, sum_classes
from footbeat.tasking.rosters import near_pairs
from footbeat.trials.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from footbeat.stats.exposure import ClassSums
    from footbeat.tasking.schedule import Schedule
    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel, Phase

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    Pairs = Sequence[tuple[int, int]]

NEAR_M = 500.0
_SIMULATED_DRAWS = 2000
_MOST_DRAWS = 1999
_LEAST_CHANCE = 0.02
# Classes: not patrolled with a patrol near, neither, patrolled with none near.
_NEAR, _NEITHER, _ALONE = range(3)


def estimate_spillover(
    panel: Panel, values: FloatArray, draws: Draws, near: Sequence[Pairs] | None = None
) -> tuple[Estimate, ...]:
    """Estimate what a patrol nearby does, and the effect where none is near.

    Each place-day belongs to a class: patrolled or not, with a patrol in a near place that day
    or without. Classes are compared by Hájek means, weighted by one over their chance, which
    2,000 redraws of the mechanism give; place-days that could hardly be in one of the two
    classes are left out of both. p and interval are those of redraws: outcomes are divided by
    the effect that is supposed, on their own place and from next door, and the arms are drawn
    again. For the effect that is not asked about its estimate is supposed.

    Parameters
    ----------
    panel, values, draws
        The trial, the outcome of each row, the redraws (at most 1,999 are used).
    near
        Pairs of positions of near places, one list a phase; left out, those that the mechanism
        itself keeps apart.

    Returns
    -------
    tuple
        ``spillover-near-patrol``: comparison place-days near a patrol against those with none
        near; below 1 benefits spread, above 1 crime moved. ``effect-none-near``: patrolled
        against comparison place-days, none near either. Empty when no places are near.
    """
    pairs = near if near is not None else [phase.roster.near for phase in panel.phases]
    if not any(pairs):
        return ()
    exposed = [_Exposed.of(*one, draws) for one in zip(panel.phases, pairs, strict=True)]
    spill = _Contrast.of(exposed, (_NEAR, _NEITHER), values, draws)
    alone = _Contrast.of(exposed, (_ALONE, _NEITHER), values, draws)
    plain = np.ones(4)
    own, next_door = (class_ratio(one.sums, plain) or 1.0 for one in (alone, spill))
    return (
        spill.judge("spillover-near-patrol", lambda ratio: _factors(own, ratio),
            "{0:,} comparison place-days near a patrol, {1:,} with none."),
        alone.judge("effect-none-near", lambda ratio: _factors(ratio, next_door),
            "{0:,} patrolled place-days with no patrol near, {1:,} comparison ones."),
    )  # fmt: skip


def near_places(schedules: Sequence[Schedule]) -> tuple[Pairs, ...] | None:
    """Return the pairs nearer than 500 m of each phase; None where the ground is not known."""
    if not schedules:
        return None
    return tuple(tuple((i, j) for i, j, _ in near_pairs(one.hotspots, NEAR_M)) for one in schedules)


def _factors(own: float, next_door: float) -> FloatArray:
    """Return one over the effect on each layer: as drawn, own patrol or not, near one or not."""
    return np.array([1.0, 1 / next_door, 1 / own, 1 / (own * next_door)])


@dataclass(frozen=True)
class _Exposed:
    """One phase, who is next to whom, and the chance of each class; shape (3, days, places)."""

    phase: Phase
    neighbours: NDArray[np.float32]
    chance: FloatArray

    @classmethod
    def of(cls, phase: Phase, pairs: Pairs, draws: Draws) -> _Exposed:
        neighbours = np.zeros((phase.arms.shape[1],) * 2, dtype=np.float32)
        for one, other in pairs:
            neighbours[one, other] = neighbours[other, one] = 1
        key = f"chance of exposure {sorted(pairs)}"
        if key not in phase.bank:
            whole = cls(phase, neighbours, np.empty(0))
            parts = (part.sum(axis=1) for part in whole.classes(_SIMULATED_DRAWS, draws))
            phase.bank[key] = _pool(reduce(add, parts) / _SIMULATED_DRAWS, phase)
        return cls(phase, neighbours, phase.bank[key])

    def classes(self, n_draws: int, draws: Draws) -> Iterator[BoolArray]:
        """Yield the classes under redraws, shape (3, draws, days, places)."""
        day, place = (index.ravel() for index in np.indices(self.phase.arms.shape))
        for batch in self.phase.redraw(day, place, n_draws=n_draws, rng=draws.rng):
            yield self.classify(batch.reshape(-1, *self.phase.arms.shape))

    def classify(self, arms: BoolArray) -> BoolArray:
        near = self.is_near(arms)
        return np.stack([~arms & near, ~arms & ~near, arms & ~near])

    def is_near(self, arms: BoolArray) -> BoolArray:
        return np.asarray((arms.astype(np.float32) @ self.neighbours) > 0)


def _pool(chance: FloatArray, phase: Phase) -> FloatArray:
    """Share what was drawn among days that are drawn alike: one over a chance amplifies noise."""
    if phase.mechanism.is_independent_by_day and not np.ptp(phase.probability, axis=0).any():
        return np.broadcast_to(chance.mean(axis=1, keepdims=True), chance.shape)
    return chance


@dataclass(frozen=True)
class _Contrast:
    """Two classes: their sums under the arms as drawn and redrawn, and place-days in each."""

    sums: ClassSums
    counts: tuple[int, int]

    @classmethod
    def of(
        cls, exposed: Sequence[_Exposed], pair: tuple[int, int], values: FloatArray, draws: Draws
    ) -> _Contrast:
        parts = [_sum_phase(one, pair, values, draws) for one in exposed]
        counts = [sum(part[1][index] for part in parts) for index in (0, 1)]
        return cls(reduce(add, (part[0] for part in parts)), (counts[0], counts[1]))

    def judge(self, name: str, factors: Callable[[float], FloatArray], words: str) -> Estimate:
        """Return the ratio of the two classes with the p and interval of redraws."""
        note = words.format(*self.counts)
        ratio = class_ratio(self.sums, np.ones(4))
        p = class_p(self.sums, factors(1.0))
        if not ratio or p is None:
            return Estimate(name, ratio, note=note)
        low, high = class_interval(self.sums, factors, centre=ratio)
        return Estimate(name, ratio, low, high, p, note=note)


def _sum_phase(
    exposed: _Exposed, pair: tuple[int, int], values: FloatArray, draws: Draws
) -> tuple[ClassSums, tuple[int, int]]:
    phase, chance = exposed.phase, exposed.chance[list(pair)]
    usable = (chance >= _LEAST_CHANCE).all(axis=0) & phase.counted
    kept = np.flatnonzero(usable.ravel())
    weights = [1 / one.ravel()[kept] for one in chance]
    seen = 2 * phase.arms + exposed.is_near(phase.arms[None])[0]
    outcome = phase.layer(values)
    layers = np.column_stack(
        [np.where(seen == code, outcome, 0.0).ravel()[kept] for code in range(4)]
    )
    drawn = exposed.classify(phase.arms[None])

    def batches() -> Iterator[tuple[BoolArray, BoolArray]]:
        yield _flat(drawn, pair, kept)
        for classes in exposed.classes(min(draws.n, _MOST_DRAWS), draws):
            yield _flat(classes, pair, kept)

    first, second = (int((drawn[code, 0] & usable).sum()) for code in pair)
    return sum_classes(batches(), (weights[0], weights[1]), layers), (first, second)


def _flat(
    classes: BoolArray, pair: tuple[int, int], kept: NDArray[np.int64]
) -> tuple[BoolArray, BoolArray]:
    first, second = (classes[code].reshape(classes.shape[1], -1)[:, kept] for code in pair)
    return first, second
