"""What an incidents table is good for: places, times, copies and delays, measured."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from footbeat.engine.scan import bulk_session
from footbeat.incidents.load import Incidents, load_provenance
from footbeat.incidents.near import NEAR_MIN, tell_near
from footbeat.incidents.stacks import NO_LABELS, Labels, Stack, list_stacks
from footbeat.incidents.week import WeekHours, spread_over_week
from footbeat.outputs import private_scratch
from footbeat.periods import load_zone, months_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from footbeat.tables import Provenance

GRADES = ("A", "B", "C", "D", "X")
EXACT_GRADES = ("A", "B")

# An exact time is known within the hour; a late record comes more than a day after.
EXACT_MIN = 60
LATE_H = 24


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rows that may count one event twice.

    Attributes
    ----------
    repeated_ids
        Identifiers that several rows carry.
    rows_with_repeated_ids
        The rows that carry them.
    near
        Rows of another identifier but the same offence within 25 m and 10 minutes of an
        earlier one; None where times are not known to the minute.
    linked
        Rows that name another record they count once with.
    """

    repeated_ids: int
    rows_with_repeated_ids: int
    near: int | None
    linked: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares among some incidents; None where nothing is known."""

    n: int
    exact_time_share: float | None
    midnight_share: float | None
    recorded_late_share: float | None
    stacked_share: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """The faults of an incidents table.

    Attributes
    ----------
    by_grade
        Incidents by how exactly their place is known, A exact to D default, X unusable.
    stacked
        Spots that hold suspiciously many incidents.
    exact_time_share
        Share known within the hour.
    recorded_late_share
        Share recorded more than a day after they ended, among those with a recording time;
        None where there is none.
    everything, exact_places
        The same measures for all, and for grades A and B only.
    by_month
        Incidents in each month of the period; None where the month is missing.
    missing_months_by_force
        Months that a force has no row of while another has.
    by_hour
        Incidents by local hour of those with an exact time, 24 numbers; empty without any.
    week
        Incidents by local hour and weekday, each spread over the time it can have happened in;
        None where no time is known to the minute.
    n_recorded_early
        Incidents recorded before they can have begun: one of the two times is wrong.
    rejects_by_reason
        Rows that reading did not keep, for tables that say so.
    personal_values_removed
        Values that reading blanked as personal, by column and kind.
    """

    n: int
    by_grade: Mapping[str, int]
    stacked: tuple[Stack, ...]
    duplicates: Duplicates
    exact_time_share: float | None
    recorded_late_share: float | None
    everything: Measured
    exact_places: Measured
    by_precision: Mapping[str, int]
    by_kind: Mapping[str, int]
    excluded_by_reason: Mapping[str, int]
    by_month: Mapping[str, int | None]
    missing_months_by_force: Mapping[str, tuple[str, ...]]
    by_hour: tuple[int, ...]
    week: WeekHours | None
    delay_h_median: float | None
    delay_h_p90: float | None
    n_recorded_early: int
    rejects_by_reason: Mapping[str, int]
    personal_values_removed: Mapping[str, Mapping[str, int]]


def measure_quality(incidents: Incidents, labels: Labels = NO_LABELS) -> Quality:
    """Measure what the data are good for; nothing is changed."""
    with _session() as session:
        session.register("incidents", incidents.table)
        return _measure_all(session, incidents.provenance, labels)


def measure_file(path: Path, labels: Labels = NO_LABELS) -> tuple[Quality, Provenance]:
    """Measure a file that `footbeat incidents read` wrote, streamed in bounded memory.

    Raises
    ------
    StoreError, ColumnError
        When it is no such file.
    """
    provenance = load_provenance(path)
    with _session() as session:
        session.read_parquet(str(path)).create_view("incidents")
        return _measure_all(session, provenance, labels), provenance


@contextmanager
def _session() -> Iterator[duckdb.DuckDBPyConnection]:
    with private_scratch() as folder, bulk_session(folder) as session:
        yield session


_MEASURED = f"""
    CREATE TEMP VIEW measured AS
    SELECT *,
        precision = 'minute' AND epoch_us("end") - epoch_us(start) <= {EXACT_MIN * 60_000_000}
            AS is_exact_time,
        location_grade IN ('A', 'B') AS is_exact_place,
        (epoch_us(recorded_at) - epoch_us("end")) / 3.6e9 AS delay_h
    FROM incidents
"""  # noqa: S608 - numbers of our own
# Every offset of a clock from UTC is a whole number of quarters of an hour.
_QUARTERS = """
    SELECT epoch_us(start) // 900000000 * 900000000 AS at, is_exact_time, is_exact_place,
        epoch_us(start) % 900000000 < 60000000 AS is_first_minute, count(*) AS n
    FROM measured GROUP BY ALL
"""
_SHARES = f"""
    SELECT count(*), avg(is_exact_time::INT), count(delay_h),
        count(*) FILTER (delay_h > {LATE_H})
    FROM measured WHERE is_exact_place OR NOT $exact_only
"""  # noqa: S608 - as above


def _measure_all(
    session: duckdb.DuckDBPyConnection, provenance: Provenance, labels: Labels
) -> Quality:
    session.execute(_MEASURED)
    stacks = list_stacks(session, labels)
    quarters = _local_quarters(session, provenance)
    everything = _measure(session, quarters, stacks, exact_only=False)
    median, late = _row(session, "SELECT quantile_cont(delay_h, [0.5, 0.9]) FROM measured")[0] or (
        None, None,
    )  # fmt: skip
    extra = provenance.extra
    return Quality(
        n=everything.n,
        by_grade={name: _counts(session, "location_grade").get(name, 0) for name in GRADES},
        stacked=tuple(stacks),
        duplicates=_duplicates(session, quarters),
        exact_time_share=everything.exact_time_share,
        recorded_late_share=everything.recorded_late_share,
        everything=everything,
        exact_places=_measure(session, quarters, stacks, exact_only=True),
        by_precision=_counts(session, "precision"),
        by_kind=_counts(session, "kind"),
        excluded_by_reason=_counts(session, "excluded"),
        by_month=_by_month(quarters, provenance),
        missing_months_by_force={
            force: tuple(months)
            for force, months in extra.get("missing_months_by_force", {}).items()
        },
        by_hour=_by_hour(quarters),
        week=spread_over_week(session, provenance.timezone),
        delay_h_median=median,
        delay_h_p90=late,
        n_recorded_early=_row(session, "SELECT count(*) FROM measured WHERE recorded_at < start")[
            0
        ],
        rejects_by_reason=extra.get("rejects_by_reason", {}),
        personal_values_removed=extra.get("personal_values_removed", {}),
    )


def _local_quarters(session: duckdb.DuckDBPyConnection, provenance: Provenance) -> pd.DataFrame:
    """Return incidents by quarter of an hour, with `local`, the clock time it begins at."""
    frame = session.execute(_QUARTERS).df()
    utc = pd.DatetimeIndex(frame["at"].to_numpy().view("M8[us]"), tz="UTC")
    frame["local"] = utc.tz_convert(load_zone(provenance.timezone)).tz_localize(None)
    return frame


def _measure(
    session: duckdb.DuckDBPyConnection,
    quarters: pd.DataFrame,
    stacks: list[Stack],
    *,
    exact_only: bool,
) -> Measured:
    query = session.execute(_SHARES, {"exact_only": exact_only})
    n, exact_time, n_recorded, n_late = query.fetchall()[0]
    if not n:
        return Measured(0, None, None, None, None)
    timed = quarters[quarters["is_exact_time"] & (quarters["is_exact_place"] | (not exact_only))]
    clock = timed["local"].dt
    midnight = (clock.hour == 0) & (clock.minute == 0) & timed["is_first_minute"]
    n_timed = int(timed["n"].sum())
    n_stacked = sum(stack.n_exact if exact_only else stack.n for stack in stacks)
    return Measured(
        n=n,
        exact_time_share=exact_time,
        midnight_share=int(timed.loc[midnight, "n"].sum()) / n_timed if n_timed else None,
        recorded_late_share=n_late / n_recorded if n_recorded else None,
        stacked_share=n_stacked / n,
    )


def _duplicates(session: duckdb.DuckDBPyConnection, quarters: pd.DataFrame) -> Duplicates:
    n_ids, n_rows = _row(
        session,
        "SELECT count(*), coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM incidents "
        "GROUP BY hash(incident_id) HAVING count(*) > 1)",
    )
    timed = quarters.loc[quarters["is_exact_time"], "at"].to_numpy()
    return Duplicates(
        repeated_ids=n_ids,
        rows_with_repeated_ids=int(n_rows),
        near=_count_near(session, timed.view("M8[us]")) if len(timed) else None,
        linked=_row(session, "SELECT count(linked_id) FROM incidents")[0],
    )


def _count_near(session: duckdb.DuckDBPyConnection, times: NDArray[np.datetime64]) -> int:
    """Count rows near an earlier one, month by month, so that memory holds one month's."""
    found = 0
    for month in np.unique(times.astype("M8[M]")):
        opens, closes = (int(m.astype("M8[us]").astype(np.int64)) for m in (month, month + 1))
        found_rows = session.execute(
            """
            SELECT x, y, epoch_us(start) AS start,
                (hash(coalesce(offence, '')) >> 1)::BIGINT AS offence_number,
                (hash(incident_id) >> 1)::BIGINT AS name
            FROM measured
            WHERE is_exact_time
                AND start >= make_timestamptz($since) AND start < make_timestamptz($until)
            """,
            {"since": opens - NEAR_MIN * 60_000_000, "until": closes},
        ).fetchnumpy()
        rows = cast("dict[str, NDArray[Any]]", found_rows)
        like, name = rows["offence_number"], rows["name"]
        near = tell_near(rows["x"], rows["y"], rows["start"], like=like, name=name)
        found += int((near & (rows["start"] >= opens)).sum())
    return found


def _by_month(quarters: pd.DataFrame, provenance: Provenance) -> dict[str, int | None]:
    counts = quarters["n"].groupby(quarters["local"].dt.strftime("%Y-%m")).sum()
    if not provenance.start:
        return {str(month): int(counts[month]) for month in sorted(counts.index)}
    missing = set(provenance.missing_months)
    return {
        month: None if month in missing else int(counts.get(month, 0))
        for month in months_between(provenance.start[:7], provenance.end[:7])
    }


def _by_hour(quarters: pd.DataFrame) -> tuple[int, ...]:
    timed = quarters[quarters["is_exact_time"]]
    hours = np.bincount(timed["local"].dt.hour, timed["n"], minlength=24)
    return tuple(int(n) for n in hours) if len(timed) else ()


def _counts(session: duckdb.DuckDBPyConnection, name: str) -> dict[str, int]:
    """Return how many incidents hold each value of a column of ours, the commonest first."""
    query = (
        f"SELECT {name}, count(*) FROM incidents WHERE {name} IS NOT NULL "  # noqa: S608 - our own name
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return dict(session.execute(query).fetchall())


def _row(session: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = session.execute(query).fetchall()[0]
    return row
