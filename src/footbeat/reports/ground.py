"""Streets under a map: lines with names, from any file of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from footbeat.errors import CrsError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

_MAJOR = re.compile(r"motorway|trunk|primary|secondary|a road|b road", re.IGNORECASE)
_FOOT = re.compile(r"foot|path|steps|pedestrian|cycle|track|bridle", re.IGNORECASE)
_NAMES = ("name", "name1", "street", "road_name")
_CLASSES = ("highway", "class", "function", "roadclassification")
_OSM = "© OpenStreetMap contributors"


@dataclass(frozen=True, slots=True)
class Ground:
    """Streets to draw under a map.

    Attributes
    ----------
    lines
        `geometry` in metres, `name` (empty where it has none) and `kind` (major, minor, foot).
    attribution
        Whom to thank for them.
    """

    lines: gpd.GeoDataFrame
    attribution: tuple[str, ...]


def read_ground(
    path: Path, crs: str, bounds: tuple[float, float, float, float], *, attribution: str = _OSM
) -> Ground:
    """Read the lines of a street file that touch `bounds`, in metres of `crs`.

    GeoPackage, GeoJSON, Shapefile and OpenStreetMap files are read; the layer `edges`, or the
    first that holds lines, is used. A street given once for each direction is drawn once.

    Raises
    ------
    StoreError
        When the file cannot be read or holds no lines.
    CrsError
        When it does not say its coordinate system.
    """
    layer = _line_layer(path)
    own_crs = pyogrio.read_info(path, layer=layer)["crs"]
    if own_crs is None:
        raise CrsError(
            f"`{path.name}` must say its coordinate system.",
            found="It says none.",
            do="Save it again with one, for example from QGIS.",
        )
    box = gpd.GeoSeries([shapely.box(*bounds)], crs=crs).to_crs(own_crs).total_bounds
    frame = pyogrio.read_dataframe(path, layer=layer, bbox=tuple(box)).to_crs(crs)
    frame = frame[~frame.geometry.is_empty & frame.geometry.notna()]
    lines = gpd.GeoDataFrame(
        {"name": _column(frame, _NAMES), "kind": _kinds(_column(frame, _CLASSES))},
        geometry=shapely.normalize(frame.geometry.to_numpy()),
        crs=crs,
    )
    return Ground(lines.drop_duplicates().reset_index(drop=True), (attribution,))


def _line_layer(path: Path) -> str:
    try:
        layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    except (DataSourceError, DataLayerError) as error:
        raise StoreError(
            f"`{path.name}` must be a file of streets.",
            found="It is not there." if not path.exists() else "It cannot be read as one.",
            do="Give a GeoPackage, GeoJSON or OpenStreetMap file of street lines.",
        ) from error
    lines = [name for name, kind in layers if "Line" in kind]
    if not lines:
        raise StoreError(
            f"`{path.name}` must hold lines.",
            found=f"Its layers are {', '.join(name for name, _ in layers)}.",
            do="Give a file of street lines.",
        )
    return "edges" if "edges" in lines else lines[0]


def _column(frame: gpd.GeoDataFrame, names: tuple[str, ...]) -> pd.Series[str]:
    by_lower = {str(name).lower(): name for name in frame.columns}
    found = next((by_lower[name] for name in names if name in by_lower), None)
    if found is None:
        return pd.Series([""] * len(frame), index=frame.index, dtype="str")
    column: pd.Series[str] = frame[found].fillna("").astype("str").map(_first_of_list)
    return column


def _first_of_list(text: str) -> str:
    # OSMnx writes the several names of a merged edge as a Python list.
    match = re.match(r"^\[(['\"])(.*?)\1", text)
    return match.group(2) if match else text


def _kinds(classes: pd.Series[str]) -> pd.Series[str]:
    major, foot = classes.str.contains(_MAJOR), classes.str.contains(_FOOT)
    return pd.Series("minor", index=classes.index).mask(foot, "foot").mask(major, "major")
