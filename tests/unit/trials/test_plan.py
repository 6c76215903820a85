from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from footbeat.errors import DataError, TamperedError, UsageError
from footbeat.tasking.schedule import save_schedule
from footbeat.trials.placedays import About
from footbeat.trials.plan import (
    Plan,
    count_looks,
    differences_from,
    load_locked_plan,
    lock_plan,
    looks_with,
    record_look,
)

NOW = datetime(2026, 1, 30, 12, tzinfo=UTC)


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
    record_look(folder, "a" * 64, "n", at=NOW)
    with pytest.raises(DataError, match="once a result was looked at"):
        lock_plan(Plan(), folder, at=NOW)


def test_the_same_look_counts_once(folder: Path) -> None:
    looks = [("a" * 64, "n"), ("a" * 64, "n"), ("b" * 64, "n"), ("a" * 64, "harm_days")]
    counts = []
    for data, outcome in looks:
        counts.append(looks_with(folder, data, outcome))
        record_look(folder, data, outcome, at=NOW)
    assert counts == [1, 1, 2, 3]
    assert count_looks(folder) == 3


def test_a_plan_made_before_the_draw_waits_in_its_folder(tmp_path: Path) -> None:
    plan_hash = lock_plan(Plan(), tmp_path, at=NOW)
    assert len(plan_hash) == 64
    assert (tmp_path / "plan.json").is_file()


def test_every_departure_from_the_plan_is_named() -> None:
    about = About(settle_days=7, hours="14:00-22:00", group="robbery")
    found = differences_from(Plan(), about, "harm_days")
    assert [text.split()[0] for text in found] == ["outcome", "offence", "hours", "settling"]
    assert differences_from(Plan(), About(group="serious-violence"), "n") == ()


def test_a_plan_without_a_known_outcome_is_refused() -> None:
    with pytest.raises(UsageError, match="must name an outcome"):
        Plan(outcome="satisfaction")
