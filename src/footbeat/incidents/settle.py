"""What only the whole input shows: copies, places and dates far from all others, names, order.

The rows read so far lie in a draft on disk; DuckDB answers the questions that need all of
them in bounded memory, and streams them out in one fixed order, so that the same input gives
the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footbeat.engine.scan import BATCH_ROWS
from footbeat.incidents.far import mark_far
from footbeat.incidents.far_dates import mark_far_dates
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb
    import pyarrow as pa

DUPLICATE = "copy of another row"
SUPERSEDED = "an older row of an identifier that a later row holds for"


@dataclass(frozen=True, slots=True)
class Settled:
    """What the whole input showed.

    Attributes
    ----------
    n_kept
        Rows that stay.
    n_repeated_ids
        Identifiers that more than one kept row carries.
    start_us, end_us
        When the kept rows begin, the earliest and just after the latest, microseconds of UTC; of
        rows that know the month only, its end. 0 where none. Windows may reach beyond: what
        began there would not be known.
    n_early
        Kept rows that are dated years before most others.
    n_elsewhere
        Kept rows that lie far from most others, together.
    """

    n_kept: int
    n_repeated_ids: int
    start_us: int
    end_us: int
    n_early: int = 0
    n_elsewhere: int = 0


def settle_rows(
    session: duckdb.DuckDBPyConnection,
    drafts: Sequence[Path],
    *,
    identifier_is_key: bool = False,
    is_metric: bool = False,
) -> Settled:
    """Find copies, far places and far dates in the draft; leave the rest as the view `settled`.

    A row that repeats another's identifier and content is a copy. Rows without an identifier
    may be alike and still be different events, so they are numbered within their file: the
    third such row of one file is a copy only of the third such row of another.

    Parameters
    ----------
    identifier_is_key
        Whether rows of one kind and identifier are one record, of which the last row of the
        last file holds.
    """
    # Joins as written: of many small files DuckDB guesses the rows by the first one, and would
    # hold the whole wide table in memory to look up a few copies in it.
    session.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    files = ", ".join(_literal(draft) for draft in drafts)
    session.execute(f"CREATE VIEW draft AS SELECT * FROM read_parquet([{files}])")  # noqa: S608 - our own path, quoted
    _mark_superseded(session, identifier_is_key=identifier_is_key)
    _mark_copies(session)
    n_elsewhere = mark_far(session, is_metric=is_metric)
    n_early = mark_far_dates(session)
    session.execute(_SETTLED)
    row = _row(
        session,
        "SELECT count(*), coalesce(epoch_us(min(start)), 0), coalesce(epoch_us(max("
        "CASE precision WHEN 'month' THEN \"end\" ELSE start + to_microseconds(1) END)), 0) "
        "FROM settled",
    )
    return Settled(row[0], _count_repeated(session), row[1], row[2], n_early, n_elsewhere)


def stream_settled(session: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    """Yield the rows that stay, by start, identifier, file and row."""
    columns = ", ".join(f'"{name}"' for name in INCIDENTS.names)
    relation = session.sql(
        f'SELECT {columns} FROM settled ORDER BY start, incident_id, "_file", "_row"'  # noqa: S608 - our own names
    )
    yield from relation.to_arrow_reader(BATCH_ROWS)


def stream_settled_rejects(session: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
    """Yield `_file`, `_row` and `reason` of the rows the whole input ruled out."""
    yield from session.sql(
        f'SELECT "_file", "_row", \'{DUPLICATE}\' AS reason FROM copies '  # noqa: S608 - our own words
        f'UNION ALL SELECT "_file", "_row", \'{SUPERSEDED}\' FROM superseded '
        'UNION ALL SELECT "_file", "_row", reason FROM far '
        'UNION ALL SELECT "_file", "_row", reason FROM far_dates'
    ).to_arrow_reader(BATCH_ROWS)


def _mark_superseded(session: duckdb.DuckDBPyConnection, *, identifier_is_key: bool) -> None:
    """Leave the rows that still hold as the view `latest`."""
    session.execute(
        """
        CREATE TEMP TABLE superseded AS
        SELECT "_file", "_row" FROM draft WHERE $is_key AND incident_id IS NOT NULL
        QUALIFY row_number() OVER (
            PARTITION BY kind, incident_id ORDER BY "_file" DESC, "_row" DESC
        ) > 1
        """,
        {"is_key": identifier_is_key},
    )
    without = 'ANTI JOIN superseded USING ("_file", "_row")' if identifier_is_key else ""
    session.execute(f"CREATE VIEW latest AS SELECT draft.* FROM draft {without}")  # noqa: S608 - our own words


def _mark_copies(session: duckdb.DuckDBPyConnection) -> None:
    session.execute(
        "CREATE TEMP TABLE suspects AS "
        "SELECT content FROM latest GROUP BY content HAVING count(*) > 1"
    )
    session.execute(
        """
        CREATE TEMP TABLE numbered AS
        SELECT "_file", "_row", content,
            CASE WHEN incident_id IS NOT NULL THEN 1
                 ELSE row_number() OVER (PARTITION BY "_file", content ORDER BY "_row") END AS nth
        FROM latest SEMI JOIN suspects USING (content)
        """
    )
    session.execute(
        """
        CREATE TEMP TABLE copies AS
        SELECT "_file", "_row" FROM numbered
        QUALIFY row_number() OVER (PARTITION BY content, nth ORDER BY "_file", "_row") > 1
        """
    )


def _count_repeated(session: duckdb.DuckDBPyConnection) -> int:
    repeated = "SELECT 1 FROM settled GROUP BY hash(incident_id) HAVING count(*) > 1"
    (n_repeated,) = _row(session, f"SELECT count(*) FROM ({repeated})")  # noqa: S608 - our own words
    return int(n_repeated)


def _row(session: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the one row of a query; `fetchall`, since a result half read blocks the session."""
    row: tuple[Any, ...] = session.execute(query).fetchall()[0]
    return row


_SETTLED = """
    CREATE VIEW settled AS
    SELECT latest.* REPLACE (
        coalesce(
            incident_id,
            'row-' || printf('%016x', latest.content) || '-' || coalesce(nth, 1)
        ) AS incident_id
    )
    FROM latest
    LEFT JOIN numbered USING ("_file", "_row")
    ANTI JOIN copies USING ("_file", "_row")
    ANTI JOIN far USING ("_file", "_row")
    ANTI JOIN far_dates USING ("_file", "_row")
"""


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
