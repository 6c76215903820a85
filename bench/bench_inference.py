"""Randomisation inference of one long trial: p and interval from redraws of the mechanism.

60 hot spots, 365 days, 30 a day, 0.05 incidents a place-day, a grid of 200 ratios. The
alternative sorts random numbers for every day of every draw and keeps the same sums.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from footbeat.periods import day_range
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.inference import Draws, estimate_by_redraws
from footbeat.trials.worlds import Design
from harness import Row, measure, measure_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.trials.panel import Panel

NAME = "Randomisation inference, 60 hot spots, 365 days, 200 ratios (draws)"
DAYS, PLACES, TREATED, RATE = 365, 60, 30, 0.05

DRAW = """
import numpy as np

def draw_trial():
    rng = np.random.default_rng(1)
    arms = np.argsort(np.argsort(rng.random((365, 60)), axis=1), axis=1) < 30
    return arms, rng.poisson(np.where(arms, 0.7, 1.0) * 0.05)
"""
PEER = (
    DRAW
    + """
def prepare(size):
    return size, *draw_trial()

def run(things):
    size, arms, counts = things
    rng = np.random.default_rng(2)
    treated, control = counts * arms, counts * ~arms
    def four(a):
        c, t = (a - 0.5) * control, (a - 0.5) * treated
        return c.sum(), t.sum(), (c**2).sum(), (t**2).sum()
    sums = np.empty((size, 4))
    for row in sums:
        order = np.argsort(rng.random((365, 60)), axis=1)
        drawn = np.zeros((365, 60))
        np.put_along_axis(drawn, order[:, :30], 1, axis=1)
        row[:] = four(drawn)
    seen = np.array(four(arms.astype(float)))
    def p(ratio):
        z = (sums[:, 0] + sums[:, 1] / ratio) / np.sqrt(sums[:, 2] + sums[:, 3] / ratio**2)
        o = (seen[0] + seen[1] / ratio) / np.sqrt(seen[2] + seen[3] / ratio**2)
        return (1 + (np.abs(z) >= abs(o) - 1e-9).sum()) / (size + 1)
    ratios = np.exp(np.linspace(-1.5, 1.0, 200))
    kept = ratios[[p(ratio) > 0.05 for ratio in ratios]]
    return [float(kept.min()), float(kept.max())]
"""
)


def draw_panel() -> tuple[Panel, np.ndarray]:
    """Draw the trial both sides analyse."""
    rng = np.random.default_rng(1)
    arms = np.argsort(np.argsort(rng.random((DAYS, PLACES)), axis=1), axis=1) < TREATED
    counts = rng.poisson(np.where(arms, 0.7, 1.0) * RATE)
    ids = tuple(f"h{number:02}" for number in range(PLACES))
    design = Design(f"daily:{TREATED}", Roster(ids, tuple(day_range(date(2026, 1, 1), DAYS))))
    return design.lay_out(arms, design.probabilities(), {}), counts.ravel().astype(float)


def rows() -> Iterator[Row]:
    """Yield the time for three numbers of draws; the answer is the interval."""
    panel, values = draw_panel()
    for size in (1_000, 3_000, 10_000):

        def infer(n_draws: int = size) -> list[float | None]:
            found = estimate_by_redraws(panel, values, Draws(n_draws, np.random.default_rng(2)))
            return [found.low, found.high]

        ours, theirs = measure(infer), measure_peer(PEER, size)
        other = getattr(theirs, "answer", None)
        yield Row(
            work=NAME,
            size=size,
            ours=ours,
            peer="argsort for each draw, numpy",
            theirs=theirs,
            agree=None if other is None else bool(np.allclose(ours.answer, other, rtol=0.03)),
        )
