"""Bulk files as a stream of Arrow batches of text, read by DuckDB in bounded memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from footbeat.errors import EngineError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH_ROWS = 61_440
_MEMORY = "512MB"
_LONGEST_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record of a CSV file that is not a row: its number, the header's being 1, and why."""

    line: int
    why: str


@contextmanager
def bulk_session(scratch: Path, *, memory: str = _MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB session that spills to `scratch` and touches nothing else.

    Raises
    ------
    EngineError
        When DuckDB runs out of memory or disk.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(scratch / "spill"),
    }
    session = duckdb.connect(config=settings)
    try:
        session.execute("SET TimeZone = 'UTC'")
        hide_bar(session)
        yield session
    except duckdb.OutOfMemoryException as error:
        raise EngineError(
            "DuckDB cannot finish within its memory and disk.",
            found=f"It may use {memory} of memory and the free space beside the output.",
            do="Free some disk space, or read fewer files at a time.",
        ) from error
    finally:
        session.close()


def stream_csv(
    session: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    n_columns: int,
    wanted: Sequence[int],
    delimiter: str,
    bad: list[BadRecord],
) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns of a UTF-8 CSV file with a header, as text named ``c0``, ``c1`` ….

    Records that are not rows are left out and appended to `bad` once the stream has ended.
    """
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(n_columns))
    texts = ", ".join(f"c{place}" for place in wanted)
    hide_bar(session)
    session.execute("DROP TABLE IF EXISTS bad_scan; DROP TABLE IF EXISTS bad_record")
    relation = session.sql(
        f"SELECT {texts} FROM read_csv($path, auto_detect=false, header=true, "  # noqa: S608 - numbers only; path and delimiter are parameters
        f"delim=$delimiter, quote='\"', escape='\"', columns={{{columns}}}, "
        "store_rejects=true, rejects_scan='bad_scan', rejects_table='bad_record', "
        f"rejects_limit=0, max_line_size={_LONGEST_LINE_BYTES})",
        params={"path": str(path), "delimiter": delimiter},
    )
    with _reading(path):
        yield from relation.to_arrow_reader(BATCH_ROWS)
        bad.extend(
            BadRecord(int(line), str(why))
            for line, why in session.execute(
                "SELECT line, min(error_type) FROM bad_record GROUP BY line ORDER BY line"
            ).fetchall()
        )


def stream_parquet(
    session: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str], wanted: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns of a Parquet file as text, named ``c0``, ``c1`` … by their place."""
    texts = ", ".join(
        f"CAST({quote_name(names[place])} AS VARCHAR) AS c{place}" for place in wanted
    )
    query = f"SELECT {texts} FROM read_parquet($path)"  # noqa: S608 - names are quoted
    hide_bar(session)
    with _reading(path):
        relation = session.sql(query, params={"path": str(path)})
        yield from relation.to_arrow_reader(BATCH_ROWS)


def hide_bar(session: duckdb.DuckDBPyConnection) -> None:
    """Keep standard output clean: DuckDB draws a bar there when a question takes long."""
    session.execute("SET enable_progress_bar = false")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say of a file that breaks off while it is read that it is damaged, without its content."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise StoreError(
            f"`{path.name}` cannot be read to its end.",
            found="It is damaged, or something else than its name says.",
            do="Export it again.",
        ) from error


def quote_name(name: str) -> str:
    """Return `name` as SQL writes an identifier."""
    return '"' + name.replace('"', '""') + '"'
