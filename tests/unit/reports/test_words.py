"""How numbers are worded."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from footbeat.periods import months_between
from footbeat.reports import words
from footbeat.tables import Provenance


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_missing_number_is_not_known_never_zero_or_blank(missing: float | None) -> None:
    assert words.count(missing) == "not known"
    assert words.share(missing) == "not known"
    assert words.difference(missing) == "not known"
    assert words.p_value(missing) == "p not known"


def test_effect_is_worded_with_its_interval_smaller_reduction_first() -> None:
    said = words.change(0.7, 0.53, 0.93).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "30 % fewer (7 % to 47 % fewer)"


def test_interval_across_no_difference_names_both_directions() -> None:
    said = words.change(1.1, 0.8, 1.5).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "10 % more (20 % fewer to 50 % more)"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, None, "no limit either way"),
        (None, 0.9, "no limit on fewer, up to 10 % fewer"),
        (0.4, None, "from 60 % fewer, no limit on more"),
        (1.5, 3.0, "50 % more to 3 times as many"),
    ],
)
def test_open_bound_is_said_in_words(low: float | None, high: float | None, said: str) -> None:
    assert words.interval(low, high).replace("\N{NO-BREAK SPACE}", " ") == said


def test_share_that_rounds_to_ten_per_cent_has_no_decimal() -> None:
    assert words.share(0.0996) == "10\N{NO-BREAK SPACE}%"
    assert words.share(0.0994) == "9.9\N{NO-BREAK SPACE}%"


def test_months_apart_are_not_drawn_together() -> None:
    assert words.months(["2023-12", "2024-01", "2024-03"]) == "Dec 2023 to Jan 2024, Mar 2024"


def test_one_incident_is_singular() -> None:
    assert words.evidence(1, 10, 2, 20).startswith("1 incident on 10 patrol days, 2 on")


def test_p_value_is_never_zero() -> None:
    assert words.p_value(1e-9) == "p < 0.001"


def test_period_with_gaps_names_the_months_that_were_observed() -> None:
    known = Provenance("EPSG:27700", start="2018-10-01", end="2024-04-30", precision="month")
    gap = [*months_between("2019-03", "2023-12")]
    told = words.observed(replace(known, missing_months=tuple(gap)))
    assert told == "Oct 2018 to Feb 2019, Jan 2024 to Apr 2024"
    assert words.observed(known) == "Oct 2018 to Apr 2024"


def test_period_of_many_gaps_is_counted_instead_of_listed() -> None:
    every_other = tuple(f"2024-{month:02}" for month in range(2, 12, 2))
    known = Provenance(
        "EPSG:27700", start="2024-01-01", end="2024-12-31", missing_months=every_other
    )
    assert words.observed(known) == "Jan 2024 to Dec 2024, 7 of 12 months"
