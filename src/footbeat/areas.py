"""Polygons: hot spots, areas such as LSOAs, and the extent of a force.

Hot spots live here rather than with the step that finds them, because every later step reads
them: a hot spot file drawn by hand in QGIS is as good as one Footbeat found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from footbeat import plots
from footbeat.errors import CrsError, StoreError
from footbeat.lists import RADIUS, is_sheet, name_rows, read_circles
from footbeat.outputs import FILE_DAY
from footbeat.tables import HOTSPOTS, Provenance, check_table

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

_NOTE = "footbeat"
_METRES = frozenset({"metre", "meter"})
_BRITAIN = (-9.0, 49.0, 2.5, 61.0)

# GDAL gives every shape of a KML these, whatever its author wrote; `id` is a running number.
_KML = (".kml", ".kmz")
_KML_COLUMNS = (
    *("id", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude"),
    *("visibility", "draworder", "icon"),
)

# Otherwise GDAL leaves a file NAME.aux.xml beside a GeoPackage that was only read.
pyogrio.set_gdal_config_options({"GDAL_PAM_ENABLED": "NO"})
# Otherwise every GeoPackage bears the moment it was written.
pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{FILE_DAY:%Y-%m-%dT%H:%M:%S.000Z}"})


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

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the hot spots as a GeoPandas frame."""
        return self.frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hot spots with their ranks."""
        known = self.provenance
        when = f", {known.start} to {known.end}" if known.start else ""
        ax = plots.begin(ax, f"{len(self):,} hot spots", f"{known.source}{when}", size=(7.5, 6.5))
        plots.draw_places(ax, self.frame)
        return ax


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
    if not crs.is_projected or crs.axis_info[0].unit_name not in _METRES:
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
    return _read_shapes(path, layer).to_crs(crs)


def read_hotspots(path: Path) -> Hotspots:
    """Read a hot spot file that Footbeat or a person made.

    A hand-drawn file needs only polygons with a name each (`hotspot_id`, `name`, `Name`,
    `Hotspot name`, `Ref`, …); what it does not say (rank, count, score) is filled in the file's
    order and left at zero. A force's list may also be a sheet (CSV, XLSX) of centres, in
    degrees or metres, with a radius each: see :mod:`footbeat.lists`.

    Raises
    ------
    StoreError
        When the file cannot be read as polygons.
    ColumnError
        When a hot spot has no identifier, or two have the same.
    CrsError
        When the file does not say its coordinate system.
    """
    rows, provenance = read_hotspot_rows(path)
    return Hotspots(complete_hotspots(rows, path.name), provenance)


def read_hotspot_rows(path: Path) -> tuple[gpd.GeoDataFrame, Provenance]:
    """Read the hot spots of a file with every column it has, in its order, and what it notes.

    Raises
    ------
    StoreError, ColumnError, CrsError
        As :func:`read_hotspots`.
    """
    if is_sheet(path):
        places, cautions = read_circles(path)
        frame, note = places.to_crs(_metric_crs(places)), None
        frame = frame.set_geometry(frame.buffer(frame[RADIUS].to_numpy()))
    else:
        layer, cautions = hotspot_layer_of(path), ()
        info = pyogrio.read_info(path, layer=layer)
        note = json.loads((info.get("dataset_metadata") or {}).get(_NOTE, "null"))
        shapes = _read_shapes(path, layer)
        frame = shapes.to_crs((note or {}).get("crs") or _metric_crs(shapes))
    provenance = (
        Provenance.from_json(note)
        if note
        else Provenance(crs=frame.crs.to_string(), source="hand-drawn", cautions=cautions)
    )
    return name_rows(frame, path.name), provenance


def complete_hotspots(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return polygons with every column of the `hotspots` contract, ordered by rank.

    Raises
    ------
    ColumnError
        When nothing names the hot spots, or identifiers repeat or are missing.
    """
    filled = name_rows(frame, name)
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
    # The types of the contract, not those pandas noted of the columns that came in.
    plain = table.replace_schema_metadata(None).to_pandas()
    done = gpd.GeoDataFrame(plain, geometry=filled.geometry.to_numpy(), crs=filled.crs)
    return done.sort_values("rank", ignore_index=True)


def list_layers(path: Path) -> list[str]:
    """Return the names of a file's layers and tables; a sheet has none.

    Raises
    ------
    StoreError
        When the file is not there, or no reader of maps knows it.
    """
    if not path.exists():
        raise StoreError(
            f"`{path.name}` must exist.", found="It is not there.", do="Check the path."
        )
    if is_sheet(path):
        return []
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(path) from error


def read_layer(path: Path, layer: str | None = None, **choices: Any) -> pd.DataFrame:  # noqa: ANN401 - pyogrio's own
    """Read a layer (the first, unless named) as it stands: shapes where it has any, else a table.

    Of a KML only the columns its author wrote are read.

    Raises
    ------
    StoreError
        When the file is not there, or no reader of maps knows it, or it has no such layer.
    """
    list_layers(path)
    try:
        frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, **choices)
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(path) from error
    return frame.drop(columns=_kml_columns(frame)) if path.suffix.lower() in _KML else frame


def hotspot_layer_of(path: Path) -> str:
    """Return the layer that holds the hot spots: `hotspots`, or else the first.

    Raises
    ------
    StoreError
        When the file is not there, or no reader of maps knows it.
    """
    layers = list_layers(path)
    return "hotspots" if "hotspots" in layers else layers[0]


def provenance_note(provenance: Provenance) -> dict[str, str]:
    """Return the GeoPackage metadata in which :func:`read_hotspots` finds the provenance."""
    return {_NOTE: json.dumps(provenance.as_json(), sort_keys=True, ensure_ascii=False)}


def _read_shapes(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read polygons in their own coordinate system, or say why the file does not serve."""
    frame = read_layer(path, layer)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(path)
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
    # Google Earth gives every corner a height, which the plane has no use for.
    return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


def _kml_columns(frame: pd.DataFrame) -> list[str]:
    """Return what GDAL added, and the name where nobody gave one."""
    return [
        name
        for name in frame.columns
        if name.lower() in _KML_COLUMNS or (name == "Name" and frame[name].isna().all())
    ]


def _metric_crs(frame: gpd.GeoDataFrame) -> str:
    if frame.crs.is_projected and frame.crs.axis_info[0].unit_name in _METRES:
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
