from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import pandas as pd
import pytest

from footbeat.areas import Hotspots
from footbeat.errors import UsageError
from footbeat.periods import Window
from footbeat.reports.assignments import write_assignment_calendar
from footbeat.reports.briefing import brief_day
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.doses import Dose, read_doses
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.prospects import measure_workload
from footbeat.tasking.requests import Request, settle_request
from footbeat.tasking.rota import list_due
from footbeat.tasking.schedule import Schedule, draw_schedule, load_schedule, save_schedule
from footbeat.tasking.standing import measure_standing
from footbeat.tasking.windows import VisitPlan

TERMS = "daily:4;strata=tier;k=A:3,B:1;visits=A:2,B:1;dose=A:20,B:10"


@pytest.fixture
def tiered(hotspots: Callable[[int], Hotspots]) -> Schedule:
    places = hotspots(8)
    strata = {name: "A" if i < 5 else "B" for i, name in enumerate(places.ids)}
    request = Request(date(2026, 10, 1), 30, strata_column="tier", strata=strata)
    options = settle_request(request, TERMS, places)
    return draw_schedule(places, options, seed=bytes(range(32)), nonce=bytes(32))


def test_tiers_keep_their_own_number_visits_and_minutes(tiered: Schedule, tmp_path: Path) -> None:
    assert tiered.mechanism == TERMS
    patrols = tiered.frame[tiered.frame["arm"] == "treated"]
    assert (pd.crosstab(patrols["day"], patrols["stratum"]) == [3, 1]).all(axis=None)
    asked = patrols.assign(visits=patrols["due"].str.count("–")).groupby("stratum")
    assert asked["visits"].unique().map(list).to_dict() == {"A": [2], "B": [1]}
    assert asked["dose_min"].unique().map(list).to_dict() == {"A": [20.0], "B": [10.0]}
    save_schedule(tiered, tmp_path / "s")
    again = load_schedule(tmp_path / "s")
    assert again.options == tiered.options
    pd.testing.assert_frame_equal(again.frame, tiered.frame)
    assert verify_schedule(tmp_path / "s").valid


def test_comparison_days_of_a_tier_get_windows_by_the_same_rule(tiered: Schedule) -> None:
    visits = tiered.frame["due"].str.count("–")
    assert visits.equals(tiered.frame["stratum"].map({"A": 2, "B": 1}).astype(visits.dtype))


def test_tiers_reach_the_workload_the_rota_and_the_paper(tiered: Schedule) -> None:
    load = measure_workload(tiered.arms[None], tiered.options.visits, tiered.roster.strata)
    assert load.visits == 30 * (3 * 2 + 1)
    assert load.patrol_minutes == 30 * (3 * 2 * 20 + 10)
    due = list_due(tiered, tiered.days[0])
    assert sorted(each.minutes for each in due) == [10] + [20] * 6
    texts = {place.hotspot_id: place.visits for place in brief_day(tiered, tiered.days[0]).patrols}
    tiers = dict(zip(tiered.hotspot_ids, tiered.roster.strata, strict=True))
    for spot, text in texts.items():
        assert text.startswith("2 times" if tiers[spot] == "A" else "Once")
        assert text.endswith(
            "20\N{NO-BREAK SPACE}min" if tiers[spot] == "A" else "10\N{NO-BREAK SPACE}min"
        )


def test_calendar_has_an_entry_for_every_visit(tiered: Schedule, tmp_path: Path) -> None:
    day = tiered.days[0]
    stamp = datetime(2026, 9, 1, tzinfo=UTC)
    write_assignment_calendar(tiered, tmp_path / "day.ics", [day], stamp=stamp)
    calendar = icalendar.Calendar.from_ical((tmp_path / "day.ics").read_bytes())
    visits = [event for event in calendar.walk("VEVENT") if "Patrol" in str(event["SUMMARY"])]
    assert len(visits) == 7
    assert {(e["DTEND"].dt - e["DTSTART"].dt).seconds for e in visits} == {90 * 60}
    assert len({str(event["UID"]) for event in visits}) == 7
    first = tiered.frame["window_start"][tiered.frame["day"] == day].min()
    assert min(event["DTSTART"].dt for event in visits) >= first


def test_patrol_day_of_two_visits_is_delivered_by_two(tiered: Schedule) -> None:
    day = tiered.days[0]
    spot = next(due.hotspot_id for due in list_due(tiered, day) if due.minutes == 20)
    one = pd.DataFrame({"hotspot_id": [spot], "day": [day], "minutes": [20.0]})
    standing = measure_standing(tiered, one, tiered.days[1])
    assert (standing.due, standing.delivered, standing.short, standing.missed) == (4, 0, 1, 3)
    standing = measure_standing(tiered, pd.concat([one, one]), tiered.days[1])
    assert (standing.delivered, standing.short, standing.missed) == (1, 0, 3)


def test_doses_do_not_bear_on_the_draw() -> None:
    assert parse_mechanism(TERMS) == parse_mechanism("daily:4;strata=tier;k=A:3,B:1")


@pytest.mark.parametrize(
    ("visits", "minutes", "strata"),
    [("two", "", []), ("A:2", "", ["A", "B"]), ("A:2,C:1", "", ["A", "B"]), ("", "A:9", [])],
)
def test_doses_that_cannot_be_read_are_refused(
    visits: str, minutes: str, strata: list[str]
) -> None:
    with pytest.raises(UsageError):
        read_doses(visits, minutes, strata, usual=Dose())


@pytest.mark.parametrize("dose", [Dose(0, 15), Dose(1, -1), Dose(1, float("nan")), Dose(9, 15)])
def test_visits_that_do_not_fit_the_window_are_refused(dose: Dose) -> None:
    with pytest.raises(UsageError):
        VisitPlan(Window.parse("14:00-22:00"), doses={"A": dose})


def test_latin_shifts_place_the_windows(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    chosen = replace(options, mechanism="latin:4;shifts=2", n_days=28)
    drawn = draw_schedule(hotspots(8), chosen, seed=bytes(range(32)), nonce=bytes(32))
    hour = drawn.frame["window_start"].dt.tz_convert("Europe/London").dt.hour
    table = pd.crosstab(
        [drawn.frame["hotspot_id"], drawn.frame["arm"]],
        [pd.to_datetime(drawn.frame["day"]).dt.day_of_week, hour >= 18],
    )
    assert table.shape == (16, 14)
    assert (table == 1).all(axis=None)  # one cycle: two squares of two weeks
    assert hour.between(14, 20).all()


def test_shifts_too_short_for_a_visit_are_refused(
    hotspots: Callable[[int], Hotspots], options: ScheduleOptions
) -> None:
    chosen = replace(options, mechanism="latin:4;shifts=8")
    with pytest.raises(UsageError, match="fit into its part"):
        draw_schedule(hotspots(8), chosen, seed=bytes(32), nonce=bytes(32))
