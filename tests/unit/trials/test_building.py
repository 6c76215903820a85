from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from footbeat.errors import DataError, MismatchError, PrecisionError, UsageError
from footbeat.periods import Window
from footbeat.trials.building import PlacedayOptions, build_placedays, freeze
from footbeat.trials.placedays import Placedays, load_placedays, save_placedays

LATE_CUT = PlacedayOptions(data_cut=date(2026, 12, 31))


def counted(placedays: Placedays, column: str = "n") -> dict[tuple[str, str], float]:
    frame = placedays.frame[placedays.frame[column] > 0]
    keys = zip(frame["hotspot_id"], frame["day"].map(str), strict=True)
    return dict(zip(keys, frame[column], strict=True))


def test_an_incident_after_midnight_belongs_to_the_operational_day_before(
    make: SimpleNamespace,
) -> None:
    incidents = make.incidents([make.at(2, 3, 26.5), make.at(1, 0, 12)])
    built = build_placedays(incidents, make.schedule(), options=LATE_CUT)
    assert counted(built) == {("h02", "2026-02-04"): 1, ("h01", "2026-02-01"): 1}


def test_incidents_outside_every_hot_spot_or_day_are_not_counted(make: SimpleNamespace) -> None:
    rows = [make.at(1, 2, 12), make.at(1, 2, 12, x=300.0), make.at(1, 200, 12), make.at(1, -5, 12)]
    built = build_placedays(make.incidents(rows), make.schedule(), options=LATE_CUT)
    assert counted(built) == {("h01", "2026-02-03"): 1}
    assert built.about.n_outside == 2


def test_only_incidents_wholly_within_the_hours_count_and_the_others_are_the_check(
    make: SimpleNamespace,
) -> None:
    rows = [make.at(1, 2, 15), make.at(1, 2, 13), make.at(1, 2, 21.9, end=at_utc(2, 22.1))]
    options = replace(LATE_CUT, hours=Window.parse("14:00-22:00"))
    built = build_placedays(make.incidents(rows), make.schedule(), options=options)
    assert counted(built) == {("h01", "2026-02-03"): 1}
    assert counted(built, "n_other") == {("h01", "2026-02-03"): 1}
    assert counted(built, "n_fractional")["h01", "2026-02-03"] == pytest.approx(1.5)
    assert set(built.frame["exposure_h"]) == {8.0}


def at_utc(day: int, hour: float) -> datetime:
    return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)


def test_a_time_spread_over_two_days_enters_in_parts_only(make: SimpleNamespace) -> None:
    rows = [make.at(1, 2, 28, end=at_utc(2, 32)), make.at(1, 2, 6, end=at_utc(4, 6))]
    built = build_placedays(make.incidents(rows), make.schedule(), options=LATE_CUT)
    assert counted(built) == {}
    parts = counted(built, "n_fractional")
    assert parts == {("h01", "2026-02-03"): 0.5, ("h01", "2026-02-04"): 0.5}


def test_a_clock_change_gives_a_day_of_23_hours(make: SimpleNamespace) -> None:
    schedule = make.schedule(days=60)
    built = build_placedays(make.incidents([make.at(1, 0, 12)]), schedule, options=LATE_CUT)
    hours = built.frame.groupby("day")["exposure_h"].first()
    assert hours[date(2026, 3, 28)] == 23
    assert (hours.drop(date(2026, 3, 28)) == 24).all()


def test_a_place_day_waits_until_it_is_old_enough(make: SimpleNamespace) -> None:
    options = PlacedayOptions(data_cut=date(2026, 3, 10), settle_days=28)
    built = build_placedays(make.incidents([make.at(1, 9, 12)]), make.schedule(), options=options)
    mature = built.frame.groupby("day")["mature"].first()
    assert mature.sum() == 10
    assert mature[date(2026, 2, 10)]
    assert not mature[date(2026, 2, 11)]
    assert built.n_immature == 160


def test_what_is_recorded_after_the_settling_time_is_left_out_for_good(
    make: SimpleNamespace,
) -> None:
    rows = [
        make.at(1, 2, 12, recorded_at=at_utc(12, 12)),
        make.at(1, 2, 12, recorded_at=at_utc(60, 12)),
    ]
    built = build_placedays(make.incidents(rows), make.schedule(), options=LATE_CUT)
    assert counted(built) == {("h01", "2026-02-03"): 1}
    assert counted(built, "delay_days")["h01", "2026-02-03"] == pytest.approx(10, abs=0.01)


def test_days_the_data_do_not_cover_are_missing_not_zero(make: SimpleNamespace) -> None:
    incidents = make.incidents(
        [make.at(1, 2, 12)], start="2026-02-03", missing=("2026-03",), end="2026-04-30"
    )
    schedule = make.schedule(days=40)
    built = build_placedays(incidents, schedule, options=PlacedayOptions(settle_days=0))
    mature = built.frame.groupby("day")["mature"].first()
    assert not mature[date(2026, 2, 2)]
    assert mature[date(2026, 2, 28)]
    assert not mature[date(2026, 3, 1)]


def test_excluded_cancelled_and_doubled_records_do_not_count(make: SimpleNamespace) -> None:
    rows = [
        make.at(1, 2, 12, incident_id="a"),
        make.at(1, 2, 12, excluded="cancelled"),
        make.at(1, 2, 12, kind="incident-log", linked_id="a"),
    ]
    kinds = ("crime", "incident-log")
    built = build_placedays(
        make.incidents(rows), make.schedule(), options=replace(LATE_CUT, kinds=kinds)
    )
    assert counted(built) == {("h01", "2026-02-03"): 1}


def test_harm_is_summed_and_its_heaviest_incident_kept(make: SimpleNamespace) -> None:
    rows = [make.at(1, 2, 12, harm_days=365.0), make.at(1, 2, 13, harm_days=10.0)]
    built = build_placedays(make.incidents(rows), make.schedule(), options=LATE_CUT)
    assert counted(built, "harm_days") == {("h01", "2026-02-03"): 375.0}
    assert counted(built, "harm_largest") == {("h01", "2026-02-03"): 365.0}
    assert built.about.half_harm_incidents == 1


def test_months_are_refused(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12)], precision="month")
    with pytest.raises(PrecisionError, match="carry only a month"):
        build_placedays(incidents, make.schedule())


def test_hours_are_refused_of_data_known_to_the_day(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 0, precision="day")], precision="day")
    options = PlacedayOptions(hours=Window.parse("14:00-22:00"))
    with pytest.raises(PrecisionError, match="to the day only"):
        build_placedays(incidents, make.schedule(), options=options)


def test_a_time_known_to_the_day_counts_on_that_date(make: SimpleNamespace) -> None:
    row = make.at(1, 2, 0, precision="day", end=at_utc(3, 0))
    incidents = make.incidents([row], precision="day")
    built = build_placedays(incidents, make.schedule(), options=LATE_CUT)
    assert counted(built) == {("h01", "2026-02-03"): 1}


def test_a_schedule_of_other_hot_spots_is_refused(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12)])
    with pytest.raises(MismatchError, match="must belong to the hot spots"):
        build_placedays(incidents, make.schedule(8), make.hotspots(6))
    moved = make.hotspots(8)
    shifted = replace(moved, frame=moved.frame.set_geometry(moved.frame.geometry.translate(40)))
    with pytest.raises(MismatchError, match="8 of 8 have another outline"):
        build_placedays(incidents, make.schedule(8), shifted)


def test_incidents_of_another_time_are_refused(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12)], start="2024-01-01", end="2024-12-31")
    with pytest.raises(MismatchError, match="cover the days"):
        build_placedays(incidents, make.schedule())


def test_a_group_without_incidents_is_refused(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12, offence="shoplifting")])
    with pytest.raises(DataError, match="must have incidents"):
        build_placedays(incidents, make.schedule(), options=replace(LATE_CUT, group="robbery"))


def test_data_without_the_default_group_are_counted_whole(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12, offence="shoplifting")])
    built = build_placedays(incidents, make.schedule(), options=LATE_CUT)
    assert built.about.group == "all"
    assert built.about.n_incidents == 1


def test_a_negative_settling_time_is_refused(make: SimpleNamespace) -> None:
    incidents = make.incidents([make.at(1, 2, 12)])
    with pytest.raises(UsageError, match="settling time"):
        build_placedays(incidents, make.schedule(), options=PlacedayOptions(settle_days=-1))


def test_two_phases_stand_below_each_other(make: SimpleNamespace) -> None:
    phases = [make.schedule(), make.schedule(6, start=date(2026, 4, 1), seed=1)]
    phases[1] = replace(phases[1], frame=phases[1].frame.assign(phase=2))
    built = build_placedays(make.incidents([make.at(1, 60, 12)]), phases, options=LATE_CUT)
    assert len(built) == 8 * 30 + 6 * 30
    assert set(built.frame.loc[built.frame["n"] > 0, "phase"]) == {2}
    assert built.about.mechanism == ("daily:3", "daily:3")


def test_saving_and_loading_changes_nothing(make: SimpleNamespace, tmp_path: Path) -> None:
    rows = [make.at(1, 2, 12, harm_days=365.0), make.at(3, 9, 20)]
    built = build_placedays(make.incidents(rows), make.schedule(), options=LATE_CUT)
    save_placedays(built, tmp_path / "p.parquet")
    again = load_placedays(tmp_path / "p.parquet")
    assert again.about == built.about
    assert again.provenance == built.provenance
    pd.testing.assert_frame_equal(again.frame, built.frame)


def test_the_ring_around_a_hot_spot_is_counted_apart(make: SimpleNamespace) -> None:
    rows = [make.at(1, 2, 12), make.at(1, 2, 12, x=200.0), make.at(1, 2, 12, x=290.0)]
    options = replace(LATE_CUT, buffer_m=100)
    built = build_placedays(make.incidents(rows), make.schedule(), options=options)
    assert counted(built) == {("h01", "2026-02-03"): 1}
    assert counted(built, "n_buffer") == {("h01", "2026-02-03"): 1}


def test_what_had_entered_stays_as_it_was(make: SimpleNamespace) -> None:
    schedule = make.schedule()
    early = build_placedays(
        make.incidents([make.at(1, 2, 12)]), schedule,
        options=PlacedayOptions(data_cut=date(2026, 3, 10)),
    )  # fmt: skip
    late = build_placedays(
        make.incidents([make.at(1, 2, 12), make.at(1, 2, 13), make.at(1, 20, 12)]),
        schedule,
        options=LATE_CUT,
    )
    frozen, n_changed = freeze(late, early)
    assert n_changed == 1
    assert counted(frozen) == {("h01", "2026-02-03"): 1, ("h01", "2026-02-21"): 1}
    assert frozen.about.n_incidents == 2
    assert frozen.n_immature == 0


def test_place_days_of_another_outcome_cannot_be_kept(make: SimpleNamespace) -> None:
    incidents, schedule = make.incidents([make.at(1, 2, 12)]), make.schedule()
    one = build_placedays(incidents, schedule, options=LATE_CUT)
    other = build_placedays(incidents, schedule, options=replace(LATE_CUT, settle_days=7))
    with pytest.raises(MismatchError, match="same schedule and outcome"):
        freeze(one, other)
