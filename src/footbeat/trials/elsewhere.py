"""Place-days of a trial that was run elsewhere, from a CSV or Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from footbeat.errors import ColumnError, PrecisionError, StoreError, UsageError
from footbeat.tables import PLACEDAYS, Provenance, check_table
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.trials.panel import roster_of
from footbeat.trials.placedays import About, Placedays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ARMS = {
    "1": 1,
    "true": 1,
    "treated": 1,
    "treatment": 1,
    "yes": 1,
    "0": 0,
    "false": 0,
    "control": 0,
    "no": 0,
}
_NEEDED = ("hotspot_id", "day", "assigned")
_MOST_SHOWN = 12
_DEFAULTS: dict[str, int | str | float] = {"phase": 1, "stratum": "all", "exposure_h": 24.0}


def parse_columns(text: str) -> dict[str, str]:
    """Read ``hotspot_id=place,day=date,assigned=treated`` into ours → theirs.

    Raises
    ------
    UsageError
        When a part is not ``ours=theirs``, or ours is no column of place-days.

    Examples
    --------
    >>> parse_columns("day=date,n=count")
    {'day': 'date', 'n': 'count'}
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    columns = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    unknown = sorted(set(columns) - set(PLACEDAYS.names))
    if unknown or not all(columns.values()):
        raise UsageError(
            "`--columns` must pair our names with those of the file.",
            found=f"Not understood: {', '.join(unknown) or text}.",
            do="Give hotspot_id=place,day=date,assigned=treated,n=count.",
        )
    return columns


def read_placedays_elsewhere(
    path: Path, mechanism: str, columns: Mapping[str, str] | None = None
) -> Placedays:
    """Read a table with one row for each place and day.

    Parameters
    ----------
    path
        CSV or Parquet.
    mechanism
        How the arms were drawn, in the written grammar, such as ``daily:8``.
    columns
        Our column names → the file's, where they differ.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When a column is missing, a place or day is empty, a place-day repeats, an arm is not 0
        or 1, or an outcome is not a number of 0 or more.
    PrecisionError
        When its days are months.
    """
    theirs = _read_frame(path)
    chosen = {name: (columns or {}).get(name, name) for name in PLACEDAYS.names}
    frame = pd.DataFrame({o: theirs[t] for o, t in chosen.items() if t in theirs.columns})
    _check_present(frame, columns or {}, [str(name) for name in theirs])
    _check_complete(frame)
    frame = _fill(frame.assign(hotspot_id=frame["hotspot_id"].astype(str)))
    roster = roster_of(frame)
    day = pd.Index(roster.days).get_indexer(pd.Index(frame["day"]))
    place = pd.Index(roster.hotspot_ids).get_indexer(pd.Index(frame["hotspot_id"]))
    drawn = parse_mechanism(mechanism)
    drawn.check(roster)
    frame["probability"] = drawn.probabilities(roster)[day, place]
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), PLACEDAYS)
    about = About(
        mechanism=(mechanism,) * frame["phase"].nunique(),
        settle_days=0,
        n_incidents=int(frame["n"].sum()),
    )
    ordered = table.to_pandas().sort_values(["phase", "day"], kind="stable", ignore_index=True)
    return Placedays(ordered, Provenance(crs="", source="elsewhere"), about)


def _read_frame(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pd.read_parquet(path)
        return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=True)
    except (OSError, ValueError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV or Parquet table.",
            found="It cannot be read as one." if path.exists() else "It is not there.",
            do="Save the place-days as CSV in UTF-8.",
        ) from error


def _check_present(frame: pd.DataFrame, columns: Mapping[str, str], theirs: list[str]) -> None:
    absent = [ours for ours in dict.fromkeys((*_NEEDED, *columns)) if ours not in frame]
    if not {"n", "harm_days"} & {*frame, *absent}:
        absent.append("n or harm_days")
    if absent:
        one = len(theirs) == 1 and any(mark in theirs[0] for mark in ";\t|")
        seen = ", ".join(theirs[:_MOST_SHOWN])
        raise ColumnError(
            "The table must have a place, a day, an arm and an outcome.",
            found=f"Not found: {', '.join(absent)}. The file has: {seen}.",
            do="Save it with commas between the columns."
            if one
            else "Pair the names: --columns hotspot_id=place,day=date,assigned=treated,n=count.",
        )


def _check_complete(frame: pd.DataFrame) -> None:
    for name in ("hotspot_id", "day"):
        empty = frame[name].isna() | (frame[name].astype(str).str.strip() == "")
        if empty.any():
            raise ColumnError(
                f"`{name}` must be filled in on every row.",
                found=f"It is empty on {_rows(empty)}.",
                do="Correct those rows, or leave them out.",
            )


def _rows(wrong: pd.Series) -> str:
    """Say how many rows are wrong, and where the first stands below the heading."""
    first = int(np.flatnonzero(wrong)[0]) + 1
    return f"{int(wrong.sum()):,} of {len(wrong):,} rows, the first being row {first:,}"


def _fill(frame: pd.DataFrame) -> pd.DataFrame:
    done = frame.assign(
        day=_read_days(frame["day"]), assigned=_read_arms(frame["assigned"]), mature=True
    )
    for name in _outcomes(frame):
        done[name] = _read_numbers(frame, name)
    for name, value in _DEFAULTS.items():
        if name not in done:
            done[name] = value
    done["phase"] = _read_numbers(done, "phase")
    if "n" not in done:
        done["n"] = (done["harm_days"] > 0).astype(np.int64)
    repeated = int(done.duplicated(["phase", "hotspot_id", "day"]).sum())
    if repeated:
        raise ColumnError(
            "Every place must have one row a day.",
            found=f"{repeated:,} rows repeat a place and day.",
            do="Add the rows of a place and day together first.",
        )
    return done


def _outcomes(frame: pd.DataFrame) -> list[str]:
    numbers = ("n", "harm_days", "delivered", "patrol_minutes", "officer_minutes", "n_visits")
    extra = (
        "exposure_h",
        "n_other",
        "n_else",
        "n_buffer",
        "n_fractional",
        "harm_largest",
        "delay_days",
    )
    return [name for name in (*numbers, *extra) if name in frame]


def _read_days(values: pd.Series) -> pd.Series:
    texts = values.astype(str).str.strip()
    months = texts.str.fullmatch(r"\d{4}-?\d{2}") | texts.str.fullmatch(r"\d{4}")
    if months.any():
        raise PrecisionError(
            "`day` must hold days.",
            found=f"It holds a month or a year on {_rows(months)}.",
            do="Take counts by day: what is known by month only cannot tell patrol days apart.",
        )
    days = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=False)
    wrong = days.isna()
    if wrong.any():
        raise ColumnError(
            "`day` must hold dates such as 2026-11-06.",
            found=f"Something else stands on {_rows(wrong)}.",
            do="Write the dates year first.",
        )
    _check_daily(days)
    return days.dt.date


def _check_daily(days: pd.Series) -> None:
    """Refuse months that are written as their first day."""
    if days.dt.day.eq(1).all() and days.min() < days.max():
        raise PrecisionError(
            "`day` must hold days.",
            found="Every row is dated the first of a month: these are months.",
            do="Take counts by day: what is known by month only cannot tell patrol days apart.",
        )


def _read_arms(values: pd.Series) -> pd.Series:
    words = values.astype(str).str.strip().str.lower().str.removesuffix(".0")
    arms = words.map(_ARMS)
    if arms.isna().any():
        raise ColumnError(
            "`assigned` must be 1 on patrol days and 0 on comparison days.",
            found=f"{int(arms.isna().sum()):,} of {len(arms):,} rows hold something else.",
            do="Recode the column.",
        )
    return arms.astype(np.int64)


def _read_numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    numbers = pd.to_numeric(frame[name], errors="coerce")
    wrong = numbers.isna() | (numbers < 0)
    if PLACEDAYS[name].type == pa.int64():
        wrong |= numbers != numbers.round()
    if wrong.any():
        raise ColumnError(
            f"`{name}` must hold numbers of 0 or more.",
            found=f"{int(wrong.sum()):,} of {len(wrong):,} rows hold something else.",
            do="Correct those rows; a day on which nothing happened is 0, not empty.",
        )
    return numbers.astype(np.int64 if PLACEDAYS[name].type == pa.int64() else np.float64)
