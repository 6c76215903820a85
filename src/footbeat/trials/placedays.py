"""Place-days: the analysis table of a trial, and its file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.errors import ColumnError, StoreError
from footbeat.outputs import writing
from footbeat.tables import PLACEDAYS, Provenance, check_table, provenance_of, with_provenance

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_NOTE = "placedays"


@dataclass(frozen=True, slots=True)
class About:
    """How place-days were made.

    Attributes
    ----------
    mechanism
        Grammar of the mechanism of each phase, in order of phase.
    commitments
        Commitment of each phase's schedule.
    data_cut
        Day up to which records are counted, ISO.
    settle_days
        Age at which a place-day enters, and within which a record must have arrived.
    hours
        Window of the day that counts (``14:00-22:00``); empty for the whole day.
    group
        Offence group counted; empty for all that may steer patrols.
    n_incidents
        Incidents counted on mature place-days.
    n_outside
        Incidents in the hot spots that fell on no day of the schedule.
    n_visits_outside
        Visits to no place-day of the schedule: another hot spot, or another day.
    half_harm_incidents
        How many of the heaviest incidents carry half the harm; None where there is no harm.
    plan_hash
        Hash of the analysis plan they follow; empty where there is none.
    """

    mechanism: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    data_cut: str = ""
    settle_days: int = 28
    hours: str = ""
    group: str = ""
    n_incidents: int = 0
    n_outside: int = 0
    n_visits_outside: int = 0
    half_harm_incidents: int | None = None
    plan_hash: str = ""

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from plain values, ignoring fields of a newer version."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content.items()
            if name in known
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Placedays:
    """The place-days of a trial.

    Attributes
    ----------
    frame
        The `placedays` contract, ordered by phase, day and hot spot.
    provenance
        What is known of the incidents behind them.
    about
        How they were made.
    """

    frame: pd.DataFrame
    provenance: Provenance
    about: About

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def n_immature(self) -> int:
        """Place-days not yet old enough to enter."""
        return int((~self.frame["mature"]).sum())

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.frame.copy()


def save_placedays(placedays: Placedays, path: Path, *, overwrite: bool = False) -> None:
    """Write place-days as Parquet, whole or not at all.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    extra = {**placedays.provenance.extra, _NOTE: asdict(placedays.about)}
    table = check_table(pa.Table.from_pandas(placedays.frame, preserve_index=False), PLACEDAYS)
    with writing(path, overwrite=overwrite) as draft:
        pq.write_table(
            with_provenance(table, replace(placedays.provenance, extra=extra)),
            draft,
            compression="zstd",
        )


def load_placedays(path: Path) -> Placedays:
    """Read place-days that :func:`save_placedays` wrote.

    Raises
    ------
    StoreError
        When the file is not there or is not Parquet.
    ColumnError
        When it is not a table of place-days with Footbeat's note; a table made elsewhere is
        read with `--columns`.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"`{path.name}` must be a Parquet file of place-days.",
            found="It is not there." if not path.exists() else "It is something else.",
            do="Make one with `footbeat trial placedays`.",
        ) from error
    provenance = provenance_of(table.schema)
    if provenance is None or _NOTE not in provenance.extra:
        raise ColumnError(
            f"`{path.name}` must carry Footbeat's note of how its place-days were made.",
            found="It is a Parquet file without one.",
            do="For a trial run elsewhere pass --mechanism and --columns.",
        )
    about = About.from_json(provenance.extra[_NOTE])
    rest = {key: value for key, value in provenance.extra.items() if key != _NOTE}
    frame = check_table(table, PLACEDAYS).replace_schema_metadata(None).to_pandas()
    return Placedays(frame, replace(provenance, extra=rest), about)
