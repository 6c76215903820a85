from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from footbeat.areas import Hotspots
from footbeat.errors import DataError, PrecisionError
from footbeat.periods import Window
from footbeat.targeting.clusters import LocalMoranOptions, ScanOptions
from footbeat.targeting.decided import Decided
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.score import score_places
from footbeat.targeting.select import SelectOptions

SQUARES = CaseOptions(shape="square", size_m=100, group="all")


def found_in(incidents, case=SQUARES, *, seed=1, n_draws=200, method="shrunk-count", **kwargs):
    select = SelectOptions(**{name: kwargs.pop(name) for name in SELECT if name in kwargs})
    options = FindOptions(case, method, None, select, n_draws)
    return find_hotspots(incidents, options, rng=np.random.default_rng(seed), **kwargs)


SELECT = ("top", "spacing_m", "max_area_ha", "min_incidents")


def test_planted_hot_spots_rank_first_and_second(scattered_town):
    found = found_in(scattered_town(), top=5)
    first, second = found.hotspots.frame.geometry.iloc[:2]
    assert first.covers(shapely.Point(1000, 1000))
    assert second.covers(shapely.Point(3000, 2000))
    assert (found.hotspots.frame["p_top"].iloc[:2] > 0.99).all()


def test_every_hot_spot_counts_the_incidents_inside_it(scattered_town):
    found = found_in(scattered_town(), top=8)
    points = shapely.points(found.incidents.numbers("x"), found.incidents.numbers("y"))
    for row in found.hotspots.frame.itertuples():
        assert row.n == shapely.intersects(row.geometry, points).sum()


def test_shares_are_those_of_the_listed_cells(scattered_town):
    found = found_in(scattered_town(), top=8)
    frame = found.hotspots.frame
    assert found.concentration.incident_share == pytest.approx(frame["n"].sum() / found.n_incidents)
    assert found.concentration.area_ha == pytest.approx(frame.area.sum() / 10_000)


def test_same_seed_gives_the_same_list_and_row_order_does_not_matter(scattered_town):
    town = scattered_town()
    mixed = town.where(np.random.default_rng(0).permutation(len(town)) >= 0)
    shuffled = replace(town, table=town.table.take(np.random.default_rng(3).permutation(len(town))))
    lists = [found_in(incidents).hotspots.frame for incidents in (town, mixed, shuffled)]
    for other in lists[1:]:
        pd.testing.assert_frame_equal(lists[0], other)


def test_rank_interval_holds_the_rank_it_was_given(scattered_town):
    frame = found_in(scattered_town(), top=10, n_draws=500).hotspots.frame
    assert (frame["rank_low"] <= frame["rank_high"]).all()
    assert (frame["rank_low"] <= frame["rank"] + 2).all()
    assert frame["p_top"].is_monotonic_decreasing or frame["p_top"].max() <= 1


def test_list_from_harm_says_what_one_incident_carries(incidents_at):
    x = [50] * 20 + [550] * 4 + [850]
    harm = [1.0] * 20 + [365.0] * 4 + [5475.0]
    town = incidents_at(x, [50] * 25, harm_days=harm)
    case = replace(SQUARES, weight="harm")
    found = found_in(town, case, method="count", top=2, min_incidents=1)
    top = found.hotspots.frame.iloc[0]
    assert top.harm_days == 5475
    assert "from one incident" in top.why
    assert found.details[top.hotspot_id]["count_rank"] == 2


@pytest.mark.parametrize("weight", ["count", "harm"])
def test_count_and_harm_ranks_are_those_of_the_hot_spots_themselves(scattered_town, weight):
    town = scattered_town(n_background=1500)
    harm = np.random.default_rng(2).choice([1.0, 10.0, 365.0], len(town))
    column = town.table.column_names.index("harm_days")
    town = replace(town, table=town.table.set_column(column, "harm_days", pa.array(harm)))
    found = found_in(town, replace(SQUARES, weight=weight), method="count", top=12, min_incidents=1)
    assert any(len(each["cells"]) > 1 for each in found.details.values())
    points = shapely.points(town.numbers("x"), town.numbers("y"))
    inside = [shapely.intersects(each, points) for each in found.hotspots.frame.geometry]
    for name, held in (("count_rank", [i.sum() for i in inside]), ("harm_rank", inside @ harm)):
        told = [found.details[ident][name] for ident in found.hotspots.ids]
        assert told == pd.Series(held).rank(method="min", ascending=False).astype(int).tolist()


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("gi-star", None),
        ("local-moran", LocalMoranOptions(n_draws=99)),
        ("scan", ScanOptions(n_draws=99)),
        ("count", None),
    ],
)
def test_every_hot_spot_tells_the_p_of_its_best_cell(scattered_town, method, asked):
    town = scattered_town()
    options = FindOptions(SQUARES, method, asked, SelectOptions(5), 0)
    told = find_hotspots(town, options, rng=np.random.default_rng(1)).as_json()["hotspots"]
    scored = score_places(town, SQUARES, method, asked).frame.set_index("cell")
    assert told
    for each in told:
        best = each["explained"]["cells"][0]
        assert each["score"] == scored.loc[best, "score"]
        assert each.get("p") == (None if method == "count" else scored.loc[best, "p"])


def test_one_grave_crime_does_not_top_a_list_by_harm_over_a_year(incidents_at):
    start = pd.date_range("2024-01-01", "2024-12-30", periods=25, tz="UTC")
    town = incidents_at(
        [50] * 20 + [550] * 4 + [850], [50] * 25, start=start, harm_days=[100.0] * 24 + [5475.0]
    )
    found = found_in(town, replace(SQUARES, weight="harm"), top=1)
    assert found.hotspots.frame.iloc[0].hotspot_id == "square100:0:0"
    assert next((p.rank, "fewer than the 4" in p.reason) for p in found.left_out) == (1, True)


def test_what_must_not_steer_patrols_is_left_out_and_named(incidents_at):
    town = incidents_at(
        [50] * 10 + [550] * 90,
        [50] * 100,
        excluded=[None] * 10 + ["premises: custody-suite"] * 90,
        location=["High Street"] * 10 + ["Victoria Avenue"] * 90,
    )
    found = found_in(town, top=3)
    assert found.hotspots.ids == ("square100:0:0",)
    assert found.n_incidents == 10
    first = found.left_out[0]
    assert (first.place, first.rank) == ("Victoria Avenue", 1)
    assert "90 of 90 incidents" in first.reason
    assert "custody-suite" in first.reason


def test_a_place_whose_harm_is_one_crime_is_flagged_on_a_list_by_count_too(scattered_town):
    town = scattered_town()
    harm = np.where(np.hypot(town.numbers("x") - 1000, town.numbers("y") - 1000) < 60, 1.0, 10.0)
    harm[int(np.argmax(harm == 1))] = 5475.0
    place = town.table.column_names.index("harm_days")
    table = town.table.set_column(place, town.table.schema.field(place), pa.array(harm))
    found = found_in(replace(town, table=table), top=3)
    flagged = [why for why in found.hotspots.frame["why"] if "from one incident" in why]
    assert len(flagged) == 1
    assert "5,475 of them from one incident" in flagged[0]


def test_area_given_is_the_whole_and_incidents_outside_do_not_count(scattered_town):
    area = shapely.box(0, 0, 2000, 2000)
    found = found_in(scattered_town(), top=3, area=area)
    town = scattered_town()
    inside = (town.numbers("x") <= 2000) & (town.numbers("y") <= 2000)
    assert found.n_incidents == inside.sum()
    assert found.concentration.total_ha == pytest.approx(400)
    assert found.n_cells == 400


def test_excluded_ground_is_passed_over_with_its_rank(scattered_town):
    barracks = Decided(shapely.box(900, 900, 1100, 1100), "Barracks, not ours")
    found = found_in(scattered_town(), top=3, exclude=[barracks])
    assert found.left_out[0].rank == 1
    assert found.left_out[0].reason == "excluded by decision: Barracks, not ours"
    assert not found.hotspots.frame.intersects(shapely.Point(1000, 1000)).any()


def test_identifier_of_an_earlier_list_is_kept_where_half_is_shared(scattered_town):
    shape = gpd.GeoDataFrame(
        {"hotspot_id": ["station"], "name": ["Station"]},
        geometry=[shapely.box(900, 900, 1100, 1100)],
        crs="EPSG:27700",
    )
    previous = Hotspots(shape, scattered_town().provenance)
    found = found_in(scattered_town(), top=3, previous=previous)
    assert found.hotspots.ids[0] == "station"
    assert found.hotspots.ids[1].startswith("square100:")


def test_hours_count_only_the_evening(incidents_at):
    start = [pd.Timestamp("2024-01-05 20:00", tz="UTC"), pd.Timestamp("2024-01-05 12:00", tz="UTC")]
    town = incidents_at([50, 550], [50, 50], start=start)
    found = found_in(town, replace(SQUARES, hours=Window.parse("18:00-02:00")))
    assert found.hotspots.ids == ("square100:0:0",)


def test_hours_of_month_data_are_refused(incidents_at):
    start = pd.to_datetime(["2024-01-01"] * 3, utc=True)
    town = incidents_at([50] * 3, [50] * 3, start=start, precision="month")
    with pytest.raises(PrecisionError, match="month"):
        found_in(town, replace(SQUARES, hours=Window.parse("18:00-02:00")))


def test_no_incident_left_is_an_error_that_says_why(incidents_at):
    with pytest.raises(DataError, match="none of the kinds crime"):
        found_in(incidents_at([1.0], [1.0], excluded=["officer-generated"]))


def test_far_off_points_do_not_make_a_giant_grid(incidents_at):
    found = found_in(incidents_at([0, 10, 20, 5_000_000, 10], [0, 10, 20, 10, 9_000_000]))
    assert found.n_cells < 10
    assert found.n_incidents == 5


def test_an_area_too_large_for_its_cells_is_refused(incidents_at):
    with pytest.raises(DataError, match="must have at most 5,000,000 cells"):
        found_in(incidents_at([1.0], [1.0]), area=shapely.box(0, 0, 5_000_000, 9_000_000))


def test_one_incident_makes_one_hot_spot_and_says_fewer_were_found(incidents_at):
    found = found_in(incidents_at([50], [50]), top=20)
    assert len(found.hotspots) == 1
    assert any("20 hot spots were asked for; 1" in note for note in found.notes)


def test_order_equal_to_the_counts_is_said(incidents_at):
    town = incidents_at([50] * 9 + [1050] * 4 + [2050], [50] * 14)
    found = found_in(town, top=2)
    assert any(note.startswith("Same ranking as the count") for note in found.notes)
    assert not any("Same ranking" in note for note in found_in(town, top=2, method="count").notes)


def test_cautions_of_the_data_travel_with_the_list(scattered_town):
    assert found_in(scattered_town()).hotspots.provenance.cautions == ("Simulated for a test.",)


def test_months_without_data_are_told_within_the_span_of_a_place(incidents_at):
    start = pd.to_datetime(["2022-01-05"] * 5 + ["2022-06-05"] * 5, utc=True)
    town = incidents_at([50] * 10, [50] * 10, start=start)
    missing = ("2022-02", "2022-03", "2022-04")
    gaps = replace(town, provenance=replace(town.provenance, missing_months=missing))
    case = replace(SQUARES, history_days=2000)
    why = [
        found_in(each, case, top=1, n_draws=0).hotspots.frame["why"].iloc[0]
        for each in (town, gaps)
    ]
    assert why[0].startswith("10 incidents from Jan 2022 to Jun 2022")
    assert "data" not in why[0]
    told = "10 incidents from Jan 2022 to Jun 2022 (3 of these 6 months have data)"
    assert why[1].startswith(told)


def test_places_say_the_years_they_were_among_the_top_and_where_incidents_repeat(incidents_at):
    start = pd.to_datetime(["2022-05-01"] * 9 + ["2023-05-01"] * 9 + ["2023-06-01"] * 6, utc=True)
    x = [50] * 8 + [550] + [50] * 2 + [850] * 7 + [550] * 6
    town = incidents_at(
        x, [50] * 24, start=start, location=["On or near Quay"] * 20 + ["High Street"] * 4
    )
    found = found_in(town, replace(SQUARES, history_days=2000), method="count", top=2)
    told = {row["hotspot_id"]: row["explained"] for row in found.as_json()["hotspots"]}
    assert told["square100:0:0"]["years_in_top"] == [2022]
    assert told["square100:5:0"]["years_in_top"] == [2022, 2023]
    assert told["square100:0:0"]["years_observed"] == [2022, 2023]
    assert told["square100:5:0"]["repeats"] == (("High Street", 7),)
    assert told["square100:0:0"]["repeats"] == (("Quay", 10),)
