"""Open the seal after the phase: what was secret becomes the record anyone can recompute."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from footbeat.errors import UsageError
from footbeat.manifest import canonical_json, hash_file
from footbeat.outputs import writing_folder
from footbeat.tasking.journal import append_entry, read_journal
from footbeat.tasking.releases import check_intact
from footbeat.tasking.schedule import OPENED, RECORD, SEALED, load_public, load_schedule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    from footbeat.tasking.journal import Entry
    from footbeat.tasking.schedule import Schedule


def reveal_schedule(folder: Path, *, at: datetime, today: date, early: str = "") -> Entry:
    """Open a schedule: copy the sealed part to `opened/`, write the record, enter it.

    `opened/record.json` alone is enough to recompute the commitment and every arm: it holds the
    public terms, the seed, the nonce, which places were treated on each day, and the journal.

    Parameters
    ----------
    folder
        The schedule's folder, with its sealed part.
    at
        When, with a zone.
    today
        The operational day on which it is opened.
    early
        Why it is opened before its last day is over; empty where it is over. It is recorded.

    Raises
    ------
    UsageError
        When it was opened before, or its last day is not over and no reason is given.
    TamperedError
        When the folder is not what was committed to.
    """
    check_intact(folder)
    schedule, public = load_schedule(folder), load_public(folder)
    entries = read_journal(folder, schedule.commitment)
    _check_time(schedule, entries, today, early)
    with writing_folder(folder / OPENED) as draft:
        for path in sorted((folder / SEALED).iterdir()):
            shutil.copyfile(path, draft / path.name)
        record = _record(schedule, public, entries)
        (draft / RECORD).write_bytes((canonical_json(record, indent=2) + "\n").encode())
        files = {f"{OPENED}/{path.name}": hash_file(path).sha256 for path in draft.iterdir()}
    body = {"files": files, "early": early}
    return append_entry(folder, schedule.commitment, "reveal", body, at=at)


def _check_time(schedule: Schedule, entries: list[Entry], today: date, early: str) -> None:
    opened = [entry.at for entry in entries if entry.kind == "reveal"]
    if opened:
        raise UsageError(
            "A schedule can be opened once.",
            found=f"It was opened {opened[0]}.",
            do="Read `opened/record.json`; `footbeat task verify` recomputes all of it.",
        )
    if today <= schedule.days[-1] and not early.strip():
        raise UsageError(
            "A schedule must stay sealed until its last day is over.",
            found=f"It runs to {schedule.days[-1]}; today is {today}.",
            do="Wait, or give --early with the reason, which is recorded: whoever then knows the "
            "days to come can lean on them.",
        )


def _record(schedule: Schedule, public: Mapping[str, Any], entries: list[Entry]) -> dict[str, Any]:
    treated = {
        day.isoformat(): [spot for spot, arm in zip(schedule.hotspot_ids, arms, strict=True) if arm]
        for day, arms in zip(schedule.days, schedule.arms, strict=True)
    }
    return {
        "public": dict(public),
        "seed": schedule.seed.hex(),
        "nonce": schedule.nonce.hex(),
        "treated": treated,
        "journal": [entry.as_json() for entry in entries],
    }
