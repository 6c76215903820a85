"""Size and coverage of what stands beside the main estimate: spill-over, placebo, the day after.

    python scripts/simulate_checks.py --sims 1000

Spill-over: hot spots in pairs, a patrol that acts next door by a known ratio. Placebo leads: a
patrol whose effect lasts into the next day (ratio 0.5), drawn by mechanisms that link days; a
patrol still to come does nothing, so p ≤ 5 % in at most 5 % of trials. The day after: a known
ratio of yesterday's patrol. The monitor: no effect, read every day of a year. Places and days
differ as in scripts/simulate_trials.py.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

from footbeat.periods import day_range
from footbeat.stats.eprocess import BENEFIT_RATIOS, HARM_RATIOS, mix_evidence
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.inference import Draws, estimate_after, placebo_p, ratio_on
from footbeat.trials.monitor import phase_evidence
from footbeat.trials.panel import Panel
from footbeat.trials.results import Estimate
from footbeat.trials.spillover import estimate_spillover
from footbeat.trials.worlds import Design, World

SIZE, DRAWS, CHUNK = 0.05, 499, 50
Row = tuple[bool, bool]


def design_of(n_places: int, n_days: int, mechanism: str) -> Design:
    """Return a design over invented places."""
    ids = tuple(f"h{number:02}" for number in range(n_places))
    return Design(mechanism, Roster(ids, tuple(day_range(date(2026, 1, 1), n_days))))


SOUTHEND, THAMES = design_of(20, 90, "daily:8"), design_of(34, 119, "daily:17")
LINKED = {
    "runs": design_of(20, 90, "runs:on=1-3,off=1-7,min_off=5"),
    "blocks": design_of(20, 90, "blocks:2/5;times=1-2"),
    "latin": design_of(20, 90, "latin:8"),
}


def judge(one: Estimate | None, truth: float) -> Row:
    """Tell whether an estimate rejects 1, and whether its interval holds the truth."""
    if one is None or one.p is None:
        return False, True
    return one.p <= SIZE, (one.low or 0.0) <= truth <= (one.high or np.inf)


def draw_trials(
    seeds: list[np.random.SeedSequence], design: Design
) -> Iterator[tuple[np.random.Generator, np.ndarray, Panel]]:
    """Yield each trial's source of chance, its arms and its panel without counts."""
    bank: dict[str, Any] = {}
    probability = design.probabilities()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        arms = design.draw_arms(rng)[0]
        yield rng, arms, design.lay_out(arms, probability, bank)


def try_spillover(
    seeds: list[np.random.SeedSequence], design: Design, world: World, spill: float
) -> list[Row]:
    """Draw pairs of places, a patrol acting next door by `spill`, and estimate it."""
    n_places = design.roster.shape[1]
    near = [tuple((i, i + 1) for i in range(0, n_places - 4, 2))]
    partner = np.arange(n_places) ^ 1
    partner[n_places - 4 :] = np.arange(n_places - 4, n_places)
    found = []
    for rng, arms, panel in draw_trials(seeds, design):
        is_near = arms[:, partner] & (partner != np.arange(n_places))
        counts = _draw(world, arms, np.where(is_near, spill, 1.0), rng)
        one = estimate_spillover(panel, counts.ravel(), Draws(DRAWS, rng), near)[0]
        found.append(judge(one, spill))
    return found


def try_placebo(seeds: list[np.random.SeedSequence], design: Design, world: World) -> list[Row]:
    """Draw a trial with carry-over and test patrols still to come."""
    found = []
    for rng, arms, panel in draw_trials(seeds, design):
        values = world.draw_counts(arms, rng).ravel()
        p = placebo_p(panel, values, Draws(DRAWS, rng), ratio=ratio_on(panel, values))
        found.append((p is not None and p <= SIZE, True))
    return found


def try_after(seeds: list[np.random.SeedSequence], design: Design, world: World) -> list[Row]:
    """Draw a trial with carry-over and estimate the day after."""
    found = []
    for rng, arms, panel in draw_trials(seeds, design):
        values = world.draw_counts(arms, rng).ravel()
        one = estimate_after(
            panel, values, Draws(DRAWS, rng), days=1, ratio=ratio_on(panel, values), name="after"
        )
        found.append(judge(one, world.carry_over))
    return found


def try_monitor(seeds: list[np.random.SeedSequence], design: Design, world: World) -> list[Row]:
    """Look every day and tell whether either process ever raised a false alarm."""
    found = []
    slopes = np.log([*BENEFIT_RATIOS, *HARM_RATIOS])
    half, threshold = len(BENEFIT_RATIOS), np.log(2 / SIZE)
    for rng, arms, panel in draw_trials(seeds, design):
        evidence = phase_evidence(panel.phases[0], world.draw_counts(arms, rng), arms, slopes)
        paths = mix_evidence(evidence[:, :half]), mix_evidence(evidence[:, half:])
        found.append((bool(max(path.max() for path in paths) >= threshold), True))
    return found


def _draw(
    world: World, arms: np.ndarray, factor: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw counts whose means are multiplied by `factor`, by thinning a richer world."""
    most = max(float(factor.max()), 1.0)
    counts = replace(world, rate=world.rate * most).draw_counts(arms, rng)
    return rng.binomial(counts.astype(np.int64), factor / most).astype(float)


CASES = {
    "spill-over none, Southend": partial(
        try_spillover, design=SOUTHEND, world=World(0.1, 0.6), spill=1.0
    ),
    "spill-over 1.5, Southend": partial(
        try_spillover, design=SOUTHEND, world=World(0.1, 0.6), spill=1.5
    ),
    "spill-over none, Thames Valley": partial(
        try_spillover, design=THAMES, world=World(0.05, 0.7), spill=1.0
    ),
    "spill-over 0.7, Thames Valley": partial(
        try_spillover, design=THAMES, world=World(0.05, 0.7), spill=0.7
    ),
    "spill-over none, Southend, φ = 2": partial(
        try_spillover, design=SOUTHEND, world=World(0.2, 0.7, dispersion=2), spill=1.0
    ),
    **{
        f"placebo, {name}, carry-over 0.5": partial(
            try_placebo, design=design, world=World(0.3, 0.6, carry_over=0.5)
        )
        for name, design in LINKED.items()
    },
    "monitor, a year of daily looks": partial(
        try_monitor, design=design_of(20, 365, "daily:8"), world=World(0.1)
    ),
    "monitor, a year, carry-over 0.6": partial(
        try_monitor, design=design_of(20, 365, "daily:8"), world=World(0.1, carry_over=0.6)
    ),
    "the day after none, Southend": partial(try_after, design=SOUTHEND, world=World(0.1, 0.6)),
    "the day after 0.6, Southend": partial(
        try_after, design=SOUTHEND, world=World(0.1, 0.6, carry_over=0.6)
    ),
}


def main() -> int:
    """Print the share that rejects 1 and the share whose interval holds the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sims", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="Cases whose name begins so.")
    given = parser.parse_args()
    print("| case | p ≤ 5 % | interval holds the truth |\n|---|---|---|")
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        for name, case in CASES.items():
            if not name.startswith(given.only):
                continue
            seeds = np.random.SeedSequence(1).spawn(given.sims)
            chunks = [seeds[first : first + CHUNK] for first in range(0, given.sims, CHUNK)]
            rows = np.array([row for part in pool.map(case, chunks) for row in part], dtype=float)
            share, covered = rows.mean(axis=0)
            error = float(np.sqrt(share * (1 - share) / given.sims))
            shown = "" if name.startswith(("placebo", "monitor")) else f"{covered:.3f}"
            print(f"| {name} | {share:.3f} ± {error:.3f} | {shown} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
