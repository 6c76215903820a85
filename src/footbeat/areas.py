"""Polygons: hot spots, areas such as LSOAs, and the extent of a force.

Hot spots live here rather than with the step that finds them, because every later step reads
them: a hot spot file drawn by hand in QGIS is as good as one Footbeat found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from footbeat.errors import ColumnError, CrsError, StoreError
from footbeat.tables import HOTSPOTS, Provenance, check_table

if TYPE_CHECKING:
    from pathlib import Path

_NOTE = "footbeat"
_BRITAIN = (-9.0, 49.0, 2.5, 61.0)

# Otherwise GDAL leaves a file NAME.aux.xml beside a GeoPackage that was only read.
pyogrio.set_gdal_config_options({"GDAL_PAM_ENABLED": "NO"})


@dataclass(frozen=True, slots=True)
class Hotspots:
    """Hot spots and what is known of the data behind them.

    Attributes
    ----------
    frame
        The `hotspots` contract with polygons in metres, ordered by rank.
    provenance
        Source, coordinate system, period and cautions.
    """

    frame: gpd.GeoDataFrame
    provenance: Provenance

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def ids(self) -> tuple[str, ...]:
        """The identifiers, in order of rank."""
        return tuple(self.frame["hotspot_id"])


def load_crs(text: str) -> CRS:
    """Return a coordinate system in metres.

    Raises
    ------
    CrsError
        When there is no such system, or its unit is not the metre.
    """
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        raise CrsError(
            "The coordinate system must be one PROJ knows.",
            found=f"It is “{text}”.",
            do="Give a code such as EPSG:27700.",
        ) from error
    if not crs.is_projected or crs.axis_info[0].unit_name not in {"metre", "meter"}:
        raise CrsError(
            "The coordinate system must be in metres.",
            found=f"{text} is in {crs.axis_info[0].unit_name}s.",
            do="Give a projected system such as EPSG:27700 or a UTM zone.",
        )
    return crs


def read_polygons(path: Path, crs: str, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read any polygon file (GeoPackage, GeoJSON, Shapefile, KML) into `crs`.

    Raises
    ------
    StoreError
        When the file cannot be read as polygons.
    CrsError
        When it does not say its coordinate system.
    """
    frame = _read_layer(path, layer)
    if frame.crs is None:
        raise CrsError(
            f"`{path.name}` must say its coordinate system.",
            found="It says none.",
            do="Save it again with one, for example from QGIS.",
        )
    areal = frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    if frame.empty:
        raise StoreError(
            f"`{path.name}` must hold polygons.",
            found="It holds no shape.",
            do="Draw at least one, or leave the file out.",
        )
    if not areal.all():
        raise StoreError(
            f"`{path.name}` must hold polygons.",
            found=f"{int((~areal).sum()):,} of {len(frame):,} shapes are something else.",
            do="Leave the other shapes out.",
        )
    return frame.to_crs(crs)


def read_hotspots(path: Path) -> Hotspots:
    """Read a hot spot file that Footbeat or a person made.

    A hand-drawn file needs only polygons with a `hotspot_id` or `name`; what it does not say
    (rank, count, score) is filled in the file's order and left at zero.

    Raises
    ------
    StoreError
        When the file cannot be read as polygons.
    ColumnError
        When a hot spot has no identifier, or two have the same.
    """
    layers = _list_layers(path)
    layer = "hotspots" if "hotspots" in layers else layers[0]
    info = pyogrio.read_info(path, layer=layer)
    note = json.loads((info.get("dataset_metadata") or {}).get(_NOTE, "null"))
    crs = (note or {}).get("crs") or _metric_crs(path, layer)
    frame = read_polygons(path, crs, layer=layer)
    provenance = Provenance.from_json(note) if note else Provenance(crs=crs, source="hand-drawn")
    return Hotspots(complete_hotspots(frame, path.name), provenance)


def complete_hotspots(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return polygons with every column of the `hotspots` contract, ordered by rank.

    Raises
    ------
    ColumnError
        When there is neither `hotspot_id` nor `name`, or identifiers repeat or are missing.
    """
    if "hotspot_id" not in frame and "name" not in frame:
        raise ColumnError(
            f"`{name}` must name its hot spots.",
            found=f"It has the columns {', '.join(frame.columns)}.",
            do="Add a column `hotspot_id` or `name`.",
        )
    ids = frame["hotspot_id" if "hotspot_id" in frame else "name"].astype("string")
    if ids.isna().any() or ids.duplicated().any():
        raise ColumnError(
            f"Every hot spot in `{name}` must have an identifier of its own.",
            found=f"{int(ids.isna().sum())} have none and {int(ids.duplicated().sum())} repeat.",
            do="Give each hot spot its own `hotspot_id`.",
        )
    filled = frame.assign(hotspot_id=ids, name=frame.get("name", ids))
    defaults = {
        "rank": range(1, len(filled) + 1),
        "n": 0.0,
        "score": 0.0,
        "area_ha": filled.area / 10_000,
        "why": "",
    }
    for column, value in defaults.items():
        if column not in filled:
            filled[column] = value
    table = check_table(
        pa.Table.from_pandas(pd.DataFrame(filled.drop(columns="geometry")), preserve_index=False),
        HOTSPOTS,
    )
    done = gpd.GeoDataFrame(table.to_pandas(), geometry=filled.geometry.to_numpy(), crs=filled.crs)
    return done.sort_values("rank", ignore_index=True)


def provenance_note(provenance: Provenance) -> dict[str, str]:
    """Return the GeoPackage metadata in which :func:`read_hotspots` finds the provenance."""
    return {_NOTE: json.dumps(provenance.as_json(), sort_keys=True, ensure_ascii=False)}


def _list_layers(path: Path) -> list[str]:
    if not path.exists():
        raise StoreError(
            f"`{path.name}` must exist.", found="It is not there.", do="Check the path."
        )
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(path) from error


def _read_layer(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    _list_layers(path)
    try:
        frame = pyogrio.read_dataframe(path, layer=layer)
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(path) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(path)
    return frame


def _metric_crs(path: Path, layer: str) -> str:
    frame = _read_layer(path, layer)
    if frame.crs is not None and frame.crs.is_projected:
        return str(frame.crs.to_string())
    west, south, east, north = _BRITAIN
    x_min, y_min, x_max, y_max = frame.to_crs("EPSG:4326").total_bounds
    if west <= x_min and south <= y_min and x_max <= east and y_max <= north:
        return "EPSG:27700"
    return str(frame.estimate_utm_crs().to_string())


def _unreadable(path: Path) -> StoreError:
    return StoreError(
        f"`{path.name}` must be a polygon file such as GeoPackage or GeoJSON.",
        found="It cannot be read as one.",
        do="Save it as GeoPackage, for example from QGIS.",
    )
