"""Files that repeat themselves: rows alike are handed over once, with how often.

Open data move a crime to one of few points a street, and an address book has one point a house:
a long file holds few different rows. Counting them where they lie is several times cheaper than
handing each over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.engine.base import Source
from footbeat.engine.scan import quote_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

# A share of different rows among the first above which handing over each is cheaper.
_MOST_DIFFERENT = 0.75
_LOOKED_AT = 1 << 18
# Texts are numbered while they are counted; a longer list takes longer to look through.
_MOST_TEXTS = 256


def condense(session: duckdb.DuckDBPyConnection, source: Source, count: str, path: Path) -> Source:
    """Return the rows of a Parquet file, those alike once, with a column `count` of how often.

    They are written to `path`. A source whose rows differ is returned as it is.
    """
    if not source.is_parquet or not _repeats(session, source):
        return source
    known = _texts_of(session, source)
    inner, outer = [], []
    values: dict[str, str | list[str]] = {"path": str(source.path)}
    for ours, theirs in source.columns.items():
        name, column = quote_name(ours), quote_name(theirs)
        texts = known.get(ours)
        if texts is None:
            inner.append(f"{column} AS {name}")
            outer.append(name)
        elif texts == [None]:
            outer.append(f"NULL::VARCHAR AS {name}")
        else:
            key = f"texts_{len(values)}"
            values[key] = [text for text in texts if text is not None]
            number = "1" if len(texts) == 1 else f"list_position(${key}, {column})::USMALLINT"
            inner.append(f"{number} AS {name}")
            outer.append(f"${key}[{name}] AS {name}")
    inner.append(f"count(*) AS {quote_name(count)}")
    outer.append(quote_name(count))
    scan = f"SELECT {', '.join(inner)} FROM read_parquet($path) GROUP BY ALL"  # noqa: S608 - names are quoted
    query = f"SELECT {', '.join(outer)} FROM ({scan})"  # noqa: S608 - as above
    session.sql(query, params=values).write_parquet(str(path), compression="lz4")
    names = {name: name for name in (*source.columns, count)}

    def read() -> Iterator[pa.Table]:
        for batch in pq.ParquetFile(path).iter_batches():
            yield source.clean(pa.Table.from_batches([batch]))

    return Source(path, names, source.clean, read, is_parquet=True)


def _repeats(session: duckdb.DuckDBPyConnection, source: Source) -> bool:
    """Tell whether the numbers and times of a file repeat; texts seldom differ more."""
    schema = pq.read_schema(source.path)
    names = [quote_name(name) for name in source.columns.values() if not _is_text(schema, name)]
    first = (
        f"SELECT {', '.join([*names, 'count(*) AS n'])} "  # noqa: S608 - names are quoted
        f"FROM read_parquet($path, file_row_number = true) "
        f"WHERE file_row_number < {_LOOKED_AT} GROUP BY ALL"
    )
    query = f"SELECT count(*), coalesce(sum(n), 0) FROM ({first})"  # noqa: S608 - as above
    n_different, n_rows = session.execute(query, {"path": str(source.path)}).fetchall()[0]
    return bool(n_different <= _MOST_DIFFERENT * n_rows)


def _texts_of(session: duckdb.DuckDBPyConnection, source: Source) -> dict[str, list[str | None]]:
    """Return the texts of each column that holds few, a missing one among them."""
    schema = pq.read_schema(source.path)
    names = {
        ours: quote_name(theirs)
        for ours, theirs in source.columns.items()
        if _is_text(schema, theirs)
    }
    if not names:
        return {}
    lists = ", ".join(f"list(DISTINCT {name})" for name in names.values())
    query = f"SELECT {lists} FROM read_parquet($path)"  # noqa: S608 - names are quoted
    found = session.execute(query, {"path": str(source.path)}).fetchall()[0]
    held = dict(zip(names, found, strict=True))
    return {ours: texts for ours, texts in held.items() if texts and len(texts) <= _MOST_TEXTS}


def _is_text(schema: pa.Schema, name: str) -> bool:
    return bool(pa.types.is_string(schema.field(name).type))
