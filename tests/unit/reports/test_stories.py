"""Every hot spot is explained on the page of its map, legibly and without gaps."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from footbeat.incidents.load import Incidents
from footbeat.reports.maps import render_map_page
from footbeat.reports.stories import tell_stories
from footbeat.tables import INCIDENTS, Provenance, check_table
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.select import SelectOptions


@pytest.fixture(scope="module")
def found():
    """Four places, minutes known, in the first half of 2024."""
    rng = np.random.default_rng(3)
    place = np.repeat(np.arange(4), [60, 40, 30, 20])
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 150 * 1440, place.size), unit="min"
    )
    frame = pd.DataFrame(
        {
            "incident_id": [f"i{k}" for k in range(place.size)],
            "kind": "crime",
            "source": "test",
            "offence": "robbery",
            "category": rng.choice(["Robbery", "Wounding"], place.size),
            "status": "live",
            "precision": "minute",
            "location_grade": rng.choice(["A", "C"], place.size),
            "is_police_generated": False,
            "x": 1000.0 * place + rng.integers(0, 4, place.size),
            "y": 0.0,
            "start": start,
            "end": start + pd.Timedelta(minutes=1),
            "location": "On or near High Street",
        }
    )
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), INCIDENTS)
    known = Provenance(crs="EPSG:27700", source="test", start="2024-01-01", end="2024-05-31")
    options = FindOptions(select=SelectOptions(top=4), n_draws=20)
    return find_hotspots(Incidents(table, known), options, rng=rng)


def test_facts_of_a_place_are_those_of_its_incidents(found):
    stories = tell_stories(found)
    assert [story.key for story in stories] == ["1", "2", "3", "4"]
    for story, ident in zip(stories, found.hotspots.ids, strict=True):
        facts, told = dict(story.facts), found.details[ident]
        assert facts["Offences"].startswith(f"{told['offences'][0][0]} {told['offences'][0][1]:,}")
        assert facts["Distinct points"] == f"{told['n_points']:,}"
        assert "observed" in facts["Among the top 4"]
        assert sum(map(int, re.findall(r"\w{3} \d{4} (\d+)", story.months))) == told["n"]


def test_hours_are_drawn_as_squares_whose_area_is_the_incidents(found):
    story, told = tell_stories(found)[0], found.details[found.hotspots.ids[0]]
    sides = np.array(
        [float(side) for side in re.findall(r'<rect [^>]*width="([\d.]+)"', story.hours)]
    )
    hours = np.array(told["hours"])
    np.testing.assert_allclose(
        np.sort(sides**2 / sides.max() ** 2), np.sort(hours[hours > 0] / hours.max()), rtol=1e-4
    )


def test_months_without_an_incident_are_shown_as_none_and_missing_ones_left_out(found):
    known = replace(
        found.hotspots.provenance, start="2024-01-01", end="2024-05-31", missing_months=("2024-03",)
    )
    details = {i: {**d, "months": {"2024-02": 3}} for i, d in found.details.items()}
    shown = replace(found, hotspots=replace(found.hotspots, provenance=known), details=details)
    drawn = tell_stories(shown)[0].months
    assert "Jan 2024 0, Feb 2024 3, Apr 2024 0, May 2024 0" in drawn
    assert "Mar 2024" not in drawn
    assert "gap: no data" in drawn
    left = [float(x) for x in re.findall(r'<rect [^>]*?x="([\d.]+)"', drawn)]
    steps = np.diff(left) / (left[1] - left[0])
    np.testing.assert_allclose(steps, [1, 2, 1])
    assert re.search(r'd="M0 \d+H80M120 \d+H200"', drawn)


def test_what_is_not_known_is_said_or_left_out_never_drawn_empty(found):
    unknown = {"hours": None, "years_in_top": None, "harm_rank": None, "one_harm_share": None}
    details = {ident: {**told, **unknown} for ident, told in found.details.items()}
    frame = found.hotspots.frame.assign(rank_low=pd.NA, rank_high=pd.NA)
    shown = replace(found, details=details, hotspots=replace(found.hotspots, frame=frame))
    story = tell_stories(shown)[0]
    facts = dict(story.facts)
    assert story.hours == ""
    assert facts["Among the top 4"] == "not known by year"
    assert facts["Rank"] == "1st (range not known)"
    assert "By count, by harm" not in facts
    assert "By hour and weekday" not in render_map_page(shown)


def test_page_holds_a_picture_and_a_story_for_every_place(found):
    page = render_map_page(found)
    assert page.count('<figure class="place-map">') == len(found.hotspots)
    assert page.index("Why each place ranks") > page.index('class="ground"')
