"""Incidents and rejects as the files people open: CSV for spreadsheets, GeoPackage for maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from footbeat.areas import provenance_note
from footbeat.incidents.load import load_incidents

if TYPE_CHECKING:
    from pathlib import Path

# A spreadsheet runs text that begins with one of these as a formula.
_FORMULA = r"^([=+\-@\t\r])"


def write_csv(parquet: Path, draft: Path) -> None:
    """Write a Parquet file as CSV, batch by batch, with text a spreadsheet cannot run."""
    source = pq.ParquetFile(parquet)
    with pacsv.CSVWriter(draft, source.schema_arrow.remove_metadata()) as writer:
        for batch in source.iter_batches():
            writer.write_batch(_neutralise(batch).replace_schema_metadata(None))


def write_geopackage(parquet: Path, draft: Path) -> None:
    """Write incidents as points in a GeoPackage, layer `incidents`, provenance included."""
    incidents = load_incidents(parquet)
    frame = incidents.to_frame()
    points = gpd.GeoDataFrame(
        frame,
        geometry=gpd.points_from_xy(frame["x"], frame["y"]),
        crs=incidents.provenance.crs,
    )
    note = provenance_note(incidents.provenance)
    points.to_file(draft, layer="incidents", driver="GPKG", dataset_metadata=note)


def _neutralise(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        pc.replace_substring_regex(column, _FORMULA, r"'\1")
        if pa.types.is_string(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
