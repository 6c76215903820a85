from datetime import date

import pandas as pd
import pytest

from footbeat.errors import ColumnError
from footbeat.reports.last_done import describe_last_visits

VISITS = pd.DataFrame(
    {
        "visit_id": ["v1", "v2", "v3", "v4"],
        "hotspot_id": ["h1", "h1", "h1", "h2"],
        "day": [date(2026, 7, 1), date(2026, 7, 3), date(2026, 7, 6), date(2026, 7, 3)],
        "arrive": pd.to_datetime(
            ["2026-07-01 18:00", "2026-07-03 18:52", "2026-07-06 18:00", "2026-07-03 23:30"],
            utc=True,
        ),
        "minutes": [15.0, 11.6, 15.0, 14.0],
        "minutes_low": [14.0, 9.2, 14.0, 14.0],
        "minutes_high": [16.0, 13.8, 16.0, 14.0],
    }
)
SPACE = "\N{NO-BREAK SPACE}"


def test_last_visit_before_the_day_is_told_in_local_time_with_its_bounds() -> None:
    told = describe_last_visits(VISITS, date(2026, 7, 6), "Europe/London")
    assert told["h1"] == f"Fri 3 Jul 2026 19:52, 9–14{SPACE}min"


def test_visit_after_midnight_belongs_to_its_operational_day() -> None:
    told = describe_last_visits(VISITS, date(2026, 7, 6), "Europe/London")
    assert told["h2"] == f"Fri 3 Jul 2026 00:30, 14{SPACE}min"


def test_place_never_visited_is_left_out() -> None:
    assert describe_last_visits(VISITS, date(2026, 7, 1), "Europe/London") == {}


def test_activities_of_the_visit_are_counted_by_kind() -> None:
    activities = pd.DataFrame(
        {
            "visit_id": ["v2", "v2", None, "v4"],
            "hotspot_id": ["h1", "h1", "h1", "h2"],
            "day": [date(2026, 7, 3)] * 4,
            "kind": ["engagement", "engagement", "search", "arrest"],
            "n": [2, 1, 1, 1],
        }
    )
    told = describe_last_visits(VISITS, date(2026, 7, 6), "Europe/London", activities)
    assert told["h1"].endswith(f"; engagement{SPACE}3 and search{SPACE}1")
    assert told["h2"].endswith(f"; arrest{SPACE}1")


def test_visits_without_arrival_are_refused() -> None:
    with pytest.raises(ColumnError, match="arrive"):
        describe_last_visits(VISITS.drop(columns="arrive"), date(2026, 7, 6), "Europe/London")
