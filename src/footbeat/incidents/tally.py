"""Counts that grow while batches of rows pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from footbeat.incidents.dates import DateSigns
from footbeat.incidents.gaps import MonthRows
from footbeat.incidents.lsoas import count_codes

if TYPE_CHECKING:
    import pyarrow as pa

    from footbeat.tables import Precision

# The coarsest first.
PRECISIONS: tuple[Precision, ...] = ("month", "day", "minute")


@dataclass(frozen=True, slots=True)
class Seen:
    """What some rows show besides themselves, kept or not.

    Attributes
    ----------
    months
        Rows by force and month.
    unknown_status
        Rows by each status word whose meaning is not known.
    uncoded
        Rows by each offence that a scheme of codes should hold and does not.
    n_unknown_levels
        Rows whose match level is missing or of no known meaning.
    dates
        What the dates show.
    removed
        Values that were blanked as personal, by our column and kind.
    n_may_turn
        Rows that would lie on land with their axes exchanged as well.
    """

    months: MonthRows = field(default_factory=MonthRows)
    unknown_status: dict[str, int] = field(default_factory=dict)
    uncoded: dict[str, int] = field(default_factory=dict)
    n_unknown_levels: int = 0
    dates: DateSigns = field(default_factory=DateSigns)
    removed: Counter[tuple[str, str]] = field(default_factory=Counter)
    n_may_turn: int = 0


@dataclass(slots=True)
class Tally:
    """What has been read, rejected, kept and excluded so far."""

    read: int = 0
    unknown_status: dict[str, int] = field(default_factory=dict)
    uncoded: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    months: MonthRows = field(default_factory=MonthRows)
    precisions: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    n_harm: int = 0
    unweighed: dict[str, int] = field(default_factory=dict)
    n_unknown_levels: int = 0
    dates: DateSigns = field(default_factory=DateSigns)
    removed: Counter[tuple[str, str]] = field(default_factory=Counter)
    n_may_turn: int = 0
    coded: dict[str, int] = field(default_factory=dict)
    new_coded: dict[str, int] = field(default_factory=dict)

    def count_read(self, n_rows: int, seen: Seen) -> None:
        """Count a batch before its rejects are taken out, and what it showed."""
        self.read += n_rows
        self.months.add(seen.months)
        self.n_unknown_levels += seen.n_unknown_levels
        self.dates.add(seen.dates)
        self.removed.update(seen.removed)
        self.n_may_turn += seen.n_may_turn
        for word, n in seen.unknown_status.items():
            self.unknown_status[word] = self.unknown_status.get(word, 0) + n
        for code, n in seen.uncoded.items():
            self.uncoded[code] = self.uncoded.get(code, 0) + n

    def count_rejects(self, reasons: pa.Array | pa.ChunkedArray) -> None:
        """Count rejects by their reason."""
        _add(self.rejects, reasons)

    def count_kept(self, rows: pa.RecordBatch) -> None:
        """Count a batch of rows that stay."""
        _add(self.excluded, rows.column("excluded"))
        _add(self.kinds, rows.column("kind"))
        _add(self.precisions, rows.column("precision"))
        is_unweighed = rows.column("harm_days").is_null()
        self.n_harm += rows.num_rows - rows.column("harm_days").null_count
        offences = pc.coalesce(rows.column("offence"), rows.column("category"), "(none)")
        _add(self.unweighed, offences.filter(is_unweighed))
        counted = count_codes(rows.column("lsoa"), rows.column("start"))
        for month, coded, new in zip(counted.months, counted.coded, counted.new, strict=True):
            self.coded[str(month)] = self.coded.get(str(month), 0) + int(coded)
            self.new_coded[str(month)] = self.new_coded.get(str(month), 0) + int(new)

    def add(self, other: Tally) -> None:
        """Add what another tally read."""
        seen = Seen(
            other.months,
            other.unknown_status,
            other.uncoded,
            removed=other.removed,
            n_may_turn=other.n_may_turn,
        )
        self.count_read(other.read, seen)

    @property
    def precision(self) -> Precision:
        """The coarsest precision seen."""
        return next((level for level in PRECISIONS if level in self.precisions), "minute")


def _add(counts: dict[str, int], column: pa.Array | pa.ChunkedArray) -> None:
    for pair in pc.value_counts(column.drop_null()).to_pylist():
        counts[pair["values"]] = counts.get(pair["values"], 0) + pair["counts"]
