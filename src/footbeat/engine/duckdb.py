"""DuckDB in process: rows are streamed stretch by stretch, in memory that does not grow.

Parquet files whose row groups lie in order of time are read where they stand, one stretch at a
time. Anything else is first written to scratch, parted by stretch. Units are dealt to as many
lanes as there are cores; while the lanes work on one stretch, the next is read.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.engine.groups import number_groups
from footbeat.engine.memory import sum_by
from footbeat.engine.repeats import condense
from footbeat.engine.scan import hide_bar, quote_name
from footbeat.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from footbeat.engine.base import Grouping, GroupKernel, RowKernel, Source

    IntArray = NDArray[np.int64]
    Reader = Callable[[int], pa.Table]

_STRETCH = "stretch"
# Values of a piece: rows of few columns come in longer pieces, as each costs the same to add up.
_BATCH_VALUES = 1 << 20
_MOST_HELD = 4_000_000
_MOST_READINGS = 3.0
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class DuckDbEngine:
    """DuckDB on all cores of this machine.

    Attributes
    ----------
    memory
        The most memory DuckDB takes, such as ``2GB``; the kernels need one stretch beside it.
    scratch
        Folder for what does not fit; the system's own when missing.
    lanes
        Threads the groups are dealt to.
    """

    name: str = "duckdb"
    memory: str = "2GB"
    scratch: Path | None = None
    lanes: int = field(default_factory=lambda: min(os.cpu_count() or 1, 16))

    def run_groups(
        self, sources: Sequence[Source], kernel: GroupKernel, grouping: Grouping
    ) -> pa.Table:
        """Return the kernel's answers, worked out one stretch of time after another.

        Raises
        ------
        EngineError
            When DuckDB stops, for want of memory or disk.
        """
        with self._session() as (session, folder):
            stretches, read = _plan(session, sources, grouping, folder)
            answers = _Lanes(kernel, grouping.group, self.lanes).run(stretches, read)
            return pa.concat_tables([grouping.answer_schema.empty_table(), *answers])

    def add_up(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema, by: Sequence[str]
    ) -> pa.Table:
        """Return sums by key, in order of the keys; each file is streamed once."""
        with self._session() as (session, _):
            parts, n_held, n_kept = [schema.empty_table()], 0, 0
            for part in self._answers(session, sources, kernel):
                parts.append(part)
                n_held += part.num_rows
                if n_held > max(_MOST_HELD, 2 * n_kept):
                    parts = [sum_by(parts, schema, by)]
                    n_held = n_kept = parts[0].num_rows
            return sum_by(parts, schema, by)

    def gather(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema
    ) -> pa.Table:
        """Return the rows the kernel keeps; each file is streamed once."""
        with self._session() as (session, _):
            kept = self._answers(session, sources, kernel)
            return pa.concat_tables([schema.empty_table(), *kept])

    @contextmanager
    def condensed(self, source: Source, count: str) -> Iterator[Source]:
        """Give the source, or its rows alike once on disk where they repeat."""
        with self._session() as (session, folder):
            yield condense(session, source, count, folder / "condensed.parquet")

    def _answers(
        self, session: duckdb.DuckDBPyConnection, sources: Sequence[Source], kernel: RowKernel
    ) -> Iterator[pa.Table]:
        """Yield the kernel's answer to each piece, a few pieces ahead on all lanes."""
        with ThreadPoolExecutor(self.lanes) as workers:
            ahead: deque[Future[pa.Table]] = deque()
            for source in sources:
                for piece in _pieces(session, source):
                    ahead.append(workers.submit(kernel, piece))
                    if len(ahead) > self.lanes:
                        yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    @contextmanager
    def _session(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        with tempfile.TemporaryDirectory(prefix="footbeat-", dir=self.scratch) as folder:
            session = duckdb.connect(
                config={"memory_limit": self.memory, "temp_directory": f"{folder}/spill"}
            )
            try:
                session.execute("SET TimeZone = 'UTC'")
                hide_bar(session)
                yield session, Path(folder)
            except duckdb.Error as error:
                raise EngineError(
                    "DuckDB cannot finish.",
                    found=f"It stopped with {type(error).__name__}.",
                    do="Free memory or disk, or use fewer files at a time.",
                ) from error
            finally:
                session.close()


def _plan(
    session: duckdb.DuckDBPyConnection, sources: Sequence[Source], grouping: Grouping, folder: Path
) -> tuple[list[int], Reader]:
    """Return the stretches that hold rows, in order, and how to read one."""
    spans = [_row_group_spans(source, grouping) for source in sources]
    if all(span is not None for span in spans):
        touched = np.concatenate([span for span in spans if span is not None])
        n_stretches = len(np.unique(_numbers_within(touched)))
        weights = touched[:, 2] / max(touched[:, 2].sum(), 1)
        if float(((touched[:, 1] - touched[:, 0] + 1) * weights).sum()) <= _MOST_READINGS or (
            n_stretches == 1
        ):
            return _numbers_within(touched).tolist(), _direct_reader(session, sources, grouping)
    return _land(session, sources, grouping, folder)


def _numbers_within(spans: IntArray) -> IntArray:
    parts = [np.arange(first, last + 1) for first, last, _ in spans]
    return np.unique(np.concatenate([*parts, np.empty(0, np.int64)]).astype(np.int64))


def _row_group_spans(source: Source, grouping: Grouping) -> IntArray | None:
    """Return each row group's first and last stretch and its rows; None where unknown."""
    if not source.is_parquet:
        return None
    file = pq.ParquetFile(source.path)
    name = source.columns[grouping.time]
    kind = file.schema_arrow.field(name).type
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        return None
    place = file.schema_arrow.get_field_index(name)
    spans = []
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        known = group.column(place).statistics
        if known is None or not known.has_min_max or known.null_count:
            return None
        ends = pa.array([known.min, known.max]).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        first, last = np.searchsorted(grouping.cuts_us, ends.to_numpy(), side="right")
        spans.append((first, last, group.num_rows))
    return np.array(spans, dtype=np.int64).reshape(-1, 3)


def _direct_reader(
    session: duckdb.DuckDBPyConnection, sources: Sequence[Source], grouping: Grouping
) -> Reader:
    """Return a reader that cleans one stretch of the files where they stand."""

    def read(stretch: int) -> pa.Table:
        begin, end = _bounds(grouping.cuts_us, stretch)
        pieces = [grouping.clean_schema.empty_table()]
        for source in sources:
            names = _selected(source.columns)
            time = quote_name(source.columns[grouping.time])
            query = (
                f"SELECT {names} FROM read_parquet($path) "  # noqa: S608 - names are quoted
                f"WHERE {time} >= make_timestamptz($begin) AND {time} < make_timestamptz($end)"
            )
            values = {"path": str(source.path), "begin": begin, "end": end}
            rows = session.cursor().sql(query, params=values).to_arrow_table()
            pieces.append(source.clean(rows))
        return pa.concat_tables(pieces)

    return read


def _land(
    session: duckdb.DuckDBPyConnection, sources: Sequence[Source], grouping: Grouping, folder: Path
) -> tuple[list[int], Reader]:
    """Write every cleaned row to scratch, parted by stretch, and return how to read it back."""
    landed = folder / "landed"
    schema = grouping.clean_schema.append(pa.field(_STRETCH, pa.int64()))

    def batches() -> Iterator[pa.RecordBatch]:
        for source in sources:
            for piece in source.read():
                times = piece.column(grouping.time).cast(pa.int64()).fill_null(0).to_numpy()
                number = np.searchsorted(grouping.cuts_us, times, side="right")
                yield from piece.append_column(_STRETCH, pa.array(number)).to_batches()

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    session.register("arriving", reader)
    session.execute(
        f"COPY (SELECT * FROM arriving) TO '{_escaped(landed)}' "  # noqa: S608 - a scratch path of our own
        f"(FORMAT parquet, PARTITION_BY ({_STRETCH}), COMPRESSION 'lz4')"
    )
    session.unregister("arriving")
    found = sorted(int(part.name.split("=")[1]) for part in landed.glob(f"{_STRETCH}=*"))
    return found, _landed_reader(session, landed, grouping)


def _landed_reader(session: duckdb.DuckDBPyConnection, landed: Path, grouping: Grouping) -> Reader:
    def read(stretch: int) -> pa.Table:
        names = ", ".join(quote_name(name) for name in grouping.clean_schema.names)
        query = f"SELECT {names} FROM read_parquet($path, hive_partitioning = false)"  # noqa: S608 - names are quoted
        path = f"{landed}/{_STRETCH}={stretch}/*.parquet"
        rows = session.cursor().sql(query, params={"path": path}).to_arrow_table()
        return rows.cast(grouping.clean_schema)

    return read


@dataclass(frozen=True, slots=True)
class _Lanes:
    """Threads that each follow their own groups from stretch to stretch."""

    kernel: GroupKernel
    group: str
    n: int

    def run(self, stretches: Sequence[int], read: Reader) -> list[pa.Table]:
        answers: list[pa.Table] = []
        carries: list[Any] = [None] * self.n
        with ThreadPoolExecutor(self.n) as workers, ThreadPoolExecutor(1) as fetcher:
            ahead = deque(fetcher.submit(self._fetch, read, number) for number in stretches[:1])
            for place, _ in enumerate(stretches):
                dealt = ahead.popleft().result()
                following = stretches[place + 1 : place + 2]
                ahead.extend(fetcher.submit(self._fetch, read, number) for number in following)
                tasks = [
                    workers.submit(self.kernel.stretch, part, carry, is_last=not following)
                    for part, carry in zip(dealt, carries, strict=True)
                ]
                done = [task.result() for task in tasks]
                answers += [answer for answer, _ in done]
                carries = [carry for _, carry in done]
        return answers

    def _fetch(self, read: Reader, stretch: int) -> list[pa.Table]:
        """Read a stretch, its rows dealt to lanes by a hash of their group, ever the same."""
        rows = read(stretch)
        if self.n == 1:
            return [rows]
        names, places = number_groups(rows.column(self.group))
        lanes = np.array([zlib.crc32(name.encode()) % self.n for name in names], dtype=np.int8)
        lane = np.append(lanes, np.int8(0))[places]
        return [rows.filter(pa.array(lane == number)) for number in range(self.n)]


def _pieces(session: duckdb.DuckDBPyConnection, source: Source) -> Iterator[pa.Table]:
    if not source.is_parquet:
        yield from source.read()
        return
    query = f"SELECT {_selected(source.columns)} FROM read_parquet($path)"  # noqa: S608 - names are quoted
    rows = session.cursor().sql(query, params={"path": str(source.path)})
    for batch in rows.to_arrow_reader(_BATCH_VALUES // max(len(source.columns), 1)):
        yield source.clean(pa.Table.from_batches([batch]))


def _selected(columns: Mapping[str, str]) -> str:
    return ", ".join(
        f"{quote_name(theirs)} AS {quote_name(ours)}" for ours, theirs in columns.items()
    )


def _bounds(cuts_us: IntArray, stretch: int) -> tuple[int, int]:
    """Return the times between which a stretch lies."""
    begin = int(cuts_us[stretch - 1]) if stretch else int(cuts_us[0]) - 200 * 365 * _DAY_US
    end = int(cuts_us[stretch]) if stretch < len(cuts_us) else int(cuts_us[-1]) + 36_500 * _DAY_US
    return begin, end


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
