"""From an export to clean incidents: parse, project, validate, grade, weigh, sort.

The peer is the script an analyst writes with pandas and pyproj. The limit is DuckDB turning
the same CSV file into a sorted Parquet file without looking at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Row, measure_ours_apart, measure_peer, same_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "CSV rows to clean incidents in Parquet"
SIZES = (100_000, 1_000_000, 10_000_000)
TIMEOUT_S = 7_200

# Both sides make the same file from the same numbers, once.
EXPORT = """
import os, tempfile
from pathlib import Path
import numpy as np

def export(size):
    path = Path(tempfile.gettempdir()) / f"footbeat-bench-incidents-{size}.csv"
    if path.exists():
        return path
    rng = np.random.default_rng(size)
    kinds = np.array(["Burglary", "Vehicle crime", "Violence and sexual offences", "Robbery"])
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="utf-8", newline="\\n") as file:
        file.write("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
                   "LSOA code,LSOA name,Crime type,Last outcome category,Context\\n")
        for start in range(0, size, 100_000):
            n = min(100_000, size - start)
            lon, lat = rng.uniform(-2.5, 0.5, n), rng.uniform(51, 54, n)
            month, street = rng.integers(0, 48, n), rng.integers(0, 5_000, n)
            kind = rng.integers(0, 4, n)
            ids = rng.integers(0, 2**63, (n, 4))
            file.writelines(
                f"{a:016x}{b:016x}{c:016x}{d:016x},{2020 + m // 12}-{m % 12 + 1:02},Essex Police,"
                f"Essex Police,{x:.6f},{y:.6f},On or near Street {s},E0101{s:04},Southend 001A,"
                f"{kinds[k]},Under investigation,\\n"
                for (a, b, c, d), m, x, y, s, k in zip(ids, month, lon, lat, street, kind)
            )
    os.replace(draft, path)
    return path
"""

OURS = (
    EXPORT
    + """
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents
import pyarrow.parquet as pq

def prepare(size):
    return export(size)

def run(path):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "incidents.parquet"
        report = convert_incidents([path], out, ReadOptions(), rejects=Path(folder) / "r.parquet")
        places = pq.read_table(out, columns=["x", "y"])
        return [report.kept, float(np.sum(places["x"])), float(np.sum(places["y"]))]
"""
)

PEER = (
    EXPORT
    + """
import pandas as pd
from pyproj import Transformer

def prepare(size):
    return export(size)

def run(path):
    frame = pd.read_csv(path, dtype={"Crime ID": "string", "LSOA code": "string"})
    frame = frame.dropna(subset=["Longitude", "Latitude", "Month"]).drop_duplicates()
    start = pd.to_datetime(frame["Month"], format="%Y-%m").dt.tz_localize("Europe/London")
    frame["start"] = start.dt.tz_convert("UTC")
    transformer = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    frame["x"], frame["y"] = transformer.transform(frame["Longitude"], frame["Latitude"])
    frame["harm_days"] = frame["Crime type"].map({"Robbery": 365.0})
    frame["excluded"] = frame["Crime type"].isin(["Drugs", "Possession of weapons"])
    frame = frame.sort_values(["start", "Crime ID"])
    with tempfile.TemporaryDirectory() as folder:
        frame.to_parquet(Path(folder) / "incidents.parquet", compression="zstd")
    return [len(frame), float(frame["x"].sum()), float(frame["y"].sum())]
"""
)

LIMIT = (
    EXPORT
    + """
import duckdb

def prepare(size):
    return export(size)

def run(path):
    with tempfile.TemporaryDirectory() as folder:
        rows = duckdb.connect().read_csv(str(path), all_varchar=True)
        rows = rows.sort('"Month"', '"Crime ID"')
        rows.write_parquet(folder + "/sorted.parquet", compression="zstd")
    return 0
"""
)


def rows() -> Iterator[Row]:
    """Yield one row a size; the peak of memory of each size stands in the note."""
    for size in SIZES:
        ours = measure_ours_apart(OURS, size, timeout_s=TIMEOUT_S)
        theirs = measure_peer(PEER, size, timeout_s=TIMEOUT_S)
        least = measure_ours_apart(LIMIT, size, timeout_s=TIMEOUT_S)
        answer = getattr(theirs, "answer", None)
        yield Row(
            work=NAME,
            size=size,
            ours=ours,
            peer="pandas and pyproj",
            theirs=theirs,
            limit="DuckDB's CSV to sorted Parquet",
            least=least,
            agree=None if answer is None else same_answer(ours.answer, answer, relative=1e-9),
            note=f"Peak of memory at {size:,} rows: {ours.peak_mb or float('nan'):,.0f} MB.",
        )
