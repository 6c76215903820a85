"""From an export to clean incidents: parse, project, validate, grade, weigh, sort.

The peer is the script an analyst writes with pandas and pyproj: the same refusals, exclusions,
harm, street-level locations and order, with everything in memory. The limit is DuckDB turning
the same CSV file into a sorted Parquet file without looking at it.

Ten times pandas is not reached, and cannot be in this way: the limit itself is only some three to
four times as fast as pandas in processor time, and seven times by the clock.
The script reads whole columns and loops over nothing; written row by
row with `apply` it would take many times as long, and would be no fair peer. Of 10 million rows it
takes 151 s of processor time and 11.1 GB, which many a desk does not have; Footbeat 88 s, 1.2 GB.

Of the processor time of a million rows about a tenth looks at the bytes for their encoding, a tenth
is DuckDB's scan, a tenth PROJ, a fifth the rest of the kernel and the drafts, a tenth looks for
copies and far points, and a third sorts and writes. Looking in every batch for values that are
surely personal has come on top since: some 60 ms of 61,440 rows, about 1 s a million.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import MADE_ONCE, Row, measure_ours_apart, measure_peer, same_answer, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "CSV rows to clean incidents in Parquet"
USUAL, FULL = (100_000, 300_000, 1_000_000), (10_000_000,)
TIMEOUT_S = 7_200

# Both sides make the same file from the same numbers, once.
EXPORT = (
    MADE_ONCE
    + """
import numpy as np

def export(size):
    return made_once(f"incidents-{size}.csv", lambda draft: write_export(draft, size))

def write_export(draft, size):
    rng = np.random.default_rng(size)
    kinds = np.array(["Burglary", "Vehicle crime", "Violence and sexual offences", "Robbery"])
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
"""
)

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
        rows = pq.read_table(out, columns=["x", "y", "harm_days"]).to_pandas()
        return [report.kept, report.rejected, sum(report.excluded_by_reason.values()),
                report.n_repeated_ids, rows["x"].sum(), rows["y"].sum(), rows["harm_days"].sum()]
"""
)

# The same rules in the way an analyst writes them: whole columns, no loop over rows.
PEER = (
    EXPORT
    + """
import pandas as pd
from pyproj import Transformer

KEYS = {"Robbery": "robbery", "Burglary": "police-uk:burglary", "Drugs": "police-uk:drugs",
        "Vehicle crime": "police-uk:vehicle-crime", "Possession of weapons":
        "police-uk:possession-of-weapons", "Violence and sexual offences":
        "police-uk:violent-crime"}
PREMISES = {"on or near police station": "police-station", "on or near hospital": "hospital",
            "on or near prison": "prison", "on or near supermarket": "supermarket"}
CLOSED = ["police-station", "hospital", "prison", "custody-suite"]
USED = ["Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location",
        "LSOA code", "Crime type"]

def prepare(size):
    return export(size)

def refuse(frame):
    lon, lat = frame["lon"], frame["lat"]
    inside = lon.between(-9.01, 2.01) & lat.between(49.75, 61.01)
    swapped = lat.between(-9.01, 2.01) & lon.between(49.75, 61.01)
    tests = [frame["Month"].isna(), frame["month"].isna(), frame["Longitude"].isna(),
             lon.isna() | lat.isna(), (lon.abs() < 1e-3) & (lat.abs() < 1e-3), swapped, ~inside]
    names = ["no date", "date cannot be read", "no location", "coordinates cannot be read",
             "location is (0, 0)", "axes look swapped", "outside the area"]
    return pd.Series(np.select(tests, names, ""), index=frame.index)

def far(frame):
    low, high = frame[["x", "y"]].quantile(0.25), frame[["x", "y"]].quantile(0.75)
    margin = max(50_000, 10 * (high - low).max())
    return ((frame[["x", "y"]] < low - margin) | (frame[["x", "y"]] > high + margin)).any(axis=1)

def run(path):
    frame = pd.read_csv(path, dtype="string", usecols=USED)
    frame = frame.apply(lambda column: column.str.strip())
    frame["lon"] = pd.to_numeric(frame["Longitude"], errors="coerce").astype(float)
    frame["lat"] = pd.to_numeric(frame["Latitude"], errors="coerce").astype(float)
    frame["month"] = pd.to_datetime(frame["Month"], format="%Y-%m", errors="coerce")
    frame["reason"] = refuse(frame)
    good = frame["reason"] == ""
    copies = frame[USED].duplicated() & good & frame["Crime ID"].notna()
    frame.loc[copies, "reason"] = "copy of another row"
    rejects = frame.loc[frame["reason"] != "", ["reason"]]
    frame = frame[frame["reason"] == ""].copy()
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    frame["x"], frame["y"] = to_metres.transform(frame["lon"], frame["lat"])
    frame = frame[~far(frame)].copy()
    local = frame["month"].dt.tz_localize("Europe/London")
    frame["start"] = local.dt.tz_convert("UTC")
    next_month = (frame["month"] + pd.offsets.MonthBegin(1)).dt.tz_localize("Europe/London")
    frame["end"] = next_month.dt.tz_convert("UTC")
    frame["location"] = (
        frame["Location"]
        .str.replace(r"(?i)^\\s*([0-9]+[a-z]?([-/][0-9]+[a-z]?)?[\\s,]+)", "", regex=True)
        .str.replace(r"(?i)[\\s,]*\\b[a-z]{1,2}[0-9][0-9a-z]?\\s*[0-9][a-z]{2}\\b", "", regex=True)
    )
    frame["premises"] = frame["Location"].str.lower().map(PREMISES)
    frame["offence"] = frame["Crime type"].map(KEYS).fillna(frame["Crime type"])
    frame["kind"] = np.where(frame["Crime type"] == "Anti-social behaviour", "asb", "crime")
    frame["status"], frame["precision"], frame["location_grade"] = "live", "month", "C"
    frame["harm_days"] = frame["offence"].map({"robbery": 365.0})
    generated = frame["Crime type"].isin(["Drugs", "Possession of weapons"])
    closed = frame["premises"].isin(CLOSED)
    frame["excluded"] = np.select(
        [generated, closed], ["officer-generated", "at premises"], default=None)
    new_codes = frame["LSOA code"].str.slice(1).astype("Int64") > 1_033_768
    vintages = new_codes.groupby(frame["Month"]).sum()
    unnamed = frame["Crime ID"].isna()
    frame["incident_id"] = frame["Crime ID"].mask(unnamed, "row-" + frame.index.astype("string"))
    repeated = frame["incident_id"].value_counts()
    frame = frame.sort_values(["start", "incident_id"]).drop(
        columns=["Longitude", "Latitude", "lon", "lat", "Month", "month", "Location", "Crime ID",
                 "reason", "Reported by", "Falls within"])
    with tempfile.TemporaryDirectory() as folder:
        frame.to_parquet(Path(folder) / "incidents.parquet", compression="zstd", index=False)
        rejects.to_parquet(Path(folder) / "rejects.parquet")
    return [len(frame), len(rejects), int(frame["excluded"].notna().sum()),
            int((repeated > 1).sum()), frame["x"].sum(), frame["y"].sum(),
            frame["harm_days"].sum()]
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
        session = duckdb.connect()
        session.execute("SET enable_progress_bar = false")
        rows = session.read_csv(str(path), all_varchar=True)
        rows = rows.sort('"Month"', '"Crime ID"')
        rows.write_parquet(folder + "/sorted.parquet", compression="zstd")
    return 0
"""
)


def rows() -> Iterator[Row]:
    """Yield one row a size; the peak of memory of each size stands in the note."""
    for size in sizes(USUAL, FULL):
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
            is_full=size in FULL,
            agree=None if answer is None else same_answer(ours.answer, answer, relative=1e-9),
            note=f"Peak of memory at {size:,} rows: {ours.peak_mb or float('nan'):,.0f} MB; of the "
            f"script: {getattr(theirs, 'peak_mb', None) or float('nan'):,.0f} MB.",
        )
