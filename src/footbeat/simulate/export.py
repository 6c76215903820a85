"""The files of a synthetic town, all of them in forms a force's own data could have."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from footbeat.simulate.layout import CRS
from footbeat.simulate.records import MAPPING
from footbeat.simulate.town import LABEL, TIMEZONE, TOWN_NAME

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from footbeat.simulate.planted import Truth
    from footbeat.simulate.town import Town

_MARGIN_M = 100.0


def write_ground(town: Town, folder: Path) -> None:
    """Write the streets as lines, and the boundary, as GeoPackages that say SYNTHETIC."""
    note = {"dataset_metadata": {"DESCRIPTION": LABEL}}
    town.streets.to_frame().to_file(folder / "streets.gpkg", layer="streets", **note)
    boundary = gpd.GeoDataFrame(
        {"name": [f"{TOWN_NAME} (synthetic)"]}, geometry=[town_boundary(town)], crs=CRS
    )
    boundary.to_file(folder / "boundary.gpkg", layer="boundary", **note)
    (folder / "records.toml").write_text(MAPPING, encoding="utf-8", newline="\n")


def town_boundary(town: Town) -> shapely.Polygon:
    """Return the ground of the town: everything within 100 m of its streets, holes filled."""
    near = shapely.union_all(
        shapely.buffer(town.streets.to_frame().geometry, _MARGIN_M, quad_segs=2)
    )
    outline = shapely.get_exterior_ring(max(shapely.get_parts(near), key=shapely.area))
    return shapely.Polygon(shapely.get_coordinates(shapely.simplify(outline, 10.0)))


def write_records(records: pd.DataFrame, path: Path) -> None:
    """Write an export of the records system as CSV, as Windows would."""
    records.to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")


def write_pings(pings: pa.Table, path: Path) -> None:
    """Write pings as a tracker's portal exports them: local times, easting and northing."""
    frame = pings.select(["unit_id", "time", "x", "y", "accuracy_m"]).to_pandas()
    times = frame["time"].dt.tz_convert(TIMEZONE)
    done = pd.DataFrame(
        {
            "unit_id": frame["unit_id"],
            "time": times.dt.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "x": frame["x"].round(1),
            "y": frame["y"].round(1),
            "accuracy_m": frame["accuracy_m"].round(1),
        }
    )
    done.to_csv(path, index=False, lineterminator="\n")


def write_truth(town: Town, truth: Truth, path: Path) -> dict[str, Any]:
    """Write what is known only because the town is simulated, and return it."""
    content = {
        "label": LABEL,
        "planted": asdict(truth),
        "planted_hotspots": [
            {"number": i + 1, "kind": s.kind, "x": round(s.x, 1), "y": round(s.y, 1)}
            for i, s in enumerate(town.planted)
        ],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")
    return content
