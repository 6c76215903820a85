"""The streets of a synthetic town: a planar graph of named streets around a centre by the sea.

Districts have block patterns of their own; their corners are joined by the relative
neighbourhood graph (Toussaint 1980), which is planar and connected. The town lies where the
map of Great Britain shows open sea, so that nobody takes it for a real place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, cKDTree

from footbeat.simulate.streetnames import MAIN_ROADS, join_straight_on, name_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

CRS = "EPSG:27700"
CENTRE = (645_000.0, 472_798.0)  # open sea, with its axes exchanged too

_BLOCK_M = ((58.0, 95.0), (70.0, 120.0), (85.0, 130.0))  # town centre, terraces, suburbs
_JITTER = 0.16
_LONGEST_M = 260.0
_GREEN_M = 190.0


@dataclass(frozen=True, slots=True)
class Streets:
    """A planar street graph.

    Attributes
    ----------
    x, y
        Junctions in metres, shape (n_junctions,).
    start, end
        The junctions at the two ends of each stretch of street, shape (n_stretches,).
    name, road
        The name of each stretch, and whether it is a ``main`` road or a ``street``.
    greens
        Centres of the parks, shape (n_greens, 2); no street crosses them.
    """

    x: FloatArray
    y: FloatArray
    start: IntArray
    end: IntArray
    name: tuple[str, ...]
    road: tuple[str, ...]
    greens: FloatArray

    @property
    def length_m(self) -> FloatArray:
        """Length of each stretch in metres."""
        return np.hypot(
            self.x[self.end] - self.x[self.start], self.y[self.end] - self.y[self.start]
        )

    @property
    def middles(self) -> tuple[FloatArray, FloatArray]:
        """The point half-way along each stretch."""
        return (
            (self.x[self.start] + self.x[self.end]) / 2,
            (self.y[self.start] + self.y[self.end]) / 2,
        )

    def to_graph(self) -> csr_array:
        """Return the symmetric sparse matrix of lengths between junctions."""
        pair = (np.r_[self.start, self.end], np.r_[self.end, self.start])
        size = len(self.x)
        return csr_array((np.tile(self.length_m, 2), pair), shape=(size, size))

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the stretches as lines with `name`, `class`, `length_m` and both junctions."""
        first = np.column_stack([self.x[self.start], self.y[self.start]])
        last = np.column_stack([self.x[self.end], self.y[self.end]])
        kinds = {"main": "primary", "street": "residential"}
        columns = {
            "name": list(self.name),
            "class": [kinds[road] for road in self.road],
            "u": self.start,
            "v": self.end,
            "length_m": self.length_m,
        }
        lines = shapely.linestrings(np.stack([first, last], axis=1))
        return gpd.GeoDataFrame(columns, geometry=lines, crs=CRS)


def draw_streets(rng: np.random.Generator, *, width_m: float, height_m: float) -> Streets:
    """Draw a town of about `width_m` by `height_m` metres, straight coast to the south.

    The same generator state gives the same town.
    """
    greens = _draw_greens(rng, width_m, height_m)
    corners = _draw_corners(rng, width_m, height_m)
    corners = corners[_clear_of(corners, greens, _GREEN_M)]
    corners, start, end = _largest_part(corners, *_join_neighbours(corners, greens))
    x, y = corners.T
    return _name_streets(Streets(x, y, start, end, (), (), greens), rng)


def _draw_greens(rng: np.random.Generator, width_m: float, height_m: float) -> FloatArray:
    angle = rng.uniform(0, 2 * np.pi) + np.arange(3) * 2 * np.pi / 3
    reach = rng.uniform(0.25, 0.6, 3)
    inland = 0.1 * height_m + 0.38 * height_m * reach * np.sin(angle)
    return np.column_stack([CENTRE[0] + 0.45 * width_m * reach * np.cos(angle), CENTRE[1] + inland])


def _draw_corners(rng: np.random.Generator, width_m: float, height_m: float) -> FloatArray:
    seeds = np.column_stack(
        [
            CENTRE[0] + width_m * np.r_[0.0, rng.uniform(-0.5, 0.5, 17)],
            CENTRE[1] + height_m * np.r_[0.0, rng.uniform(-0.35, 0.65, 17)],
        ]
    )
    reach = np.hypot((seeds[:, 0] - CENTRE[0]) / width_m, (seeds[:, 1] - CENTRE[1]) / height_m)
    pattern = np.digitize(reach, [0.12, 0.3])
    whole = [
        _lattice(rng, seed, _BLOCK_M[p], width_m) for seed, p in zip(seeds, pattern, strict=True)
    ]
    tree = cKDTree(seeds)
    own = [points[tree.query(points)[1] == i] for i, points in enumerate(whole)]
    corners = np.vstack(own)
    corners = corners[_inside_town(corners, width_m, height_m)]
    return corners[_not_crowded(corners)]


def _lattice(
    rng: np.random.Generator, seed: FloatArray, block_m: tuple[float, float], width_m: float
) -> FloatArray:
    half = int(0.5 * width_m / block_m[0])
    steps = np.stack(np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)), -1)
    plane = (steps.reshape(-1, 2) + rng.normal(0, _JITTER / 2, (steps.size // 2, 2))) * block_m
    turn = rng.uniform(0, np.pi)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(plane @ spin.T + seed)


def _inside_town(points: FloatArray, width_m: float, height_m: float) -> NDArray[np.bool_]:
    across = (points[:, 0] - CENTRE[0]) / (0.5 * width_m)
    up = (points[:, 1] - CENTRE[1]) / height_m
    coast = -0.33 + 0.03 * np.sin(3 * across)
    edge = 0.62 * np.sqrt(np.maximum(0, 1 - across**2)) + 0.05
    return np.asarray((np.abs(across) < 1) & (up > coast) & (up < edge))


def _not_crowded(points: FloatArray, *, apart_m: float = 38.0) -> NDArray[np.bool_]:
    pairs = cKDTree(points).query_pairs(apart_m, output_type="ndarray")
    keep = np.ones(len(points), dtype=bool)
    keep[pairs[:, 1]] = False
    return keep


def _clear_of(points: FloatArray, greens: FloatArray, radius_m: float) -> NDArray[np.bool_]:
    return np.asarray(cKDTree(greens).query(points)[0] > radius_m)


def _join_neighbours(corners: FloatArray, greens: FloatArray) -> tuple[IntArray, IntArray]:
    triangles = Delaunay(corners).simplices
    sides = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    sides = np.unique(np.sort(sides, axis=1), axis=0)
    middle = corners[sides].mean(axis=1)
    reach = np.linalg.norm(corners[sides[:, 0]] - corners[sides[:, 1]], axis=1)
    sides = sides[(reach < _LONGEST_M) & _clear_of(middle, greens, 0.8 * _GREEN_M)]
    return _relative_neighbours(corners, sides.astype(np.int64))


def _relative_neighbours(corners: FloatArray, sides: IntArray) -> tuple[IntArray, IntArray]:
    one, other = corners[sides[:, 0]], corners[sides[:, 1]]
    reach = np.linalg.norm(one - other, axis=1)
    near = cKDTree(corners).query_ball_point((one + other) / 2, reach * np.sqrt(3) / 2)
    keep = [
        not np.any(
            np.maximum(
                np.linalg.norm(corners[w] - a, axis=1), np.linalg.norm(corners[w] - b, axis=1)
            )
            < d * (1 - 1e-9)
        )
        for w, a, b, d in zip(near, one, other, reach, strict=True)
    ]
    kept = sides[np.array(keep)]
    return kept[:, 0], kept[:, 1]


def _largest_part(
    corners: FloatArray, start: IntArray, end: IntArray
) -> tuple[FloatArray, IntArray, IntArray]:
    size = len(corners)
    graph = csr_array((np.ones(len(start)), (start, end)), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    inside = part == np.bincount(part).argmax()
    renumber = np.cumsum(inside) - 1
    keep = inside[start]
    return corners[inside], renumber[start[keep]], renumber[end[keep]]


def _name_streets(bare: Streets, rng: np.random.Generator) -> Streets:
    main = _main_roads(bare)
    group = join_straight_on(bare.x, bare.y, bare.start, bare.end, main >= 0)
    names = name_groups(group, bare.length_m, rng)
    name = tuple(MAIN_ROADS[m] if m >= 0 else names[g] for m, g in zip(main, group, strict=True))
    road = tuple("main" if m >= 0 else "street" for m in main)
    return replace(bare, name=name, road=road)


def _main_roads(streets: Streets) -> IntArray:
    """Return which main road each stretch belongs to, −1 for none: shortest ways to the edge."""
    tree = cKDTree(np.column_stack([streets.x, streets.y]))
    angle = np.pi / 8 + np.arange(len(MAIN_ROADS)) * 2 * np.pi / len(MAIN_ROADS)
    reach = 0.46 * np.ptp(streets.x)
    aim = np.column_stack([CENTRE[0] + reach * np.cos(angle), CENTRE[1] + reach * np.sin(angle)])
    hub = int(tree.query(CENTRE)[1])
    before = dijkstra(streets.to_graph(), indices=np.array([hub]), return_predecessors=True)[1][0]
    number = {
        frozenset((int(a), int(b))): i
        for i, (a, b) in enumerate(zip(streets.start, streets.end, strict=True))
    }
    main = np.full(len(streets.start), -1)
    for road, point in enumerate(aim):
        here = int(tree.query(point)[1])
        while here != hub:
            edge = number[frozenset((here, int(before[here])))]
            main[edge] = road if main[edge] < 0 else main[edge]
            here = int(before[here])
    return main
