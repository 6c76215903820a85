"""Trying an analysis on simulated trials: 34 hot spots, 119 days, 17 a day.

Footbeat simulates, redraws 1,999 times for p and interval, and fits the conditional Poisson; the
alternative only fits statsmodels' Poisson GLM with a column for every place and day, in a loop.
The 1,000 are what `footbeat trial calibrate` does on two processes: every trial without and with
the effect, harm, placebo and monitor besides.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from footbeat.periods import day_range
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.calibration import CalibrationOptions, calibrate
from footbeat.trials.inference import Draws, estimate_by_redraws
from footbeat.trials.models import estimate_by_models
from footbeat.trials.worlds import Design, World
from harness import Row, measure, measure_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Calibrate 34 × 119: randomisation inference and Poisson (simulated trials)"
WHOLE = "`trial calibrate` 34 × 119, two processes, every estimator (simulated trials)"

PEER = """
import numpy as np
import statsmodels.api as sm

def prepare(size):
    return size

def run(size):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(size):
        arms = np.argsort(np.argsort(rng.random((119, 34)), axis=1), axis=1) < 17
        mean = 0.05 * rng.gamma(2, 0.5, (1, 34)) * rng.gamma(10, 0.1, (119, 1))
        counts = rng.poisson(mean * np.where(arms, 0.7, 1.0))
        arms = arms[counts.sum(1) > 0][:, counts.sum(0) > 0]
        counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0]
        day, place = (index.ravel() for index in np.indices(counts.shape))
        by_day, by_place = np.eye(counts.shape[0])[day], np.eye(counts.shape[1])[place][:, 1:]
        design = np.column_stack([arms.ravel(), by_day, by_place]).astype(float)
        fit = sm.GLM(counts.ravel(), design, family=sm.families.Poisson()).fit()
        found.append(fit.params[0])
    return float(np.mean(found))
"""


def rows() -> Iterator[Row]:
    """Yield the time for three numbers of trials, then for all of a calibration.

    The answer of the first is the mean log ratio, of the last the size of each estimator.
    """
    ids = tuple(f"h{number:02}" for number in range(34))
    design = Design("daily:17", Roster(ids, tuple(day_range(date(2026, 1, 1), 119))))
    probability, world = design.probabilities(), World(0.05, 0.7)
    for size in (5, 15, 45):

        def simulate(n_sims: int = size) -> float:
            rng = np.random.default_rng(1)
            found = []
            for _ in range(n_sims):
                arms = design.draw_arms(rng)[0]
                panel = design.lay_out(arms, probability, {})
                values = world.draw_counts(arms, rng).ravel()
                estimate_by_redraws(panel, values, Draws(1999, rng))
                found.append(estimate_by_models(panel, values, wide=False)[0].coef or 0.0)
            return float(np.mean(found))

        ours, theirs = measure(simulate), measure_peer(PEER, size)
        other = getattr(theirs, "answer", None)
        yield Row(
            work=NAME,
            size=size,
            ours=ours,
            peer="statsmodels GLM in a loop, no redraws",
            theirs=theirs,
            # Two independent simulations: their means differ by chance.
            agree=None if other is None else abs(ours.answer - other) < 1 / np.sqrt(size),
        )

    def whole() -> list[float]:
        options = CalibrationOptions(1000, 1999, n_workers=2)
        return [one.size for one in calibrate(design, world, options, seed=1)]

    yield Row(work=WHOLE, size=1000, ours=measure(whole, repeats=1))
