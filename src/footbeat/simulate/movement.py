"""Paths of people and vehicles: straight or along streets, as corner points with times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_FEW_NODES = 2
_SHORTEST_M = 0.1
_PAUSE_SHARE = 0.25
_PAUSE_S = 45.0


@dataclass(frozen=True, slots=True)
class StreetNet:
    """A street network as arrays: crossings in metres, and the two crossings of each street.

    Attributes
    ----------
    x, y
        Crossings, shape (n,).
    start, end
        Index of each street's crossings, shape (m,). Streets may be used both ways.
    """

    x: FloatArray
    y: FloatArray
    start: IntArray
    end: IntArray

    def graph(self) -> csr_array:
        """Return the network as a symmetric sparse matrix of lengths in metres."""
        ends = np.sort(np.column_stack([self.start, self.end]), axis=1)
        first, last = np.unique(ends, axis=0).T
        lengths = np.hypot(self.x[last] - self.x[first], self.y[last] - self.y[first])
        rows, columns = np.concatenate([first, last]), np.concatenate([last, first])
        size = len(self.x)
        weights = np.tile(np.maximum(lengths, _SHORTEST_M), 2)
        return csr_array((weights, (rows, columns)), shape=(size, size))

    def nearest(self, point: tuple[float, float]) -> int:
        """Return the crossing nearest to a point."""
        return int(np.argmin((self.x - point[0]) ** 2 + (self.y - point[1]) ** 2))


@dataclass(frozen=True, slots=True)
class Path:
    """A movement: corner points in metres and the second each is reached, in order."""

    t: FloatArray
    x: FloatArray
    y: FloatArray

    def at(self, times: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return where the path is at each time; it rests at its ends."""
        return np.interp(times, self.t, self.x), np.interp(times, self.t, self.y)

    def shifted(self, seconds: float) -> Self:
        """Return the same movement begun `seconds` later."""
        return type(self)(self.t + seconds, self.x, self.y)


def join_paths(paths: Sequence[Path]) -> Path:
    """Join movements end to end; each begins when the one before it ends.

    Examples
    --------
    >>> there = trace([(0.0, 0.0), (10.0, 0.0)], 1.0)
    >>> float(join_paths([there, there]).t[-1])
    20.0
    """
    offsets = np.concatenate([[0.0], np.cumsum([path.t[-1] for path in paths])])
    shifted = [path.shifted(offset) for path, offset in zip(paths, offsets, strict=False)]
    return Path(
        np.concatenate([path.t for path in shifted]),
        np.concatenate([path.x for path in shifted]),
        np.concatenate([path.y for path in shifted]),
    )


def trace(points: Sequence[tuple[float, float]], speed_ms: float) -> Path:
    """Return the movement along corner points at one speed, from second 0."""
    corners = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    steps = np.hypot(*np.diff(corners, axis=0).T) / speed_ms
    return Path(np.concatenate([[0.0], np.cumsum(steps)]), corners[:, 0], corners[:, 1])


@dataclass(frozen=True, slots=True)
class Routes:
    """Shortest ways from one point to every crossing.

    Attributes
    ----------
    origin
        Where every way begins, in metres.
    streets
        The network; without one every way is a straight line.
    before
        The crossing before each one on its way from the origin, negative where there is none.
    """

    origin: tuple[float, float]
    streets: StreetNet | None = None
    before: IntArray | None = None

    def to(self, point: tuple[float, float]) -> list[tuple[float, float]]:
        """Return the corner points of the way to a point, both ends included."""
        if self.streets is None or self.before is None:
            return [self.origin, point]
        nodes = [self.streets.nearest(point)]
        while self.before[nodes[-1]] >= 0:
            nodes.append(int(self.before[nodes[-1]]))
        x, y = self.streets.x, self.streets.y
        return [self.origin, *((float(x[n]), float(y[n])) for n in reversed(nodes)), point]


def find_routes(origin: tuple[float, float], streets: StreetNet | None) -> Routes:
    """Find the shortest way from a point to every crossing of a network."""
    if streets is None:
        return Routes(origin)
    nearest = np.array([streets.nearest(origin)])
    _, before = dijkstra(streets.graph(), indices=nearest, return_predecessors=True)
    return Routes(origin, streets, before[0].astype(np.int64))


def walk_inside(
    polygon: Geometry,
    seconds: float,
    speed_ms: float,
    *,
    rng: np.random.Generator,
    streets: StreetNet | None = None,
) -> Path:
    """Return a walk of about `seconds` inside a polygon, with pauses at corners.

    Along the streets whose ends lie inside; where fewer than two crossings do, between points
    drawn inside.
    """
    points = _street_walk(polygon, seconds * speed_ms, rng, streets) if streets else []
    if len(points) < _FEW_NODES:
        points = _free_walk(polygon, seconds * speed_ms, rng)
    return _cut(_with_pauses(trace(points, speed_ms), rng), seconds)


def _free_walk(
    polygon: Geometry, length_m: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    west, south, east, north = shapely.bounds(polygon)
    n = int(length_m / max(0.3 * min(east - west, north - south), 10.0)) + 2
    points: list[tuple[float, float]] = []
    while len(points) < n:
        x, y = rng.uniform(west, east, 4 * n), rng.uniform(south, north, 4 * n)
        inside = shapely.contains_xy(polygon, x, y)
        points += list(zip(x[inside].tolist(), y[inside].tolist(), strict=True))
    return points[:n]


def _street_walk(
    polygon: Geometry, length_m: float, rng: np.random.Generator, streets: StreetNet
) -> list[tuple[float, float]]:
    inside = shapely.contains_xy(polygon, streets.x, streets.y)
    usable = inside[streets.start] & inside[streets.end]
    if usable.sum() < _FEW_NODES:
        return []
    ways = _ways(streets, usable)
    node = int(rng.choice(list(ways)))
    route, walked, before = [node], 0.0, -1
    while walked < length_m:
        choices = [n for n in ways[node] if n != before] or ways[node]
        before, node = node, int(rng.choice(choices))
        dx, dy = streets.x[node] - streets.x[before], streets.y[node] - streets.y[before]
        walked += max(float(np.hypot(dx, dy)), 1.0)
        route.append(node)
    return [(float(streets.x[n]), float(streets.y[n])) for n in route]


def _ways(streets: StreetNet, usable: NDArray[np.bool_]) -> dict[int, list[int]]:
    ways: dict[int, list[int]] = {}
    for a, b in zip(streets.start[usable], streets.end[usable], strict=True):
        ways.setdefault(int(a), []).append(int(b))
        ways.setdefault(int(b), []).append(int(a))
    return ways


def _with_pauses(path: Path, rng: np.random.Generator) -> Path:
    """Rest at about a quarter of the corners for about three quarters of a minute."""
    rests = np.where(rng.random(len(path.t)) < _PAUSE_SHARE, rng.exponential(_PAUSE_S), 0.0)
    begun = path.t + np.concatenate([[0.0], np.cumsum(rests)[:-1]])
    times = np.column_stack([begun, begun + rests]).ravel()
    return Path(times, np.repeat(path.x, 2), np.repeat(path.y, 2))


def _cut(path: Path, seconds: float) -> Path:
    keep = path.t < seconds
    x, y = path.at(np.array([seconds]))
    return Path(
        np.append(path.t[keep], seconds), np.append(path.x[keep], x), np.append(path.y[keep], y)
    )
