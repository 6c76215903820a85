"""Units and walks: how near to the best, beside programs made for vehicle routing.

The rota sends 4 units to 40 visits with windows of 90 minutes in a town of 10 × 10 km; the
alternatives, VROOM and OR-Tools as it comes, get the same travel times, windows and working
hours. Footbeat is asked for least travel alone here, as they are; what it makes when minutes are
to be shared evenly stands in the note with its proven gap. They prove nothing: the time of
Footbeat includes the proof. The answer compared is the number of visits made. The walks are on
a grid of streets of 60 m, 15 minutes long.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely import LineString

from footbeat.streets import build_graph
from footbeat.tasking.rota_model import Solution, solve_rota
from footbeat.tasking.shifts import Crew, Job
from footbeat.tasking.walk_model import solve_tour
from harness import Measured, Row, measure, measure_ours_apart, measure_peer

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

DEFAULT = """
import numpy as np
from ortools.constraint_solver import pywrapcp

def prepare(size):
    rng = np.random.default_rng(5)
    xy = rng.random((size + 1, 2)) * 10_000
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T) * 1.3 / 333).astype(int)
    return size, travel, 840 + rng.integers(0, 390, size)

def run(things):
    size, travel, begin = things
    manager = pywrapcp.RoutingIndexManager(size + 1, 4, size)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    move = routing.RegisterTransitCallback(lambda a, b: int(travel[node(a), node(b)]))
    busy = routing.RegisterTransitCallback(
        lambda a, b: int(travel[node(a), node(b)]) + 15 * (node(a) < size))
    routing.SetArcCostEvaluatorOfAllVehicles(move)
    routing.AddDimension(busy, 1320, 1320, False, "minute")
    minute = routing.GetDimensionOrDie("minute")
    for number in range(size):
        index = manager.NodeToIndex(number)
        first = int(begin[number])
        minute.CumulVar(index).SetRange(first, first + 75)
        routing.AddDisjunction([index], 10_000)
    for unit in range(4):
        minute.CumulVar(routing.Start(unit)).SetRange(840, 1320)
        minute.CumulVar(routing.End(unit)).SetRange(840, 1320)
    found = routing.Solve()
    made, total = 0, 0
    for unit in range(4):
        index = routing.Start(unit)
        while not routing.IsEnd(index):
            after = found.Value(routing.NextVar(index))
            total += int(travel[node(index), node(after)])
            made += node(index) < size
            index = after
    return [int(made), total]
"""


def rows() -> Iterator[Row]:
    """Yield one row for each number of visits, then one for the walks."""
    for size in (10, 20, 40):
        jobs, crews, travel = _shift(size)
        ours = measure(partial(solve_rota, jobs, crews, travel, effort=6, balance=0.0), 1)
        shared = solve_rota(jobs, crews, travel, effort=6)
        plain = measure_ours_apart(DEFAULT, size, 1)
        yield _rota_row(size, ours, measure_peer(PEER, size), shared, plain)
    yield _walk_row()


def _shift(size: int) -> tuple[list[Job], list[Crew], NDArray[np.float64]]:
    rng = np.random.default_rng(5)
    xy = rng.random((size + 1, 2)) * 10_000
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T) * 1.3 / 333)
    begin = 840 + rng.integers(0, 390, size)
    jobs = [Job(place, int(b), int(b) + 90, 15) for place, b in enumerate(begin)]
    crew = Crew(size, 840, 1320, size, 0, (840, 1320), 99)
    return jobs, [crew] * 4, travel


def _rota_row(
    size: int,
    ours: Measured,
    theirs: Any,  # noqa: ANN401 - measured, or the reason why not
    shared: Solution,
    plain: Measured,
) -> Row:
    solution: Solution = ours.answer
    made = size - len(solution.unserved)
    note = (
        f"{size} visits: {made} made, {solution.cost / 10:.0f} min of travel, proven gap "
        f"{_gap(solution):.1%}; minutes shared evenly, gap {_gap(shared):.1%}; "
        f"OR-Tools default makes {plain.answer[0]} with {plain.answer[1]} min "
        f"in {plain.median_s:.2g} s"
    )
    agree = None
    if isinstance(theirs, Measured):
        agree = bool(theirs.answer[0] == made)
        note += f"; VROOM makes {theirs.answer[0]} with {theirs.answer[1]} min"
    return Row("4 units (visits)", size, ours, "VROOM", theirs, agree=agree, note=f"{note}.")


def _gap(solution: Solution) -> float:
    return (solution.cost - solution.bound) / solution.cost if solution.cost else 0.0


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
