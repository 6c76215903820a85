"""Aoristic weights over the hours of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.stats.aoristic import Aoristic, weigh_hours

HOUR_US = 3_600_000_000
# The clock of London in 2024: winter, summer from 31 March 01:00, winter from 27 October 01:00.
CHANGES = pd.DatetimeIndex(["1970-01-01", "2024-03-31 01:00", "2024-10-27 01:00"]).as_unit("us")
LONDON = CHANGES.asi8, np.array([0, HOUR_US, 0])


def weigh(*windows: tuple[str, str], cap_h: float = 24.0) -> Aoristic:
    start, end = (
        pd.DatetimeIndex(list(side)).as_unit("us").asi8 for side in zip(*windows, strict=True)
    )
    return weigh_hours(start, end, *LONDON, cap_h=cap_h)


def test_an_event_counts_in_each_hour_by_the_time_it_may_have_spent_there() -> None:
    friday = weigh(("2024-01-05 17:30", "2024-01-05 19:30")).weights[4]
    assert friday[17:20].tolist() == [0.25, 0.5, 0.25]


def test_a_window_past_midnight_belongs_to_two_days() -> None:
    spread = weigh(("2024-01-05 23:00", "2024-01-06 01:00"))
    assert (spread.weights[4, 23], spread.weights[5, 0]) == (0.5, 0.5)


def test_hours_are_local() -> None:
    assert weigh(("2024-07-01 10:00", "2024-07-01 10:01")).weights[0, 11] == 1.0


def test_the_hour_that_is_skipped_takes_nothing() -> None:
    spread = weigh(("2024-03-31 00:00", "2024-03-31 02:00"))
    assert spread.weights[6, :4].tolist() == [0.5, 0.0, 0.5, 0.0]


def test_the_hour_that_comes_twice_takes_both() -> None:
    spread = weigh(("2024-10-27 00:00", "2024-10-27 02:00"))
    assert spread.weights[6, :3].tolist() == [0.0, 1.0, 0.0]


def test_windows_longer_than_the_cap_are_left_out_and_their_share_is_stated() -> None:
    spread = weigh(("2024-01-01 00:00", "2024-01-03 00:00"), ("2024-01-01", "2024-01-01 00:01"))
    assert (spread.n_counted, spread.excluded_share) == (1, 0.5)
    assert spread.weights.sum() == 1.0


def test_no_event_gives_no_share() -> None:
    empty = np.empty(0, np.int64)
    assert np.isnan(weigh_hours(empty, empty, *LONDON).excluded_share)


windows = st.tuples(st.integers(1_700_000_000, 1_735_000_000), st.integers(1, 48 * 3_600)).map(
    lambda pair: (pair[0] * 1_000_000, (pair[0] + pair[1]) * 1_000_000)
)


@given(st.lists(windows, min_size=1, max_size=20))
def test_weights_add_up_to_the_events_counted(spans: list[tuple[int, int]]) -> None:
    start, end = (np.array(side, np.int64) for side in zip(*spans, strict=True))
    spread = weigh_hours(start, end, *LONDON)
    assert spread.weights.sum() == pytest.approx(spread.n_counted)
    assert spread.weights.min() >= 0


@given(windows)
def test_weights_equal_a_count_of_minutes(span: tuple[int, int]) -> None:
    start, end = (np.array([side // 60_000_000 * 60_000_000], np.int64) for side in span)
    end = np.maximum(end, start + 60_000_000)
    minutes = pd.DatetimeIndex(np.arange(start[0], end[0], 60_000_000).view("M8[us]"), tz="UTC")
    local = minutes.tz_convert("Europe/London")
    brute = np.zeros((7, 24))
    np.add.at(brute, (local.day_of_week, local.hour), 1 / len(minutes))
    assert weigh_hours(start, end, *LONDON, cap_h=100).weights == pytest.approx(brute)
