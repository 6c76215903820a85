"""`daily`: exactly k of the n places of each stratum every day, all subsets equally likely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numba
import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.mechanisms.base import ONE_STRATUM, Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys


@dataclass(frozen=True, slots=True)
class Daily(Mechanism):
    """Treat exactly `k` places a day.

    The k places with the smallest keys of their stratum and day are treated.

    Attributes
    ----------
    k
        Places treated a day, over all strata.
    by_stratum
        Places treated a day in each stratum, as (stratum, k) pairs; empty without strata.
    strata
        Column of the hot spot file that gives the strata; empty without.
    """

    k: int
    by_stratum: tuple[tuple[str, int], ...] = ()
    strata: str = ""

    is_independent_by_day: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.by_stratum and sum(k for _, k in self.by_stratum) != self.k:
            raise UsageError(
                "The places treated in the strata must add up to the total.",
                found=f"The total is {self.k}, the strata are {_pairs(self.by_stratum)}.",
                do="Correct one of them.",
            )

    def __str__(self) -> str:
        parts = [f"daily:{self.k}"]
        if self.strata:
            parts.append(f"strata={self.strata}")
        if self.by_stratum:
            parts.append(f"k={_pairs(self.by_stratum)}")
        return ";".join(parts)

    def quotas(self, roster: Roster) -> NDArray[np.int64]:
        """Return k of each stratum, in the order of `roster.sizes`.

        Raises
        ------
        UsageError
            When a stratum is missing or unknown, or a k is not between 1 and n − 1.
        """
        given = dict(self.by_stratum) or {ONE_STRATUM: self.k}
        sizes = roster.sizes
        if set(given) != set(sizes):
            raise UsageError(
                "The mechanism and the hot spots must name the same strata.",
                found=f"The mechanism names {_names(given)}; the hot spots {_names(sizes)}.",
                do="Give one number a stratum, such as --treat A:6,B:2.",
            )
        for name, n in sizes.items():
            _check_quota(name, given[name], n)
        return np.array([given[name] for name in sizes], dtype=np.int64)

    def check(self, roster: Roster) -> None:
        """Raise UsageError when a stratum cannot give its k."""
        self.quotas(roster)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Treat the k smallest keys of each stratum and day."""
        quotas, table = self.quotas(roster), keys.table("arms")
        arms = np.zeros(roster.shape, dtype=bool)
        for code, k in enumerate(quotas):
            members = np.flatnonzero(roster.codes == code)
            order = np.argsort(table[:, members], axis=1, kind="stable")[:, :k]
            np.put_along_axis(arms, members[order], values=True, axis=1)
        return arms

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return k/n of each place's stratum, exactly."""
        share = self.quotas(roster) / np.array(list(roster.sizes.values()))
        return np.tile(share[roster.codes], (roster.shape[0], 1))

    def replay(
        self,
        roster: Roster,
        day: NDArray[np.int64],
        place: NDArray[np.int64],
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Draw arms only where they are asked for; see `Mechanism.replay`.

        The listed places of a stratum and day are decided one after another, each with the
        chance that remains (k left of n left), which is the joint distribution of a simple
        random sample without looking at the other places.
        """
        quotas = self.quotas(roster)
        sizes = np.array(list(roster.sizes.values()), dtype=np.int64)
        group = np.asarray(day) * len(sizes) + roster.codes[place]
        order = np.argsort(group, kind="stable")
        code = roster.codes[place][order]
        drawn = _replay_kernel(group[order], quotas[code], sizes[code], n_draws, rng)
        arms = np.empty_like(drawn)
        arms[:, order] = drawn
        return arms


@numba.njit(cache=True)
def _replay_kernel(
    group: NDArray[np.int64],
    k: NDArray[np.int64],
    n: NDArray[np.int64],
    n_draws: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    arms = np.empty((n_draws, group.size), dtype=np.bool_)
    for draw in range(n_draws):
        current, k_left, n_left = -1, 0, 0
        for j in range(group.size):
            if group[j] != current:
                current, k_left, n_left = group[j], k[j], n[j]
            treated = rng.random() * n_left < k_left
            arms[draw, j] = treated
            k_left -= treated
            n_left -= 1
    return arms


def split_quota(total: int, sizes: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Share `total` places among strata in proportion to their sizes, by largest remainder.

    Examples
    --------
    >>> split_quota(8, {"A": 15, "B": 5})
    (('A', 6), ('B', 2))
    """
    n = sum(sizes.values())
    exact = {name: total * size / n for name, size in sizes.items()}
    whole = {name: int(value) for name, value in exact.items()}
    spare = total - sum(whole.values())
    for name in sorted(exact, key=lambda name: whole[name] - exact[name])[:spare]:
        whole[name] += 1
    return tuple(whole.items())


def _check_quota(name: str, k: int, n: int) -> None:
    if 0 < k < n:
        return
    where = "" if name == ONE_STRATUM else f" in stratum {name}"
    raise UsageError(
        f"The places treated a day must lie between 1 and one fewer than there are{where}.",
        found=f"{k} of {n} would be treated.",
        do="Treat fewer, or take more hot spots: without comparison days nothing is measured.",
    )


def _pairs(pairs: tuple[tuple[str, int], ...]) -> str:
    return ",".join(f"{name}:{k}" for name, k in pairs)


def _names(names: dict[str, int]) -> str:
    return ", ".join(sorted(names))
