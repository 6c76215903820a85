"""Dates far from all others: slips of the year, which would stretch the period by decades.

Whatever looks at time counts back from the end of the period, and months without rows are
missing within it: one row of 2031 among those of 2024 would outweigh all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

FAR_DATE = "date is far from all others"
AFTER_RECORDS = "date is after everything was recorded"

_EARLY = "early"
_FEWEST_ROWS = 20
# More than this share of the rows, on so many days, are old cases and no slips.
_MOST_SLIPS = 0.01
_FEWEST_DAYS = 20
_FEWEST_DAYS_OF_MONTH = 5
_DAY_US = 86_400_000_000
_LEAST_MARGIN_US = 2 * 366 * _DAY_US
_SPANS = 3


def mark_far_dates(session: duckdb.DuckDBPyConnection) -> int:
    """Leave the rows of the view `latest` whose dates are slips as the table `far_dates`.

    A date is far when it lies beyond the quartiles of all by three times what is between them
    and by two years at least. Nothing begins over a day after the last row was recorded, where
    all rows say when they were. A month of 20 rows or more stays, unless all are of a few days
    as a system's default is; so do early dates that are over 1 % of the rows and of 20 days or
    more, which are old cases.

    Returns
    -------
    int
        How many early rows stay.
    """
    n_rows, early, late, recorded = _row(session, _QUARTILES)
    is_far, is_after = "false", "false"
    if n_rows >= _FEWEST_ROWS:
        margin = max(_LEAST_MARGIN_US, _SPANS * (late - early))
        is_far = f"epoch_us(start) NOT BETWEEN {early - margin} AND {late + margin}"
        if recorded is not None:
            is_after = f"epoch_us(start) > {recorded + _DAY_US}"
    session.execute(
        'CREATE TEMP TABLE far_dates AS SELECT "_file", "_row", start::DATE AS day, precision, '  # noqa: S608 - numbers of our own
        f"CASE WHEN {is_after} THEN '{AFTER_RECORDS}' "
        f"WHEN epoch_us(start) < {early or 0} THEN '{_EARLY}' ELSE '{FAR_DATE}' END AS reason "
        'FROM latest ANTI JOIN copies USING ("_file", "_row") '
        f'ANTI JOIN far USING ("_file", "_row") WHERE {is_far} OR {is_after}'
    )
    n_early, n_days, n_all = _row(session, _OLD_CASES)
    if n_early > _MOST_SLIPS * n_all and n_days >= _FEWEST_DAYS:
        session.execute(f"DELETE FROM far_dates WHERE reason = '{_EARLY}'")  # noqa: S608 - our own word
    session.execute(_KEEP_FULL_MONTHS)
    n_slips, *_ = _row(session, _OLD_CASES)
    session.execute(
        "UPDATE far_dates SET reason = $far WHERE reason = $early",
        {"far": FAR_DATE, "early": _EARLY},
    )
    return int(n_early - n_slips)


def say_old_cases(n_early: int) -> str:
    """Return the warning on early rows that were kept, or nothing.

    Examples
    --------
    >>> print(say_old_cases(29))
    29 rows are dated years before most others and were kept as old cases: the period begins \
with them, so state `--since` where it should not.
    """
    if not n_early:
        return ""
    return (
        f"{n_early:,} rows are dated years before most others and were kept as old cases: the "
        "period begins with them, so state `--since` where it should not."
    )


def _row(session: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the one row of a query; `fetchall`, since a result half read blocks the session."""
    row: tuple[Any, ...] = session.execute(query).fetchall()[0]
    return row


# Of about 100,000 rows, told by their content so that any run takes the same.
_QUARTILES = """
    SELECT count(*), quantile_disc(epoch_us(start), 0.25), quantile_disc(epoch_us(start), 0.75),
        (SELECT CASE WHEN count(recorded_at) = count(*) THEN epoch_us(max(recorded_at)) END
         FROM latest)
    FROM (
        SELECT start FROM latest WHERE content % (SELECT 1 + count(*) // 100000 FROM latest) = 0
    )
"""
_KEEP_FULL_MONTHS = f"""
    DELETE FROM far_dates WHERE reason <> '{AFTER_RECORDS}' AND date_trunc('month', day) IN (
        SELECT date_trunc('month', day) FROM far_dates WHERE reason <> '{AFTER_RECORDS}'
        GROUP BY ALL HAVING count(*) >= {_FEWEST_ROWS}
        AND (bool_and(precision = 'month') OR count(DISTINCT day) >= {_FEWEST_DAYS_OF_MONTH})
    )
"""  # noqa: S608 - our own words
_OLD_CASES = f"""
    SELECT count(*), count(DISTINCT day), (SELECT count(*) FROM latest)
    FROM far_dates WHERE reason = '{_EARLY}'
"""  # noqa: S608 - our own word
