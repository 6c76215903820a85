"""How often each estimator is right on the user's own design."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.stats.eprocess import BENEFIT_RATIOS, HARM_RATIOS, mix_evidence
from footbeat.tasking.mechanisms import Coin, Daily
from footbeat.trials.calibrated import Calibrated
from footbeat.trials.inference import Draws, estimate_by_redraws, placebo_p
from footbeat.trials.models import estimate_by_models
from footbeat.trials.monitor import phase_evidence
from footbeat.trials.worlds import draw_harm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from footbeat.trials.panel import Panel
    from footbeat.trials.results import Estimate
    from footbeat.trials.worlds import Design, World

    FloatArray = NDArray[np.float64]

ALPHA = 0.05
CHUNK = 25
_WITHOUT_INTERVAL = ("placebo-lead", "monitor")


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """How a design is tried.

    Attributes
    ----------
    n_sims
        Trials simulated, each once without and once with the effect.
    n_draws
        Redraws within each.
    all_estimators
        Whether the negative binomial, about ten times slower, is tried too.
    n_workers
        Processes; 1 stays in this one.
    """

    n_sims: int = 1000
    n_draws: int = 1999
    all_estimators: bool = False
    n_workers: int = 1


def calibrate(
    design: Design,
    world: World,
    options: CalibrationOptions,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> tuple[Calibrated, ...]:
    """Simulate a design and report size, coverage and power of each estimator.

    Parameters
    ----------
    design
        Mechanism, places and days: usually the user's own schedule.
    world
        What is true; its ratio is the effect for coverage and power.
    options
        How many simulations and redraws.
    seed
        Every simulation has a stream of its own, so the number of workers changes nothing.
    advance
        Called after every 25 simulations.

    Notes
    -----
    Under carry-over (`world.carry_over` other than 1) the null is still "no effect of today's
    patrol", but a patrol does act: size then shows what carry-over does to each estimator.
    """
    seeds = np.random.SeedSequence(seed).spawn(options.n_sims)
    chunks = [seeds[first : first + CHUNK] for first in range(0, len(seeds), CHUNK)]
    jobs = [(design, world, options, chunk) for chunk in chunks]
    found: list[dict[str, list[tuple[bool, bool, bool]]]] = []
    for done in _run(jobs, options.n_workers):
        found.append(done)
        advance()
    names = list(found[0])
    return tuple(_summarise(name, [row for part in found for row in part[name]]) for name in names)


Job = tuple["Design", "World", CalibrationOptions, list[np.random.SeedSequence]]
Rows = dict[str, list[tuple[bool, bool, bool]]]


def _run(jobs: list[Job], n_workers: int) -> Iterable[Rows]:
    if n_workers < 2 or len(jobs) < 2:  # noqa: PLR2004 - nothing to share out
        return map(_simulate, jobs)
    with ProcessPoolExecutor(n_workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_simulate, jobs))


def _simulate(job: Job) -> Rows:
    design, world, options, seeds = job
    probability = design.probabilities()
    bank: dict[str, NDArray[Any]] = {}
    rows: Rows = {}
    for one in seeds:
        rng = np.random.default_rng(one)
        arms = design.draw_arms(rng)[0]
        panel = design.lay_out(arms, probability, bank)
        null, real = (
            _analyse(panel, each.draw_counts(arms, rng), each.ratio, options, rng)
            for each in (replace(world, ratio=1.0), world)
        )
        for name, (is_false, _) in null.items():
            is_found, is_covered = real[name]
            rows.setdefault(name, []).append((is_false, is_covered, is_found))
    return rows


def _analyse(
    panel: Panel,
    counts: FloatArray,
    ratio: float,
    options: CalibrationOptions,
    rng: np.random.Generator,
) -> dict[str, tuple[bool, bool]]:
    """Return for each estimator whether it rejects 1, and whether its interval holds `ratio`."""
    values, draws = counts.ravel(), Draws(options.n_draws, rng)
    main = estimate_by_redraws(panel, values, draws)
    models = estimate_by_models(panel, values, wide=options.all_estimators)
    harm = estimate_by_redraws(panel, draw_harm(counts, rng).ravel(), draws, name="harm-means")
    found = {one.name: _judge(one, ratio) for one in (main, *models, harm)}
    p = placebo_p(panel, values, draws, ratio=main.ratio)
    found["placebo-lead"] = (p is not None and p <= ALPHA, True)
    if isinstance(panel.phases[0].mechanism, (Coin, Daily)):
        found["monitor"] = (_alarms(panel, counts), True)
    return found


def _judge(estimate: Estimate, ratio: float) -> tuple[bool, bool]:
    low, high = estimate.low or 0.0, estimate.high or math.inf
    return estimate.p is not None and estimate.p <= ALPHA, low <= ratio <= high


def _alarms(panel: Panel, counts: FloatArray) -> bool:
    phase, half = panel.phases[0], len(BENEFIT_RATIOS)
    slopes = np.log([*BENEFIT_RATIOS, *HARM_RATIOS])
    evidence = phase_evidence(phase, counts, phase.arms, slopes)
    peaks = [mix_evidence(part).max() for part in (evidence[:, :half], evidence[:, half:])]
    return bool(max(peaks) >= math.log(2 / ALPHA))


def _summarise(name: str, rows: list[tuple[bool, bool, bool]]) -> Calibrated:
    size, coverage, power = (float(share) for share in np.mean(np.array(rows, dtype=float), axis=0))
    errors = [math.sqrt(share * (1 - share) / len(rows)) for share in (size, coverage, power)]
    has_interval = name not in _WITHOUT_INTERVAL
    return Calibrated(
        name,
        size,
        errors[0],
        coverage if has_interval else None,
        errors[1] if has_interval else None,
        power,
        errors[2],
    )
