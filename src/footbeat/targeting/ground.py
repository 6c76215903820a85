"""Places that are no cells: areas such as LSOAs, and street segments."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array, triu

from footbeat.errors import DataError
from footbeat.streets import build_graph
from footbeat.targeting.places import Places

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from footbeat.streets import StreetGraph, Streets

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

FRONTAGE_M = 15.0

_LEAST_LENGTH_M = 10.0


def area_places(areas: gpd.GeoDataFrame) -> Places:
    """Return polygons as places, those that cross themselves mended.

    The identifier is the first column whose texts are all there and all different, the name
    the next such column, or else the identifier.

    Raises
    ------
    DataError
        When no column can identify the areas.
    """
    names = _unique_texts(areas)
    if not names:
        raise DataError(
            "Areas must have an identifier each.",
            found=f"None of {', '.join(map(str, areas.columns))} is whole and without repeats.",
            do="Add a column of codes.",
        )
    order = np.argsort(names[0], kind="stable")
    outlines = shapely.make_valid(areas.geometry.to_numpy())[order]
    centres = shapely.point_on_surface(outlines)
    area_ha = np.asarray(shapely.area(outlines) / 10_000, dtype=np.float64)
    pairs = shapely.STRtree(outlines).query(outlines, predicate="intersects").T
    return Places(
        shape="area",
        own_ids=names[0][order],
        names=names[min(1, len(names) - 1)][order],
        x=shapely.get_x(centres),
        y=shapely.get_y(centres),
        area_ha=area_ha,
        exposure=area_ha,
        links=pairs[pairs[:, 0] < pairs[:, 1]].astype(np.int64),
        outlines=outlines,
    )


def street_places(streets: Streets) -> Places:
    """Return the walkable street segments between junctions as places.

    A segment is drawn as the ground within 15 m of its line. Its exposure is its length, at
    least 10 m: a stub at a junction must not turn one incident into the highest rate in town.

    Raises
    ------
    DataError
        When there is no walkable street, or no two of them meet.
    """
    walkable = streets.lines[streets.lines["is_walkable"]].reset_index(drop=True)
    graph, ids = _in_order(build_graph(walkable.geometry.to_numpy()))
    links = _meeting(graph)
    if len(links) == 0:
        raise DataError(
            "Streets must meet each other.",
            found=f"None of {len(graph.start):,} segments shares an end with another.",
            do="Give a street network rather than separate lines.",
        )
    x, y = _middles(graph)
    outlines = shapely.buffer(graph.shapes, FRONTAGE_M)
    names = walkable["name"].to_numpy(dtype=object)[graph.row]
    return Places(
        shape="street",
        own_ids=ids,
        names=np.where(names == "", ids, names),
        x=x,
        y=y,
        area_ha=np.asarray(shapely.area(outlines) / 10_000, dtype=np.float64),
        exposure=np.maximum(graph.length_m, _LEAST_LENGTH_M),
        links=links,
        outlines=outlines,
        graph=graph,
    )


def measure_streets(outline: shapely.Geometry, streets: Streets) -> float:
    """Return the metres of walkable street inside a polygon."""
    walkable = streets.lines[streets.lines["is_walkable"]].geometry.to_numpy()
    tree = shapely.STRtree(walkable)
    near = walkable[tree.query(outline, predicate="intersects")]
    return float(shapely.length(shapely.intersection(near, outline)).sum())


def _in_order(graph: StreetGraph) -> tuple[StreetGraph, NDArray[np.object_]]:
    """Return the graph and its identifiers in an order that the file's does not decide."""
    x, y = _middles(graph)
    order = np.lexsort((graph.length_m, y, x))
    parts = ("start", "end", "length_m", "shapes", "row")
    ordered = replace(graph, **{name: getattr(graph, name)[order] for name in parts})
    return ordered, _segment_ids(x[order], y[order])


def _middles(graph: StreetGraph) -> tuple[FloatArray, FloatArray]:
    middle = shapely.line_interpolate_point(graph.shapes, 0.5, normalized=True)
    return shapely.get_x(middle), shapely.get_y(middle)


def _meeting(graph: StreetGraph) -> IntArray:
    n_segments = len(graph.start)
    rows = np.tile(np.arange(n_segments), 2)
    ends = np.concatenate([graph.start, graph.end])
    touch = coo_array((np.ones(rows.size), (rows, ends)), shape=(n_segments, len(graph.x))).tocsr()
    both = triu(touch @ touch.T, k=1).tocoo()
    return np.column_stack([both.row, both.col]).astype(np.int64)


def _segment_ids(x: FloatArray, y: FloatArray) -> NDArray[np.object_]:
    seen: Counter[str] = Counter()
    ids = []
    for easting, northing in zip(x, y, strict=True):
        text = f"street:{easting:.0f}:{northing:.0f}"
        seen[text] += 1
        ids.append(text if seen[text] == 1 else f"{text}:{seen[text]}")
    return np.asarray(ids, dtype=object)


def _unique_texts(areas: gpd.GeoDataFrame) -> list[NDArray[np.object_]]:
    columns = areas.drop(columns=areas.geometry.name)
    return [
        columns[name].astype("str").to_numpy(dtype=object)
        for name in columns
        if columns[name].notna().all() and columns[name].astype("str").is_unique
    ]
