"""Walks inside a hot spot: closed, within the minutes, where most happens, and not always one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from footbeat.areas import list_layers, read_layer
from footbeat.errors import StoreError, UsageError
from footbeat.streets import StreetGraph, build_graph
from footbeat.tasking.keys import sealed_key
from footbeat.tasking.walk_model import order_tour, solve_tour

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.streets import Streets
    from footbeat.tasking.schedule import Schedule

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

_NEAR_STREET_M = 40.0
_N_STANDS = 3
_WALKED_BEFORE = 0.35
_KINDS = ("major", "minor", "foot")


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """How walks are made.

    Attributes
    ----------
    minutes, walk_kmh
        Longest walk, and how fast a patrol goes that looks around and talks.
    n_walks
        Walks for each hot spot; those after the first seek streets not yet walked.
    reach_m
        How far outside the hot spot a walk may pass through to join its streets.
    effort
        Units of the solver's own time for one walk.
    """

    minutes: float = 15.0
    walk_kmh: float = 4.0
    n_walks: int = 3
    reach_m: float = 80.0
    effort: float = 4.0

    def __post_init__(self) -> None:
        if min(self.minutes, self.walk_kmh, self.n_walks, self.effort) <= 0 or self.reach_m < 0:
            raise UsageError(
                "Minutes, speed, walks and effort must be positive.",
                found=f"{self.minutes:g} min at {self.walk_kmh:g} km/h, {self.n_walks} walks.",
                do="Give for example --minutes 15.",
            )

    @property
    def length_m(self) -> float:
        """Longest walk in metres."""
        return self.minutes * self.walk_kmh * 1000 / 60


@dataclass(frozen=True, slots=True)
class Walk:
    """One closed walk.

    Attributes
    ----------
    hotspot_id, number
        Where, and which of its walks, 1 first.
    line
        From the entry point and back to it.
    length_m, minutes
        Its length, and the time at the speed of the options.
    coverage
        Share of the hot spot's streets it walks, 0 to 1, weighted by risk: half by length, half
        by the incidents near them where those are known.
    bound
        No closed walk from this entry within the minutes covers more.
    stands
        Up to three junctions on it where most happens, in the order of the walk.
    streets
        Names of its streets, in order.
    """

    hotspot_id: str
    number: int
    line: shapely.LineString
    length_m: float
    minutes: float
    coverage: float
    bound: float
    stands: tuple[tuple[float, float], ...]
    streets: tuple[str, ...]

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the walk as a table of one line, in the coordinate system of its hot spot."""
        return frame_walks([self], None)


@dataclass(frozen=True, slots=True)
class Ground:
    """The streets of one hot spot: what can be walked, and what each piece is worth.

    Attributes
    ----------
    graph
        Pieces inside the hot spot and around it.
    prize
        Worth of each piece, adding up to 1; pieces outside are worth nothing.
    names
        Street name of each piece.
    entry
        Node the walk begins at: where the largest street comes in.
    """

    graph: StreetGraph
    prize: FloatArray
    names: NDArray[np.object_]
    entry: int


def find_walks(
    hotspots: Hotspots,
    streets: Streets,
    options: WalkOptions,
    incidents: gpd.GeoDataFrame | None = None,
) -> tuple[list[Walk], dict[str, str]]:
    """Return the walks of every hot spot, and why those without any have none.

    Parameters
    ----------
    hotspots, streets
        In the same coordinate system.
    options
        How long and how many.
    incidents
        Points that weigh the streets; None weighs them by length alone.
    """
    walks: list[Walk] = []
    left_out: dict[str, str] = {}
    for row in hotspots.frame.to_dict("records"):
        spot, name = row["geometry"], str(row["hotspot_id"])
        ground = lay_ground(spot, streets, options, _points_in(incidents, spot))
        if ground is None:
            left_out[name] = "No street that can be walked lies in it."
        else:
            walks += walk_ground(ground, name, options)
    return walks, left_out


def lay_ground(
    spot: shapely.Geometry, streets: Streets, options: WalkOptions, points: FloatArray | None
) -> Ground | None:
    """Return the streets of one hot spot, cut at its boundary; None where there are none."""
    around = shapely.buffer(spot, options.reach_m)
    near = streets.lines.iloc[streets.lines.sindex.query(around)]
    near = near[near["is_walkable"]]
    lines = near.geometry.to_numpy()
    inside = shapely.intersection(lines, spot)
    outside = shapely.difference(shapely.intersection(lines, around), spot)
    parts = [shapely.get_parts(each, return_index=True) for each in (inside, outside)]
    shapes = np.concatenate([shape for shape, _ in parts])
    owner = np.concatenate([row for _, row in parts])
    is_inside = np.repeat([True, False], [len(shape) for shape, _ in parts])
    is_line = (shapely.get_type_id(shapes) == 1) & (shapely.length(shapes) > 0.1)  # noqa: PLR2004 - a decimetre
    if not (is_line & is_inside).any():
        return None
    graph = build_graph(shapes[is_line])
    piece_owner = owner[is_line][graph.row]
    prize = _prizes(graph, is_inside[is_line][graph.row], points)
    kinds = near["kind"].to_numpy()[piece_owner]
    names = near["name"].to_numpy()[piece_owner]
    return Ground(graph, prize, names, _entry(graph, spot, prize, kinds))


def walk_ground(ground: Ground, hotspot_id: str, options: WalkOptions) -> list[Walk]:
    """Return the walks of one hot spot; the first covers most, the others go elsewhere."""
    walks: list[Walk] = []
    prize, bound = ground.prize.copy(), 0.0
    earlier: list[IntArray] = []
    for _ in range(options.n_walks):
        tour = solve_tour(
            ground.graph, prize, ground.entry, options.length_m, effort=options.effort
        )
        bound = bound or tour.bound
        repeats = sum(np.array_equal(tour.times > 0, times > 0) for times in earlier)
        if not tour.times.any() or repeats > 1:
            break
        steps = order_tour(ground.graph, tour.times, ground.entry)
        if repeats:  # one way round is not the other, for those who watch
            steps = [(piece, not is_backwards) for piece, is_backwards in steps[::-1]]
        earlier.append(tour.times)
        walks.append(_walk(ground, steps, hotspot_id, len(earlier), bound, options.walk_kmh))
        prize[tour.times > 0] *= _WALKED_BEFORE
    return walks


def read_points(path: Path, crs: str) -> gpd.GeoDataFrame | None:
    """Return the layer `incidents` of a hot spot file, or None where it has none."""
    if "incidents" not in list_layers(path):
        return None
    points = read_layer(path, "incidents")
    return points.to_crs(crs) if isinstance(points, gpd.GeoDataFrame) else None


def load_walks(path: Path, crs: str) -> list[Walk]:
    """Read the walks that `footbeat task walk` wrote as a GeoPackage.

    Raises
    ------
    StoreError
        When it is no such file.
    """
    try:
        frame = pyogrio.read_dataframe(path, layer="walks").to_crs(crs)
        rows = frame.to_dict("records")
        return [_walk_of(row) for row in rows]
    except (DataLayerError, DataSourceError, KeyError, AttributeError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a GeoPackage of walks.",
            found="It is not there." if not path.exists() else "It is something else.",
            do="Make one with `footbeat task walk HOTSPOTS --streets F --out walks.gpkg`.",
        ) from error


def _walk_of(row: dict[str, Any]) -> Walk:
    stands = [tuple(map(float, pair.split(","))) for pair in str(row["stands"] or "").split()]
    return Walk(
        hotspot_id=str(row["hotspot_id"]),
        number=int(row["number"]),
        line=row["geometry"],
        length_m=float(row["length_m"]),
        minutes=float(row["minutes"]),
        coverage=float(row["coverage"]),
        bound=float(row["bound"]),
        stands=tuple((x, y) for x, y in stands),
        streets=tuple(name for name in str(row["streets"] or "").split("; ") if name),
    )


def choose_walks(schedule: Schedule, day: date, walks: list[Walk]) -> list[Walk]:
    """Return one walk for each hot spot on a day, by the sealed keys of the domain ``walk``.

    Nobody who has watched yesterday's can tell today's, and everyone with the papers agrees.
    """
    chosen = []
    strata = dict(zip(schedule.hotspot_ids, schedule.roster.strata, strict=True))
    for spot, stratum in strata.items():
        own = [walk for walk in walks if walk.hotspot_id == spot]
        if own:
            key = sealed_key(schedule.seed, "walk", day.isoformat(), stratum, spot)
            chosen.append(own[key % len(own)])
    return chosen


def frame_walks(walks: list[Walk], crs: str | None) -> gpd.GeoDataFrame:
    """Return walks as a table of lines."""
    columns = ("hotspot_id", "number", "length_m", "minutes", "coverage", "bound")
    frame = gpd.GeoDataFrame(
        {name: [getattr(walk, name) for walk in walks] for name in columns},
        geometry=[walk.line for walk in walks],
        crs=crs,
    )
    frame["streets"] = ["; ".join(walk.streets) for walk in walks]
    frame["stands"] = [" ".join(f"{x:.1f},{y:.1f}" for x, y in walk.stands) for walk in walks]
    return frame


def _points_in(incidents: gpd.GeoDataFrame | None, spot: shapely.Geometry) -> FloatArray | None:
    if incidents is None:
        return None
    inside = incidents.iloc[incidents.sindex.query(spot, predicate="intersects")]
    return np.column_stack([inside.geometry.x, inside.geometry.y]) if len(inside) else None


def _prizes(
    graph: StreetGraph, is_inside: NDArray[np.bool_], points: FloatArray | None
) -> FloatArray:
    length = np.where(is_inside, graph.length_m, 0.0)
    by_length: FloatArray = length / length.sum()
    if points is None:
        return by_length
    inside = np.flatnonzero(is_inside)
    tree = shapely.STRtree(graph.shapes[inside])
    _, piece = tree.query_nearest(
        np.asarray(shapely.points(points)), max_distance=_NEAR_STREET_M, all_matches=False
    )
    counts = np.zeros(len(length))
    np.add.at(counts, inside[piece], 1.0)
    if counts.sum() == 0:
        return by_length
    return np.asarray((by_length + counts / counts.sum()) / 2)


def _entry(
    graph: StreetGraph, spot: shapely.Geometry, prize: FloatArray, kinds: NDArray[np.object_]
) -> int:
    """Return where the largest street of the best connected part crosses the boundary."""
    worth = np.bincount(graph.components[graph.start], weights=prize)
    is_main = graph.components == np.argmax(worth)
    size = np.full(len(graph.x), len(_KINDS))
    for number, kind in reversed(list(enumerate(_KINDS))):
        of_kind = np.flatnonzero((kinds == kind) & (prize > 0))
        size[graph.start[of_kind]] = size[graph.end[of_kind]] = number
    nodes = np.asarray(shapely.points(np.column_stack([graph.x, graph.y])))
    away = np.round(shapely.distance(nodes, shapely.boundary(spot)))
    order = np.lexsort((graph.y, graph.x, away, size, ~is_main))
    return int(order[0])


def _walk(  # noqa: PLR0917 - the parts of one walk
    ground: Ground,
    steps: list[tuple[int, bool]],
    hotspot_id: str,
    number: int,
    bound: float,
    walk_kmh: float,
) -> Walk:
    line = _join(ground.graph, steps)
    walked = np.unique([piece for piece, _ in steps])
    names = [str(ground.names[piece]) for piece, _ in steps if ground.names[piece]]
    length = float(shapely.length(line))
    return Walk(
        hotspot_id=hotspot_id,
        number=number,
        line=line,
        length_m=length,
        minutes=length / (walk_kmh * 1000 / 60),
        coverage=float(ground.prize[walked].sum()),
        bound=bound,
        stands=_stands(ground, steps),
        streets=tuple(dict.fromkeys(names)),
    )


def _join(graph: StreetGraph, tour: list[tuple[int, bool]]) -> shapely.LineString:
    parts = [
        shapely.get_coordinates(graph.shapes[piece])[:: -1 if is_backwards else 1]
        for piece, is_backwards in tour
    ]
    return shapely.LineString(np.concatenate([parts[0][:1], *(part[1:] for part in parts)]))


def _stands(ground: Ground, tour: list[tuple[int, bool]]) -> tuple[tuple[float, float], ...]:
    graph, worth = ground.graph, np.zeros(len(ground.graph.x))
    np.add.at(worth, graph.start, ground.prize)
    np.add.at(worth, graph.end, ground.prize)
    passed = dict.fromkeys(
        int(graph.end[piece] if is_backwards else graph.start[piece])
        for piece, is_backwards in tour
    )
    passed.pop(ground.entry, None)
    best = sorted(passed, key=lambda node: -worth[node])[:_N_STANDS]
    return tuple((float(graph.x[node]), float(graph.y[node])) for node in passed if node in best)
