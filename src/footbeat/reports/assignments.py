"""A schedule's days as people get them: rows in words, a workbook, a calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from footbeat.periods import to_utc
from footbeat.reports import words
from footbeat.reports.exchange import Appointment, whole_day, write_calendar
from footbeat.reports.typeset import save_pdf
from footbeat.reports.workbook import Sheet, write_workbook
from footbeat.tasking.rota import list_due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from footbeat.tasking.rota import Due
    from footbeat.tasking.schedule import Schedule

COMPARISON = (
    "Comparison day: no extra patrol. Answer calls and use your powers as normal; "
    "do not avoid the place."
)
COLUMNS = ("day", "hotspot_id", "name", "rank", "arm", "due", "dose_min", "stratum")
_HEADINGS = ("Day", "Hot spot", "Name", "Rank", "Today", "Due", "Minutes", "Stratum")
_ARM_WORDS = {"treated": "patrol", "control": "comparison"}


def list_assignments(schedule: Schedule, days: Sequence[date]) -> list[dict[str, Any]]:
    """Return one record for each hot spot and day, patrols first, then by rank."""
    rows = schedule.on(days).sort_values(
        ["day", "arm", "rank"], ascending=[True, False, True], kind="stable"
    )
    return [{name: row[name] for name in COLUMNS} for row in rows.to_dict("records")]


def write_assignment_workbook(
    schedule: Schedule, path: Path, days: Sequence[date] | None = None
) -> None:
    """Write the patrols of some days, or of all, and their comparison places as a workbook."""
    records = list_assignments(schedule, days or schedule.days)
    notes = (*heading(schedule, days or schedule.days), *schedule.provenance.cautions)
    patrols = [row for row in records if row["arm"] == "treated"]
    others = [row for row in records if row["arm"] == "control"]
    sheets = [
        Sheet("Patrols", _worded(patrols), (*notes, "Arrive within the times under Due.")),
        Sheet("Comparison days", _worded(others), (*notes, COMPARISON)),
    ]
    write_workbook(sheets, path, title=notes[0])


def write_assignment_calendar(
    schedule: Schedule,
    path: Path,
    days: Sequence[date] | None = None,
    *,
    stamp: datetime,
) -> None:
    """Write the patrols of some days, or of all, as a calendar.

    Each visit is an entry over the time within which it is due; each day has one entry for the
    whole day that names the comparison places.
    """
    chosen = list(days or schedule.days)
    entries = [*_visit_entries(schedule, chosen), *_comparison_entries(schedule, chosen)]
    write_calendar(entries, path, name=heading(schedule, chosen)[0], stamp=stamp)


def heading(schedule: Schedule, days: Sequence[date]) -> tuple[str, ...]:
    """Return the lines that stand above any list of a schedule's days."""
    span = words.day(days[0])
    if days[-1] != days[0]:
        span = f"{span} to {words.day(days[-1])}"
    commitment = schedule.commitment[:16] or "not yet made"
    return (
        f"{schedule.provenance.marking} · Patrols {span}, phase {schedule.phase}",
        f"Operational days from 06:00 to 05:59 · {schedule.mechanism} · commitment {commitment}",
    )


def _worded(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(records), columns=list(COLUMNS), dtype=object)
    frame.columns = pd.Index(_HEADINGS)
    return frame.assign(Today=frame["Today"].map(_ARM_WORDS))


def _visit_entries(schedule: Schedule, days: Sequence[date]) -> list[Appointment]:
    names = dict(zip(schedule.hotspot_ids, schedule.hotspots.frame["name"], strict=True))
    return [
        _visit_entry(schedule, day, due, number, str(names[due.hotspot_id]))
        for day in days
        for number, due in enumerate(list_due(schedule, day), 1)
    ]


def _visit_entry(schedule: Schedule, day: date, due: Due, number: int, name: str) -> Appointment:
    midnight = pd.Timestamp(day)
    local = pd.DatetimeIndex([midnight + pd.Timedelta(minutes=due.begin)])
    start = to_utc(local, schedule.timezone).tz_convert(schedule.timezone)[0]
    return Appointment(
        key=f"{schedule.commitment[:16]}-{due.hotspot_id}-{day}-{number}",
        start=start.to_pydatetime(),
        end=(start + pd.Timedelta(minutes=due.end - due.begin)).to_pydatetime(),
        summary=f"Patrol: {name}",
        description=f"One visit of {due.minutes} min within {due.words}.",
        location=name,
    )


def _comparison_entries(schedule: Schedule, days: Sequence[date]) -> list[Appointment]:
    rows = schedule.on(days)
    control: list[dict[Any, Any]] = rows[rows["arm"] == "control"].to_dict("records")
    entries = []
    for day in dict.fromkeys(row["day"] for row in control):
        names = ", ".join(row["name"] for row in control if row["day"] == day)
        text = f"{COMPARISON} Today: {names}."
        key = f"{schedule.commitment[:16]}-comparison-{day}"
        entries.append(whole_day(key, day, "Comparison day at the other hot spots", text))
    return entries


def write_assignment_pdf(schedule: Schedule, path: Path, days: Sequence[date]) -> None:
    """Set the patrols of some days, and the comparison places of each, as a tagged PDF."""
    provenance = schedule.provenance
    data = {
        "title": heading(schedule, days)[0].partition(" · ")[2],
        "line": heading(schedule, days)[1],
        "marking": provenance.marking,
        "phase": schedule.phase,
        "attribution": " · ".join(provenance.attribution),
        "cautions": list(provenance.cautions),
        "comparison": COMPARISON,
        "days": [_day_data(schedule, day) for day in days],
    }
    save_pdf("week.typ", data, path)


def _day_data(schedule: Schedule, day: date) -> dict[str, Any]:
    records = list_assignments(schedule, [day])
    patrols = [row for row in records if row["arm"] == "treated"]
    shown = ("rank", "name", "due", "dose_min")
    return {
        "name": words.day(day),
        "patrols": [{key: row[key] for key in shown} for row in patrols],
        "comparisons": ", ".join(row["name"] for row in records if row["arm"] == "control"),
    }
