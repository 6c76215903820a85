"""Units and walks: how near to the best, beside a program made for vehicle routing.

The rota sends 4 units to 40 visits with windows of 90 minutes in a town of 10 × 10 km; the
alternative, VROOM, gets the same travel times, windows and working hours. The answer compared
is the number of visits made; travel and the proven gap stand in the note. The walks are on a
grid of streets of 60 m, 15 minutes long.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely import LineString

from footbeat.streets import build_graph
from footbeat.tasking.rota_model import Solution, solve_rota
from footbeat.tasking.shifts import Crew, Job
from footbeat.tasking.walk_model import solve_tour
from harness import Measured, Row, measure, measure_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

NAME = "Units in a shift and walks in a hot spot"

PEER = """
import numpy as np
import vroom

def prepare(size):
    rng = np.random.default_rng(5)
    xy = rng.random((size + 1, 2)) * 10_000
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T) * 1.3 / 333).astype(int)
    begin = 840 + rng.integers(0, 390, size)
    return size, travel, begin

def run(things):
    size, travel, begin = things
    problem = vroom.Input()
    problem.set_durations_matrix(profile="car", matrix_input=travel.astype(np.uint32))
    for number in range(4):
        problem.add_vehicle(vroom.Vehicle(number, start=size, end=size, time_window=(840, 1320)))
    for number in range(size):
        first = int(begin[number])
        problem.add_job(vroom.Job(number, location=number, default_service=15,
                                  time_windows=[vroom.TimeWindow(first, first + 75)]))
    found = problem.solve(exploration_level=5, nb_threads=2)
    return [size - len(found.unassigned), found.summary.duration]
"""


def rows() -> Iterator[Row]:
    """Yield one row for each number of visits, then one for the walks."""
    for size in (10, 20, 40):
        jobs, crews, travel = _shift(size)
        ours = measure(partial(solve_rota, jobs, crews, travel, effort=4), 1)
        yield _rota_row(size, ours, measure_peer(PEER, size), jobs, crews, travel)
    yield _walk_row()


def _shift(size: int) -> tuple[list[Job], list[Crew], NDArray[np.float64]]:
    rng = np.random.default_rng(5)
    xy = rng.random((size + 1, 2)) * 10_000
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T) * 1.3 / 333)
    begin = 840 + rng.integers(0, 390, size)
    jobs = [Job(place, int(b), int(b) + 90, 15) for place, b in enumerate(begin)]
    crew = Crew(size, 840, 1320, size, 0, (840, 1320), 99)
    return jobs, [crew] * 4, travel


def _rota_row(  # noqa: PLR0917 - both sides and what they were given
    size: int,
    ours: Measured,
    theirs: Any,  # noqa: ANN401 - measured, or the reason why not
    jobs: list[Job],
    crews: list[Crew],
    travel: NDArray[np.float64],
) -> Row:
    solution: Solution = ours.answer
    made, minutes = size - len(solution.unserved), _travelled(solution, jobs, crews, travel)
    gap = (solution.cost - solution.bound) / solution.cost if solution.cost else 0.0
    note = f"{size} visits: {made} made, {minutes:.0f} min of travel, proven gap {gap:.1%}"
    agree = None
    if isinstance(theirs, Measured):
        agree = bool(theirs.answer[0] == made)
        note += f"; VROOM makes {theirs.answer[0]} with {theirs.answer[1]} min"
    return Row("4 units (visits)", size, ours, "VROOM", theirs, agree=agree, note=f"{note}.")


def _travelled(
    solution: Solution, jobs: list[Job], crews: list[Crew], travel: NDArray[np.float64]
) -> float:
    total = 0.0
    for crew, begins in zip(crews, solution.begins, strict=True):
        places = [crew.place, *(jobs[job].place for job, _ in begins), crew.base]
        if begins:
            total += sum(travel[a, b] for a, b in itertools.pairwise(places))
    return total


def _walk_row() -> Row:
    n, step = 6, 60
    ways = [
        [(i * step, j * step), (k * step, m * step)]
        for i in range(n)
        for j in range(n)
        for k, m in ((i + 1, j), (i, j + 1))
        if k < n and m < n
    ]
    graph = build_graph(np.array([LineString(way) for way in ways], dtype=object))
    prize = np.random.default_rng(3).random(len(graph.length_m))
    prize /= prize.sum()
    ours = measure(lambda: solve_tour(graph, prize, 0, 1000, effort=8), 1)
    gap = 1 - ours.answer.prize / ours.answer.bound
    note = f"Covers {ours.answer.prize:.1%} of what there is; proven gap {gap:.1%}."
    return Row("a walk of 1,000 m (streets)", len(ways), ours, note=note)
