"""The incidents table in memory, and its Parquet file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat import plots
from footbeat.errors import ColumnError, StoreError
from footbeat.outputs import writing
from footbeat.periods import months_between
from footbeat.tables import INCIDENTS, Provenance, check_table, provenance_of, with_provenance

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


# Stands between the sources of a joined table.
SOURCES_BETWEEN = " + "


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents and what is known of them.

    Attributes
    ----------
    table
        Rows of the `incidents` contract, excluded ones among them.
    provenance
        Source, coordinate system, precision, period and cautions.
    """

    table: pa.Table
    provenance: Provenance

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources the table was read by, several where tables were joined."""
        return tuple(self.provenance.source.split(SOURCES_BETWEEN))

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the incidents by month of their start; a month without data is left empty."""
        known = self.provenance
        start = self.table.column("start").to_pandas().dt.tz_convert(known.timezone or "UTC")
        counts = start.dt.strftime("%Y-%m").value_counts()
        said = months_between(known.start[:7], known.end[:7]) if known.start else []
        names = sorted({*counts.index, *said})
        held = [np.nan if n in known.missing_months else counts.get(n, 0) for n in names]
        ax = plots.begin(ax, f"{len(self):,} incidents", f"{known.source}, by month of their start")
        ax.bar(range(len(names)), held, color=plots.SERIES[0])
        step = max(1, len(names) // 12)
        ax.set_xticks(range(0, len(names), step), names[::step], rotation=45, ha="right")
        ax.set_ylabel("incidents")
        return ax

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, missing values as NaN."""
        return np.asarray(self.table.column(name), dtype=np.float64)

    def where(self, mask: NDArray[np.bool_]) -> Self:
        """Return the rows for which `mask`, shape (rows,), is true."""
        return replace(self, table=self.table.filter(pa.array(mask)))


def load_incidents(path: Path) -> Incidents:
    """Read an incidents Parquet file that `footbeat incidents read` wrote.

    Raises
    ------
    StoreError
        When the file is not there or is not Parquet.
    ColumnError
        When it is not a table of incidents.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _not_parquet(path) from error
    provenance = _provenance(table.schema, path)
    return Incidents(check_table(table, INCIDENTS), provenance)


def load_provenance(path: Path) -> Provenance:
    """Return what an incidents Parquet file says of itself, without reading its rows.

    Raises
    ------
    StoreError
        When the file is not there or is not Parquet.
    ColumnError
        When it is not a table of incidents.
    """
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _not_parquet(path) from error
    check_table(schema.empty_table(), INCIDENTS)
    return _provenance(schema, path)


def _provenance(schema: pa.Schema, path: Path) -> Provenance:
    provenance = provenance_of(schema)
    if provenance is None:
        raise ColumnError(
            f"`{path.name}` must carry Footbeat's note of its coordinate system and source.",
            found="It is a Parquet file without one.",
            do="Read it first: `footbeat incidents read FILE --out incidents.parquet`.",
        )
    return provenance


def _not_parquet(path: Path) -> StoreError:
    """Say what is wrong; the other forms `incidents read` writes are for other programs."""
    found = "It is something else."
    if not path.exists():
        found = "It is not there."
    elif path.suffix.lower() in {".csv", ".gpkg"}:
        found = f"It is {path.suffix.lower()}, which is for other programs to read."
    return StoreError(
        f"`{path.name}` must be a Parquet file of incidents.",
        found=found,
        do="Make one with `footbeat incidents read FILES --out incidents.parquet`.",
    )


def save_incidents(incidents: Incidents, path: Path, *, overwrite: bool = False) -> None:
    """Write incidents as Parquet, whole or not at all.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    with writing(path, overwrite=overwrite) as draft:
        pq.write_table(
            with_provenance(incidents.table, incidents.provenance), draft, compression="zstd"
        )
