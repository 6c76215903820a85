"""`constrained`: exactly k a day, no two of them nearer to each other than a distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from footbeat.errors import UsageError
from footbeat.tasking.keys import unit_interval
from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms.daily import Daily

_MOST_SETS = 200_000

State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Constrained(Mechanism):
    """Treat k places a day, all sets without a near pair equally likely, each day on its own.

    Which pairs are near is the roster's to say (`Roster.near`). The places fall into clusters
    joined by near pairs; the sets each cluster can give are listed, and how many ways the other
    clusters can complete them is counted, so that both the draw and the chance of each place
    are exact. Places with many near neighbours are treated less often: the analysis weights
    them by their chance.

    Attributes
    ----------
    quota
        How many a day, with strata as in `daily`.
    """

    quota: Daily

    is_independent_by_day: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"constrained({self.quota})"

    def check(self, roster: Roster) -> None:
        """Raise UsageError when no set of places keeps the distance."""
        _plan(self, roster)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Choose each cluster's set in turn, by the key ``arms`` of its first place.

        The key, as a number in [0, 1), falls among the cluster's sets in proportion to the
        ways in which the clusters after it can complete the day.
        """
        plan = _plan(self, roster)
        first = [cluster.places[0] for cluster in plan.clusters]
        return plan.choose(unit_interval(keys.table("arms"))[:, first], len(roster.hotspot_ids))

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return each place's chance, exactly; it is the same every day."""
        chance = _plan(self, roster).chances(len(roster.hotspot_ids))
        return np.tile(chance, (roster.shape[0], 1))

    def replay(
        self,
        roster: Roster,
        day: NDArray[np.int64],
        place: NDArray[np.int64],
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Draw only the listed days; see `Mechanism.replay`."""
        plan = _plan(self, roster)
        arms = np.empty((n_draws, len(day)), dtype=bool)
        for number in np.unique(day):
            at = np.flatnonzero(day == number)
            chance = rng.random((n_draws, len(plan.clusters)))
            arms[:, at] = plan.choose(chance, len(roster.hotspot_ids))[:, place[at]]
        return arms


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Places joined by near pairs and the sets of them without a near pair.

    `members` is true where a set holds a place, shape (sets, places); `takes` is how many of
    each stratum it takes, shape (sets, strata).
    """

    places: tuple[int, ...]
    members: NDArray[np.bool_]
    takes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The clusters, and from each what is still to take the ways of completing the day."""

    clusters: tuple[_Cluster, ...]
    quota: State
    ways: tuple[dict[State, float], ...]

    def odds(self, number: int, state: State) -> NDArray[np.float64]:
        """Return the chance of each set of a cluster when so many are still to take."""
        takes = self.clusters[number].takes
        rest = [tuple(row) for row in (np.array(state) - takes).tolist()]
        weights = np.array([self.ways[number + 1].get(key, 0.0) for key in rest])
        return np.asarray(weights / weights.sum())

    def choose(self, chance: NDArray[np.float64], n_places: int) -> NDArray[np.bool_]:
        """Turn numbers in [0, 1), shape (draws, clusters), into arms, shape (draws, places)."""
        arms = np.zeros((len(chance), n_places), dtype=bool)
        left = np.tile(np.array(self.quota), (len(chance), 1))
        for number, cluster in enumerate(self.clusters):
            for state in np.unique(left, axis=0):
                rows = np.flatnonzero((left == state).all(axis=1))
                edges = np.cumsum(self.odds(number, tuple(state.tolist())))
                last = len(edges) - 1
                taken = np.minimum(np.searchsorted(edges, chance[rows, number], "right"), last)
                arms[np.ix_(rows, np.array(cluster.places))] = cluster.members[taken]
                left[rows] -= cluster.takes[taken]
        return arms

    def chances(self, n_places: int) -> NDArray[np.float64]:
        """Return the chance of each place, by following every number still to take."""
        chance = np.zeros(n_places)
        reached: dict[State, float] = {self.quota: 1.0}
        for number, cluster in enumerate(self.clusters):
            following: dict[State, float] = {}
            for state, weight in reached.items():
                odds = weight * self.odds(number, state)
                chance[list(cluster.places)] += odds @ cluster.members
                rest = (np.array(state) - cluster.takes).tolist()
                for key, share in zip(map(tuple, rest), odds.tolist(), strict=True):
                    if share > 0:
                        following[key] = following.get(key, 0.0) + share
            reached = following
        return chance


@lru_cache(maxsize=16)
def _plan(mechanism: Constrained, roster: Roster) -> _Plan:
    quota = tuple(int(k) for k in mechanism.quota.quotas(roster))
    clusters = _clusters(roster)
    ways: list[dict[State, float]] = [{(0,) * len(quota): 1.0}]
    for cluster in reversed(clusters):
        takes, times = np.unique(cluster.takes, axis=0, return_counts=True)
        counted = list(zip(map(tuple, takes.tolist()), times.tolist(), strict=True))
        here: dict[State, float] = {}
        for (state, number), (take, n_sets) in product(ways[0].items(), counted):
            total = tuple(a + b for a, b in zip(state, take, strict=True))
            if all(a <= b for a, b in zip(total, quota, strict=True)):
                here[total] = here.get(total, 0.0) + number * n_sets
        ways.insert(0, here)
    if quota not in ways[0]:
        raise UsageError(
            "So many hot spots must fit without a near pair among them.",
            found=f"{mechanism.quota} with {len(roster.near)} near pairs leaves no set at all.",
            do="Treat fewer, or lower --apart-m.",
        )
    return _Plan(tuple(clusters), quota, tuple(ways))


def _clusters(roster: Roster) -> list[_Cluster]:
    n = len(roster.hotspot_ids)
    pairs = np.array(roster.near, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph.tocsr(), directed=False)
    touching: dict[int, set[int]] = {place: set() for place in range(n)}
    for a, b in roster.near:
        touching[a].add(b)
        touching[b].add(a)
    return [
        _list_sets(np.flatnonzero(label == number).tolist(), touching, roster)
        for number in dict.fromkeys(label.tolist())
    ]


def _list_sets(places: list[int], touching: dict[int, set[int]], roster: Roster) -> _Cluster:
    sets: list[tuple[int, ...]] = [()]
    for place in places:
        sets += [(*held, place) for held in sets if touching[place].isdisjoint(held)]
        if len(sets) > _MOST_SETS:
            raise UsageError(
                "Clusters of near hot spots must be small enough to list.",
                found=f"One of {len(places)} places has more than {_MOST_SETS:,} sets.",
                do="Lower --apart-m.",
            )
    members = np.zeros((len(sets), len(places)), dtype=bool)
    for row, held in zip(members, sets, strict=True):
        row[np.isin(places, held)] = True
    strata = np.eye(len(roster.sizes), dtype=np.int64)[roster.codes[places]]
    return _Cluster(tuple(places), members, members.astype(np.int64) @ strata)
