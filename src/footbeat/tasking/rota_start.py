"""A good rota to start from: OR-Tools' routing search, without breaks and balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ortools.constraint_solver import (  # type: ignore[import-untyped]  # it has no types
    pywrapcp,
    routing_enums_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from footbeat.tasking.shifts import Crew, Job

Tours = list[list[tuple[int, int]]]

_DROPPED = 10_000
_SOLUTIONS = 120
_LONGEST_S = 10


def start_rota(
    jobs: Sequence[Job], crews: Sequence[Crew], travel: NDArray[np.int64], *, most_jobs: int
) -> Tours:
    """Return for each crew the (job, minute it begins) of a good rota; empty if none is found.

    No crew makes more than `most_jobs` visits, or than it may.
    Guided local search ends after a fixed number of solutions, or after ten seconds.
    """
    n, n_crews = len(jobs), len(crews)
    first = list(range(n, n + n_crews))
    last = [node + n_crews for node in first]
    manager = pywrapcp.RoutingIndexManager(n + 2 * n_crews, n_crews, first, last)
    routing = pywrapcp.RoutingModel(manager)
    places = [job.place for job in jobs]
    places += [crew.place for crew in crews] + [crew.base for crew in crews]
    stays = [job.minutes for job in jobs] + [0] * (2 * n_crews)

    def move(a: int, b: int) -> int:
        here, there = manager.IndexToNode(a), manager.IndexToNode(b)
        return int(travel[places[here], places[there]])

    def stay_and_move(a: int, b: int) -> int:
        stay: int = stays[manager.IndexToNode(a)]
        return move(a, b) + stay

    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(move))
    horizon = max([crew.end for crew in crews] + [job.latest for job in jobs])
    passing = routing.RegisterTransitCallback(stay_and_move)
    routing.AddDimension(passing, horizon, horizon, False, "minute")  # noqa: FBT003 - a waiting start
    visit = routing.RegisterUnaryTransitCallback(lambda at: int(manager.IndexToNode(at) < n))
    most = [min(crew.most_jobs, most_jobs) for crew in crews]
    routing.AddDimensionWithVehicleCapacity(visit, 0, most, True, "visits")  # noqa: FBT003 - from 0
    _limit(routing, manager, jobs, crews)
    found = routing.SolveWithParameters(_parameters())
    return [] if found is None else _tours(routing, manager, found, n)


def _limit(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    jobs: Sequence[Job],
    crews: Sequence[Crew],
) -> None:
    minute = routing.GetDimensionOrDie("minute")
    for number, job in enumerate(jobs):
        node = manager.NodeToIndex(number)
        latest = max(job.earliest, job.latest - job.minutes)
        minute.CumulVar(node).SetRange(job.earliest, latest)
        routing.AddDisjunction([node], _DROPPED)
        for other, crew in enumerate(crews):
            if crew.district and job.district and crew.district != job.district:
                routing.VehicleVar(node).RemoveValue(other)
    for number, crew in enumerate(crews):
        minute.CumulVar(routing.Start(number)).SetRange(crew.start, crew.end)
        minute.CumulVar(routing.End(number)).SetRange(crew.start, crew.end)


def _parameters() -> object:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.solution_limit = _SOLUTIONS
    parameters.time_limit.seconds = _LONGEST_S
    return parameters


def _tours(
    routing: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    found: pywrapcp.Assignment,
    n_jobs: int,
) -> Tours:
    minute = routing.GetDimensionOrDie("minute")
    tours: Tours = []
    for crew in range(routing.vehicles()):
        index = routing.Start(crew)
        tour: list[tuple[int, int]] = []
        while not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            if node < n_jobs:
                tour.append((node, int(found.Min(minute.CumulVar(index)))))
            index = found.Value(routing.NextVar(index))
        tours.append(tour)
    return tours
