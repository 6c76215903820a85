from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from shapely.geometry import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.incidents.load import Incidents
from footbeat.periods import Window
from footbeat.tables import INCIDENTS, Precision, Provenance, check_table
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import Schedule, draw_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.trials.building import conform
from footbeat.trials.placedays import About, Placedays

START = date(2026, 2, 1)
CRS = "EPSG:27700"


def make_hotspots(n: int) -> Hotspots:
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{i + 1:02}" for i in range(n)]},
        geometry=[box(i * 400, 0, i * 400 + 150, 150) for i in range(n)],
        crs=CRS,
    )
    return Hotspots(
        complete_hotspots(frame.assign(name=frame["hotspot_id"]), "test"), Provenance(CRS)
    )


def make_schedule(
    n: int = 8, days: int = 30, mechanism: str = "daily:3", *, seed: int = 0, start: date = START
) -> Schedule:
    options = ScheduleOptions(start, days, mechanism, VisitPlan(Window.parse("14:00-22:00")))
    return draw_schedule(make_hotspots(n), options, seed=bytes([seed] * 32), nonce=bytes(32))


def make_incidents(
    rows: list[dict[str, object]],
    *,
    precision: Precision = "minute",
    start: str = "2026-01-01",
    end: str = "2026-12-31",
    missing: tuple[str, ...] = (),
) -> Incidents:
    blank: dict[str, object] = {
        "kind": "crime",
        "source": "generic",
        "status": "live",
        "precision": precision,
        "y": 75.0,
        "location_grade": "A",
        "is_police_generated": False,
        "offence": "robbery",
    }
    filled = [blank | {"incident_id": str(i)} | row for i, row in enumerate(rows)]
    for row in filled:
        row.setdefault("end", row["start"] + timedelta(minutes=1))
    arrays = [pa.array([row.get(c.name) for row in filled], c.type) for c in INCIDENTS.columns]
    table = pa.table(dict(zip(INCIDENTS.names, arrays, strict=True)))
    known = Provenance(CRS, "generic", precision, "Europe/London", start, end, missing)
    return Incidents(check_table(table, INCIDENTS), known)


def at(place: int, day: int, hour: float, **more: object) -> dict[str, object]:
    """One incident in place 1, 2, …, on a day of the schedule counted from 0, at a UTC hour."""
    midnight = datetime(START.year, START.month, START.day, tzinfo=UTC)
    moment = midnight + timedelta(days=day, hours=hour)
    return {"x": (place - 1) * 400 + 75.0, "start": moment} | more


def draw_incidents(
    schedule: Schedule, rng: np.random.Generator, *, rate: float, ratio: float
) -> Incidents:
    n_days, n_places = schedule.roster.shape
    mean = rate * np.where(schedule.arms, ratio, 1.0)
    counts = rng.poisson(mean)
    rows = [
        at(place + 1, day, 6.5 + 23 * rng.random())
        for day in range(n_days)
        for place in range(n_places)
        for _ in range(counts[day, place])
    ]
    return make_incidents(rows)


def make_placedays(
    arms: np.ndarray, counts: np.ndarray, mechanism: str, **columns: np.ndarray
) -> Placedays:
    """Place-days from (days, places) arrays."""
    n_days, n_places = arms.shape
    days = [START + timedelta(days=i) for i in range(n_days)]
    frame = pd.DataFrame(
        {
            "hotspot_id": np.tile([f"h{i + 1:02}" for i in range(n_places)], n_days),
            "day": np.repeat(np.array(days, dtype=object), n_places),
            "phase": 1,
            "stratum": "all",
            "assigned": arms.astype(np.int64).ravel(),
            "probability": arms.mean(),
            "n": counts.astype(np.int64).ravel(),
            "exposure_h": 24.0,
            "mature": True,
        }
    ).assign(**{name: values.ravel() for name, values in columns.items()})
    return Placedays(conform(frame), Provenance(CRS), About((mechanism,), data_cut="2026-12-31"))


def draw_daily(rng: np.random.Generator, n_days: int, n_places: int, k: int) -> np.ndarray:
    return np.asarray(rng.random((n_days, n_places)).argsort(1).argsort(1) < k)


@pytest.fixture
def make() -> SimpleNamespace:
    """What tests build trials from."""
    return SimpleNamespace(
        at=at,
        daily=draw_daily,
        hotspots=make_hotspots,
        incidents=make_incidents,
        incidents_of=draw_incidents,
        placedays=make_placedays,
        schedule=make_schedule,
    )
