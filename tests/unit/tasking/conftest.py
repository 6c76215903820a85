from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import Window
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import Schedule, draw_schedule, save_schedule
from footbeat.tasking.windows import VisitPlan

SEED, NONCE = bytes(range(32)), bytes(32)


def _hotspots(n: int) -> Hotspots:
    shapes = [box(i * 400, 0, i * 400 + 150, 150) for i in range(n)]
    frame = gpd.GeoDataFrame(
        {
            "hotspot_id": [f"h{i + 1:02}" for i in range(n)],
            "name": [f"Place {i + 1}" for i in range(n)],
            "n": [float(40 - i) for i in range(n)],
        },
        geometry=shapes,
        crs="EPSG:27700",
    )
    provenance = Provenance("EPSG:27700", start="2025-01-01", end="2025-12-31")
    return Hotspots(complete_hotspots(frame, "test"), provenance)


@pytest.fixture
def hotspots() -> Callable[[int], Hotspots]:
    return _hotspots


@pytest.fixture
def options() -> ScheduleOptions:
    visits = VisitPlan(Window.parse("14:00-22:00"))
    return ScheduleOptions(date(2026, 10, 1), 30, "daily:3", visits)


@pytest.fixture
def schedule(options: ScheduleOptions) -> Schedule:
    return draw_schedule(_hotspots(8), options, seed=SEED, nonce=NONCE)


@pytest.fixture
def folder(schedule: Schedule, tmp_path: Path) -> Path:
    save_schedule(schedule, tmp_path / "schedule")
    return tmp_path / "schedule"
