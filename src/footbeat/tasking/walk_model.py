"""The closed walk that covers most in the time: a prize-collecting rural postman, with its bound.

Each piece of street is walked not at all, once or twice (a third time never helps). The walk is
closed when every node is left as often as it is reached, and connected when water sent out from
the entry along the walked pieces reaches every node of it. CP-SAT proves how much more any
other walk could cover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model
from scipy.sparse.csgraph import dijkstra

from footbeat.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.streets import StreetGraph

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

_PRIZE_UNITS = 100_000
_MILLIMETRES = 1000


@dataclass(frozen=True, slots=True)
class Tour:
    """Which pieces a closed walk uses.

    Attributes
    ----------
    times
        How often each piece is walked, 0 to 2, shape (pieces,).
    prize
        Prize collected, each piece once.
    bound
        No closed walk from this entry within this length collects more, each piece taken to the
        next whole millimetre.
    """

    times: IntArray
    prize: float
    bound: float


def solve_tour(
    graph: StreetGraph, prize: FloatArray, entry: int, length_m: float, *, effort: float
) -> Tour:
    """Find the closed walk from a node that collects most prize within a length.

    Parameters
    ----------
    graph
        The streets.
    prize
        What each piece is worth, walked once or twice, shape (pieces,).
    entry
        The node it begins and ends at.
    length_m
        Longest walk.
    effort
        Units of the solver's own time, which do not depend on the machine: about seconds.

    Raises
    ------
    EngineError
        When the solver finds nothing at all, not even to stand still.
    """
    within = _reachable(graph, entry, length_m)
    if not within.size:
        return Tour(np.zeros(len(prize), dtype=np.int64), 0.0, 0.0)
    total = float(prize[within].sum()) or 1.0
    worth = np.round(prize[within] / total * _PRIZE_UNITS).astype(np.int64)
    model, once, twice = _model(graph, within, worth, entry, length_m)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.interleave_search = True
    solver.parameters.max_deterministic_time = effort
    solver.parameters.relative_gap_limit = 0.005
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise EngineError(
            "A walk must be found within the solver's time.",
            found=f"It ended with {solver.status_name(status)}.",
            do="Raise --effort, or shorten --minutes.",
        )
    times = np.zeros(len(prize), dtype=np.int64)
    times[within] = [solver.value(a) + solver.value(b) for a, b in zip(once, twice, strict=True)]
    collected = float(prize[times > 0].sum())
    bound = min(total, solver.best_objective_bound / _PRIZE_UNITS * total)
    return Tour(times, collected, max(bound, collected))


def order_tour(graph: StreetGraph, times: IntArray, entry: int) -> list[tuple[int, bool]]:
    """Return the pieces of a closed walk in order, each with whether it is walked backwards.

    Hierholzer's method; where there is a choice, the walk does not turn on its heel.
    """
    at: dict[int, list[int]] = {}
    left = times.copy()
    for piece in np.flatnonzero(times).tolist():
        for node in {int(graph.start[piece]), int(graph.end[piece])}:
            at.setdefault(node, []).append(piece)
    stack: list[tuple[int, int, bool]] = [(entry, -1, False)]
    tour: list[tuple[int, bool]] = []
    while stack:
        node, came_by, _ = stack[-1]
        open_pieces = [piece for piece in at.get(node, []) if left[piece] > 0]
        if not open_pieces:
            _, piece, is_backwards = stack.pop()
            if piece >= 0:
                tour.append((piece, is_backwards))
            continue
        piece = next((each for each in open_pieces if each != came_by), open_pieces[0])
        left[piece] -= 1
        is_backwards = int(graph.start[piece]) != node
        ahead = graph.start[piece] if is_backwards else graph.end[piece]
        stack.append((int(ahead), piece, is_backwards))
    return tour[::-1]


def _reachable(graph: StreetGraph, entry: int, length_m: float) -> IntArray:
    """Return the pieces that some closed walk within the length can use."""
    away = dijkstra(graph.weights, directed=False, indices=np.array([entry]))[0]
    there_and_back = away[graph.start] + graph.length_m + away[graph.end]
    turn_inside = 2 * (np.minimum(away[graph.start], away[graph.end]) + graph.length_m)
    return np.flatnonzero(np.minimum(there_and_back, turn_inside) <= length_m)


def _model(
    graph: StreetGraph, within: IntArray, worth: IntArray, entry: int, length_m: float
) -> tuple[cp_model.CpModel, list[cp_model.IntVar], list[cp_model.IntVar]]:
    model = cp_model.CpModel()
    pieces = range(len(within))
    once = [model.new_bool_var(f"once{i}") for i in pieces]
    twice = [model.new_bool_var(f"twice{i}") for i in pieces]
    for i in pieces:
        model.add_implication(twice[i], once[i])
    # Rounded up, so that no walk the solver allows is longer than what was asked.
    lengths = np.ceil(graph.length_m[within] * _MILLIMETRES).astype(np.int64)
    walked = sum(int(m) * (once[i] + twice[i]) for i, m in enumerate(lengths))
    model.add(walked <= int(length_m * _MILLIMETRES))
    starts, ends = graph.start[within].tolist(), graph.end[within].tolist()
    _close(model, once, twice, starts, ends)
    _connect(model, once, starts, ends, entry)
    model.maximize(sum(int(w) * once[i] for i, w in enumerate(worth)))
    return model, once, twice


def _close(
    model: cp_model.CpModel,
    once: list[cp_model.IntVar],
    twice: list[cp_model.IntVar],
    starts: list[int],
    ends: list[int],
) -> None:
    for node in set(starts) | set(ends):
        touching = [
            once[i] + twice[i]
            for i, (a, b) in enumerate(zip(starts, ends, strict=True))
            if (a == node) != (b == node)
        ]
        if touching:
            visits = model.new_int_var(0, len(touching), f"visits{node}")
            model.add(sum(touching) == 2 * visits)


def _connect(
    model: cp_model.CpModel,
    once: list[cp_model.IntVar],
    starts: list[int],
    ends: list[int],
    entry: int,
) -> None:
    nodes = sorted(set(starts) | set(ends))
    most = len(nodes)
    inflow: dict[int, list[cp_model.LinearExprT]] = {node: [] for node in nodes}
    reached = {node: model.new_bool_var(f"reached{node}") for node in nodes}
    for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
        model.add_implication(once[i], reached[a])
        model.add_implication(once[i], reached[b])
        if a == b:
            continue
        flow = model.new_int_var(-most, most, f"flow{i}")
        model.add(flow <= most * once[i])
        model.add(flow >= -most * once[i])
        inflow[b].append(flow)
        inflow[a].append(-flow)
    for node in nodes:
        if node != entry:
            model.add(sum(inflow[node]) == reached[node])
