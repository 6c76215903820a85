import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from footbeat.errors import DataError, TamperedError, UsageError
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.events import REASONS, Event, read_events, record_event
from footbeat.tasking.phases import days_left, read_phase_before, warn_of_end
from footbeat.tasking.schedule import Schedule, load_schedule
from footbeat.tasking.standing import measure_standing

NOON = datetime(2026, 10, 3, 12, tzinfo=UTC)
DAY = date(2026, 10, 2)


def test_events_are_kept_in_order_and_change_no_arm(folder: Path, schedule: Schedule) -> None:
    record_event(folder, Event("abstraction", DAY, "h01", "emergency call", "sergeant"), at=NOON)
    over = Event("override", DAY, "h02", REASONS["override"][0], "inspector")
    assert record_event(folder, over, at=NOON) == 2
    events = read_events(folder)
    assert events["kind"].tolist() == ["abstraction", "override"]
    assert events["day"].tolist() == [DAY, DAY]
    assert (load_schedule(folder).arms == schedule.arms).all()
    assert verify_schedule(folder).valid


def test_schedule_without_events_has_an_empty_table(folder: Path) -> None:
    assert len(read_events(folder)) == 0


def test_reason_outside_the_list_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="must be one of the list"):
        record_event(folder, Event("abstraction", DAY, "h01", "because", "sergeant"), at=NOON)


def test_closure_must_say_whether_results_were_seen(folder: Path) -> None:
    closure = Event("closure", DAY, "h01", "community request", "superintendent")
    with pytest.raises(UsageError, match="seen results"):
        record_event(folder, closure, at=NOON)


def test_event_must_say_who_decided(folder: Path) -> None:
    with pytest.raises(UsageError, match="who decided"):
        record_event(folder, Event("abstraction", DAY, "h01", "weather", " "), at=NOON)


@pytest.mark.parametrize(("day", "place"), [(date(2027, 1, 1), "h01"), (DAY, "h99")])
def test_event_off_the_schedule_is_refused(folder: Path, day: date, place: str) -> None:
    with pytest.raises(DataError):
        record_event(folder, Event("abstraction", day, place, "weather", "sergeant"), at=NOON)


def test_event_on_a_broken_journal_is_refused(folder: Path) -> None:
    record_event(folder, Event("abstraction", DAY, "h01", "weather", "sergeant"), at=NOON)
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"weather", b"sicknes"))
    with pytest.raises(TamperedError):
        read_events(folder)


def test_next_phase_names_the_commitment_of_the_last(folder: Path) -> None:
    before = read_phase_before(folder, date(2026, 10, 31))
    assert before.phase == 1
    assert before.commitment == load_schedule(folder).commitment


def test_phase_on_a_folder_that_was_changed_is_refused(folder: Path) -> None:
    public = folder / "schedule.json"
    text = public.read_text(encoding="utf-8")
    assert '"n_days": ' in text
    public.write_text(re.sub(r'"n_days": \d+', '"n_days": 2', text), encoding="utf-8", newline="\n")
    with pytest.raises(TamperedError, match="before any of it is used"):
        read_phase_before(folder, date(2026, 10, 31))


def test_phase_that_overlaps_the_last_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="after the one it continues"):
        read_phase_before(folder, date(2026, 10, 30))


@pytest.mark.parametrize(
    ("left", "said"), [(60, ""), (28, "28 days"), (20, "28 days"), (14, "14 days"), (3, "7 days")]
)
def test_end_of_a_phase_is_warned_of_at_28_14_and_7_days(left: int, said: str) -> None:
    days = tuple(date(2026, 1, 1) + timedelta(i) for i in range(90))
    warning = warn_of_end(days, days[-1] - timedelta(left - 1))
    assert warning.startswith(said)
    assert bool(warning) == bool(said)


def test_phase_that_is_over_says_so() -> None:
    assert "ended" in warn_of_end((DAY,), DAY + timedelta(1))
    assert days_left((DAY, DAY + timedelta(1)), DAY + timedelta(1)) == 1


def test_standing_counts_each_place_day_by_its_longest_visit(schedule: Schedule) -> None:
    first = schedule.days[0]
    on = [place for place, arm in zip(schedule.hotspot_ids, schedule.arms[0], strict=True) if arm]
    off = [place for place in schedule.hotspot_ids if place not in on]
    visits = pd.DataFrame(
        {
            "hotspot_id": [on[0], on[0], on[1], off[0], on[2]],
            "day": [first, first, first, first, first + timedelta(1)],
            "minutes": [4.0, 12.0, 6.0, 11.0, 20.0],
        }
    )
    standing = measure_standing(schedule, visits, first + timedelta(1))
    assert (standing.due, standing.delivered, standing.short, standing.missed) == (3, 1, 1, 1)
    assert (standing.comparison, standing.extra) == (5, 1)
