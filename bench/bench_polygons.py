"""Which of 35,000 areas each of millions of points lies in.

Building the index of 2.1 million edges takes some 0.37 s of processor time however few points are
asked, on all cores: a third reads the edges out of the shapes, a third sorts them by raster row, a
third marks the cells they pass. A point then takes 0.3 microseconds, geopandas 2.7 and hardly
anything to begin with. So ten times geopandas is reached with some millions of points and not with
a hundred thousand, where both take about as long. Testing boxes and edges without a raster costs
a third of the index, but 1.5 microseconds a point: slower from 0.2 million points on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Row, measure_ours_apart, measure_peer, same_answer, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Points in 35,000 polygons of 61 corners"
USUAL, FULL = (100_000, 1_000_000, 3_000_000), (10_000_000,)
TIMEOUT_S = 7_200

TILES = """
import numpy as np
import shapely

SPAN = 400_000

def tiles():
    rng = np.random.default_rng(35)
    seeds = shapely.MultiPoint(rng.uniform(0, SPAN, (35_000, 2)))
    box = shapely.box(0, 0, SPAN, SPAN)
    cells = np.array(list(shapely.voronoi_polygons(seeds, extend_to=box).geoms), object)
    return shapely.segmentize(shapely.intersection(cells, box), 150)

def prepare(size):
    x, y = np.random.default_rng(size).uniform(0, SPAN, (2, size))
    return tiles(), x, y

def tell(found):
    return [len(found), int((found < 0).sum()), int(found.sum())]
"""

OURS = (
    TILES
    + """
from footbeat.polygons import index_polygons, locate_points

def run(things):
    polygons, x, y = things
    return tell(locate_points(index_polygons(list(polygons)), x, y))
"""
)

PEER = (
    TILES
    + """
import geopandas as gpd

def run(things):
    polygons, x, y = things
    areas = gpd.GeoDataFrame(geometry=polygons)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y))
    joined = points.sjoin(areas, how="left", predicate="within")["index_right"]
    return tell(joined[~joined.index.duplicated()].fillna(-1).astype(int))
"""
)


def rows() -> Iterator[Row]:
    """Yield one row a size; building the index counts for both sides."""
    for size in sizes(USUAL, FULL):
        ours = measure_ours_apart(OURS, size, timeout_s=TIMEOUT_S)
        theirs = measure_peer(PEER, size, timeout_s=TIMEOUT_S)
        answer = getattr(theirs, "answer", None)
        yield Row(
            work=NAME,
            size=size,
            ours=ours,
            peer="geopandas sjoin",
            theirs=theirs,
            is_full=size in FULL,
            agree=None if answer is None else same_answer(ours.answer, answer),
            note=f"Peak of memory at {size:,} points: {ours.peak_mb or float('nan'):,.0f} MB. "
            "The index is most of it up to a million points: see `bench/bench_polygons.py`.",
        )
