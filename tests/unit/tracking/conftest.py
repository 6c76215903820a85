import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from shapely import Polygon, box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.cli.main import run
from footbeat.tables import UTC_TIME, Provenance

START = "2026-06-01T18:00:00Z"


def hotspots_of(*polygons: Polygon) -> Hotspots:
    names = [chr(65 + i) for i in range(len(polygons))]
    frame = gpd.GeoDataFrame({"hotspot_id": names}, geometry=list(polygons), crs="EPSG:27700")
    return Hotspots(complete_hotspots(frame, "drawn"), Provenance(crs="EPSG:27700"))


def pings_of(
    seconds: list[float],
    x: list[float],
    y: list[float] | float = 50.0,
    *,
    unit: str = "u",
    start: str = START,
    accuracy_m: float | None = 1.0,
) -> pa.Table:
    origin = pd.Timestamp(start).value // 1000
    micros = origin + np.round(np.array(seconds) * 1e6).astype(np.int64)
    n = len(seconds)
    return pa.table(
        {
            "unit_id": pa.array([unit] * n),
            "time": pa.array(micros).cast(UTC_TIME),
            "x": pa.array(np.array(x, dtype=float)),
            "y": pa.array(np.broadcast_to(np.array(y, dtype=float), n).copy()),
            "accuracy_m": pa.array([accuracy_m] * n, pa.float64()),
            "speed_ms": pa.nulls(n, pa.float64()),
        }
    )


@pytest.fixture(name="hotspots_of")
def _hotspots_of():
    return hotspots_of


@pytest.fixture(name="pings_of")
def _pings_of():
    return pings_of


@pytest.fixture
def square() -> Hotspots:
    """Give one hot spot of 100 by 100 m with its south-west corner at the origin."""
    return hotspots_of(box(0, 0, 100, 100))


@pytest.fixture
def run_json(capsys: pytest.CaptureFixture[str]):
    """Run a command and return its exit code and its answer."""

    def say(*words: str) -> tuple[int, dict]:
        code = run([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return say
