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
class Passed:
    """A place that was not chosen, the rank its hot spot would have had, and why."""

    place: int
    rank: int
    reason: str


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
    decided
        For each hot spot why a person put it on the list; empty where its score did.
    """

    spots: tuple[IntArray, ...]
    rank: IntArray
    passed: tuple[Passed, ...]
    decided: tuple[str, ...]

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
    barred: Sequence[tuple[NDArray[np.bool_], str]] = (),
    fixed: Sequence[tuple[IntArray, str]] = (),
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
    barred
        Masks of places that must not be chosen, each with the reason to print.
    fixed
        Places of hot spots that must be chosen, each with the reason to print. They count
        towards the number wanted and stand where their best place ranks them.

    Raises
    ------
    UsageError
        When more are fixed than are wanted.
    """
    if len(fixed) > options.top:
        raise UsageError(
            "No more hot spots can be included than are wanted.",
            found=f"{len(fixed):,} are included; --top is {options.top:,}.",
            do="Raise --top, or include fewer.",
        )
    order = np.lexsort((-harm, -score))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(1, len(places) + 1)
    walk = _Walk(places, options, rank)
    for included, _ in fixed:
        walk.include(included)
    # A place without any incident is no candidate, whatever its surroundings lend it.
    for place in order[(score[order] > 0) & (counts[order] > 0)].tolist():
        if walk.is_full:
            break
        walk.visit(place, _why_barred(place, barred) or _too_few(counts[place], options))
    reasons = [*(reason for _, reason in fixed), *[""] * (len(walk.spots) - len(fixed))]
    spots = [np.asarray(spot, dtype=np.int64) for spot in walk.spots]
    by_rank = sorted(range(len(spots)), key=lambda number: int(rank[spots[number][0]]))
    return Selection(
        tuple(spots[number] for number in by_rank),
        rank,
        tuple(walk.passed),
        tuple(reasons[number] for number in by_rank),
    )


class _Walk:
    """The greedy choice in progress."""

    def __init__(self, places: Places, options: SelectOptions, rank: IntArray) -> None:
        self.places = places
        self.options = options
        self.rank = rank
        self.spots: list[list[int]] = []
        self.passed: list[Passed] = []
        self._spot_of: dict[int, int] = {}

    @property
    def is_full(self) -> bool:
        return len(self.spots) >= self.options.top

    def include(self, places: IntArray) -> None:
        """Make a hot spot of places, whatever they score, the best of them first."""
        self.spots.append([])
        for place in sorted(places.tolist(), key=lambda each: int(self.rank[each])):
            self._join(place, len(self.spots) - 1)

    def visit(self, place: int, reason: str | None) -> None:
        if place in self._spot_of:
            return
        if reason is None:
            host = self._host(place)
            if host is not None:
                self._join(place, host)
                return
            reason = self._too_near(place)
        if reason is None:
            self.spots.append([])
            self._join(place, len(self.spots) - 1)
        else:
            self.passed.append(Passed(place, self._rank_of(place), reason))

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
        return next((spot for spot in spots if area[self.spots[spot]].sum() <= room), None)

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


def _why_barred(place: int, barred: Sequence[tuple[NDArray[np.bool_], str]]) -> str | None:
    return next((reason for mask, reason in barred if mask[place]), None)


def _too_few(count: float, options: SelectOptions) -> str | None:
    least = options.min_incidents or 0.0
    if count >= least:
        return None
    noun = "incident" if count == 1 else "incidents"
    return f"{count:,.0f} {noun}, fewer than the {least:,.0f} a place must have"
