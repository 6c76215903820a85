"""Which unit makes which visit, and when: whole rounds chosen so that each visit is made once.

As many visits as possible come first, then little travel, then a fair share of minutes. The
linear program over all rounds is solved by making only those that pay (column generation, as in
Desrochers, Desrosiers and Solomon 1992, Operations Research 40(2), 342–354); its value is a
bound that no rota can go below. The best whole choice among the rounds made is then found.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array

from footbeat.errors import UsageError
from footbeat.tasking.rota_listing import list_rounds
from footbeat.tasking.rota_pricing import price_rounds
from footbeat.tasking.rota_rounds import BREAK, Round, Shift, fine, lay_shift, time_round
from footbeat.tasking.rota_start import start_rota

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from footbeat.tasking.shifts import Crew, Job

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_UNSERVED = 10_000.0
_TRAVEL = 10.0
_LITTLE = 1e-6
_CLOSE = 0.002
_COMPARED_A_SECOND, _NODES_A_SECOND, _PATIENCE = 20_000_000, 100, 12.0
_MOST_CUTS, _CUTS_A_TIME, _CLEAR = 60, 12, 0.02


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


@dataclass(slots=True)
class _Group:
    """Units that are alike, and the best round made so far for each set of visits."""

    shift: Shift
    crews: list[int]
    rounds: dict[tuple[int, ...], Round] = field(default_factory=dict)
    work: int = 0

    def add(self, rounds: Iterable[Round]) -> int:
        """Keep rounds that are new or travel less; return how many."""
        n_before, n_better = len(self.rounds), 0
        for each in rounds:
            key = tuple(sorted(each.jobs))
            held = self.rounds.get(key)
            if held is None or each.travel_min < held.travel_min:
                n_better += held is not None
                self.rounds[key] = each
        return len(self.rounds) - n_before + n_better

    def cost(self, each: Round) -> float:
        """Return what a round costs: travel, and minutes off the equal share."""
        load = sum(int(self.shift.minutes[job]) for job in each.jobs)
        return _TRAVEL * each.travel_min + self.shift.uneven * abs(load - self.shift.fair_min)

    def price(self, each: Round, dual: FloatArray) -> float:
        """Return what a round costs above what its visits and the unit are worth, with fines."""
        odd, fines = np.uint64(0), 0.0
        for job in each.jobs:
            fines += fine(self.shift, odd & self.shift.cuts[job])
            odd ^= self.shift.cuts[job]
        return self.cost(each) + fines - float(dual[list(each.jobs)].sum()) - float(dual[-1])


def solve_rota(
    jobs: list[Job],
    crews: list[Crew],
    travel: FloatArray,
    *,
    effort: float,
    balance: float = 0.5,
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
        How long to look for a better bound and a better rota, about in seconds.
    balance
        Minutes of travel that one minute off the equal share of minutes is worth.
    is_count_only
        Whether only the number of visits matters, which is found sooner.

    Raises
    ------
    UsageError
        When a unit's break does not fit into its shift.
    """
    minutes = np.ceil(travel).astype(np.int64)
    groups = _group(jobs, crews, minutes, uneven=balance * _TRAVEL)
    share = -(-len(jobs) // len(crews))
    best = min(
        (
            _start(groups, jobs, crews, start_rota(jobs, crews, minutes, most_jobs=most))
            for most in (len(jobs), share)
        ),
        key=_cost,
    )
    if is_count_only and not best.unserved:
        return best
    slack = _UNSERVED / 2 if is_count_only else _CLOSE * best.cost
    bound, duals = _prove(groups, len(jobs), best.cost - slack, effort * _COMPARED_A_SECOND)
    _keep(groups, duals, best.cost - bound)
    best = min(best, _choose(groups, jobs, crews, effort), key=_cost)
    if best.cost - bound > slack and _list_all(groups, duals, best.cost - bound):
        final = _choose(groups, jobs, crews, effort)
        bound = max(bound, min(final.bound, best.cost))
        best = min(best, final, key=_cost)
    return replace(best, bound=max(0.0, min(bound, best.cost)))


def _group(jobs: list[Job], crews: list[Crew], travel: IntArray, *, uneven: float) -> list[_Group]:
    total = sum(job.minutes for job in jobs) + sum(crew.made_min for crew in crews)
    groups: dict[Crew, _Group] = {}
    for number, crew in enumerate(crews):
        if crew not in groups:
            fair_min = total / len(crews) - crew.made_min
            shift = lay_shift(jobs, crew, travel, fair_min=fair_min, uneven=uneven)
            groups[crew] = _Group(shift, [])
            idle = time_round(shift, [BREAK] if crew.break_min else [])
            if idle is None:
                raise UsageError(
                    "Breaks must fit into the shift.",
                    found=f"{crew.break_min} min do not, within the hours they must lie in.",
                    do="Widen --break-window, or shorten --break-min.",
                )
            groups[crew].add([idle])
        groups[crew].crews.append(number)
    return list(groups.values())


def _starts(groups: list[_Group], tours: list[list[tuple[int, int]]]) -> dict[int, Round]:
    """Return the rounds of a rota to start from, by crew; those that breaks upset are left out."""
    starts = {}
    for group in groups:
        for number in group.crews:
            jobs = [job for job, _ in tours[number]] if tours else []
            made = _with_break(group.shift, jobs)
            if made:
                group.add([made])
                starts[number] = made
    return starts


def _start(
    groups: list[_Group], jobs: list[Job], crews: list[Crew], tours: list[list[tuple[int, int]]]
) -> Solution:
    """Return a rota to start from, with what it costs."""
    starts = _starts(groups, tours)
    cost = sum(
        group.cost(starts.get(number, next(iter(group.rounds.values()))))
        for group in groups
        for number in group.crews
    )
    begins = tuple(starts[number].stops if number in starts else () for number in range(len(crews)))
    made = {job for stops in begins for job, _ in stops}
    unserved = tuple(job for job in range(len(jobs)) if job not in made)
    return Solution(begins, unserved, cost + _UNSERVED * len(unserved), -np.inf)


def _cost(solution: Solution) -> float:
    return solution.cost


def _with_break(shift: Shift, jobs: list[int]) -> Round | None:
    """Return the round through visits in order, with the break where it costs least travel."""
    if not shift.break_min:
        return time_round(shift, jobs)
    tries = (time_round(shift, [*jobs[:at], BREAK, *jobs[at:]]) for at in range(len(jobs) + 1))
    return min((each for each in tries if each), key=lambda each: each.travel_min, default=None)


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """The linear program over the rounds made: its value, prices, choice and table."""

    value: float
    worth: FloatArray
    wages: FloatArray
    fines: FloatArray
    taken: FloatArray
    table: csc_array


def _prove(
    groups: list[_Group], n_jobs: int, enough: float, most_work: float
) -> tuple[float, list[FloatArray]]:
    """Bound all rotas, sharper with every batch of cuts; return the bound and its proof.

    A cut says that of three visits at most one can be had from rounds that make two or three of
    them (Jepsen, Petersen, Spoorendonk and Pisinger 2008, Operations Research 56(2), 497–511).
    """
    cuts: list[tuple[int, ...]] = []
    bound, proof = -np.inf, [np.zeros(n_jobs + 1) for _ in groups]
    held = [group.shift for group in groups]
    while True:
        value, duals, relaxed = _make_rounds(groups, n_jobs, cuts, most_work)
        if value > bound + _LITTLE:
            bound, proof, held = value, duals, [group.shift for group in groups]
        new = _find_cuts(relaxed, n_jobs, cuts)
        is_spent = sum(group.work for group in groups) > most_work
        if bound >= enough or is_spent or not new or len(cuts) >= _MOST_CUTS:
            break
        cuts += new[: _MOST_CUTS - len(cuts)]
    for group, shift in zip(groups, held, strict=True):
        group.shift = shift
    return bound, proof


def _make_rounds(
    groups: list[_Group], n_jobs: int, cuts: list[tuple[int, ...]], most_work: float
) -> tuple[float, list[FloatArray], _Relaxed]:
    """Make rounds until none pays; return the bound, the worths that prove it, and the choice."""
    bits = np.zeros(n_jobs, dtype=np.uint64)
    for number, cut in enumerate(cuts):
        bits[list(cut)] |= np.uint64(1) << np.uint64(number)
    bound, proof = -np.inf, [np.zeros(n_jobs + 1) for _ in groups]
    shifts: list[Shift] = []
    while True:
        relaxed = _relax(groups, n_jobs, cuts)
        least, n_new, duals = relaxed.value, 0, []
        for group, wage in zip(groups, relaxed.wages, strict=True):
            group.shift = group.shift._replace(cuts=bits, fines=relaxed.fines)
            prices = price_rounds(group.shift, relaxed.worth, _TRAVEL, wage - _LITTLE)
            group.shift = group.shift._replace(level=prices.level)
            group.work += prices.n_compared
            n_new += group.add(prices.rounds)
            least += len(group.crews) * min(0.0, prices.least - wage)
            duals.append(np.append(relaxed.worth, wage))
        if least > bound or not shifts:
            bound, proof, shifts = least, duals, [group.shift for group in groups]
        is_spent = sum(group.work for group in groups) > most_work
        if not n_new or relaxed.value - bound < _LITTLE or is_spent:
            break
    for group, shift in zip(groups, shifts, strict=True):
        group.shift = shift
    return bound, proof, relaxed


def _relax(groups: list[_Group], n_jobs: int, cuts: list[tuple[int, ...]]) -> _Relaxed:
    """Solve the linear program over the rounds made."""
    cost, table = _table(groups, n_jobs)
    right = np.array([1.0] * n_jobs + [len(group.crews) for group in groups])
    found: Any = linprog(  # type: ignore[call-overload]  # its types know no sparse tables
        cost,
        A_ub=_cut_rows(table, n_jobs, cuts) if cuts else None,
        b_ub=np.ones(len(cuts)) if cuts else None,
        A_eq=table,
        b_eq=right,
        method="highs-ds",
    )
    duals = np.asarray(found.eqlin.marginals)
    fines = -np.asarray(found.ineqlin.marginals) if cuts else np.zeros(0)
    worth, wages = duals[:n_jobs], duals[n_jobs:]
    return _Relaxed(float(found.fun), worth, wages, fines.clip(0.0), found.x, table)


def _cut_rows(table: csc_array, n_jobs: int, cuts: list[tuple[int, ...]]) -> csc_array:
    visits = csr_array(table)[:n_jobs]
    rows = [np.floor(visits[list(cut)].sum(axis=0) / 2) for cut in cuts]
    return csc_array(np.array(rows))


def _find_cuts(
    relaxed: _Relaxed, n_jobs: int, cuts: list[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return the triples of visits whose cut the choice breaks most."""
    used = relaxed.taken > _LITTLE
    visits, share = relaxed.table[:n_jobs][:, used].toarray(), relaxed.taken[used]
    is_split = ((visits > 0) & (share < 1 - _LITTLE)).any(axis=1)
    known = set(cuts)
    triples = [
        cut
        for cut in itertools.combinations(np.flatnonzero(is_split).tolist(), 3)
        if cut not in known
    ]
    if not triples:
        return []
    held = np.floor(visits[np.array(triples)].sum(axis=1) / 2) @ share
    worst = np.argsort(-held, kind="stable")[:_CUTS_A_TIME]
    return [triples[i] for i in worst if held[i] > 1 + _CLEAR]


def _table(groups: list[_Group], n_jobs: int) -> tuple[FloatArray, csc_array]:
    """Return what each round costs and which rows it fills; last, each visit left out."""
    cost, rows, starts = [], [], [0]
    for number, group in enumerate(groups):
        for each in group.rounds.values():
            cost.append(group.cost(each))
            rows += [*each.jobs, n_jobs + number]
            starts.append(len(rows))
    for job in range(n_jobs):
        cost.append(_UNSERVED)
        rows.append(job)
        starts.append(len(rows))
    shape = (n_jobs + len(groups), len(cost))
    return np.array(cost), csc_array((np.ones(len(rows)), rows, starts), shape=shape)


def _choose(groups: list[_Group], jobs: list[Job], crews: list[Crew], effort: float) -> Solution:
    """Choose among the rounds made, so that each visit is made once and each unit goes one."""
    cost, table = _table(groups, len(jobs))
    right = np.array([1.0] * len(jobs) + [len(group.crews) for group in groups])
    found = milp(
        cost,
        integrality=np.ones(len(cost), dtype=np.int64),
        bounds=Bounds(0, np.inf),
        constraints=LinearConstraint(table, right, right),
        # Nodes, not seconds, end the search, so that a busy machine finds the same rota.
        options={
            "mip_rel_gap": _CLOSE,
            "node_limit": int(effort * _NODES_A_SECOND) + 1,
            "time_limit": _PATIENCE * effort,
        },
    )
    if found.x is None:
        return Solution((), (), np.inf, -np.inf)
    begins: list[tuple[tuple[int, int], ...]] = [()] * len(crews)
    times = iter(np.round(found.x).astype(int).tolist())
    for group in groups:
        free = iter(group.crews)
        for each in group.rounds.values():
            for _ in range(next(times)):
                begins[next(free)] = each.stops
    made = {job for stops in begins for job, _ in stops}
    unserved = tuple(job for job in range(len(jobs)) if job not in made)
    return Solution(tuple(begins), unserved, float(found.fun), float(found.mip_dual_bound))


def _keep(groups: list[_Group], duals: list[FloatArray], gap: float) -> None:
    """Drop the rounds that no rota within the gap can hold."""
    for group, dual in zip(groups, duals, strict=True):
        group.rounds = {
            key: each
            for key, each in group.rounds.items()
            if group.price(each, dual) <= gap + _LITTLE
        }


def _list_all(groups: list[_Group], duals: list[FloatArray], gap: float) -> bool:
    """Add every round that a rota within the gap can hold; tell whether these are all."""
    is_complete = True
    for group, dual in zip(groups, duals, strict=True):
        rounds, is_all = list_rounds(group.shift, dual[:-1], _TRAVEL, float(dual[-1]) + gap)
        group.add(rounds)
        is_complete &= is_all
    return is_complete
