import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from footbeat.areas import Hotspots
from footbeat.errors import PrecisionError
from footbeat.tables import Provenance
from footbeat.targeting.comparison import TrialDays, comparison_weights, say_comparison
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.select import SelectOptions


@pytest.fixture
def trial():
    frame = gpd.GeoDataFrame(
        {"hotspot_id": ["a"]}, geometry=[shapely.box(0, 0, 100, 100)], crs="EPSG:27700"
    )
    schedule = pd.DataFrame(
        {
            "hotspot_id": ["a", "a"],
            "day": pd.to_datetime(["2024-07-01", "2024-07-02"]),
            "arm": ["treated", "control"],
            "probability": [0.4, 0.4],
        }
    )
    return TrialDays(Hotspots(frame, Provenance(crs="EPSG:27700")), schedule)


def test_patrol_days_count_nothing_and_comparison_days_for_both(trial, incidents_at):
    # 01:00 on 2 July belongs to the operational day of 1 July, a patrol day.
    times = ["2024-07-01 12:00", "2024-07-02 00:00", "2024-07-02 12:00", "2024-07-05 12:00"]
    start = pd.to_datetime([*times, "2024-07-01 12:00"], utc=True)
    town = incidents_at([50, 50, 50, 50, 500], [50] * 5, start=start)
    expected = [0, 0, 1 / 0.6, 1, 1]
    assert comparison_weights(town, trial) == pytest.approx(expected)


def test_place_is_not_dropped_because_patrols_worked(trial, incidents_at):
    start = pd.to_datetime(["2024-07-02 12:00"] * 3 + ["2024-07-01 12:00"] * 4, utc=True)
    town = incidents_at([50] * 3 + [950] * 4, [50] * 7, start=start)
    options = FindOptions(
        CaseOptions("square", 100, group="all"), "count", select=SelectOptions(top=1), n_draws=20
    )
    plain, kept = (
        find_hotspots(town, options, rng=np.random.default_rng(1), trial=each)
        for each in (None, trial)
    )
    assert plain.hotspots.ids == ("square100:9:0",)
    assert kept.hotspots.ids == ("square100:0:0",)


def test_months_cannot_tell_comparison_days(trial, incidents_at):
    start = pd.to_datetime(["2024-07-01"], utc=True)
    with pytest.raises(PrecisionError, match="Comparison days"):
        comparison_weights(incidents_at([1], [1], start=start, precision="month"), trial)


def test_note_says_how_many_incidents_the_days_of_a_trial_change():
    told = say_comparison(np.array([0.0, 3.0, 3.0, 1.0]))
    assert "1 incidents of patrol days" not in told
    assert "1 incident of patrol days scores nothing and 2 of comparison days score more" in told
