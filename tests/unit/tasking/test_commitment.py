import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from footbeat.errors import StoreError, TamperedError
from footbeat.manifest import Manifest, hash_files, save_manifest
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.journal import append_entry, read_journal
from footbeat.tasking.schedule import Schedule, load_schedule

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def test_untouched_schedule_is_valid_and_opened(folder: Path) -> None:
    outcome = verify_schedule(folder)
    assert (outcome.valid, outcome.opened, outcome.problems) == (True, True, ())


def test_any_changed_byte_of_any_file_is_caught(folder: Path) -> None:
    append_entry(folder, load_schedule(folder).commitment, "lodged", {"where": "a"}, at=NOON)
    rng = np.random.default_rng(7)
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        content = path.read_bytes()
        for position in {0, len(content) - 1, *rng.integers(0, len(content), 4).tolist()}:
            changed = bytearray(content)
            changed[position] ^= 1 << int(rng.integers(8))
            path.write_bytes(changed)
            assert not verify_schedule(folder).valid, (path.name, position)
        path.write_bytes(content)
    assert verify_schedule(folder).valid


def test_manifest_must_be_of_the_public_file(folder: Path) -> None:
    public = folder / "schedule.json"
    path = save_manifest(Manifest("task schedule", {}, (), hash_files([public])), public)
    assert verify_schedule(folder).valid
    content = path.read_bytes()
    digest = hash_files([public])[0].sha256.encode()
    for changed in (content.replace(digest, b"0" * 64), content[:-9], content + b" ", b"[]"):
        path.write_bytes(changed)
        problems = verify_schedule(folder).problems
        assert problems == ("schedule.json.manifest.json is not the manifest of schedule.json.",)


def test_missing_and_added_sealed_files_are_caught(folder: Path) -> None:
    (folder / "sealed" / "schedule.csv").rename(folder / "sealed" / "other.csv")
    problems = " ".join(verify_schedule(folder).problems)
    assert "sealed/schedule.csv is missing" in problems
    assert "sealed/other.csv was not sealed" in problems


def test_schedule_swapped_for_another_with_all_its_files_does_not_match(
    folder: Path, schedule: Schedule
) -> None:
    public = json.loads((folder / "schedule.json").read_bytes())
    public["mechanism"] = "daily:2"
    (folder / "schedule.json").write_text(
        json.dumps(public, sort_keys=True, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    problems = " ".join(verify_schedule(folder).problems)
    assert "commitment does not match" in problems
    assert "not what the seed draws" in problems
    assert schedule.mechanism == "daily:3"


def test_without_its_sealed_part_a_schedule_is_checked_as_far_as_it_goes(folder: Path) -> None:
    shutil.rmtree(folder / "sealed")
    outcome = verify_schedule(folder)
    assert (outcome.valid, outcome.opened) == (True, False)
    with pytest.raises(StoreError, match="sealed part"):
        load_schedule(folder)


def test_lodging_is_reported(folder: Path) -> None:
    commitment = load_schedule(folder).commitment
    append_entry(folder, commitment, "lodged", {"where": "osf.io"}, at=NOON)
    assert verify_schedule(folder).lodged == ({"at": NOON.isoformat(), "where": "osf.io"},)


def test_journal_entry_removed_from_the_middle_is_caught(folder: Path) -> None:
    commitment = load_schedule(folder).commitment
    for n in range(3):
        append_entry(folder, commitment, "event", {"n": n}, at=NOON)
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(lines[0] + lines[2])
    with pytest.raises(TamperedError, match="Entry 2"):
        read_journal(folder, commitment)


def test_folder_without_a_schedule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"schedule\.json"):
        verify_schedule(tmp_path)


def test_what_does_not_hold_is_a_frame(folder: Path) -> None:
    assert verify_schedule(folder).to_frame().empty
    next((folder / "sealed").glob("*.csv")).write_text("", encoding="utf-8")
    assert len(verify_schedule(folder).to_frame()) == 1
