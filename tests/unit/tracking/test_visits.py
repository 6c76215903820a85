"""Visits by the rules of dosage, with minutes worked out by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from shapely import MultiPolygon, Polygon, box

from footbeat.cli.track.visits import cautions
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import match_visits


def walk(seconds: float, every: float = 30.0) -> list[float]:
    return list(np.arange(0.0, seconds + 1e-9, every))


def through(n: int) -> list[float]:
    """One fix 30 m outside, n in the middle, one 30 m outside."""
    return [-30.0, *[50.0] * n, 130.0]


def test_arrival_and_departure_are_interpolated_at_the_boundary(square, pings_of):
    # In at 30/80 of the first half minute, out at 50/80 of the last; 10 min between.
    visits = match_visits(pings_of(walk(660), through(21)), square).to_frame()
    (row,) = visits.to_dict("records")
    start = pd.Timestamp("2026-06-01T18:00Z")
    assert row["arrive"] == start + pd.Timedelta(seconds=30 * 30 / 80)
    assert row["leave"] == start + pd.Timedelta(seconds=630 + 30 * 50 / 80)
    assert row["minutes"] == pytest.approx((630 + 18.75 - 11.25) / 60)
    assert row["n_pings"] == 21


def test_bounds_reach_from_surely_inside_to_surely_outside(square, pings_of):
    row = match_visits(pings_of(walk(660), through(21)), square).to_frame().iloc[0]
    assert row["minutes_low"] == pytest.approx(10.0)
    assert row["minutes_high"] == pytest.approx(11.0)


def test_visit_shorter_than_minimum_stay_is_not_a_visit(square, pings_of):
    found = match_visits(pings_of(walk(300), through(9)), square)
    assert len(found) == 0
    assert (found.n_brief, found.n_passes) == (1, 0)


def test_crossing_without_a_fix_inside_is_a_pass(square, pings_of):
    found = match_visits(pings_of([0, 30], [-200.0, 300.0]), square)
    assert (found.n_passes, found.n_brief, len(found)) == (1, 0, 0)


def test_crossing_in_a_gap_is_not_a_pass(square, pings_of):
    found = match_visits(pings_of([0, 30, 60, 3060, 3090], [-200.0] * 3 + [300.0] * 2), square)
    assert found.n_passes == 0


def test_step_over_the_edge_does_not_end_the_stay_but_a_step_beyond_it_does(square, pings_of):
    near = [50.0] * 12 + [110.0] + [50.0] * 12
    far = [50.0] * 12 + [116.0] + [50.0] * 12
    one = match_visits(pings_of(walk(720), near), square).to_frame()
    two = match_visits(pings_of(walk(720), far), square).to_frame()
    assert one["minutes"].tolist() == pytest.approx([12.0])
    assert len(two) == 2


def test_inaccurate_fix_ends_a_stay_only_beyond_twice_its_accuracy(square, pings_of):
    track = [50.0] * 12 + [135.0] + [50.0] * 12
    for accuracy_m, n_visits in ((15.0, 2), (17.0, 2), (18.0, 1)):
        pings = pings_of(walk(720), track, accuracy_m=accuracy_m)
        assert len(match_visits(pings, square)) == n_visits


def test_gap_longer_than_the_rule_ends_the_stay(square, pings_of):
    seconds = [*walk(600), *(900.5 + np.array(walk(600)))]
    found = match_visits(pings_of(seconds, [50.0] * 42), square).to_frame()
    assert found["minutes"].tolist() == pytest.approx([10.0, 10.0])


def test_gap_of_three_slow_intervals_does_not_end_the_stay(square, pings_of):
    # Fixes every 200 s allow a gap of 600 s.
    seconds = [0, 200, 400, 600, 1200, 1400, 1600]
    found = match_visits(pings_of(seconds, [50.0] * 7), square).to_frame()
    assert found["minutes"].tolist() == pytest.approx([1600 / 60])


def test_stay_across_six_in_the_morning_is_matched_first_and_split_after(square, pings_of):
    # 04:57 to 05:03 UTC is 05:57 to 06:03 in London: three minutes a day, six together.
    pings = pings_of(walk(360), [50.0] * 13, start="2026-06-02T04:57:00Z")
    visits = match_visits(pings, square).to_frame()
    assert visits["day"].tolist() == [date(2026, 6, 1), date(2026, 6, 2)]
    assert visits["minutes"].tolist() == pytest.approx([3.0, 3.0])
    assert visits["visit_id"].is_unique


def test_day_of_a_clock_change_begins_at_six_local(square, pings_of):
    # On 25 October 2026 London leaves summer time: 06:00 is 06:00 UTC, the day before 05:00 UTC.
    pings = pings_of(walk(1200), [50.0] * 41, start="2026-10-25T05:50:00Z")
    visits = match_visits(pings, square).to_frame()
    assert visits["day"].tolist() == [date(2026, 10, 24), date(2026, 10, 25)]
    assert visits["minutes"].tolist() == pytest.approx([10.0, 10.0])


def test_order_and_repetition_of_pings_do_not_matter(square, pings_of):
    pings = pings_of(walk(660), through(21))
    rng = np.random.default_rng(7)
    shuffled = pa.concat_tables([pings, pings]).take(rng.permutation(2 * pings.num_rows))
    first, second = match_visits(pings, square), match_visits(shuffled, square)
    assert first.table.equals(second.table)
    assert second.left_out == {"duplicate": 23}
    assert second.n_pings == 46


def test_teleport_is_left_out(square, pings_of):
    track = [50.0] * 12 + [5000.0] + [50.0] * 12
    found = match_visits(pings_of(walk(720), track), square)
    assert found.left_out == {"teleport": 1}
    assert found.to_frame()["minutes"].tolist() == pytest.approx([12.0])


def test_leap_that_later_fixes_confirm_breaks_the_way(square, pings_of):
    # The unit is 40 km away half a minute later and stays there: no pass on the way.
    track = [-500.0] * 5 + [40_000.0] * 5
    found = match_visits(pings_of(walk(270), track), square)
    assert found.left_out == {}
    assert found.n_passes == 0


def test_repeats_of_a_frozen_device_are_never_sure(square, pings_of):
    # The device repeats its last position for 20 min, then leaps: only the first is sure.
    track = [-30.0, *np.linspace(40, 60, 20), *[61.0] * 40, 60_000.0, 60_001.0]
    found = match_visits(pings_of(walk(30 * (len(track) - 1)), track), square)
    assert (found.left_out, found.n_frozen) == ({}, 39)
    (row,) = found.to_frame().to_dict("records")
    assert row["minutes_low"] < 11 < row["minutes"] < 31


def test_unit_in_a_hole_or_between_parts_is_outside(hotspots_of, pings_of):
    ring = Polygon(box(0, 0, 300, 100).exterior, [box(100, 20, 200, 80).exterior])
    parts = MultiPolygon([box(0, 200, 100, 300), box(200, 200, 300, 300)])
    places = hotspots_of(ring, parts)
    hole = match_visits(pings_of(walk(600), [150.0] * 21, 50.0), places)
    between = match_visits(pings_of(walk(600), [150.0] * 21, 250.0), places)
    solid = match_visits(pings_of(walk(600), [50.0] * 21, 50.0), places)
    part = match_visits(pings_of(walk(600), [250.0] * 21, 250.0), places)
    assert (len(hole), len(between)) == (0, 0)
    assert solid.to_frame()["hotspot_id"].tolist() == ["A"]
    assert part.to_frame()["hotspot_id"].tolist() == ["B"]


def test_unit_in_overlapping_hot_spots_visits_both(hotspots_of, pings_of):
    places = hotspots_of(box(0, 0, 100, 100), box(50, 0, 150, 100))
    found = match_visits(pings_of(walk(600), [75.0] * 21), places).to_frame()
    assert sorted(found["hotspot_id"]) == ["A", "B"]
    assert found["minutes"].tolist() == pytest.approx([10.0, 10.0])


def test_visit_knows_whether_it_was_due(square, pings_of):
    schedule = pd.DataFrame({"hotspot_id": ["A"], "day": [date(2026, 6, 1)], "arm": ["control"]})
    pings = pings_of(walk(600), [50.0] * 21)
    assert match_visits(pings, square).to_frame()["is_scheduled"].isna().all()
    known = match_visits(pings, square, schedule=schedule).to_frame()
    assert known["is_scheduled"].tolist() == [False]


def test_walker_and_driver_are_told_apart(hotspots_of, pings_of):
    t = np.array(walk(900, 10.0))
    ways = {"foot": 1.2, "vehicle": 8.0}
    square = hotspots_of(box(-400, -400, 400, 400))
    for mode, speed in ways.items():
        x = 200 * np.sin(t * speed / 200)
        found = match_visits(pings_of(list(t), list(x), 200 * np.cos(t * speed / 200)), square)
        assert found.to_frame()["mode"].tolist() == [mode]
    still = match_visits(pings_of(list(t), [50.0] * len(t)), square)
    assert still.to_frame()["mode"].tolist() == ["unknown"]


def test_day_without_a_ping_is_named(square, pings_of):
    pings = pa.concat_tables(
        [
            pings_of(walk(600), [50.0] * 21),
            pings_of(walk(600), [50.0] * 21, start="2026-06-04T18:00Z"),
        ]
    )
    found = match_visits(pings, square)
    assert found.empty_days == ("2026-06-02", "2026-06-03")
    assert (found.provenance.start, found.provenance.end) == ("2026-06-01", "2026-06-04")


def test_thresholds_that_shrink_are_refused():
    with pytest.raises(Exception, match="must be positive and grow"):
        VisitOptions(stay_min=12)


@pytest.mark.parametrize("second", [box(60, 0, 160, 100), box(100, 0, 160, 100)])
def test_where_parts_of_a_hot_spot_meet_or_overlap_is_inside(hotspots_of, pings_of, second):
    place = hotspots_of(MultiPolygon([box(0, 0, 100, 100), second]))
    # From one part into the other and out to the east, a metre a second.
    seconds = [5.0 * k for k in range(100)]
    pings = pings_of(seconds, [-250.0 + s for s in seconds])
    found = match_visits(pings, place, VisitOptions(stay_min=1))
    (visit,) = found.to_frame().to_dict("records")
    assert visit["minutes"] == pytest.approx(160 / 60)


def test_two_devices_under_one_name_are_pointed_out(square, pings_of):
    # One stands inside for twenty minutes; the other stands 500 m away, half an interval later.
    still = pings_of([30.0 * k for k in range(41)], [50.0] * 41)
    away = pings_of([30.0 * k + 15 for k in range(41)], [550.0] * 41)
    found = match_visits(pa.concat_tables([still, away]), square)
    assert (len(found), found.n_alternating) == (0, 1)
    assert any("two devices may share a name" in text for text in cautions(found))
    assert match_visits(still, square).n_alternating == 0
