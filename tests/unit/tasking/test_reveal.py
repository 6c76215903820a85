import json
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import TamperedError, UsageError
from footbeat.reports.assignments import (
    write_assignment_calendar,
    write_assignment_pdf,
    write_assignment_workbook,
)
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.events import Event, record_event
from footbeat.tasking.journal import append_entry, read_journal
from footbeat.tasking.releases import list_week, release_file
from footbeat.tasking.reveal import reveal_schedule
from footbeat.tasking.schedule import Schedule, load_schedule, save_schedule
from footbeat.tasking.sealing import commit

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
AFTER = date(2026, 10, 31)


def _reveal(folder: Path, today: date = AFTER, early: str = "") -> None:
    reveal_schedule(folder, at=NOON, today=today, early=early)


def test_schedule_stays_sealed_until_its_last_day_is_over(folder: Path) -> None:
    last = load_schedule(folder).days[-1]
    with pytest.raises(UsageError, match="stay sealed"):
        _reveal(folder, today=last)
    assert not (folder / "opened").exists()
    _reveal(folder, today=last + timedelta(1))
    assert verify_schedule(folder).valid


def test_opening_early_needs_a_reason_that_is_recorded(folder: Path) -> None:
    _reveal(folder, today=date(2026, 10, 2), early="trial stopped: funding ended")
    entry = read_journal(folder, load_schedule(folder).commitment)[-1]
    assert (entry.kind, entry.body["early"]) == ("reveal", "trial stopped: funding ended")


def test_schedule_is_opened_once(folder: Path) -> None:
    _reveal(folder)
    with pytest.raises(UsageError, match="opened once"):
        _reveal(folder)


def test_tampered_schedule_is_not_opened(folder: Path) -> None:
    path = folder / "sealed" / "schedule.csv"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(TamperedError):
        _reveal(folder)


def test_opened_folder_without_its_sealed_part_is_recomputed_and_loaded(
    folder: Path, schedule: Schedule
) -> None:
    _reveal(folder)
    shutil.rmtree(folder / "sealed")
    outcome = verify_schedule(folder)
    assert (outcome.valid, outcome.opened) == (True, True)
    pd.testing.assert_frame_equal(load_schedule(folder).frame, schedule.frame)


def test_record_alone_proves_the_commitment_and_names_every_patrol(
    folder: Path, schedule: Schedule
) -> None:
    _reveal(folder)
    record = json.loads((folder / "opened" / "record.json").read_bytes())
    public = dict(record["public"])
    published = public.pop("commitment")
    seed, nonce = bytes.fromhex(record["seed"]), bytes.fromhex(record["nonce"])
    assert commit(public, seed=seed, nonce=nonce) == published
    patrols = schedule.frame[schedule.frame["arm"] == "treated"]
    expected = {day.isoformat(): list(rows["hotspot_id"]) for day, rows in patrols.groupby("day")}
    assert record["treated"] == expected


def test_any_changed_byte_of_a_released_sealed_or_opened_file_is_caught(
    schedule: Schedule, tmp_path: Path
) -> None:
    folder = tmp_path / "whole"
    calendar = partial(write_assignment_calendar, stamp=NOON)
    exports = {"schedule.xlsx": write_assignment_workbook, "schedule.ics": calendar}
    save_schedule(schedule, folder, exports=exports)
    sealed = load_schedule(folder)
    append_entry(folder, sealed.commitment, "lodged", {"where": "osf.io"}, at=NOON)
    week = list_week(sealed, sealed.days[0])
    writers = {".xlsx": write_assignment_workbook, ".ics": calendar, ".pdf": write_assignment_pdf}
    for suffix, write in writers.items():
        handed_out = tmp_path / f"week{suffix}"
        write(sealed, handed_out, days=week)
        release_file(sealed, folder, handed_out, week, at=NOON)
    override = Event(
        "override", sealed.days[0], "h03", "extra patrol here anyway (public safety)", "sergeant"
    )
    record_event(folder, override, at=NOON)
    _reveal(folder)
    assert verify_schedule(folder).valid

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert {path.parent.name for path in files} == {"whole", "sealed", "released", "opened"}
    assert len(files) == 2 + 7 + 3 + 8
    rng = np.random.default_rng(11)
    for path in files:
        content = path.read_bytes()
        for position in {0, len(content) - 1, int(rng.integers(len(content)))}:
            changed = bytearray(content)
            changed[position] ^= 1 << int(rng.integers(8))
            path.write_bytes(changed)
            assert not verify_schedule(folder).valid, (path.name, position)
        path.write_bytes(content[:-1])
        assert not verify_schedule(folder).valid, path.name
        path.unlink()
        if path.name != "schedule.json":
            assert not verify_schedule(folder).valid, path.name
        path.write_bytes(content)
    assert verify_schedule(folder).valid
