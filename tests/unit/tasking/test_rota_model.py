from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from footbeat.errors import UsageError
from footbeat.tasking.rota_listing import list_rounds
from footbeat.tasking.rota_model import solve_rota
from footbeat.tasking.rota_pricing import price_rounds
from footbeat.tasking.rota_rounds import BREAK, lay_shift, time_round
from footbeat.tasking.shifts import Crew, Job

TRAVEL, UNEVEN, UNSERVED = 10.0, 5.0, 10_000.0


def _instance(number: int, n: int, break_min: int) -> tuple[list[Job], list[Crew], np.ndarray]:
    rng = np.random.default_rng(number)
    xy = rng.random((n + 1, 2)) * 25
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T)).astype(np.int64)
    begin = rng.integers(0, 120, n)
    jobs = [Job(i, int(b), int(b) + 60, int(rng.choice([10, 15]))) for i, b in enumerate(begin)]
    crew = Crew(n, 0, 200, n, break_min, (20, 180), 99)
    return jobs, [crew, replace(crew, start=30)], travel


def _best_by_hand(jobs: list[Job], crews: list[Crew], travel: np.ndarray) -> float:
    """Try every sharing out, every order and every place of the break."""
    fair = sum(job.minutes for job in jobs) / len(crews)
    shifts = [lay_shift(jobs, crew, travel, fair_min=fair, uneven=UNEVEN) for crew in crews]
    cheapest: list[dict[tuple[int, ...], float]] = []
    for crew, shift in zip(crews, shifts, strict=True):
        costs: dict[tuple[int, ...], float] = {}
        for chosen in product((False, True), repeat=len(jobs)):
            members = [job for job, is_in in enumerate(chosen) if is_in]
            stops = [*members, BREAK] if crew.break_min else members
            rounds = [time_round(shift, list(order)) for order in permutations(stops)]
            load = sum(jobs[job].minutes for job in members)
            costs[tuple(members)] = min(
                (TRAVEL * r.travel_min + UNEVEN * abs(load - fair) for r in rounds if r),
                default=np.inf,
            )
        cheapest.append(costs)
    return min(
        a + b + UNSERVED * (len(jobs) - len(one) - len(other))
        for one, a in cheapest[0].items()
        for other, b in cheapest[1].items()
        if not set(one) & set(other)
    )


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("break_min", [0, 20])
def test_rota_and_its_bound_are_the_best_that_trying_everything_finds(
    number: int, break_min: int
) -> None:
    jobs, crews, travel = _instance(number, 5, break_min)
    solution = solve_rota(jobs, crews, travel.astype(float), effort=3)
    best = _best_by_hand(jobs, crews, travel)
    assert solution.cost == pytest.approx(best)
    assert solution.bound <= best + 1e-6
    assert solution.bound == pytest.approx(best, rel=0.002)


def test_pricing_and_listing_agree_on_the_best_round() -> None:
    jobs, crews, travel = _instance(9, 9, 15)
    shift = lay_shift(jobs, crews[0], travel, fair_min=60, uneven=UNEVEN)
    worth = np.full(len(jobs), 250.0)
    prices = price_rounds(shift, worth, TRAVEL, 0.0)
    listed, is_all = list_rounds(shift, worth, TRAVEL, prices.least)
    assert is_all
    costs = [
        TRAVEL * r.travel_min
        - 250.0 * len(r.jobs)
        + UNEVEN * abs(sum(jobs[job].minutes for job in r.jobs) - 60)
        for r in listed
    ]
    assert min(costs) == pytest.approx(prices.least)
    assert time_round(shift, [job for job, _ in prices.rounds[0].stops]) == prices.rounds[0]


def test_minutes_are_shared_evenly_where_travel_allows() -> None:
    travel = np.full((5, 5), 4.0)
    np.fill_diagonal(travel, 0)
    jobs = [Job(place, 0, 300, 15) for place in range(4)]
    crew = Crew(4, 0, 300, 4, 0, (0, 300), 99)
    solution = solve_rota(jobs, [crew, crew], travel, effort=2, balance=2.0)
    assert [len(begins) for begins in solution.begins] == [2, 2]


def test_break_that_fits_no_hour_is_refused() -> None:
    jobs, crews, travel = _instance(1, 4, 45)
    shut = [replace(crew, break_span=(20, 40)) for crew in crews]
    with pytest.raises(UsageError, match="Breaks must fit"):
        solve_rota(jobs, shut, travel.astype(float), effort=1)
