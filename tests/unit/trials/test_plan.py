from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from footbeat.errors import DataError, TamperedError, UsageError
from footbeat.tasking.journal import append_entry
from footbeat.tasking.schedule import load_public, save_schedule
from footbeat.trials.placedays import About
from footbeat.trials.plan import (
    LockedPlan,
    Look,
    Plan,
    count_looks,
    differences_from,
    late_plan_warnings,
    load_locked_plan,
    lock_plan,
    looks_with,
    record_look,
)

NOW = datetime(2026, 1, 30, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 30, 12, tzinfo=UTC)


@pytest.fixture
def folder(make: SimpleNamespace, tmp_path: Path) -> Path:
    save_schedule(make.schedule(), tmp_path / "schedule")
    return tmp_path / "schedule"


def test_a_locked_plan_reads_back(folder: Path) -> None:
    plan = Plan(hours="14:00-22:00", subgroups=("night",))
    plan_hash = lock_plan(plan, folder, at=NOW)
    locked = load_locked_plan(folder)
    assert locked is not None
    assert (locked.plan, locked.plan_hash) == (plan, plan_hash)
    assert locked.locked_at == NOW.isoformat()


def test_no_plan_is_no_error(folder: Path) -> None:
    assert load_locked_plan(folder) is None


def test_a_plan_edited_after_locking_is_refused(folder: Path) -> None:
    lock_plan(Plan(), folder, at=NOW)
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"settle_days": 28', '"settle_days": 7'))
    with pytest.raises(TamperedError, match="must be the one that was locked"):
        load_locked_plan(folder)


def test_a_plan_that_was_locked_and_is_gone_is_refused(folder: Path) -> None:
    lock_plan(Plan(), folder, at=NOW)
    (folder / "plan.json").unlink()
    with pytest.raises(TamperedError, match="must stand in"):
        load_locked_plan(folder)


def test_a_plan_may_change_before_the_first_look_and_not_after(folder: Path) -> None:
    lock_plan(Plan(), folder, at=NOW)
    lock_plan(Plan(settle_days=14), folder, at=NOW)
    locked = load_locked_plan(folder)
    assert locked is not None
    assert locked.plan.settle_days == 14
    record_look(folder, Look("a" * 64, "n"), at=NOW)
    with pytest.raises(DataError, match="once a result was looked at"):
        lock_plan(Plan(), folder, at=NOW)


def test_the_same_look_counts_once(folder: Path) -> None:
    looks = [
        Look("a" * 64, "n"),
        Look("a" * 64, "n"),
        Look("b" * 64, "n"),
        Look("a" * 64, "harm_days"),
    ]
    counts = []
    for look in looks:
        counts.append(looks_with(folder, look))
        record_look(folder, look, at=NOW)
    assert counts == [1, 1, 2, 3]
    assert count_looks(folder) == 3


def test_another_estimator_is_another_look(folder: Path) -> None:
    record_look(folder, Look("a" * 64, "n"), at=NOW)
    assert looks_with(folder, Look("a" * 64, "n", "poisson-place-day")) == 2


def test_no_first_plan_is_made_after_a_look(folder: Path) -> None:
    record_look(folder, Look("a" * 64, "n"), at=NOW)
    with pytest.raises(DataError, match="once a result was looked at"):
        lock_plan(Plan(), folder, at=NOW)
    assert not (folder / "plan.json").exists()


def test_a_plan_deleted_after_a_look_is_not_made_anew(folder: Path) -> None:
    lock_plan(Plan(), folder, at=NOW)
    record_look(folder, Look("a" * 64, "n"), at=NOW)
    (folder / "plan.json").unlink()
    with pytest.raises(DataError, match="once a result was looked at"):
        lock_plan(Plan(settle_days=7), folder, at=NOW)


def test_no_plan_takes_the_place_of_the_committed_one(
    make: SimpleNamespace, tmp_path: Path
) -> None:
    plan_hash = lock_plan(Plan(), tmp_path, at=NOW)
    drawn = make.schedule()
    committed = replace(drawn, options=replace(drawn.options, plan_hash=plan_hash))
    folder = tmp_path / "schedule"
    save_schedule(committed, folder)
    with pytest.raises(DataError, match="drawn with"):
        lock_plan(Plan(settle_days=7), folder, at=NOW)
    assert lock_plan(Plan(), folder, at=NOW) == plan_hash
    locked = load_locked_plan(folder)
    assert locked is not None
    assert locked.locked_at == ""
    append_entry(
        folder, str(load_public(folder)["commitment"]), "plan", {"sha256": "b" * 64}, at=LATER
    )
    assert load_locked_plan(folder) == locked


def test_a_plan_the_journal_puts_after_a_look_is_no_plan(folder: Path) -> None:
    plan_hash = lock_plan(Plan(), folder, at=NOW)
    (folder / "journal.jsonl").write_bytes(b"")
    record_look(folder, Look("a" * 64, "n"), at=NOW)
    commitment = str(load_public(folder)["commitment"])
    append_entry(folder, commitment, "plan", {"sha256": plan_hash}, at=LATER)
    locked = load_locked_plan(folder)
    assert locked is not None
    found = differences_from(locked, About(group="serious-violence"), "n")
    assert found == ("the plan was locked after a result was looked at",)


def test_a_plan_locked_while_the_trial_ran_is_said_to_be_late() -> None:
    locked = LockedPlan(Plan(), "a" * 64, NOW.isoformat())
    assert late_plan_warnings(locked, "2026-01-30") == []
    assert (
        "locked on 2026-01-30, after the first day" in late_plan_warnings(locked, "2026-01-01")[0]
    )
    assert late_plan_warnings(None, "2026-01-01") == []


def test_a_plan_made_before_the_draw_waits_in_its_folder(tmp_path: Path) -> None:
    plan_hash = lock_plan(Plan(), tmp_path, at=NOW)
    assert len(plan_hash) == 64
    assert (tmp_path / "plan.json").is_file()


def test_every_departure_from_the_plan_is_named() -> None:
    about = About(settle_days=7, hours="14:00-22:00", group="robbery")
    locked = LockedPlan(Plan(), "a" * 64)
    found = differences_from(locked, about, "harm_days")
    assert [text.split()[0] for text in found] == ["outcome", "offence", "hours", "settling"]
    assert differences_from(locked, About(group="serious-violence"), "n") == ()


def test_a_plan_without_a_known_outcome_is_refused() -> None:
    with pytest.raises(UsageError, match="must name an outcome"):
        Plan(outcome="satisfaction")
