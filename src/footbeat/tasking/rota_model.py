"""Which unit makes which visit, and when: vehicle routing with windows, solved by CP-SAT.

As many visits as possible come first, then little travel, then a fair share of minutes. The
bound the solver proves says how much better any other rota could be.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from footbeat.errors import EngineError
from footbeat.tasking.rota_start import start_rota

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.shifts import Crew, Job

    FloatArray = NDArray[np.float64]

_UNSERVED = 10_000
_TRAVEL = 10
_SPREAD = 3


@dataclass(frozen=True, slots=True)
class Solution:
    """Begin of each job by crew, and what is known of how good it is.

    Attributes
    ----------
    begins
        For each crew, (job, minute it begins) in order; −1 stands for the break.
    unserved
        Jobs nobody can make.
    cost, bound
        The objective reached, and what no rota can go below.
    """

    begins: tuple[tuple[tuple[int, int], ...], ...]
    unserved: tuple[int, ...]
    cost: float
    bound: float


def solve_rota(
    jobs: list[Job],
    crews: list[Crew],
    travel: FloatArray,
    *,
    effort: float,
    is_count_only: bool = False,
) -> Solution:
    """Assign jobs to crews and times.

    Parameters
    ----------
    jobs, crews
        What is due and who is there.
    travel
        Minutes between places, shape (places, places).
    effort
        Units of the solver's own time: about seconds.
    is_count_only
        Whether only the number of visits matters, which is found sooner.

    Raises
    ------
    EngineError
        When the solver finds no rota at all.
    """
    build = _Build(jobs, crews, np.ceil(travel).astype(np.int64))
    for number in range(len(crews)):
        build.add_crew(number)
    build.serve_once()
    build.minimise(is_count_only=is_count_only)
    if not is_count_only:
        build.hint(start_rota(jobs, crews, build.travel))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.interleave_search = True
    solver.parameters.max_deterministic_time = effort
    solver.parameters.relative_gap_limit = 0.01
    status = solver.solve(build.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise EngineError(
            "A rota must be found within the solver's time.",
            found=f"It ended with {solver.status_name(status)}.",
            do="Raise --effort, or check that breaks fit into the shift.",
        )
    return build.read(solver)


class _Build:
    """The model while it is built: one circuit a crew through base, visits and break."""

    def __init__(self, jobs: list[Job], crews: list[Crew], travel: NDArray[np.int64]) -> None:
        self.jobs, self.crews, self.travel = jobs, crews, travel
        self.model = cp_model.CpModel()
        self.begin: list[cp_model.IntVar] = []
        for number, job in enumerate(jobs):
            latest = max(job.earliest, job.latest - job.minutes)
            self.begin.append(self.model.new_int_var(job.earliest, latest, f"begin{number}"))
        self.makes: list[dict[int, cp_model.IntVar]] = []
        self.rest: list[cp_model.IntVar | None] = []
        self.moves: list[tuple[int, cp_model.IntVar]] = []
        self.arcs: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.loads: list[cp_model.IntVar] = []

    def add_crew(self, number: int) -> None:
        """Add one crew's circuit: node 0 is its start and end, the last its break."""
        crew = self.crews[number]
        able = [
            job
            for job, each in enumerate(self.jobs)
            if not crew.district or not each.district or crew.district == each.district
        ]
        makes = {job: self.model.new_bool_var(f"crew{number}job{job}") for job in able}
        self.makes.append(makes)
        self.rest.append(self._rest(number))
        self.model.add(sum(makes.values()) <= crew.most_jobs)
        nodes = [0, *(job + 1 for job in able)]
        if crew.break_min:
            nodes.append(len(self.jobs) + 1)
        arcs: list[tuple[int, int, cp_model.LiteralT]] = []
        for a in nodes:
            arcs += [self._arc(number, a, b) for b in nodes if a != b]
            if 0 < a <= len(self.jobs):
                arcs.append((a, a, makes[a - 1].negated()))
        if not crew.break_min:
            arcs.append((0, 0, self.model.new_bool_var(f"idle{number}")))
        self.model.add_circuit([(nodes.index(a), nodes.index(b), lit) for a, b, lit in arcs])
        busy = sum(self.jobs[job].minutes * made for job, made in makes.items())
        load = self.model.new_int_var(0, sum(job.minutes for job in self.jobs), f"load{number}")
        self.model.add(load == busy)
        self.loads.append(load)

    def serve_once(self) -> None:
        """Have each job made by one crew at most."""
        self.missed = []
        for job in range(len(self.jobs)):
            makers = [makes[job] for makes in self.makes if job in makes]
            missed = self.model.new_bool_var(f"missed{job}")
            self.model.add(sum(makers) + missed == 1)
            self.missed.append(missed)

    def minimise(self, *, is_count_only: bool) -> None:
        """Weigh missed visits above travel above an uneven share of minutes."""
        if is_count_only:
            self.model.minimize(sum(self.missed))
            return
        high = self.model.new_int_var(0, sum(job.minutes for job in self.jobs), "high")
        low = self.model.new_int_var(0, sum(job.minutes for job in self.jobs), "low")
        self.model.add_max_equality(high, self.loads)
        self.model.add_min_equality(low, self.loads)
        travelled = sum(minutes * taken for minutes, taken in self.moves)
        self.model.minimize(
            _UNSERVED * sum(self.missed) + _TRAVEL * travelled + _SPREAD * (high - low)
        )

    def hint(self, tours: list[list[tuple[int, int]]]) -> None:
        """Tell the solver of a rota to better; where crews take breaks it is only near."""
        for number, tour in enumerate(tours):
            made = dict(tour)
            for job, is_made in self.makes[number].items():
                self.model.add_hint(is_made, job in made)
            steps = [0, *(job + 1 for job, _ in tour), 0]
            taken = set(itertools.pairwise(steps))
            for (crew, a, b), arc in self.arcs.items():
                if crew == number and not self.crews[number].break_min:
                    self.model.add_hint(arc, (a, b) in taken)
            for job, begin in tour:
                self.model.add_hint(self.begin[job], begin)

    def read(self, solver: cp_model.CpSolver) -> Solution:
        """Read the rota out of a solved model."""
        begins = []
        for makes, rest in zip(self.makes, self.rest, strict=True):
            made = [
                (job, solver.value(self.begin[job]))
                for job, is_made in makes.items()
                if solver.value(is_made)
            ]
            if rest is not None:
                made.append((-1, solver.value(rest)))
            begins.append(tuple(sorted(made, key=lambda pair: pair[1])))
        unserved = tuple(job for job, missed in enumerate(self.missed) if solver.value(missed))
        return Solution(
            tuple(begins), unserved, solver.objective_value, solver.best_objective_bound
        )

    def _rest(self, number: int) -> cp_model.IntVar | None:
        crew = self.crews[number]
        if not crew.break_min:
            return None
        low, high = max(crew.break_span[0], crew.start), crew.break_span[1] - crew.break_min
        return self.model.new_int_var(low, max(low, high), f"rest{number}")

    def _arc(self, number: int, a: int, b: int) -> tuple[int, int, cp_model.LiteralT]:
        crew = self.crews[number]
        taken = self.model.new_bool_var(f"crew{number}from{a}to{b}")
        minutes = int(self.travel[self._place(crew, a), self._place(crew, b, is_end=True)])
        self.moves.append((minutes, taken))
        self.arcs[number, a, b] = taken
        leave = crew.start if a == 0 else self._begin(number, a) + self._length(crew, a)
        arrive = crew.end if b == 0 else self._begin(number, b)
        self.model.add(arrive >= leave + minutes).only_enforce_if(taken)
        return a, b, taken

    def _place(self, crew: Crew, node: int, *, is_end: bool = False) -> int:
        if node == 0:
            return crew.base if is_end else crew.place
        return self.jobs[node - 1].place if node <= len(self.jobs) else crew.base

    def _begin(self, number: int, node: int) -> cp_model.LinearExprT:
        rest = self.rest[number]
        if node <= len(self.jobs):
            return self.begin[node - 1]
        return 0 if rest is None else rest

    def _length(self, crew: Crew, node: int) -> int:
        return self.jobs[node - 1].minutes if node <= len(self.jobs) else crew.break_min
