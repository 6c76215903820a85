from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from footbeat.areas import Hotspots
from footbeat.errors import MismatchError, StoreError, UsageError
from footbeat.periods import Window
from footbeat.tasking.mechanisms import Roster
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.rota import list_due
from footbeat.tasking.schedule import Schedule, draw_schedule, load_schedule, save_schedule
from footbeat.tasking.windows import VisitPlan, Windows, draw_windows, due_texts

SEED, NONCE = bytes(range(32)), bytes(32)


def test_saved_schedule_loads_as_it_was(schedule: Schedule, folder: Path) -> None:
    again = load_schedule(folder)
    pd.testing.assert_frame_equal(again.frame, schedule.frame)
    assert again.options == schedule.options
    assert again.roster == schedule.roster
    assert (again.seed, again.nonce) == (SEED, NONCE)
    assert again.hotspots.frame.equals(schedule.hotspots.frame)


def test_folder_is_never_written_over_without_leave(schedule: Schedule, folder: Path) -> None:
    with pytest.raises(StoreError, match="must not exist"):
        save_schedule(schedule, folder)


def test_another_seed_draws_another_schedule(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions, schedule: Schedule
) -> None:
    other = draw_schedule(hotspots(8), options, seed=bytes(32), nonce=NONCE)
    assert (other.arms != schedule.arms).any()


def test_southend_and_bedfordshire_have_their_published_shapes(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    southend = replace(options, n_days=90, mechanism="daily:8")
    rowan = replace(options, n_days=90, mechanism="daily:7")
    drawn = draw_schedule(hotspots(20), southend, seed=SEED, nonce=NONCE)
    assert (drawn.n_treated, drawn.n_control) == (720, 1080)
    drawn = draw_schedule(hotspots(21), rowan, seed=SEED, nonce=NONCE)
    assert (drawn.n_treated, drawn.n_control) == (630, 1260)


def test_only_chosen_weekdays_are_drawn_and_skipped_dates_left_out(
    options: ScheduleOptions,
) -> None:
    chosen = replace(options, weekdays=("fri", "sat"), skip=(date(2026, 10, 3),))
    assert chosen.days[:3] == (date(2026, 10, 2), date(2026, 10, 9), date(2026, 10, 10))


def test_windows_lie_in_the_hot_window_for_both_arms(schedule: Schedule) -> None:
    frame = schedule.frame
    start = frame["window_start"].dt.tz_convert("Europe/London")
    minutes = start.dt.hour * 60 + start.dt.minute
    assert minutes.between(14 * 60, 22 * 60 - 90).all()
    assert set(frame["window_end"] - frame["window_start"]) == {pd.Timedelta(minutes=90)}


def test_window_past_midnight_falls_on_the_following_calendar_day(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    night = replace(options, visits=VisitPlan(Window.parse("01:00-03:00"), length_min=60))
    first = draw_schedule(hotspots(4), night, seed=SEED, nonce=NONCE).frame.iloc[0]
    assert first["day"] == date(2026, 10, 1)
    assert first["window_start"].tz_convert("Europe/London").date() == date(2026, 10, 2)


def test_windows_keep_their_length_over_both_clock_changes(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    for day in (date(2026, 3, 28), date(2026, 10, 24)):
        night = replace(options, start=day, n_days=1, visits=VisitPlan(Window.parse("00:30-03:30")))
        frame = draw_schedule(hotspots(8), night, seed=SEED, nonce=NONCE).frame
        assert set(frame["window_end"] - frame["window_start"]) == {pd.Timedelta(minutes=90)}


@pytest.mark.parametrize("day", [date(2027, 3, 27), date(2026, 10, 24)])
@pytest.mark.parametrize(("hours", "visits"), [("23:00-03:00", 1), ("00:30-03:30", 2)])
def test_windows_of_a_night_with_a_clock_change_stay_in_the_hot_window_one_after_another(
    day: date, hours: str, visits: int
) -> None:
    plan = VisitPlan(Window.parse(hours), visits_per_day=visits)
    roster = Roster(tuple(f"h{i}" for i in range(40)), (day,), ("",) * 40)
    windows = draw_windows(roster.sealed(SEED), roster, plan, "Europe/London")
    opens, closes = (
        pd.Timestamp(f"{day + timedelta(clock < '06:00')} {clock}", tz="Europe/London")
        for clock in hours.split("-")
    )
    start, end = (times[0] for times in (windows.start, windows.end))
    assert (start >= opens.tz_convert("UTC").tz_localize(None).to_datetime64()).all()
    assert (end <= closes.tz_convert("UTC").tz_localize(None).to_datetime64()).all()
    assert (start[:, 1:] >= end[:, :-1]).all()
    assert (end - start >= np.timedelta64(60, "m")).all()


def test_due_texts_name_the_zone_only_where_the_clock_alone_is_unclear() -> None:
    starts = ["2026-10-24T21:00", "2026-10-24T23:30", "2026-10-25T00:15", "2026-10-25T02:00"]
    start = np.array(starts, dtype="datetime64[us]").reshape(1, 2, 2)
    windows = Windows(start, start + np.timedelta64(90, "m"))
    assert due_texts(windows, "Europe/London").tolist() == [
        "22:00–23:30, 00:30 BST–01:00 GMT",
        "01:15 BST–01:45 GMT, 02:00–03:30",
    ]


def test_a_rota_reads_due_texts_that_name_the_zone(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    plan = VisitPlan(Window.parse("22:00-06:00"), visits_per_day=2)
    night = replace(options, start=date(2026, 10, 24), n_days=1, visits=plan, mechanism="daily:8")
    schedule = draw_schedule(hotspots(20), night, seed=SEED, nonce=NONCE)
    assert schedule.frame["due"].str.contains("GMT").any()
    due = list_due(schedule, night.start)
    assert len(due) == 16
    assert all(0 <= each.end - each.begin <= 150 for each in due)


def test_a_hot_window_that_a_night_skips_is_refused(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    plan = VisitPlan(Window.parse("01:00-02:00"), length_min=30)
    night = replace(options, start=date(2027, 3, 27), n_days=1, visits=plan)
    with pytest.raises(UsageError, match="clocks go forward"):
        draw_schedule(hotspots(8), night, seed=SEED, nonce=NONCE)


def test_several_visits_a_day_each_fall_in_their_part_of_the_window(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    twice = replace(options, visits=VisitPlan(Window.parse("14:00-22:00"), visits_per_day=2))
    frame = draw_schedule(hotspots(8), twice, seed=SEED, nonce=NONCE).frame
    parts = frame["due"].str.split(", ", expand=True)
    assert (parts[0].str[:5] < "18:00").all()
    assert (parts[1].str[:5] >= "18:00").all()


def test_knowing_the_past_an_observer_guesses_the_next_window_no_better_than_chance(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    long = replace(options, n_days=300)
    start = draw_schedule(hotspots(8), long, seed=SEED, nonce=NONCE).frame["window_start"]
    clock = (start.dt.hour * 60 + start.dt.minute).to_numpy().reshape(300, 8)
    n_starts = long.visits.n_starts(long.visits.of(""))
    same_as_yesterday = (clock[1:] == clock[:-1]).mean()
    assert same_as_yesterday == pytest.approx(1 / n_starts, abs=4 * np.sqrt(1 / n_starts / 2392))
    centred = clock - clock.mean()
    assert abs((centred[1:] * centred[:-1]).mean() / centred.var()) < 4 / np.sqrt(2392)


def test_visit_window_longer_than_its_part_of_the_hot_window_is_refused() -> None:
    with pytest.raises(UsageError, match="fit into"):
        VisitPlan(Window.parse("14:00-16:00"), visits_per_day=2)


def test_missing_stratum_is_refused(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    some = replace(options, mechanism="daily:1;strata=t;k=A:1", strata={"h01": "A"})
    with pytest.raises(MismatchError, match="3 of 4 have none"):
        draw_schedule(hotspots(4), some, seed=SEED, nonce=NONCE)


def test_days_that_leave_nothing_to_draw_are_refused(options: ScheduleOptions) -> None:
    with pytest.raises(UsageError, match="at least one day"):
        replace(options, n_days=1, skip=(date(2026, 10, 1),))


def test_a_schedule_is_drawn_with_a_mark_for_each_treated_place_day(schedule: Schedule) -> None:
    axes = schedule.plot()
    assert len(axes.lines[0].get_xdata()) == schedule.n_treated
    plt.close("all")
