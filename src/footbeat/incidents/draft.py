"""The first pass over an export: every batch through the row kernel, into drafts on disk."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footbeat.errors import ColumnError
from footbeat.incidents.births import find_births, sample_evenly
from footbeat.incidents.cells import blank_values, find_personal_values
from footbeat.incidents.dates import say_order
from footbeat.incidents.grades import say_unknown_levels
from footbeat.incidents.lines import ReadText
from footbeat.incidents.mend import UNCLOSED
from footbeat.incidents.opened import mend_file, stream_file
from footbeat.incidents.personal import name_personal_header, name_personal_values
from footbeat.incidents.rows import Reading, is_all_midnight, read_rows
from footbeat.incidents.sources import match_headers
from footbeat.incidents.tally import Seen, Tally
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from footbeat.engine.scan import BadRecord
    from footbeat.incidents.opened import OpenFile

_NUMBERED = pa.schema([("_file", pa.int32()), ("_row", pa.int64())])
REJECTS = pa.schema([*_NUMBERED, ("reason", pa.string())])
DRAFT = pa.schema(
    [pa.field(field.name, field.type) for field in INCIDENTS.schema]
    + [*_NUMBERED, ("content", pa.uint64())]
)

# Columns of few distinct values: the others would only be tried as dictionaries and given up.
REPETITIVE = (
    "kind", "source", "offence", "category", "status", "precision", "location", "location_grade",
    "premises", "beat", "lsoa", "excluded",
)  # fmt: skip

# Two cores: the scan runs on DuckDB's own threads beside these.
_WORKERS = 2
_AHEAD = 3
# Columns whose text is kept as it is, or told, so that personal data would be kept with it.
_KEPT_TEXT = (
    "incident_id", "linked_id", "category", "offence", "location", "premises", "beat", "lsoa",
    "force",
)  # fmt: skip
_KEPT_DATES = ("start", "end", "recorded_at")


@dataclass(frozen=True, slots=True)
class Drafted:
    """The outcome of the first pass.

    Attributes
    ----------
    drafts, rejects
        Parquet files of rows to keep and of rows to reject, one a file.
    texts
        How each file was read.
    notes
        What was assumed.
    """

    tally: Tally
    drafts: tuple[Path, ...]
    rejects: tuple[Path, ...]
    texts: tuple[ReadText, ...]
    notes: tuple[str, ...]


def draft_rows(
    session: duckdb.DuckDBPyConnection,
    opened: Sequence[OpenFile],
    reading: Reading,
    scratch: Path,
    advance: Callable[[int], None],
) -> Drafted:
    """Send every batch through the kernel; rows go to one draft a file and rejects to another.

    `advance` is told the number of rows of each batch.

    Raises
    ------
    ColumnError
        When a column that would be kept looks like personal data in any batch.
    """
    tally, notes = Tally(), list[str]()
    texts: list[ReadText] = []
    for file in opened:
        read = _draft_file(session, file, reading, scratch, advance)
        tally.add(read.tally)
        notes.extend(_notes(read, reading))
        texts.append(ReadText(read.file, read.tally.read, read.bad, read.slips))
    return Drafted(
        tally,
        tuple(_draft_path(scratch, file) for file in opened),
        tuple(_rejects_path(scratch, file) for file in opened),
        tuple(texts),
        tuple(notes),
    )


@dataclass(slots=True)
class _Pass:
    """One reading of a file, and what it shows as it goes.

    Attributes
    ----------
    midnight_is_day
        Whether a time of exactly midnight is taken for a day; None until the first rows tell
        what is likely.
    slips
        Lines that a mended copy lacks.
    """

    file: OpenFile
    midnight_is_day: bool | None = None
    slips: list[BadRecord] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    bad: list[BadRecord] = field(default_factory=list)

    @property
    def is_mistaken(self) -> bool:
        """Whether the whole file tells of its midnights what its first rows did not."""
        dates = self.tally.dates
        return dates.n_midnight > 0 and self.midnight_is_day != dates.are_days


def _draft_file(
    session: duckdb.DuckDBPyConnection,
    file: OpenFile,
    reading: Reading,
    scratch: Path,
    advance: Callable[[int], None],
) -> _Pass:
    """Draft one file; again from a mended copy where a quote was not closed, or if mistaken."""
    this = _Pass(file)
    while True:
        _write_drafts(_read_file(session, this, reading), file, scratch, advance)
        if this.file is file and any(record.why == UNCLOSED for record in this.bad):
            mended, slips = mend_file(file, scratch)
            this = _Pass(mended, this.midnight_is_day, slips)
        elif this.is_mistaken:
            this = _Pass(this.file, not this.midnight_is_day, this.slips)
        else:
            return this


def _notes(read: _Pass, reading: Reading) -> list[str]:
    """Return what a file as a whole gives reason to say."""
    name, tally = read.file.file.name, read.tally
    days = f"Every time in {name} is midnight: read as days, without a time."
    said = (
        days if tally.dates.are_days else "",
        say_order(tally.dates, reading.source.dates, name),
        say_unknown_levels(tally.n_unknown_levels, name),
    )
    return [note for note in said if note]


def _write_drafts(
    batches: Iterable[pa.RecordBatch], file: OpenFile, scratch: Path, advance: Callable[[int], None]
) -> None:
    with (
        pq.ParquetWriter(
            _draft_path(scratch, file),
            DRAFT,
            compression="lz4",
            use_dictionary=list(REPETITIVE),
            write_statistics=False,
        ) as draft,
        pq.ParquetWriter(_rejects_path(scratch, file), REJECTS) as rejects,
    ):
        for rows in batches:
            good = rows.column("reason").is_null()
            draft.write_batch(rows.filter(good).select(DRAFT.names).cast(DRAFT))
            rejects.write_batch(rows.filter(pc.invert(good)).select(REJECTS.names))
            advance(rows.num_rows)


def _draft_path(scratch: Path, file: OpenFile) -> Path:
    return scratch / f"draft-{file.number:05}.parquet"


def _rejects_path(scratch: Path, file: OpenFile) -> Path:
    return scratch / f"rejects-{file.number:05}.parquet"


def _read_file(
    session: duckdb.DuckDBPyConnection, this: _Pass, reading: Reading
) -> Iterator[pa.RecordBatch]:
    """Yield one file's rows, numbered from 0, with `_file` and `_row`."""
    file = this.file
    places = match_headers(reading.source, file.headers, file.file.name)
    mine = replace(reading, columns={ours: f"c{place}" for ours, place in places.items()})
    batches = stream_file(session, file, reading.source, this.bad)
    first = next(batches, None)
    if first is None:
        return
    _refuse_personal_headers(mine, file)
    if this.midnight_is_day is None:
        this.midnight_is_day = is_all_midnight(first, mine)
    mine = replace(mine, midnight_is_day=this.midnight_is_day)
    n_rows = 0
    for rows, seen in _in_parallel(chain([first], batches), mine, file):
        this.tally.count_read(rows.num_rows, seen)
        numbers = np.arange(n_rows, n_rows + rows.num_rows)
        n_rows += rows.num_rows
        files = np.full(rows.num_rows, file.number, np.int32)
        yield rows.append_column("_file", pa.array(files)).append_column("_row", pa.array(numbers))


def _in_parallel(
    batches: Iterable[pa.RecordBatch], reading: Reading, file: OpenFile
) -> Iterator[tuple[pa.RecordBatch, Seen]]:
    """Run the kernel on a few batches at a time and yield the outcomes in order."""

    def read(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Seen]:
        blanked, removed = _without_personal_values(batch, reading, file)
        rows, seen = read_rows(blanked, reading)
        return rows, replace(seen, removed=removed)

    with ThreadPoolExecutor(_WORKERS) as workers:
        waiting: deque[Future[tuple[pa.RecordBatch, Seen]]] = deque()
        for batch in batches:
            waiting.append(workers.submit(read, batch))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _refuse_personal_headers(reading: Reading, file: OpenFile) -> None:
    """Refuse any column that is mapped and whose header names personal data."""
    for ours, column in reading.columns.items():
        if what := name_personal_header(file.headers[int(column[1:])]):
            raise _personal(ours, column, what, file)


def _without_personal_values(
    batch: pa.RecordBatch, reading: Reading, file: OpenFile
) -> tuple[pa.RecordBatch, Counter[tuple[str, str]]]:
    """Refuse a column that would be kept and holds personal data; blank single such values.

    What was blanked comes back counted by our column and kind.
    """
    removed: Counter[tuple[str, str]] = Counter()
    # A column mapped twice is looked at once.
    texts = {reading.columns[ours]: ours for ours in _KEPT_TEXT if ours in reading.columns}
    for column, ours in texts.items():
        distinct = batch.column(column).drop_null().value_counts()
        sample = sample_evenly(distinct)
        values, rows = (sample.field(place).to_pylist() for place in (0, 1))
        found = find_personal_values(distinct.field(0), ours)
        if what := name_personal_values(values, rows, blanked=found):
            raise _personal(ours, column, what, file)
        if found:
            left, gone = blank_values(batch.column(column), found)
            batch = batch.set_column(batch.schema.get_field_index(column), column, left)
            removed.update({(ours, what): n for what, n in gone.items()})
    dates = {reading.columns[ours]: ours for ours in _KEPT_DATES if ours in reading.columns}
    births = find_births({name: batch.column(name) for name in dates}, reading.source.dates)
    if births:
        raise _personal(dates[births[0]], births[0], "dates of birth", file)
    return batch, removed


def _personal(ours: str, column: str, what: str, file: OpenFile) -> ColumnError:
    return ColumnError(
        f"`{ours}` cannot be read from a column that looks like {what}.",
        found=f"The column “{file.headers[int(column[1:])]}” of `{file.file.name}` does, "
        "at least in some rows.",
        do=f"Map `{ours}` to another column, take such rows out, or leave it out: places are "
        "ranked without.",
    )
