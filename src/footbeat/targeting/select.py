"""From scores to hot spots: a greedy choice, merging what touches, saying what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.targeting.places import Places

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

_EVEN_HA = 1e-9
_EVEN_M = 1e-6


@dataclass(frozen=True, slots=True)
class SelectOptions:
    """How places become hot spots.

    Attributes
    ----------
    top
        Hot spots wanted.
    spacing_m
        Least distance between the centres of cells of different hot spots.
    max_area_ha
        Largest hot spot that merging may make.
    min_incidents
        Incidents a place must have to be chosen. None: 1 by count; by harm one for every 90
        days observed.
    """

    top: int = 20
    spacing_m: float = 0.0
    max_area_ha: float = 12.0
    min_incidents: float | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """Places a person decided about.

    Attributes
    ----------
    places
        Which.
    reason
        The decision as a clause: “included by decision: Pier, licensing (A. Khan)”.
    name
        What the decision calls them; empty where it does not say.
    """

    places: IntArray
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rulings:
    """What people decided.

    Attributes
    ----------
    barred
        Places that must not be chosen.
    fixed
        Hot spots that must be on the list. They count towards the number wanted and stand where
        their best place ranks them.
    joined
        Places that are one hot spot, whatever its size, as soon as one of them is chosen.
    parted
        Pairs of pieces of ground, neither of which is in a hot spot with the other. Like what is
        joined, a piece is in none with ground that the decision did not name.
    """

    barred: tuple[Ruled, ...] = ()
    fixed: tuple[Ruled, ...] = ()
    joined: tuple[Ruled, ...] = ()
    parted: tuple[tuple[Ruled, Ruled], ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """A place that was not chosen, why, and what the decision against it calls it."""

    place: int
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Places chosen and passed over.

    Attributes
    ----------
    spots
        The places of each hot spot, the one that ranks it first, in order of rank.
    rank
        The rank of every single place by its score, 1 first, shape (places,). That of a hot
        spot is lower: places merged into others no longer compete.
    passed
        Places passed over, best first.
    ruled
        For each hot spot what a person decided about it, or None.
    by_score
        Whether each hot spot was chosen by its score, shape (spots,).
    """

    spots: tuple[IntArray, ...]
    rank: IntArray
    passed: tuple[Passed, ...]
    ruled: tuple[Ruled | None, ...]
    by_score: NDArray[np.bool_]

    @property
    def seeds(self) -> IntArray:
        """The place that ranks each hot spot."""
        return np.asarray([spot[0] for spot in self.spots], dtype=np.int64)

    @property
    def rivals(self) -> IntArray:
        """Every place that competes for a rank: all but those passed over or merged."""
        is_rival = np.ones(self.rank.size, dtype=bool)
        is_rival[self.chosen] = False
        is_rival[[passed.place for passed in self.passed]] = False
        is_rival[self.seeds] = True
        return np.flatnonzero(is_rival)

    @property
    def chosen(self) -> IntArray:
        """Every place of every hot spot."""
        return np.concatenate(self.spots) if self.spots else np.empty(0, dtype=np.int64)


def select_places(
    places: Places,
    score: FloatArray,
    counts: FloatArray,
    harm: FloatArray,
    options: SelectOptions,
    *,
    rulings: Rulings | None = None,
) -> Selection:
    """Choose hot spots by score, best first.

    A place that touches a hot spot with room for it joins that hot spot; so a hot spot may hold
    several cells, each of which scores at least as high as the last hot spot's best. Ties go to
    the higher harm, then to the lowest identifier. A place without an incident or a
    score above 0 is never chosen by its score.

    Parameters
    ----------
    places, score, counts, harm
        The places, and what each scores and holds, shape (places,).
    options
        Number, spacing and size.
    rulings
        What people decided.

    Raises
    ------
    UsageError
        When more are fixed than are wanted.
    """
    rulings = rulings or Rulings()
    n_fixed = len(rulings.fixed)
    if n_fixed > options.top:
        raise UsageError(
            "No more hot spots can be included than are wanted.",
            found=f"{n_fixed:,} are included; --top is {options.top:,}.",
            do="Raise --top, or include fewer.",
        )
    order = np.lexsort((-harm, -score))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(1, len(places) + 1)
    walk = _Walk(places, options, rank, rulings)
    for ruled in rulings.fixed:
        walk.open(ruled.places)
    # A place without any incident is no candidate, whatever its surroundings lend it.
    for place in order[(score[order] > 0) & (counts[order] > 0)].tolist():
        if walk.is_full:
            break
        walk.visit(place, counts)
    spots = [np.asarray(spot, dtype=np.int64) for spot in walk.spots]
    by_rank = sorted(range(len(spots)), key=lambda number: int(rank[spots[number][0]]))
    decided = [*rulings.fixed, *(walk.ruled_of(spot) for spot in walk.spots[n_fixed:])]
    return Selection(
        tuple(spots[number] for number in by_rank),
        rank,
        tuple(walk.passed),
        tuple(decided[number] for number in by_rank),
        np.asarray(by_rank, dtype=np.int64) >= n_fixed,
    )


class _Walk:
    """The greedy choice in progress."""

    def __init__(
        self, places: Places, options: SelectOptions, rank: IntArray, rulings: Rulings
    ) -> None:
        self.places = places
        self.options = options
        self.rank = rank
        self.spots: list[list[int]] = []
        self.passed: list[Passed] = []
        self._spot_of: dict[int, int] = {}
        self._barred = _by_place(rulings.barred)
        self._joined = _by_place(rulings.joined)
        halves = [half for pair in rulings.parted for half in pair]
        self._named = _by_place([*rulings.joined, *halves])

    @property
    def is_full(self) -> bool:
        return len(self.spots) >= self.options.top

    def open(self, places: IntArray) -> None:
        """Make a hot spot of places, whatever they score, the best of them first."""
        self.spots.append([])
        for place in sorted(places.tolist(), key=lambda each: int(self.rank[each])):
            self._join(place, len(self.spots) - 1)

    def visit(self, place: int, counts: FloatArray) -> None:
        if place in self._spot_of:
            return
        if place in self._barred:
            barred = self._barred[place]
            self.passed.append(Passed(place, barred.reason, barred.name))
            return
        mine = self._with(place)
        reason = _too_few(float(counts[mine].sum()), self.options)
        if reason is None and mine.size == 1:
            host = self._host(place)
            if host is not None:
                self._join(place, host)
                return
        reason = reason or self._too_near(place)
        if reason is None:
            self.open(mine)
        else:
            self.passed.append(Passed(place, reason))

    def ruled_of(self, spot: list[int]) -> Ruled | None:
        """Return what was decided about a hot spot that its score chose."""
        return self._named.get(spot[0])

    def _with(self, place: int) -> IntArray:
        """Return the free places that are one hot spot with a place, itself included."""
        joined = self._joined.get(place)
        if joined is None:
            return np.array([place], dtype=np.int64)
        taken = (self._spot_of, self._barred)
        free = [k for k in joined.places.tolist() if not any(k in held for held in taken)]
        return np.asarray(free, dtype=np.int64)

    def _rank_of(self, place: int) -> int:
        """Return where a hot spot that begins with this place stands among those there are."""
        return 1 + sum(bool(self.rank[spot[0]] < self.rank[place]) for spot in self.spots)

    def _join(self, place: int, spot: int) -> None:
        self.spots[spot].append(place)
        self._spot_of[place] = spot

    def _host(self, place: int) -> int | None:
        near = self.places.beside(place)
        spots = sorted({self._spot_of[n] for n in near.tolist() if n in self._spot_of})
        area = self.places.area_ha
        room = self.options.max_area_ha + _EVEN_HA - area[place]
        return next(
            (
                spot
                for spot in spots
                if area[self.spots[spot]].sum() <= room and self._is_alike(place, spot)
            ),
            None,
        )

    def _is_alike(self, place: int, spot: int) -> bool:
        """Tell whether decisions name a place and a hot spot together, or name neither."""
        return self._named.get(place) is self._named.get(self.spots[spot][0])

    def _too_near(self, place: int) -> str | None:
        if self.options.spacing_m <= 0 or not self._spot_of:
            return None
        taken = np.asarray(list(self._spot_of))
        x, y = self.places.x, self.places.y
        distance = np.hypot(x[taken] - x[place], y[taken] - y[place])
        nearest = int(np.argmin(distance))
        if distance[nearest] >= self.options.spacing_m - _EVEN_M:
            return None
        host = self.spots[self._spot_of[int(taken[nearest])]][0]
        # A hot spot that was included and ranks lower has no final number yet.
        is_better = self.rank[host] < self.rank[place]
        which = f"hot spot {self._rank_of(host)}" if is_better else "one that was included"
        return (
            f"{np.floor(distance[nearest] + _EVEN_M):,.0f} m from {which}, "
            f"nearer than the spacing of {self.options.spacing_m:,g} m"
        )


def _by_place(rulings: Sequence[Ruled]) -> dict[int, Ruled]:
    # Of several decisions about one place the first holds.
    return {place: ruled for ruled in reversed(rulings) for place in ruled.places.tolist()}


def _too_few(count: float, options: SelectOptions) -> str | None:
    least = options.min_incidents or 0.0
    if count >= least:
        return None
    noun = "incident" if count == 1 else "incidents"
    return f"{count:,.0f} {noun}, fewer than the {least:,.0f} a place must have"
