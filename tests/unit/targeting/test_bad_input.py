"""What cannot be scored or found is refused with what to do, or stated."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely

from footbeat.errors import CrsError, DataError, PrecisionError, UsageError
from footbeat.periods import Window
from footbeat.targeting.clusters import GiStarOptions, LocalMoranOptions
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.score import score_counts, score_places, score_points
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.surfaces import DualKdeOptions, KdeOptions

CELLS = CaseOptions("square", 200, group="all")


def found_in(incidents, case=CELLS, top=5, **kwargs):
    options = FindOptions(case, select=SelectOptions(top), n_draws=0)
    return find_hotspots(incidents, options, rng=np.random.default_rng(0), **kwargs)


def test_a_grid_that_would_explode_is_refused_with_its_number(scattered_town):
    with pytest.raises(DataError, match=r"cells"):
        found_in(scattered_town(), CaseOptions("square", 1, group="all"))


def test_a_stray_point_does_not_make_the_grid_explode(incidents_at):
    x, y = np.random.default_rng(0).uniform(0, 3000, (2, 200))
    town = incidents_at(np.append(x, 5e6), np.append(y, 9e6))
    assert found_in(town).n_cells < 400


@pytest.mark.parametrize("options", [GiStarOptions(150.0), LocalMoranOptions(150.0)])
def test_a_radius_below_a_cell_is_refused(scattered_town, options):
    name = "gi-star" if isinstance(options, GiStarOptions) else "local-moran"
    with pytest.raises(UsageError, match="reach from one cell to the next"):
        score_places(scattered_town(), CELLS, name, options)


@pytest.mark.parametrize(
    ("name", "options"), [("kde", KdeOptions(99.0)), ("dual-kde", DualKdeOptions(bandwidth_m=99.0))]
)
def test_a_bandwidth_below_a_cell_is_refused(scattered_town, name, options):
    with pytest.raises(UsageError, match="bandwidth"):
        score_places(scattered_town(), CELLS, name, options)


def test_degrees_where_metres_are_needed_are_refused(scattered_town):
    degrees = pd.DataFrame({"x": [0.7, 0.71], "y": [51.5, 51.52], "n": [3, 4]})
    with pytest.raises(CrsError, match="Cells of one's own must be in metres"):
        score_counts(degrees, "count", size_m=500)
    town = scattered_town()
    with pytest.raises(CrsError, match="Points to evaluate must be in metres"):
        score_points(town, CELLS, degrees, KdeOptions(300.0))
    with pytest.raises(CrsError, match="--extent` must be in metres"):
        score_places(town, CELLS, "count", extent=(0.6, 51.4, 0.8, 51.6))


def test_an_extent_the_wrong_way_round_is_refused(scattered_town):
    with pytest.raises(UsageError, match="least to its greatest"):
        score_places(scattered_town(), CELLS, "count", extent=(4000, 0, 0, 4000))


def test_fewer_incidents_than_hot_spots_are_told(incidents_at):
    found = found_in(incidents_at([100, 2500, 2500], [100, 2500, 2500]), top=20)
    assert len(found.hotspots) == 2
    assert any("20 hot spots were asked for; 2 places" in note for note in found.notes)


def test_a_period_without_data_or_without_such_incidents_is_refused(scattered_town):
    later = CaseOptions("square", 200, group="all", since=date(2031, 1, 1))
    with pytest.raises(UsageError, match="days that the data cover"):
        found_in(scattered_town(), later)
    with pytest.raises(DataError, match="Of 500 read"):
        found_in(scattered_town(), CaseOptions("square", 200, group="retail"))


def test_hours_of_months_are_refused(incidents_at):
    town = incidents_at([1, 2, 3], [1, 2, 3], precision="month")
    with pytest.raises(PrecisionError):
        found_in(town, CaseOptions(group="all", hours=Window.parse("18:00-02:00")))


@pytest.mark.parametrize("name", ["scan", "prospective", "self-exciting"])
def test_methods_that_need_days_refuse_months(incidents_at, name):
    town = incidents_at([1.0, 2, 300], [1.0, 2, 300], precision="month")
    with pytest.raises(PrecisionError, match="must know the day"):
        score_places(town, CELLS, name)


def test_absent_months_do_not_count_as_observed(incidents_at):
    start = pd.DatetimeIndex(
        [f"2024-{month:02}-{day:02}" for month in (1, 2, 6) for day in (3, 13, 23)], tz="UTC"
    )
    town = incidents_at([500.0] * 9, [500.0] * 9, start=start)
    gap = replace(town.provenance, missing_months=("2024-03", "2024-04", "2024-05"))
    whole, with_gap = (
        lay_out(each, CELLS).n_days for each in (town, replace(town, provenance=gap))
    )
    assert whole - with_gap == 92


def test_a_force_outline_that_crosses_itself_counts_once_mended(scattered_town):
    bow = shapely.Polygon([(0, 0), (4000, 4000), (4000, 0), (0, 4000)])
    found = found_in(scattered_town(), area=shapely.make_valid(bow))
    assert found.concentration.total_ha == pytest.approx(800)


def test_a_period_of_absent_months_is_told_as_such(scattered_town):
    town = scattered_town()
    gap = ("2024-05", "2024-06")
    start = pd.DatetimeIndex(town.table["start"].to_pandas())
    town = town.where(np.asarray(~start.strftime("%Y-%m").isin(gap)))
    town = replace(town, provenance=replace(town.provenance, missing_months=gap))
    case = CaseOptions("square", 200, since=date(2024, 5, 1), until=date(2024, 6, 30))
    with pytest.raises(DataError, match="data in the period") as caught:
        find_hotspots(town, FindOptions(case), rng=np.random.default_rng(1))
    assert "no month from 2024-05 to 2024-06" in caught.value.found
