"""Keyed patrols: a sergeant's sheet becomes visits and counts of what was done.

A row is one patrol: where, which day, from when to when, by which unit. Every other column
that holds whole numbers is an activity. Times are as exact as people key them: to the minute,
or, where both ends fall on five minutes, to five. No other column is taken over, so a name in
the sheet stays in the sheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from footbeat.errors import ColumnError, DataError
from footbeat.incidents.personal import name_personal_header, name_personal_values
from footbeat.periods import DAY_START_HOUR, load_zone
from footbeat.tables import ACTIVITIES, VISITS, check_table
from footbeat.tracking.sheets import plain_header, read_clock, read_date, read_sheet
from footbeat.tracking.units import name_unit
from footbeat.tracking.visits import is_due, name_visits, split_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from footbeat.areas import Hotspots

HEADERS: Mapping[str, tuple[str, ...]] = {
    "hotspot": (
        "hotspot_id",
        "hotspot",
        "hot_spot",
        "hot_spot_id",
        "hotspot_name",
        "hot_spot_name",
        "place",
    ),
    "day": ("day", "date", "patrol_date"),
    "start": ("start", "from", "arrive", "start_time", "time_in"),
    "stop": ("stop", "end", "to", "leave", "stop_time", "end_time", "time_out"),
    "minutes": ("minutes", "mins", "duration_min"),
    "unit": ("unit_id", "unit", "callsign", "call_sign"),
    "officers": ("officers", "n_officers", "no_of_officers", "number_of_officers"),
    "agency": ("agency",),
    "funding": ("funding",),
    "theme": ("theme",),
    "mode": ("mode",),
}
_NEEDED = ("hotspot", "day")
_TAGS = ("agency", "funding", "theme", "mode")
_FREE_TAGS = ("agency", "theme")
_LONGEST_H = 12.0
_HEAP_MIN = 5
_PERSON = re.compile(r"(^|_)(names?|officer|constable|sergeant|collar|warrant)(_|$)")
_LABEL = re.compile(r"^(week|month|year)(_(no|number))?$|_(no|number|id|ref)$")
_COUNT = re.compile(r"[0-9]{1,4}")
_CREW = re.compile(r"0*([1-9][0-9]?)(\.0+)?")
_UNKNOWN_UNIT = "keyed-unknown"


@dataclass(frozen=True, slots=True)
class Log:
    """What a keyed sheet holds.

    Attributes
    ----------
    visits
        The `visits` contract.
    activities
        The `activities` contract.
    rejects
        Rows that cannot be used, by reason.
    n_read
        Rows of the sheet; each is a visit, activities alone, or rejected.
    refused
        Headers left out because they look like personal data or labels, and as what.
    hidden
        Values of agency and theme left out because they look like personal data, by header.
    n_crews_unread
        Patrols whose officers are no number from 1 to 99: not known, so counted as one.
    """

    visits: pa.Table
    activities: pa.Table
    rejects: Mapping[str, int]
    n_read: int
    refused: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, int] = field(default_factory=dict)
    n_crews_unread: int = 0


class _RejectError(Exception):
    """One row cannot be used; its text is the reason."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    chosen: Mapping[str, str]
    activities: tuple[str, ...]
    places: Mapping[str, str]
    timezone: str
    latest: datetime
    key: bytes
    refused: Mapping[str, str]
    hidden: Mapping[str, frozenset[str]]


def read_log(
    path: Path,
    hotspots: Hotspots,
    *,
    key: bytes,
    timezone: str,
    latest: datetime,
    schedule: pd.DataFrame | None = None,
) -> Log:
    """Read a sheet of keyed patrols and activities.

    Parameters
    ----------
    path
        CSV or XLSX with a header; its columns are recognised by their names.
    hotspots
        The hot spots, which rows name by identifier or name.
    key
        Key of the units' pseudonyms.
    timezone
        Local time zone of the clock times.
    latest
        Patrols that begin after this are rejected.
    schedule
        The `schedule` contract, to tell whether a visit was due.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When it names no hot spot, day or start.
    DataError
        When it has no rows.
    """
    rows = read_sheet(path, lambda headers: set(_choose(headers)), set(_NEEDED))
    if not rows:
        raise DataError(f"`{path.name}` must hold rows.", found="It has none.", do="Key a patrol.")
    sheet = _settle(path.name, rows, hotspots, timezone=timezone, latest=latest, key=key)
    visits: list[dict[str, object]] = []
    counts: list[dict[str, object]] = []
    rejects: dict[str, int] = {}
    for row in rows:
        try:
            visit, done = _read_row(row, sheet)
        except _RejectError as reason:
            rejects[str(reason)] = rejects.get(str(reason), 0) + 1
            continue
        visits += [visit] if visit else []
        counts += done
    return Log(
        _visit_table(visits, timezone, schedule),
        _activity_table(counts),
        rejects,
        len(rows),
        sheet.refused,
        {header: len(values) for header, values in sheet.hidden.items() if values},
        sum(bool(visit["is_crew_unread"]) for visit in visits),
    )


def _settle(
    name: str,
    rows: Sequence[Mapping[str, str]],
    hotspots: Hotspots,
    *,
    timezone: str,
    latest: datetime,
    key: bytes,
) -> _Sheet:
    chosen = _choose(list(rows[0]))
    absent = [column for column in _NEEDED if column not in chosen]
    if absent:
        raise ColumnError(
            f"`{name}` must name the hot spot and the day of every patrol.",
            found=f"No column is called {' or '.join(absent)}.",
            do="Head the columns hotspot, day, start, stop, unit.",
        )
    frame = hotspots.frame
    places = {
        str(n).strip().casefold(): i for i, n in zip(frame.hotspot_id, frame["name"], strict=True)
    }
    places |= {str(i).strip().casefold(): i for i in frame.hotspot_id}
    refused = _refuse(rows, chosen)
    others = [header for header in rows[0] if header not in {*chosen.values(), *refused}]
    counted = tuple(header for header in others if _is_count(row[header] for row in rows))
    taken = {ours: theirs for ours, theirs in chosen.items() if theirs not in refused}
    hidden = {taken[tag]: _hide(rows, taken[tag]) for tag in _FREE_TAGS if tag in taken}
    return _Sheet(taken, counted, places, timezone, latest, key, refused, hidden)


def _choose(headers: Sequence[str]) -> dict[str, str]:
    """Return our columns to the headings that name them."""
    plain = {plain_header(header): header for header in headers}
    return {
        ours: next(plain[n] for n in names if n in plain)
        for ours, names in HEADERS.items()
        if any(n in plain for n in names)
    }


def _hide(rows: Sequence[Mapping[str, str]], header: str) -> frozenset[str]:
    """Return the values of a tag that look like personal data one by one."""
    values = {row[header] for row in rows if row[header]}
    return frozenset(value for value in values if name_personal_values([value]))


def _is_count(values: Iterable[str]) -> bool:
    present = [value for value in values if value]
    return bool(present) and all(_COUNT.fullmatch(value) for value in present)


def _refuse(rows: Sequence[Mapping[str, str]], chosen: Mapping[str, str]) -> dict[str, str]:
    """Tell what must not be taken over; of our own columns, only tags are kept as written."""
    known = {theirs for ours, theirs in chosen.items() if ours not in _TAGS}
    refused = {}
    for header in rows[0]:
        values = sorted({row[header] for row in rows if row[header]})
        plain = plain_header(header)
        what = name_personal_header(header) or name_personal_values(values)
        what = what or ("a person" if _PERSON.search(plain) else "")
        what = what or ("a label, not a count" if _LABEL.search(plain) else "")
        if what and header not in known:
            refused[header] = what
    return refused


def _read_row(
    row: Mapping[str, str], sheet: _Sheet
) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
    values = {
        ours: "" if row[theirs] in sheet.hidden.get(theirs, ()) else row[theirs]
        for ours, theirs in sheet.chosen.items()
    }
    hotspot = sheet.places.get(values["hotspot"].strip().casefold())
    if hotspot is None:
        raise _RejectError("no such hot spot")
    day = read_date(values["day"])
    if day is None:
        raise _RejectError("no readable day")
    counts: list[dict[str, object]] = [
        {"hotspot_id": hotspot, "day": day, "kind": kind, "n": int(row[kind]),
         "agency": values.get("agency") or None}
        for kind in sheet.activities
        if row[kind] and int(row[kind])
    ]  # fmt: skip
    if not values.get("start") and counts:
        return None, counts
    visit = _read_visit(values, hotspot, day, sheet)
    for count in counts:
        count["visit"] = visit
    return visit, counts


def _read_visit(
    values: Mapping[str, str], hotspot: str, day: date, sheet: _Sheet
) -> dict[str, object]:
    try:
        span = _span(values, day, load_zone(sheet.timezone))
    except OverflowError as error:
        raise _RejectError("no readable day") from error
    if span.arrive > sheet.latest:
        raise _RejectError("patrol in the future")
    funding, mode = values.get("funding", "").casefold(), values.get("mode", "").casefold()
    if funding not in {"", "additional", "usual"}:
        raise _RejectError("funding neither additional nor usual")
    is_heaped = span.arrive.minute % _HEAP_MIN == 0 and span.leave.minute % _HEAP_MIN == 0
    unit, officers = values.get("unit", "").strip(), values.get("officers", "")
    crew = _CREW.fullmatch(officers)
    return {
        "unit_id": name_unit(sheet.key, unit) if unit else _UNKNOWN_UNIT,
        "hotspot_id": hotspot,
        "arrive": span.arrive,
        "leave": span.leave,
        "longest": span.longest,
        "give": float(_HEAP_MIN if is_heaped else 1),
        "mode": mode if mode in {"foot", "vehicle"} else "unknown",
        "agency": values.get("agency") or None,
        "funding": funding or None,
        "theme": values.get("theme") or None,
        "officers": int(crew[1]) if crew else None,
        "is_crew_unread": bool(officers) and crew is None,
    }


@dataclass(frozen=True, slots=True)
class _Span:
    """A patrol in UTC, and the longest that its clock times allow."""

    arrive: datetime
    leave: datetime
    longest: timedelta


def _span(values: Mapping[str, str], day: date, zone: ZoneInfo) -> _Span:
    """Return when a patrol was; clock times before 06:00 belong to the following date.

    Clock times that exist twice have two readings: the shortest patrol is taken, and the longest
    kept beside it. Stated minutes are minutes, whatever the clocks did.
    """
    start = read_clock(values.get("start", ""), day)
    if start is None:
        raise _RejectError("no readable start")
    if values.get("minutes"):
        length = _length(values["minutes"])
        arrive = _readings(start, zone)[0]
        spans = [(arrive, arrive + length)]
    else:
        stop = read_clock(values.get("stop", ""), day)
        if stop is None:
            raise _RejectError("no readable stop")
        is_next_morning = stop < start and stop.hour == DAY_START_HOUR
        stops = _readings(stop + timedelta(days=1) if is_next_morning else stop, zone)
        spans = [(begin, end) for begin in _readings(start, zone) for end in stops]
    spans = [one for one in spans if timedelta(0) < one[1] - one[0] <= timedelta(hours=_LONGEST_H)]
    if not spans:
        raise _RejectError("no length between nothing and 12 hours")
    arrive, leave = min(spans, key=lambda one: one[1] - one[0])
    return _Span(arrive, leave, max(end - begin for begin, end in spans))


def _length(text: str) -> timedelta:
    try:
        minutes = float(text)
    except ValueError as error:
        raise _RejectError("no readable length") from error
    return timedelta(minutes=minutes if 0 < minutes <= _LONGEST_H * 60 else 0)


def _readings(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return in UTC what a clock time can mean: two moments in the hour the clocks go back."""
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return list(dict.fromkeys(both))


def _visit_table(
    visits: list[dict[str, object]], timezone: str, schedule: pd.DataFrame | None
) -> pa.Table:
    if not visits:
        return VISITS.schema.empty_table()
    stays = pd.DataFrame(visits)
    give = pd.to_timedelta(stays["give"] / 2, unit="min")
    stays = stays.assign(
        arrive_low=stays["arrive"] - give,
        arrive_high=stays["arrive"] + give,
        leave_low=stays["leave"] - give,
        leave_high=stays["arrive"] + stays["longest"] + give,
        row=range(len(stays)),
        n_pings=0,
        source="keyed",
    )
    rows = split_days(stays, timezone)
    rows = rows.assign(
        visit_id=name_visits(rows), is_scheduled=np.array(is_due(rows, schedule), dtype=object)
    )
    # Activities go with the part of the day on which the patrol began.
    for visit, name in zip(visits, rows.drop_duplicates("row")["visit_id"], strict=True):
        visit["visit_id"] = name
    table = pa.Table.from_pandas(rows[list(VISITS.names)], VISITS.schema, preserve_index=False)
    return check_table(table, VISITS)


def _activity_table(counts: list[dict[str, object]]) -> pa.Table:
    rows = [
        {name: count.get(name) for name in ACTIVITIES.names}
        | {"visit_id": _visit_id(count.get("visit"))}
        for count in counts
    ]
    return check_table(pa.Table.from_pylist(rows, schema=ACTIVITIES.schema), ACTIVITIES)


def _visit_id(visit: object) -> str | None:
    return str(visit["visit_id"]) if isinstance(visit, dict) else None
