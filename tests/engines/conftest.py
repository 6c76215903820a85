from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import Polygon, box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.engine.base import Engine, Source
from footbeat.incidents.load import Incidents
from footbeat.tables import INCIDENTS, UTC_TIME, Provenance, check_table
from footbeat.tracking.layouts import PingLayout
from footbeat.tracking.match import match_files, ping_options
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import Visits

START_S = pd.Timestamp("2026-03-27T20:00Z").timestamp()


@pytest.fixture(scope="session")
def places() -> Hotspots:
    """Give three hot spots: one with a hole, two that overlap."""
    ring = Polygon(box(0, 0, 300, 300).exterior, [box(100, 100, 200, 200).exterior])
    shapes = [ring, box(250, 0, 500, 250), box(0, 600, 120, 900)]
    frame = gpd.GeoDataFrame({"hotspot_id": list("ABC")}, geometry=shapes, crs="EPSG:27700")
    return Hotspots(complete_hotspots(frame, "drawn"), Provenance(crs="EPSG:27700"))


def _one_unit(rng: np.random.Generator, unit: str, n: int) -> dict[str, np.ndarray]:
    """Wander about the hot spots for days: rests, repeats, leaps, gaps, doubled rows."""
    gaps = rng.choice(
        [5.0, 30.0, 60.0, 290.0, 400.0, 5000.0], n, p=[0.2, 0.5, 0.2, 0.04, 0.04, 0.02]
    )
    moves = rng.normal(0, 25, (n, 2)) * rng.choice([0, 1, 4], (n, 1), p=[0.4, 0.5, 0.1])
    track = np.array([150.0, 150.0]) + np.cumsum(moves, axis=0)
    track = np.abs((track + 300) % 2400 - 1200) - 150
    leaps = rng.random(n) < 0.02
    track[leaps] += 50_000
    if n > 60:
        at = int(rng.integers(20, n - 30))
        track[at : at + 20] = track[at]
        track[at + 20 :] += rng.choice([0.0, 9e4])
    accuracy = np.where(rng.random(n) < 0.3, np.nan, rng.uniform(1, 90, n).round(1))
    rows = {
        "unit_id": np.full(n, unit, dtype=object),
        "time": START_S + np.cumsum(gaps.round(3)),
        "x": track[:, 0].round(1),
        "y": track[:, 1].round(1),
        "accuracy_m": accuracy,
    }
    again = np.sort(np.concatenate([np.arange(n), rng.integers(0, n, n // 20)]))
    return {name: values[again] for name, values in rows.items()}


def messy_pings(seed: int, n_units: int = 6) -> pa.Table:
    """Return days of hostile pings, shuffled."""
    rng = np.random.default_rng(seed)
    units = [_one_unit(rng, f"u{k}", int(rng.integers(1, 2500))) for k in range(n_units)]
    columns = {name: np.concatenate([unit[name] for unit in units]) for name in units[0]}
    order = rng.permutation(len(columns["x"]))
    micros = np.round(columns.pop("time") * 1e6).astype(np.int64)[order]
    arrays = {name: pa.array(values[order]) for name, values in columns.items()}
    return pa.table(
        {
            "unit_id": arrays["unit_id"].cast(pa.string()),
            "time": pa.array(micros).cast(UTC_TIME),
            "x": arrays["x"],
            "y": arrays["y"],
            "accuracy_m": arrays["accuracy_m"],
            "speed_ms": pa.nulls(len(order), pa.float64()),
        }
    )


@pytest.fixture(name="messy_pings")
def _messy_pings():
    return messy_pings


def shifts(seed: int) -> list[pa.Table]:
    """Give one table a day: units on a late shift past midnight, silent by half past four.

    They wander about the hot spots and may begin or end their shift in one; each day has an
    interval of its own, and some fixes leap away. The clocks go forward on the third night.
    """
    rng = np.random.default_rng(seed)
    days = []
    for day in pd.date_range("2026-03-27", periods=4, tz="Europe/London"):
        begin = (day + pd.Timedelta(hours=14)).timestamp()
        parts = []
        for unit in ("u1", "u2", "u3"):
            interval = rng.choice([10.0, 30.0, 60.0, 240.0])
            n = int(min(14 * 3600 / interval, 900))
            seconds = begin + np.cumsum(rng.choice([0.9, 1.0, 4.0], n, p=[0.45, 0.5, 0.05])) * (
                interval if n < 900 else 10.0
            )
            track = np.array([150.0, 150.0]) + np.cumsum(rng.normal(0, 12, (n, 2)), axis=0)
            track = np.abs((track + 300) % 1600 - 800) - 150
            track[rng.random(n) < 0.01] += 50_000
            is_on = seconds < begin + 14 * 3600
            parts.append((np.full(n, unit, dtype=object)[is_on], seconds[is_on], track[is_on]))
        units, seconds, track = (np.concatenate([part[k] for part in parts]) for k in range(3))
        days.append(
            pa.table(
                {
                    "unit_id": pa.array(units, pa.string()),
                    "time": pa.array(np.round(seconds * 1e6).astype(np.int64)).cast(UTC_TIME),
                    "x": pa.array(track[:, 0].round(1)),
                    "y": pa.array(track[:, 1].round(1)),
                    "accuracy_m": pa.array(rng.uniform(1, 40, len(units)).round(1)),
                }
            )
        )
    return days


@pytest.fixture(name="shifts", scope="session")
def _shifts():
    return shifts


def matched(places, paths: list[Path], engine: Engine) -> Visits:
    reading = ping_options(
        places,
        PingLayout(),
        key=b"k" * 32,
        ping_crs="EPSG:27700",
        latest=datetime(2030, 1, 1, tzinfo=UTC),
        visits=VisitOptions(),
    )
    return match_files(paths, places, reading, VisitOptions(), engine=engine)


def assert_equal(one: Visits, other: Visits) -> None:
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    for name in ("n_pings", "n_passes", "n_brief", "left_out", "rejects", "n_frozen"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.provenance == other.provenance


@pytest.fixture(name="matched", scope="session")
def _matched():
    return matched


@pytest.fixture(name="assert_equal", scope="session")
def _assert_equal():
    return assert_equal


def counting(path: Path, engine: Engine) -> pa.Table:
    """Add up the sizes of a file's rows by name."""
    schema = pa.schema([("key", pa.string()), ("total", pa.int64())])

    def kernel(rows: pa.Table) -> pa.Table:
        return pa.table({"key": rows["name"], "total": rows["size"]}, schema=schema)

    def read() -> Iterator[pa.Table]:
        yield pq.read_table(path)

    columns = {"name": "name", "size": "size"}
    source = Source(path, columns, lambda rows: rows, read, is_parquet=True)
    return engine.add_up([source], kernel, schema=schema, by=["key"])


@pytest.fixture(name="counting", scope="session")
def _counting():
    return counting


def random_incidents(seed: int, n: int = 3000) -> Incidents:
    """Incidents of two forces, some excluded, some without a place, some of another kind."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, 6000, (30, 2))[rng.integers(0, 30, n)]
    xy = middle + rng.normal(0, 150, (n, 2)) * rng.choice([1, 6], (n, 1))
    times = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 200 * 1440, n), unit="min"
    )
    offence = rng.choice(["robbery", "wounding", "burglary"], n)
    frame = pd.DataFrame(
        {
            "incident_id": [f"i{k}" for k in range(n)],
            "kind": rng.choice(["crime", "asb"], n, p=[0.9, 0.1]),
            "source": "test",
            "offence": offence,
            "status": "live",
            "precision": "minute",
            "location_grade": np.where(rng.random(n) < 0.03, "X", "A"),
            "is_police_generated": False,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "start": times,
            "end": times + pd.Timedelta(minutes=1),
            "location": rng.choice(["North Street", "Park Road", "Quay"], n),
            "beat": rng.choice(["East", "West"], n),
            "excluded": np.where(rng.random(n) < 0.05, "domestic indoor", None),
        }
    )
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), INCIDENTS)
    known = Provenance(
        crs="EPSG:27700", source="test", start=str(times.min().date()), end=str(times.max().date())
    )
    return Incidents(table, known)


@pytest.fixture(name="random_incidents", scope="session")
def _random_incidents():
    return random_incidents
