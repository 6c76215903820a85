"""Persistence, worked by hand and planted."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely

from footbeat.errors import DataError
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.persistence import (
    PersistenceOptions,
    classify_persistence,
    measure_persistence,
)

SQUARES = CaseOptions("square", 200, group="all")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("1111111111", "persistent"),
        ("0111111101", "persistent"),  # eight of ten, and the last
        ("1111111110", "intermittent"),  # nine of ten, but not the last
        ("0000000001", "emerging"),
        ("0000000111", "emerging"),
        ("0000000110", "intermittent"),  # cooled in the last period
        ("0000001001", "intermittent"),  # hot before the recent three
        ("1010101010", "intermittent"),
        ("1111111000", "former"),
        ("0100000000", "former"),
        ("0000000000", ""),
    ],
)
def test_class_of_ten_periods_of_which_three_are_recent(pattern, expected):
    hot = np.array([[mark == "1"] for mark in pattern])
    assert classify_persistence(hot, n_recent=3).tolist() == [expected]


@pytest.fixture(scope="module")
def town(incidents_at):
    """Twelve months, background, and three places hot always, at first, and of late."""
    rng = np.random.default_rng(0)
    parts = [(rng.uniform(0, 4000, (40, 2)), month) for month in range(12)]
    for at, months in (((700, 700), range(12)), ((3300, 700), range(6)), ((2100, 3300), (10, 11))):
        parts += [(np.asarray(at) + rng.uniform(-60, 60, (25, 2)), month) for month in months]
    points = np.concatenate([where for where, _ in parts])
    month = np.concatenate([np.full(len(where), month) for where, month in parts])
    day = rng.integers(0, 27, month.size).astype("timedelta64[D]")
    start = pd.DatetimeIndex(np.datetime64("2024-01") + month.astype("timedelta64[M]"))
    start = (start + pd.TimedeltaIndex(day)).as_unit("us").tz_localize("UTC")
    return incidents_at(*points.T, start=start)


def class_at(measured, x, y):
    frame = measured.to_frame()
    return frame[frame.geometry.contains(shapely.Point(x, y))]["persistence"].tolist()


def test_planted_places_are_what_they_were_planted_as(town):
    measured = measure_persistence(town, SQUARES, PersistenceOptions(period_months=1))
    assert len(measured.periods) == 12
    assert class_at(measured, 700, 700) == ["persistent"]
    assert class_at(measured, 3300, 700) == ["former"]
    assert class_at(measured, 2100, 3300) == ["emerging"]
    assert measured.frame["pattern"].iloc[0] == "●" * 12


def test_periods_roll_and_end_with_the_data(town):
    measured = measure_persistence(town, SQUARES, PersistenceOptions(3, 1))
    assert len(measured.periods) == 10
    assert measured.periods[-1] == "2024-10 to 2024-12"


def test_months_that_are_absent_make_no_period_and_are_told(town):
    start = town.table.column("start").to_pandas()
    kept = town.where(~start.dt.month.isin([4, 5, 6]).to_numpy())
    measured = measure_persistence(kept, SQUARES, PersistenceOptions(1))
    assert len(measured.periods) == 9
    assert any("3 months are missing" in note for note in measured.notes)


def test_two_months_are_too_few(town):
    short = CaseOptions("square", 200, group="all", since=date(2024, 11, 1))
    with pytest.raises(DataError, match="three periods"):
        measure_persistence(town, short, PersistenceOptions())


def test_result_has_a_plot_and_a_telling_repr(town):
    measured = measure_persistence(town, SQUARES, PersistenceOptions())
    assert "persistent" in repr(measured)
    axes = measured.plot()
    assert "persistent" in axes.get_title(loc="left")
