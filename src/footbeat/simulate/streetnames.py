"""Names for the streets of a synthetic town: one name a street, the same in every run."""

from __future__ import annotations

from itertools import count, permutations, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

MAIN_ROADS = (
    "High Street",
    "Station Road",
    "London Road",
    "Harbour Street",
    "Victoria Road",
    "Priory Street",
    "Mill Road",
    "Church Street",
)

_FIRST = (
    "Albany", "Alder", "Alexandra", "Alma", "Ash", "Balmoral", "Beech", "Bishop", "Boundary",
    "Bramble", "Bridge", "Brook", "Byron", "Cambridge", "Castle", "Cedar", "Chapel", "Cherry",
    "Clarence", "Cliff", "College", "Copper", "Cotton", "Cromwell", "Dover", "Drake",
    "Eastfield", "Eden", "Elm", "Fairview", "Ferry", "Field", "Forge", "Foundry", "Garden",
    "Gordon", "Granville", "Grove", "Hamlet", "Harcourt", "Hawthorn", "Hazel", "Hillside",
    "Holly", "Jubilee", "Keats", "Kelvin", "King", "Larch", "Laurel", "Lime", "Lodge", "Manor",
    "Maple", "Marine", "Market", "Meadow", "Milton", "Nelson", "Newton", "North", "Oak",
    "Orchard", "Oxford", "Park", "Pear", "Pier", "Poplar", "Quarry", "Queen", "Railway",
    "Ravens", "Rectory", "River", "Rose", "Rowan", "Sandy", "School", "Shelley", "Silver",
    "South", "Spring", "Stanley", "Swan", "Tennyson", "Thorn", "Trinity", "Union", "Vale",
    "Walnut", "Warren", "Water", "Wells", "West", "Willow", "Windsor", "Wood", "York",
)  # fmt: skip
_BEFORE = ("Upper ", "Old ", "New ", "Little ")
_LAST_BY_LENGTH = (
    (150.0, ("Close", "Court", "Mews", "Place", "Walk", "Row")),
    (450.0, ("Street", "Terrace", "Gardens", "Way", "Grove", "Crescent")),
    (np.inf, ("Road", "Avenue", "Lane", "Drive", "Hill", "Rise")),
)
_STRAIGHT_ON_COS = -0.87  # two stretches that turn by less than about 30° are one street


def join_straight_on(
    x: FloatArray, y: FloatArray, start: IntArray, end: IntArray, taken: NDArray[np.bool_]
) -> IntArray:
    """Give stretches that run straight on into each other one number.

    At every junction the two stretches closest to a straight line are joined, then the next
    two: the *strokes* of Thomson and Richardson (1999), which is how streets come to be named.
    Stretches already `taken` by a main road keep number −1.
    """
    group = np.where(taken, -1, np.arange(len(start)))
    meeting: dict[int, list[int]] = {}
    for edge in np.flatnonzero(~taken):
        meeting.setdefault(int(start[edge]), []).append(int(edge))
        meeting.setdefault(int(end[edge]), []).append(int(edge))
    for node, edges in meeting.items():
        for one, other in _straightest(node, edges, (x, y), (start, end)):
            group[group == group[other]] = group[one]
    return group


def name_groups(group: IntArray, length_m: FloatArray, rng: np.random.Generator) -> list[str]:
    """Return a name for each group number of 0 or more, longest streets first.

    No two groups share a name; the last word suits the length (a Close is short, a Road long).
    """
    totals = np.bincount(group[group >= 0], weights=length_m[group >= 0], minlength=len(group))
    pools = [_shuffled(words, rng) for _, words in _LAST_BY_LENGTH]
    names = [""] * len(totals)
    for number in np.argsort(-totals, kind="stable"):
        if totals[number] > 0:
            size = next(i for i, (top, _) in enumerate(_LAST_BY_LENGTH) if totals[number] < top)
            names[number] = next(pools[size])
    return names


def _straightest(
    node: int,
    edges: Sequence[int],
    xy: tuple[FloatArray, FloatArray],
    ends: tuple[IntArray, IntArray],
) -> Iterator[tuple[int, int]]:
    far = [int(ends[1][e] if ends[0][e] == node else ends[0][e]) for e in edges]
    away = np.column_stack([xy[0][far] - xy[0][node], xy[1][far] - xy[1][node]])
    away /= np.hypot(away[:, 0], away[:, 1])[:, None]
    cosine = away @ away.T
    free = set(range(len(edges)))
    for one, other in sorted(
        ((i, j) for i in free for j in free if i < j), key=lambda pair: float(cosine[pair])
    ):
        if {one, other} <= free and cosine[one, other] < _STRAIGHT_ON_COS:
            free -= {one, other}
            yield edges[one], edges[other]


def _shuffled(last_words: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    pairs = list(product(_FIRST, last_words))
    order = rng.permutation(len(pairs))
    plain = [f"{pairs[i][0]} {pairs[i][1]}" for i in order]
    for before in ("", *_BEFORE):
        yield from (f"{before}{name}" for name in plain)
    for n_firsts in count(2):  # a town larger than the pool of plain names: no street is numbered
        for firsts in permutations(_FIRST, n_firsts):
            yield from (f"{' '.join(firsts)} {last}" for last in last_words)
