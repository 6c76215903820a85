"""Small towns whose hot spots are known, for the tests of targeting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from footbeat.incidents.load import Incidents
from footbeat.tables import INCIDENTS, Provenance, check_table
from footbeat.targeting.features import Features

DEFAULTS = {
    "kind": "crime",
    "source": "test",
    "offence": "robbery",
    "category": "Robbery",
    "status": "live",
    "precision": "minute",
    "location_grade": "A",
    "is_police_generated": False,
}


def build_incidents(x, y, *, start=None, crs="EPSG:27700", precision="minute", **columns):
    """Incidents at points, an hour apart from January 2024 unless told."""
    n = len(x)
    times = pd.date_range("2024-01-01", periods=n, freq="h", tz="UTC") if start is None else start
    times = pd.DatetimeIndex(times)
    frame = pd.DataFrame(
        DEFAULTS
        | {"precision": precision}
        | {
            "incident_id": [str(i) for i in range(n)],
            "x": np.asarray(x, float),
            "y": np.asarray(y, float),
            "start": times,
            "end": times + pd.Timedelta(minutes=1),
        }
        | columns
    )
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), INCIDENTS)
    provenance = Provenance(
        crs=crs,
        source="test",
        precision=precision,
        start=str(times.min().date()),
        end=str(times.max().date()),
        cautions=("Simulated for a test.",),
    )
    return Incidents(table, provenance)


def build_town(seed=0, *, n_background=400, hot=((1000, 1000, 60), (3000, 2000, 40)), days=300):
    """Background over 4 km by 4 km, and hot places (x, y, incidents) within 40 m."""
    rng = np.random.default_rng(seed)
    x = [rng.uniform(0, 4000, n_background)]
    y = [rng.uniform(0, 4000, n_background)]
    for centre_x, centre_y, n in hot:
        x.append(centre_x + rng.uniform(-40, 40, n))
        y.append(centre_y + rng.uniform(-40, 40, n))
    x, y = np.concatenate(x), np.concatenate(y)
    minutes = rng.integers(0, days * 24 * 60, x.size)
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(minutes, unit="min")
    return build_incidents(x, y, start=start)


def build_features(kinds, *, opened=None):
    """Features of the ground: points (x, y) by kind, always there unless told."""
    rows = [(x, y, kind) for kind, points in sorted(kinds.items()) for x, y in points]
    x, y = (np.array([row[i] for row in rows], float) for i in (0, 1))
    kind = np.array([row[2] for row in rows], dtype=object)
    opened = np.full(len(rows), -np.inf) if opened is None else np.asarray(opened, float)
    return Features(x, y, kind, opened, np.full(len(rows), np.inf))


@pytest.fixture(scope="session")
def features_at():
    return build_features


@pytest.fixture(scope="session")
def incidents_at():
    return build_incidents


@pytest.fixture(scope="session")
def scattered_town():
    return build_town
