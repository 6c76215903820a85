"""A list of hot spots in its file, with what was passed over and what was changed by hand."""

from __future__ import annotations

import shutil
from dataclasses import fields
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from footbeat.areas import (
    complete_hotspots,
    list_layers,
    provenance_note,
    read_hotspot_rows,
    read_layer,
)
from footbeat.errors import UsageError
from footbeat.outputs import check_suffix, writing
from footbeat.targeting.changed import Changed
from footbeat.targeting.edit import Drawn
from footbeat.targeting.save import load_left_out, save_edits, save_left_out

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = [field.name for field in fields(Changed)]
_HOTSPOTS, _EDITS, _LEFT_OUT, _INCIDENTS = "hotspots", "edits", "left_out", "incidents"
_CELLS = "cells"
_KEEPS = ".gpkg"


def load_drawn(path: Path) -> Drawn:
    """Read a list from its GeoPackage, with every column, its edits and its incidents.

    Raises
    ------
    UsageError
        When the file is not a GeoPackage, which alone can keep what was changed.
    StoreError
        When it cannot be read.
    """
    if path.suffix.lower() != ".gpkg":
        raise UsageError(
            "Only a GeoPackage can keep what was changed by hand.",
            found=f"The list is {path.name}.",
            do="Save it as GeoPackage first, for example from QGIS.",
        )
    frame, provenance = read_hotspot_rows(path)
    layers = list_layers(path)
    if "rank" in frame:
        frame = frame.sort_values("rank", ignore_index=True)
    known = complete_hotspots(frame, path.name)
    frame = frame.assign(**{name: known[name] for name in known.columns.difference(frame.columns)})
    return Drawn(
        frame=frame,
        provenance=provenance,
        left_out=load_left_out(path),
        edits=load_edits(path),
        incidents=read_layer(path, _INCIDENTS) if _INCIDENTS in layers else None,
    )


def load_edits(path: Path) -> tuple[Changed, ...]:
    """Return what was changed on a list by hand, the first first; nothing where nothing was."""
    if _EDITS not in list_layers(path):
        return ()
    frame = read_layer(path, _EDITS, read_geometry=False)
    # Files of earlier versions hold neither names nor outlines.
    frame = frame.reindex(columns=_COLUMNS).fillna("")
    columns = [frame[name].astype(str) for name in _COLUMNS]
    return tuple(Changed(*row) for row in zip(*columns, strict=True))


def tell_forgotten(n_edits: int, out: Path, previous: Path | None) -> tuple[str, ...]:
    """Say where decisions made by hand are not kept: only a GeoPackage holds them.

    Parameters
    ----------
    n_edits
        Decisions that hold for the list to be written.
    out, previous
        Its file, and that of the earlier list.
    """
    told = []
    if previous is not None and previous.suffix.lower() != _KEEPS:
        told.append(f"{previous.name} keeps no decision made by hand: only a GeoPackage does.")
    if n_edits and out.suffix.lower() != _KEEPS:
        noun = "decision" if n_edits == 1 else "decisions"
        told.append(
            f"{out.name} does not keep the {n_edits:,} {noun} made by hand: only a GeoPackage does."
        )
    return tuple(told)


def save_drawn(drawn: Drawn, source: Path, path: Path, *, overwrite: bool = False) -> None:
    """Write a changed list with everything else that `source` holds: cells, incidents, styles.

    Raises
    ------
    StoreError
        When the file exists and `overwrite` is false, or cannot be written.
    """
    check_suffix(path, (".gpkg",))
    with writing(path, overwrite=overwrite) as draft:
        shutil.copyfile(source, draft)
        layers = list_layers(draft)
        _write(drawn.frame, draft, _HOTSPOTS, provenance_note(drawn.provenance))
        save_edits(drawn.edits, draft)
        if _CELLS in layers:
            _write(_relabel(read_layer(draft, _CELLS), drawn), draft, _CELLS, None)
        if _LEFT_OUT in layers:
            pyogrio.write_dataframe(_as_table(drawn), draft, layer=_LEFT_OUT, driver="GPKG")
        else:
            save_left_out(drawn.left_out, draft)


def _relabel(cells: gpd.GeoDataFrame, drawn: Drawn) -> gpd.GeoDataFrame:
    """Return the cells, each with the hot spot its middle now lies in."""
    outlines = drawn.frame.geometry.to_numpy()
    middles = shapely.point_on_surface(cells.geometry.to_numpy())
    cell, outline = shapely.STRtree(outlines).query(middles, predicate="intersects")
    # Where outlines overlap, the higher rank holds the cell.
    order = np.lexsort((outline, cell))
    first = order[np.unique(cell[order], return_index=True)[1]]
    cells["hotspot_id"] = pd.Series(pd.NA, index=cells.index, dtype="string")
    cells.loc[cell[first], "hotspot_id"] = drawn.frame["hotspot_id"].to_numpy()[outline[first]]
    return cells


def _as_table(drawn: Drawn) -> pd.DataFrame:
    columns = ("place", "rank", "reason")
    return pd.DataFrame(
        [(each.place, each.rank, each.reason) for each in drawn.left_out], columns=list(columns)
    )


def _write(frame: pd.DataFrame, path: Path, layer: str, note: dict[str, str] | None) -> None:
    options = {"GEOMETRY_NAME": "geom"} if isinstance(frame, gpd.GeoDataFrame) else {}
    pyogrio.write_dataframe(
        frame, path, layer=layer, driver="GPKG", layer_options=options, dataset_metadata=note
    )
