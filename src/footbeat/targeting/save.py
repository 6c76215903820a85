"""Write what was found: a GeoPackage that QGIS opens styled, or GeoJSON for exchange."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from footbeat.areas import list_layers, provenance_note, read_layer
from footbeat.outputs import FILE_DAY, check_suffix, writing
from footbeat.targeting.changed import Changed
from footbeat.targeting.found import LeftOut
from footbeat.targeting.styles import style_cells, style_hotspots, style_incidents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.found import Found

SUFFIXES = (".gpkg", ".geojson", ".json")

_LEFT_OUT = fields(LeftOut)
_INCIDENT_COLUMNS = ("kind", "offence", "category", "start", "end", "precision", "location")
_DETAIL_COLUMNS = ("count_rank", "harm_rank", "one_incident_share", "n_points", "next_m")

# The table QGIS reads a layer's default style from, as its own “Save style in database” makes it.
_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'How QGIS draws the layers', ?)
"""
_ADD_STYLE = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
    styleName, styleQML, useAsDefault, description, owner, update_time)
VALUES ('', '', ?, 'geom', 'Footbeat', ?, 1, 'Footbeat', '', ?)
"""


def save_found(found: Found, incidents: Incidents, path: Path, *, overwrite: bool = False) -> None:
    """Write hot spots to a GeoPackage or, for exchange only, to GeoJSON in degrees.

    The GeoPackage has the layers `hotspots`, `cells`, `incidents` and, as a table, `left_out`
    (place, rank, reason), and the layers' styles; its
    metadata holds the provenance, so `areas.read_hotspots` reads back what was found. GeoJSON
    holds the hot spots alone; whoever reads it must be told the coordinate system of the data.

    Parameters
    ----------
    found
        What was found.
    incidents
        The incidents to draw as points: `found.incidents` for those that were counted.
    path
        Ends in ``.gpkg``, ``.geojson`` or ``.json``.

    Raises
    ------
    UsageError
        When the path ends in something else.
    StoreError
        When the file exists and `overwrite` is false, or cannot be written.
    """
    suffix = check_suffix(path, SUFFIXES)
    with writing(path, overwrite=overwrite) as draft:
        if suffix == ".gpkg":
            _write_geopackage(found, incidents, draft)
        else:
            _write_geojson(found, draft)


def hotspot_layer(found: Found) -> gpd.GeoDataFrame:
    """Return the hot spots with the columns of the contract and those that explain them."""
    details = pd.DataFrame([found.details[i] for i in found.hotspots.ids], dtype=object)
    extra = {name: pd.to_numeric(details[name]) for name in _DETAIL_COLUMNS if name in details}
    return found.hotspots.frame.assign(**{name: value.to_numpy() for name, value in extra.items()})


def _write_geopackage(found: Found, incidents: Incidents, path: Path) -> None:
    note = provenance_note(found.hotspots.provenance)
    layers = {
        "hotspots": hotspot_layer(found),
        "cells": found.cells,
        "incidents": _incident_layer(incidents),
    }
    for name, frame in layers.items():
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            append=path.exists(),
            layer_options={"GEOMETRY_NAME": "geom"},
            dataset_metadata=note if name == "hotspots" else None,
        )
    save_left_out(found.left_out, path)
    if found.edits:
        save_edits(found.edits, path)
    styles = {
        "hotspots": style_hotspots(),
        "cells": style_cells(_steps(found.cells["score"].to_numpy(np.float64))),
        "incidents": style_incidents(),
    }
    _write_styles(path, styles)


def save_left_out(left_out: Sequence[LeftOut], path: Path) -> None:
    """Write to a GeoPackage, as the table `left_out`, what was passed over and why."""
    columns = {field.name: [getattr(each, field.name) for each in left_out] for field in _LEFT_OUT}
    frame = pd.DataFrame(columns).astype({"place": "string", "reason": "string"})
    if not frame.empty:
        pyogrio.write_dataframe(frame, path, layer="left_out", driver="GPKG", append=True)


def save_edits(edits: Sequence[Changed], path: Path) -> None:
    """Write to a GeoPackage, as the table `edits`, what was changed by hand."""
    names = [field.name for field in fields(Changed)]
    frame = pd.DataFrame([asdict(each) for each in edits], columns=names).astype("string")
    pyogrio.write_dataframe(frame, path, layer="edits", driver="GPKG")


def load_left_out(path: Path) -> tuple[LeftOut, ...]:
    """Read what a GeoPackage of hot spots says was passed over; nothing where it says nothing."""
    if "left_out" not in list_layers(path):
        return ()
    frame = read_layer(path, "left_out", read_geometry=False)
    rows = frame[["place", "rank", "reason"]].itertuples(index=False)
    return tuple(LeftOut(str(place), int(rank), str(reason)) for place, rank, reason in rows)


def load_standing(path: Path) -> dict[str, str]:
    """Return by `hotspot_id` where each stands by count and by harm, as far as the file says."""
    if "hotspots" not in list_layers(path):
        return {}
    frame = read_layer(path, "hotspots", read_geometry=False)
    if not {"hotspot_id", "count_rank", "harm_rank"} <= set(frame):
        return {}
    known = frame.dropna(subset=["count_rank", "harm_rank"])
    return {
        str(row.hotspot_id): f"by count number {row.count_rank:.0f}, by harm {row.harm_rank:.0f}"
        for row in known.itertuples()
    }


def _steps(score: NDArray[np.float64]) -> list[float]:
    # Most cells hold little, so equal steps would draw all but a few in the palest colour.
    bounds = np.quantile(score, [0, 0.5, 0.8, 0.95, 0.99, 1]) if score.size else np.zeros(6)
    return [float(bound) for bound in bounds]


def _write_styles(path: Path, styles: Mapping[str, str]) -> None:
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(_STYLE_TABLE)
        day = f"{FILE_DAY:%Y-%m-%dT%H:%M:%S.000Z}"
        store.execute(_REGISTER, (day,))
        store.executemany(_ADD_STYLE, [(name, style, day) for name, style in styles.items()])


def _write_geojson(found: Found, path: Path) -> None:
    frame = hotspot_layer(found).to_crs("EPSG:4326")
    content: dict[str, Any] = json.loads(frame.to_json(drop_id=True))
    content["footbeat"] = found.hotspots.provenance.as_json()
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _incident_layer(incidents: Incidents) -> gpd.GeoDataFrame:
    frame = incidents.table.select([*_INCIDENT_COLUMNS, "harm_days"]).to_pandas()
    points = gpd.points_from_xy(incidents.numbers("x"), incidents.numbers("y"))
    return gpd.GeoDataFrame(frame, geometry=points, crs=incidents.provenance.crs)
