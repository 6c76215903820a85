from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest

from footbeat.areas import Hotspots
from footbeat.errors import DataError, StoreError, UsageError
from footbeat.periods import Window
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.rota import (
    Rota,
    Stop,
    list_due,
    plan_rota,
    replan_rota,
    travel_minutes,
)
from footbeat.tasking.rota_file import load_rota, save_rota, units_by_place
from footbeat.tasking.rota_model import solve_rota
from footbeat.tasking.rota_options import RotaOptions
from footbeat.tasking.schedule import Schedule, draw_schedule
from footbeat.tasking.shifts import Crew, Job

SEED, NONCE = bytes(range(32)), bytes(32)
SHIFT = Window.parse("14:00-22:00")
THREE = RotaOptions(("A", "B", "C"), SHIFT, break_window=Window.parse("16:00-20:00"), effort=3)


@pytest.fixture
def busy(hotspots: Callable[[int], Hotspots], options: ScheduleOptions) -> Schedule:
    return draw_schedule(
        hotspots(12), replace(options, mechanism="daily:6"), seed=SEED, nonce=NONCE
    )


def _check(rota: Rota, schedule: Schedule, options: RotaOptions) -> None:
    """Every rota keeps its windows, its travel and one break a unit."""
    travel = travel_minutes(schedule, options, None)
    index = {name: i for i, name in enumerate(schedule.hotspot_ids)} | {"": len(travel) - 1}
    due = {each.hotspot_id: each for each in list_due(schedule, rota.day)}
    for stops in rota.stops.values():
        for stop in stops:
            if stop.hotspot_id:
                assert due[stop.hotspot_id].begin <= stop.begin
                assert stop.end <= due[stop.hotspot_id].end
        for first, second in pairwise(stops):
            away = travel[index[first.hotspot_id], index[second.hotspot_id]]
            assert second.begin - first.end >= away - 1e-9


def test_every_visit_is_made_once_in_its_window_with_time_to_travel(busy: Schedule) -> None:
    rota = plan_rota(busy, busy.days[0], THREE)
    _check(rota, busy, THREE)
    visited = [s.hotspot_id for stops in rota.stops.values() for s in stops if s.hotspot_id]
    assert sorted(visited) == sorted(each.hotspot_id for each in list_due(busy, busy.days[0]))
    assert all(sum(not s.hotspot_id for s in stops) == 1 for stops in rota.stops.values())
    assert (rota.unserved, rota.binding) == ((), ())
    assert rota.gap <= 0.02
    assert len(rota.to_frame()) == sum(len(stops) for stops in rota.stops.values())


def test_losing_a_unit_changes_only_the_future(busy: Schedule) -> None:
    before = plan_rota(busy, busy.days[0], THREE)
    at = 17 * 60
    after = replan_rota(before, busy, THREE, lost="B", at=at)
    for name, stops in before.stops.items():
        begun = tuple(stop for stop in stops if stop.begin < at)
        assert after.stops[name][: len(begun)] == begun
    assert all(stop.begin < at for stop in after.stops["B"])
    _check(replace(after, stops={n: s for n, s in after.stops.items() if n != "B"}), busy, THREE)
    assert busy.n_treated == 6 * 30


def test_too_few_places_a_unit_says_what_binds_and_by_how_much(busy: Schedule) -> None:
    tight = replace(THREE, units=("A",), most_places=4)
    rota = plan_rota(busy, busy.days[0], tight)
    assert len(rota.unserved) == 2
    assert rota.binding[0] == "All 2 could be made with 1 more unit."
    assert "2 of 2 more could be made without the limit of places a unit." in rota.binding


def test_units_keep_to_their_district(busy: Schedule) -> None:
    spots = [each.hotspot_id for each in list_due(busy, busy.days[0])]
    districts = {spot: "north" if number % 2 else "south" for number, spot in enumerate(spots)}
    split = replace(
        THREE, units=("A", "B"), districts=districts, unit_district={"A": "north", "B": "south"}
    )
    rota = plan_rota(busy, busy.days[0], split)
    for unit, district in (("A", "north"), ("B", "south")):
        own = {stop.hotspot_id for stop in rota.stops[unit] if stop.hotspot_id}
        assert {districts[spot] for spot in own} <= {district}


def test_solver_travels_no_more_than_the_best_order() -> None:
    rng = np.random.default_rng(2)
    xy = rng.random((6, 2)) * 30
    travel = np.ceil(np.hypot(*(xy[:, None] - xy[None]).T))
    jobs = [Job(place, 0, 600, 10) for place in range(5)]
    crew = Crew(5, 0, 600, 5, 0, (0, 600), 99)
    solution = solve_rota(jobs, [crew], travel, effort=3)
    order = [5, *(job for job, _ in solution.begins[0]), 5]
    best = min(
        sum(travel[a, b] for a, b in pairwise((5, *each, 5))) for each in permutations(range(5))
    )
    assert sum(travel[a, b] for a, b in pairwise(order)) == best


def test_rota_survives_its_file_and_names_units_by_place(busy: Schedule, tmp_path: Path) -> None:
    rota = plan_rota(busy, busy.days[0], THREE)
    save_rota(rota, tmp_path / "r.json")
    assert load_rota(tmp_path / "r.json") == rota
    assert len(units_by_place(rota)) == 6
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match="must be a rota"):
        load_rota(tmp_path / "bad.json")


def test_call_signs_stand_in_the_order_of_the_visits(busy: Schedule) -> None:
    stops = {
        "A": (Stop("h01", 1160, 1175), Stop("h02", 850, 865), Stop("h02", 1170, 1185)),
        "B": (Stop("h01", 850, 865), Stop("", 900, 945), Stop("h03", 1170, 1185)),
    }
    rota = Rota(busy.days[0], stops, (("h03", "14:05–15:35"),), (), {}, 0.0)
    assert units_by_place(rota) == {"h01": "B, A", "h02": "A, A", "h03": "no unit, B"}


def test_unknown_units_and_days_are_refused(busy: Schedule) -> None:
    rota = plan_rota(busy, busy.days[0], THREE)
    with pytest.raises(UsageError, match="that is lost"):
        replan_rota(rota, busy, THREE, lost="Z", at=0)
    with pytest.raises(UsageError, match="call sign"):
        replace(THREE, units=())
    with pytest.raises(DataError, match="must be for a day"):
        list_due(busy, busy.days[0].replace(year=2030))


def test_units_begin_and_end_at_their_station(busy: Schedule) -> None:
    away = replace(THREE, base=(2_000.0, 10_000.0))
    travel = travel_minutes(busy, away, None)
    assert travel[-1, :-1].min() > travel_minutes(busy, THREE, None)[-1, :-1].max()
    rota = plan_rota(busy, busy.days[0], away)
    for stops in rota.stops.values():
        if stops:
            first = stops[0].hotspot_id
            place = busy.hotspot_ids.index(first) if first else len(travel) - 1
            assert stops[0].begin >= 14 * 60 + travel[-1, place] - 1e-9


def test_rota_planned_again_keeps_the_terms_it_had(busy: Schedule, tmp_path: Path) -> None:
    terms = replace(THREE, base=(900.0, 300.0), unit_district={"A": "north"}, districts={})
    save_rota(plan_rota(busy, busy.days[0], terms), tmp_path / "r.json")
    assert load_rota(tmp_path / "r.json").options == terms


def test_break_whose_hours_are_over_does_not_stop_the_rest_of_a_shift(busy: Schedule) -> None:
    before = plan_rota(busy, busy.days[0], replace(THREE, break_min=0))
    late = replace(THREE, break_window=Window.parse("15:00-16:00"))
    after = replan_rota(before, busy, late, lost="B", at=19 * 60)
    assert set(after.stops) == {"A", "B", "C"}
