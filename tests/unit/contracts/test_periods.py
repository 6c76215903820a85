"""Operational days and windows hold across midnight and the changing of the clocks."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.errors import UsageError
from footbeat.periods import (
    Window,
    day_bounds,
    day_hours,
    day_range,
    load_zone,
    minutes_of_day,
    missing_months,
    operational_days,
    parse_clock,
    to_utc,
)

LONDON = "Europe/London"


def _utc(*texts: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(texts), tz="UTC")


def test_an_incident_at_half_past_two_belongs_to_the_evening_before():
    days = operational_days(
        _utc("2026-01-10T02:30", "2026-01-10T05:59", "2026-01-10T06:00"), LONDON
    )
    assert [str(day.date()) for day in days] == ["2026-01-09", "2026-01-09", "2026-01-10"]


def test_the_days_the_clocks_change_last_23_and_25_hours():
    days = [date(2026, 3, 28), date(2026, 6, 1), date(2026, 10, 24)]
    assert day_hours(days, LONDON).tolist() == [23, 24, 25]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 24 * 60 - 1))
def test_every_minute_of_a_day_lies_in_that_operational_day(day: date, minute: int):
    start, end = day_bounds([day], LONDON)
    moment = start + pd.Timedelta(minutes=minute)
    inside = moment[moment < end]
    assert all(stamp.date() == day for stamp in operational_days(inside, LONDON))


def test_a_clock_time_skipped_in_spring_moves_forward_and_one_repeated_means_the_first():
    local = pd.DatetimeIndex(["2026-03-29T01:30", "2026-10-25T01:30"])
    assert [stamp.isoformat() for stamp in to_utc(local, LONDON)] == [
        "2026-03-29T01:30:00+00:00",
        "2026-10-25T00:30:00+00:00",
    ]


def test_a_window_past_midnight_belongs_to_the_evening_it_began():
    start, end = Window.parse("22:00-02:00").bounds([date(2026, 1, 9)], LONDON)
    assert start[0].isoformat() == "2026-01-09T22:00:00+00:00"
    assert end[0].isoformat() == "2026-01-10T02:00:00+00:00"


def test_a_window_in_the_small_hours_lies_on_the_following_calendar_day():
    start, _ = Window.parse("01:00-03:00").bounds([date(2026, 1, 9)], LONDON)
    assert start[0].isoformat() == "2026-01-10T01:00:00+00:00"


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_a_window_holds_as_many_minutes_of_the_day_as_it_lasts(start: int, end: int):
    window = Window(start, end)
    minutes = pd.Series(range(1440)).to_numpy()
    assert window.contains(minutes).sum() == window.minutes


@pytest.mark.parametrize("text", ["20:00", "25:00-26:00", "20:61-21:00", "20:00-20:00", "a-b"])
def test_what_is_not_a_window_is_refused_with_an_example(text: str):
    with pytest.raises(UsageError, match="window must"):
        Window.parse(text)


def test_a_window_is_printed_as_it_was_given():
    assert str(Window.parse("22:00–02:00")) == "22:00-02:00"


def test_months_without_a_file_are_missing_and_not_zero():
    assert missing_months(["2018-12", "2019-03"]) == ("2019-01", "2019-02")
    assert missing_months([]) == ()


def test_minutes_of_the_day_are_local():
    assert minutes_of_day(_utc("2026-07-01T19:40"), LONDON).tolist() == [20 * 60 + 40]


def test_days_follow_one_another():
    assert day_range(date(2026, 2, 27), 3)[-1] == date(2026, 3, 1)


def test_a_time_zone_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="IANA"):
        load_zone("Europe/Southend")


def test_a_clock_time_is_hours_and_minutes():
    assert parse_clock("19:40").hour == 19
    with pytest.raises(UsageError, match="hours and minutes"):
        parse_clock("soon")
