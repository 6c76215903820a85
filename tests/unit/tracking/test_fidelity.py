"""Fidelity: which days are known, and what was asked of each."""

import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from footbeat.errors import UsageError
from footbeat.reports.fidelity_page import render_fidelity_page
from footbeat.tracking.fidelity import measure_fidelity
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import load_visits, match_visits, save_visits


def schedule_of(*arms: str) -> pd.DataFrame:
    """Give hot spot A one day an arm from 1 June, patrols of 20 minutes."""
    days = pd.date_range("2026-06-01", periods=len(arms))
    begin = days.tz_localize("UTC") + pd.Timedelta(hours=17)
    return pd.DataFrame(
        {
            "hotspot_id": "A",
            "day": days.date,
            "arm": arms,
            "window_start": begin,
            "window_end": begin + pd.Timedelta(hours=3),
            "dose_min": [20.0 if arm == "treated" else None for arm in arms],
        }
    )


@pytest.fixture
def visits(square, pings_of):
    """Give visits of ten minutes on 1 and 4 June, and no ping between."""
    seconds = [30.0 * k for k in range(31)]
    starts = ("2026-06-01T18:00Z", "2026-06-04T18:00Z")
    walks = [pings_of(seconds, [50.0] * 31, start=start) for start in starts]
    return match_visits(pa.concat_tables(walks), square)


def test_day_without_a_ping_is_neither_missed_nor_clean(visits, tmp_path: Path):
    save_visits(visits, tmp_path / "v.parquet")
    schedule = schedule_of("treated", "treated", "control", "control")
    for known in (visits, load_visits(tmp_path / "v.parquet")):
        found = measure_fidelity(known, schedule)
        assert (found.assigned, found.delivered, found.missed) == (1, 1, 0)
        assert (found.comparison_days, found.contamination_share, found.uncovered) == (1, 1.0, 2)


def test_only_patrol_days_have_a_target_and_it_is_the_schedule_s(visits):
    days = measure_fidelity(visits, schedule_of("treated", "control", "control", "control"))
    said = days.placedays.set_index("arm")["said"]
    assert said["treated"].endswith("; target 20")
    assert "target" not in said["control"]


@pytest.mark.parametrize(
    ("starts", "outcome"),
    [
        (["16:30"], "early"),
        (["16:55"], "delivered"),
        (["19:55"], "delivered"),
        (["20:05"], "late"),
        (["16:30", "18:30"], "delivered"),
        (["16:30", "20:30"], "early"),
        (["18:30", "20:30"], "delivered"),
    ],
)
def test_delivered_day_is_early_or_late_only_where_no_such_visit_meets_its_window(
    square, pings_of, starts: list[str], outcome: str
):
    # The window runs from 17:00 to 20:00 UTC; every visit lasts fifteen minutes.
    seconds = [30.0 * k for k in range(31)]
    walks = [pings_of(seconds, [50.0] * 31, start=f"2026-06-01T{at}Z") for at in starts]
    found = measure_fidelity(match_visits(pa.concat_tables(walks), square), schedule_of("treated"))
    assert found.placedays["outcome"].tolist() == [outcome]
    assert (found.delivered, found.delivered_share) == (1, 1.0)
    assert (found.early, found.late) == (outcome == "early", outcome == "late")


def test_brief_visit_in_the_window_does_not_put_a_long_one_there(square, pings_of):
    brief = pings_of([30.0 * k for k in range(13)], [50.0] * 13, start="2026-06-01T18:00Z")
    long = pings_of([30.0 * k for k in range(31)], [50.0] * 31, start="2026-06-01T21:00Z")
    visits = match_visits(pa.concat_tables([brief, long]), square)
    assert measure_fidelity(visits, schedule_of("treated")).placedays["outcome"].tolist() == [
        "late"
    ]


def test_thresholds_move_what_delivers_and_what_the_return_counts(visits):
    schedule = schedule_of("treated", "control", "control", "treated")
    usual = measure_fidelity(visits, schedule)
    assert (usual.delivered, usual.in_return) == (2, 2)
    strict = VisitOptions(delivered_min=16, return_min=20)
    found = measure_fidelity(visits, schedule, strict)
    assert (found.delivered, found.short, found.in_return) == (0, 2, 0)
    assert found.contamination_share is None


def test_page_names_places_says_what_is_not_known_and_draws_to_one_scale(visits):
    schedule = schedule_of("treated", "treated", "control", "control")
    found = measure_fidelity(visits, schedule, names={"A": "High Street"})
    assert found.ledger["name"].tolist() == ["High Street"]
    page = render_fidelity_page(found, visits.provenance, name="June")
    assert "2 place-days are not known" in page
    assert "A High Street" in page
    # One patrol day delivered and one comparison day contaminated: both bars are 100 % long.
    bars = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)%"', page)]
    assert [width for width in bars if width] == [92.0, 92.0]


def override_on(*days: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hotspot_id": "A",
            "day": days,
            "kind": "override",
            "reason": "disorder",
            "by": "inspector",
        }
    )


def test_override_on_a_day_without_any_ping_is_counted_and_in_the_ledger(visits):
    # Pings lie on 1 and 4 June only.
    schedule = schedule_of("treated", "control", "control", "control")
    schedule["due"] = "18:00 to 21:00"
    events = override_on("2026-06-02", "2026-06-04")
    found = measure_fidelity(visits, schedule, events=events, names={"A": "High Street"})
    assert (found.overrides, found.comparison_days, found.uncovered) == (2, 1, 2)
    outcomes = dict(zip(found.ledger["day"].astype(str), found.ledger["outcome"], strict=True))
    assert outcomes == {"2026-06-02": "not known", "2026-06-04": "contaminated"}
    assert set(found.ledger["name"]) == {"High Street"}
    # Nothing was owed to a comparison day.
    assert not {"target_min", "dose_min", "due"} & set(found.ledger.columns)
    page = render_fidelity_page(found, visits.provenance, name="June")
    assert page.count(">disorder<") == 2


def test_thresholds_without_an_end_are_refused():
    with pytest.raises(UsageError, match="without an end"):
        VisitOptions(return_min=float("inf"))
