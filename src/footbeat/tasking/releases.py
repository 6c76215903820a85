"""Hand out seven days of a sealed schedule at a time, and keep what was handed out."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from footbeat.errors import DataError, TamperedError
from footbeat.manifest import hash_file
from footbeat.tasking.commitment import rows_hash, verify_schedule
from footbeat.tasking.journal import append_entry, read_journal

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from footbeat.tasking.journal import Entry
    from footbeat.tasking.schedule import Schedule

WEEK_DAYS = 7


def list_week(schedule: Schedule, first: date) -> list[date]:
    """Return the operational days of the schedule among seven calendar days from `first`.

    Raises
    ------
    DataError
        When none of them is in the schedule.
    """
    last = first + timedelta(days=WEEK_DAYS - 1)
    days = [day for day in schedule.days if first <= day <= last]
    if not days:
        raise DataError(
            "A week must hold at least one day of the schedule.",
            found=f"The schedule runs {schedule.days[0]} to {schedule.days[-1]}; "
            f"the week is {first} to {last}.",
            do="Choose a day within the phase.",
        )
    return days


def check_intact(folder: Path) -> None:
    """Raise TamperedError when a schedule is not what was committed to."""
    outcome = verify_schedule(folder)
    if not outcome.valid:
        raise TamperedError(
            "A schedule must be what was committed to before any of it is used.",
            found=" ".join(outcome.problems),
            do="Run `footbeat task verify`, and restore the folder from its copy.",
        )


def release_file(
    schedule: Schedule, folder: Path, file: Path, days: list[date], *, at: datetime
) -> Entry:
    """Keep a copy of a file that was handed out, and enter it in the journal.

    Parameters
    ----------
    schedule, folder
        The schedule and where it lies.
    file
        What is handed out.
    days
        The operational days it shows.
    at
        When, with a zone.
    """
    number = len(read_journal(folder, schedule.commitment)) + 1
    kept = folder / "released" / f"{number:03}-{days[0]}{file.suffix}"
    kept.parent.mkdir(exist_ok=True)
    shutil.copyfile(file, kept)
    body = {
        "file": f"released/{kept.name}",
        "sha256": hash_file(kept).sha256,
        "days": [day.isoformat() for day in days],
        "rows": rows_hash(schedule.frame, days),
    }
    return append_entry(folder, schedule.commitment, "release", body, at=at)
