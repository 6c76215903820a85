from datetime import date

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import PrecisionError, UsageError
from footbeat.stats.knox import knox_table
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.near_repeat import NearRepeatOptions, measure_near_repeat


def measure(incidents, **options):
    chosen = NearRepeatOptions(**{"n_permutations": 199} | options)
    return measure_near_repeat(
        incidents, CaseOptions(group="all"), chosen, rng=np.random.default_rng(1)
    )


def town_with_repeats(incidents_at, n_repeats):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 5000, (2, 200))
    days = rng.integers(0, 365, 200)
    again = rng.choice(200, n_repeats, replace=False)
    start = pd.Timestamp("2024-01-01 12:00", tz="UTC") + pd.to_timedelta(
        np.concatenate([days, days[again] + rng.integers(1, 6, n_repeats)]), unit="D"
    )
    moved = rng.uniform(-60, 60, (2, n_repeats))
    return incidents_at(
        np.concatenate([x, x[again] + moved[0]]),
        np.concatenate([y, y[again] + moved[1]]),
        start=start,
    )


def test_planted_repeats_are_found_in_their_band_and_not_beyond(incidents_at):
    found = measure(town_with_repeats(incidents_at, 40))
    assert found.labels_m == ("0 to 0.1 m", "over 0.1 to 200 m", "over 200 to 400 m")
    assert found.labels_days == ("0 to 7 days", "8 to 14 days", "15 to 21 days")
    assert found.table.p[1, 0] == 1 / 200
    assert found.table.ratio[1, 0] > 3
    assert found.table.p[2, 2] > 0.05


def test_incidents_count_however_long_ago_unless_a_first_day_is_given(incidents_at):
    start = pd.DatetimeIndex(["2010-03-01 12:00", "2010-03-03 12:00", "2024-05-01 12:00"], tz="UTC")
    incidents = incidents_at(np.zeros(3), np.zeros(3), start=start)
    found = measure(incidents, bands_m=(10,), bands_days=(7,))
    assert (found.n_incidents, found.table.observed.tolist()) == (3, [[1]])
    assert (found.start, found.end) == (date(2010, 3, 1), date(2024, 5, 1))


def test_p_is_uniform_without_repeats():
    rng = np.random.default_rng(3)
    small = 0
    for _ in range(100):
        table = knox_table(
            rng.uniform(0, 1000, (60, 2)),
            rng.integers(0, 100, 60),
            bands_m=[300],
            bands_days=[20],
            n_permutations=39,
            rng=rng,
        )
        small += table.p[0, 0] <= 0.2
    assert small == pytest.approx(20, abs=12)


def test_calendar_days_are_local(incidents_at):
    # 23:30 UTC on 30 June is 1 July in London.
    start = pd.to_datetime(["2024-06-30 23:30", "2024-07-01 12:00"], utc=True)
    found = measure(incidents_at([0, 0], [0, 0], start=start), bands_days=(0.0, 1.0))
    assert found.table.observed[0].tolist() == [1, 0]


def test_months_cannot_tell_near_repeats(incidents_at):
    start = pd.to_datetime(["2024-01-01"] * 3, utc=True)
    with pytest.raises(PrecisionError, match="cannot be told from months"):
        measure(incidents_at([0] * 3, [0] * 3, start=start, precision="month"))


def test_bands_must_rise(incidents_at):
    with pytest.raises(UsageError, match="must be upper edges that rise"):
        measure(incidents_at([0, 1], [0, 1]), bands_m=(200.0, 100.0))
