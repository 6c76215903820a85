"""Pings to visits: how long a month of a force's trackers takes on one machine.

A thousand units send a fix every 30 seconds for eight hours a day and spend a fifth of it in
one of 60 hot spots. Files
are in order of days and in no order within a day, as they arrive. The limit is DuckDB reading
every column used of the same file. movingpandas clips the trajectories to the same polygons: it
has no notion of gaps or of visits, so its answer is only near ours.

Of the processor time of three million pings, seven times that of the scan, a seventh is the scan
itself, a seventh the pseudonyms and the dealing to lanes, a fifth puts rows in order of unit and
time, a quarter is the visit kernel, and a fifth makes visits of stays, on one core at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import (
    MADE_ONCE,
    REPEATS,
    Measured,
    Row,
    measure_ours_apart,
    measure_peer,
    same_answer,
    sizes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Pings to visits"
USUAL, FULL = (1_000_000, 3_000_000, 10_000_000), (100_000_000,)
PEER_USUAL, PEER_FULL = (20_000,), (100_000, 1_000_000)
TIMEOUT_S = 1800

# A day of a thousand units is 960,000 pings. Written once for every size.
PINGS = (
    MADE_ONCE
    + """
import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from shapely import box

def places():
    rng = np.random.default_rng(7)
    corners = rng.uniform(2_000, 38_000, (60, 2))
    shapes = [box(x, y, x + 230, y + 230) for x, y in corners]
    names = [f"h{k}" for k in range(60)]
    return gpd.GeoDataFrame({"hotspot_id": names, "name": names}, geometry=shapes, crs="EPSG:27700")

def day_of_pings(day, n, centres):
    rng = np.random.default_rng(day)
    units = -(-n // 960)
    t = np.arange(960) * 30.0 + rng.uniform(0, 3, (units, 960))
    # Each unit goes from place to place, half an hour each, and wanders there.
    at = rng.integers(0, len(centres), (units, 16))
    goal = np.repeat(centres[at], 60, axis=1)
    xy = goal + np.cumsum(rng.normal(0, 12, (units, 960, 2)), axis=1) * 0.3
    start = (20_000 + day) * 86_400 + 12 * 3_600
    micros = ((start + t) * 1e6).astype(np.int64).ravel()
    names = np.repeat(np.array([f"unit-{u:04}" for u in range(units)], dtype=object), 960)
    order = rng.permutation(micros.size)[:n]
    return pa.table({
        "unit_id": pa.array(names[order], pa.string()),
        "time": pa.array(micros[order]).cast(pa.timestamp("us", tz="UTC")),
        "x": xy[..., 0].ravel()[order],
        "y": xy[..., 1].ravel()[order],
    })

def pings(size):
    centres = np.array([(p.x, p.y) for p in places().centroid])
    elsewhere = np.random.default_rng(8).uniform(0, 40_000, (240, 2))
    centres = np.vstack([centres, elsewhere])

    def write(draft):
        first = day_of_pings(0, min(size, 960_000), centres)
        with pq.ParquetWriter(draft, first.schema) as writer:
            for day, start in enumerate(range(0, size, 960_000)):
                table = day_of_pings(day, min(size - start, 960_000), centres)
                writer.write_table(table, row_group_size=240_000)
    return made_once(f"pings-{size}.parquet", write)
"""
)

OURS = (
    PINGS
    + """
from datetime import UTC, datetime
from footbeat.areas import Hotspots, complete_hotspots
from footbeat.engine.choose import choose_engine
from footbeat.tables import Provenance
from footbeat.tracking.dosage import officer_minutes
from footbeat.tracking.layouts import PingLayout
from footbeat.tracking.match import match_files, ping_options
from footbeat.tracking.options import VisitOptions

ENGINE = "duckdb"

def prepare(size):
    hotspots = Hotspots(complete_hotspots(places(), "bench"), Provenance(crs="EPSG:27700"))
    reading = ping_options(
        hotspots, PingLayout(), key=b"k" * 32, ping_crs="EPSG:27700",
        latest=datetime(2100, 1, 1, tzinfo=UTC), visits=VisitOptions(),
    )
    return [pings(size)], hotspots, reading

def run(things):
    paths, hotspots, reading = things
    found = match_files(paths, hotspots, reading, VisitOptions(), engine=choose_engine(ENGINE))
    return [len(found), round(officer_minutes(found.to_frame()), 6)]
"""
)

SCAN = (
    PINGS  # noqa: S608 - a script of our own, no query is made of values
    + """
import duckdb

def prepare(size):
    return str(pings(size))

def run(path):
    session = duckdb.connect()
    session.execute("SET TimeZone = 'UTC'")
    query = "SELECT max(unit_id), epoch_us(max(time)), sum(x), sum(y) FROM read_parquet(?)"
    session.execute(query, [path]).fetchall()
    return []
"""
)

PEER = (
    PINGS
    + """
import movingpandas as mpd
import pandas as pd

def prepare(size):
    frame = pd.read_parquet(pings(size))
    frame["time"] = frame["time"].dt.tz_localize(None)
    return frame, places()

def run(things):
    frame, polygons = things
    tracks = mpd.TrajectoryCollection(frame, "unit_id", t="time", x="x", y="y", crs="EPSG:27700")
    total = 0.0
    for polygon in polygons.geometry:
        for part in tracks.clip(polygon):
            total += part.get_duration().total_seconds() / 60
    return [total]
"""
)


def rows() -> Iterator[Row]:
    """Yield the rows at each size: DuckDB against the scan, then beside movingpandas."""
    for size in sizes(USUAL, FULL):
        repeats = 1 if size in FULL else REPEATS
        ours = measure_ours_apart(OURS, size, repeats, timeout_s=TIMEOUT_S)
        least = measure_ours_apart(SCAN, size, repeats, timeout_s=TIMEOUT_S)
        yield Row(
            "pings → visits (DuckDB)",
            size,
            ours,
            limit="scan of the file",
            least=least,
            is_full=size in FULL,
            note=f"Peak of memory at {size:,} pings: {ours.peak_mb or float('nan'):,.0f} MB.",
        )
    for size in sizes(PEER_USUAL, PEER_FULL):
        ours = measure_ours_apart(OURS, size)
        theirs = measure_peer(PEER, size, repeats=1, timeout_s=TIMEOUT_S)
        agree = None
        if isinstance(theirs, Measured):
            agree = same_answer(ours.answer[1:], theirs.answer, relative=0.1)
        yield Row(
            "pings → visits, beside movingpandas",
            size,
            ours,
            peer="movingpandas",
            theirs=theirs,
            agree=agree,
            note="Same answer: minutes within a tenth; movingpandas knows no brief stays or gaps.",
            is_full=size in PEER_FULL,
        )
