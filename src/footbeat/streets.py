"""Streets: read from any file of lines, joined into a graph people can walk on.

GeoPackage, GeoJSON, Shapefile, OpenStreetMap (`.osm`, `.pbf`) and OSMnx GraphML are read;
OS Open Roads is a GeoPackage like any other. Everything is in metres.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from footbeat.errors import CrsError, DataError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

OSM_ATTRIBUTION = "© OpenStreetMap contributors"

_MAJOR = re.compile(r"motorway|trunk|primary|secondary|a road|b road", re.IGNORECASE)
_FOOT = re.compile(r"foot|path|steps|pedestrian|cycle|track|bridle", re.IGNORECASE)
_NOT_ON_FOOT = re.compile(
    r"motorway|guideway|raceway|construction|proposed|corridor|^no$", re.IGNORECASE
)
_NAMES = ("name", "name1", "name_1", "street", "road_name")
_CLASSES = ("highway", "class", "function", "roadclassification", "road_function")
_SNAP_M = 0.01


@dataclass(frozen=True, slots=True)
class Streets:
    """Streets as lines.

    Attributes
    ----------
    lines
        `geometry` in metres, `name` (empty where it has none), `kind` (major, minor, foot) and
        `is_walkable`; a street given once for each direction stands here once.
    attribution
        Whom to thank for them; empty where the file does not say.
    """

    lines: gpd.GeoDataFrame
    attribution: tuple[str, ...]


@dataclass(frozen=True)
class StreetGraph:
    """Streets joined where they meet.

    Attributes
    ----------
    x, y
        Nodes, in metres, shape (nodes,).
    start, end
        Nodes each street piece joins, shape (pieces,).
    length_m
        Length of each piece, shape (pieces,).
    shapes
        Its line, from start to end, shape (pieces,).
    row
        The row of the lines it was cut from, shape (pieces,).
    """

    x: FloatArray
    y: FloatArray
    start: IntArray
    end: IntArray
    length_m: FloatArray
    shapes: NDArray[np.object_]
    row: IntArray

    @cached_property
    def weights(self) -> csr_array:
        """Shortest piece between each two neighbouring nodes, in metres, symmetric."""
        order = np.argsort(-self.length_m, kind="stable")
        ends = np.stack([self.start[order], self.end[order]])
        shortest = dict(zip(map(tuple, np.sort(ends, axis=0).T), self.length_m[order], strict=True))
        pairs = np.array(list(shortest), dtype=np.int64).reshape(-1, 2)
        lengths = np.array(list(shortest.values()))
        n, is_loop = len(self.x), pairs[:, 0] == pairs[:, 1]
        pairs, lengths = pairs[~is_loop], lengths[~is_loop]
        both = np.concatenate([pairs, pairs[:, ::-1]])
        return csr_array(coo_array((np.tile(lengths, 2), (both[:, 0], both[:, 1])), shape=(n, n)))

    @cached_property
    def components(self) -> IntArray:
        """Number of the connected part each node belongs to, shape (nodes,)."""
        return np.asarray(connected_components(self.weights, directed=False)[1], dtype=np.int64)

    def snap(self, x: FloatArray, y: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the node nearest to each point, and how far away it is in metres."""
        tree = shapely.STRtree(np.asarray(shapely.points(np.column_stack([self.x, self.y]))))
        points = shapely.points(np.column_stack([x, y]))
        found, away = tree.query_nearest(points, return_distance=True, all_matches=False)
        return np.asarray(found[1], dtype=np.int64), np.asarray(away, dtype=np.float64)

    def distances(self, nodes: IntArray) -> FloatArray:
        """Return walking distances between nodes, shape (nodes given, nodes given).

        Infinite where streets do not join them.
        """
        lengths = dijkstra(self.weights, directed=False, indices=nodes)
        return np.asarray(lengths[:, nodes], dtype=np.float64)


def read_streets(
    path: Path, crs: str, bounds: tuple[float, float, float, float] | None = None
) -> Streets:
    """Read the street lines of a file that touch `bounds`, in metres of `crs`.

    The layer `edges`, or else the first that holds lines, is used.

    Raises
    ------
    StoreError
        When the file cannot be read or holds no lines.
    CrsError
        When it does not say its coordinate system.
    """
    frame = (
        _read_graphml(path) if path.suffix.lower() == ".graphml" else _read_layer(path, crs, bounds)
    )
    frame = frame.to_crs(crs)
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].explode(ignore_index=True)
    classes = _column(frame, _CLASSES)
    lines = gpd.GeoDataFrame(
        {
            "name": _column(frame, _NAMES),
            "kind": _kinds(classes),
            "is_walkable": ~classes.str.contains(_NOT_ON_FOOT),
        },
        geometry=shapely.normalize(shapely.force_2d(frame.geometry.to_numpy())),
        crs=crs,
    )
    is_osm = any(str(name) in {"highway", "osm_id", "osmid"} for name in frame.columns)
    attribution = (OSM_ATTRIBUTION,) if is_osm else ()
    return Streets(lines.drop_duplicates(ignore_index=True), attribution)


def build_graph(lines: NDArray[np.object_]) -> StreetGraph:
    """Join lines into a graph: they meet where they share a vertex, to the centimetre.

    A bridge and the road below it share no vertex and are not joined.

    Raises
    ------
    DataError
        When there is no line.
    """
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    if len(coordinates) == 0:
        raise DataError(
            "A walk must have streets.", found="There are none here.", do="Check the street file."
        )
    _, point, times = np.unique(
        np.round(coordinates / _SNAP_M).astype(np.int64),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    point = point.ravel()
    is_end = np.ones(len(owner), dtype=bool)
    is_end[1:-1] = (owner[1:-1] != owner[:-2]) | (owner[1:-1] != owner[2:])
    is_node = is_end | (times[point] > 1)
    return _cut_at_nodes(coordinates, owner, point, is_node)


def _cut_at_nodes(
    coordinates: FloatArray, owner: IntArray, point: IntArray, is_node: NDArray[np.bool_]
) -> StreetGraph:
    cuts = np.flatnonzero(is_node)
    first, last = cuts[:-1], cuts[1:]
    keep = owner[first] == owner[last]
    first, last = first[keep], last[keep]
    pieces = [coordinates[a : b + 1] for a, b in zip(first, last, strict=True)]
    shapes = np.array([shapely.LineString(piece) for piece in pieces], dtype=object)
    nodes, code = np.unique(point[np.concatenate([first, last])], return_inverse=True)
    where = np.empty(point.max() + 1, dtype=np.int64)
    where[point] = np.arange(len(point))
    x, y = coordinates[where[nodes]].T
    return StreetGraph(
        x=x,
        y=y,
        start=code[: len(first)].astype(np.int64),
        end=code[len(first) :].astype(np.int64),
        length_m=np.asarray(shapely.length(shapes), dtype=np.float64),
        shapes=shapes,
        row=owner[first].astype(np.int64),
    )


def _read_layer(
    path: Path, crs: str, bounds: tuple[float, float, float, float] | None
) -> gpd.GeoDataFrame:
    layer = _line_layer(path)
    own_crs = pyogrio.read_info(path, layer=layer)["crs"]
    if own_crs is None:
        raise CrsError(
            f"`{path.name}` must say its coordinate system.",
            found="It says none.",
            do="Save it again with one, for example from QGIS.",
        )
    box = gpd.GeoSeries([shapely.box(*bounds)], crs=crs).to_crs(own_crs) if bounds else None
    frame = pyogrio.read_dataframe(
        path, layer=layer, bbox=None if box is None else tuple(box.total_bounds)
    )
    is_osm_export = {"osm_id", "highway"} <= set(frame.columns)
    return frame[frame["highway"].notna()] if is_osm_export else frame


def _line_layer(path: Path) -> str:
    try:
        layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    except (DataSourceError, DataLayerError) as error:
        raise _not_streets(path, "It cannot be read as one.") from error
    lines = [name for name, kind in layers if "Line" in kind]
    if not lines:
        raise StoreError(
            f"`{path.name}` must hold lines.",
            found=f"Its layers are {', '.join(name for name, _ in layers)}.",
            do="Give a file of street lines.",
        )
    return "edges" if "edges" in lines else lines[0]


def _read_graphml(path: Path) -> gpd.GeoDataFrame:
    """Read the edges of an OSMnx graph; those without a line run straight between their nodes."""
    try:
        root = ET.parse(path).getroot()  # noqa: S314 - expat expands no outside entity
    except (OSError, ET.ParseError) as error:
        raise _not_streets(path, "It cannot be read as GraphML.") from error
    space = root.tag.partition("}")[0] + "}"
    keys = {key.get("id"): key.get("attr.name") for key in root.iter(f"{space}key")}

    def facts(item: ET.Element) -> dict[str, str]:
        return {
            str(keys.get(data.get("key"))): data.text or "" for data in item.iter(f"{space}data")
        }

    graph = {key.get("name", ""): key for key in root.iter(f"{space}graph")}
    known = [facts(item) for item in graph.values()]
    crs = next((fact["crs"] for fact in known if "crs" in fact), "EPSG:4326")
    nodes = {
        node.get("id"): (float(fact["x"]), float(fact["y"]))
        for node in root.iter(f"{space}node")
        if {"x", "y"} <= set(fact := facts(node))
    }
    edges = [(edge, facts(edge)) for edge in root.iter(f"{space}edge")]
    if not edges or not nodes:
        raise _not_streets(path, "It holds no nodes with x and y, or no edges.")
    shapes = [
        shapely.from_wkt(fact["geometry"])
        if "geometry" in fact
        else shapely.LineString([nodes[edge.get("source")], nodes[edge.get("target")]])
        for edge, fact in edges
    ]
    columns = {name: [fact.get(name) for _, fact in edges] for name in ("name", "highway")}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def _not_streets(path: Path, found: str) -> StoreError:
    return StoreError(
        f"`{path.name}` must be a file of streets.",
        found=found if path.exists() else "It is not there.",
        do="Give a GeoPackage, GeoJSON, OpenStreetMap or OSMnx file of street lines.",
    )


def _column(frame: gpd.GeoDataFrame, names: tuple[str, ...]) -> pd.Series[str]:
    by_lower = {str(name).lower(): name for name in frame.columns}
    found = next((by_lower[name] for name in names if name in by_lower), None)
    if found is None:
        return pd.Series([""] * len(frame), index=frame.index, dtype="str")
    column: pd.Series[str] = frame[found].fillna("").astype("str").map(_first_of_list)
    return column


def _first_of_list(text: str) -> str:
    # OSMnx writes the several names of a merged edge as a Python list, and none as "None".
    match = re.match(r"^\[(['\"])(.*?)\1", text)
    return match.group(2) if match else "" if text in {"None", "nan"} else text


def _kinds(classes: pd.Series[str]) -> pd.Series[str]:
    major, foot = classes.str.contains(_MAJOR), classes.str.contains(_FOOT)
    return pd.Series("minor", index=classes.index).mask(foot, "foot").mask(major, "major")
