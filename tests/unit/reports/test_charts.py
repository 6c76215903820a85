"""What charts draw."""

from __future__ import annotations

import re

import pytest

from footbeat.reports.charts import (
    REFERENCES,
    Ratio,
    Share,
    draw_rank_bar,
    draw_ratios,
    draw_shares,
)


def across(drawing: str, pattern: str) -> list[float]:
    return [float(value) for value in re.findall(pattern, drawing)]


def test_ratio_and_its_inverse_lie_as_far_from_no_difference() -> None:
    drawn = draw_ratios([Ratio("a", 0.5, 0.4, 0.6), Ratio("b", 2.0, 1.8, 2.4)])
    low, high = across(drawn, r'cx="([\d.]+)%"')
    ticks = dict(
        zip(
            re.findall(r'font-size="15"[^>]*>([\d.]+)</text>', drawn),
            across(drawn, r'x="([\d.]+)%" y="[\d.]+" fill="#0B0C0C" text-anchor="middle"'),
            strict=True,
        )
    )
    assert ticks["1"] - low == pytest.approx(high - ticks["1"], abs=0.02)


def test_open_bound_is_an_arrow_and_a_closed_one_is_none() -> None:
    closed = draw_ratios([Ratio("a", 0.7, 0.5, 0.9)])
    opened = draw_ratios([Ratio("a", 0.7, None, 0.9)])
    assert closed.count("<path") == 0
    assert opened.count("<path") == 1
    assert "no limit on fewer" in opened


def test_ratio_that_is_not_known_is_said_not_drawn() -> None:
    drawn = draw_ratios([Ratio("a", None, None, None)])
    assert ">not known<" in drawn
    assert "<circle" not in drawn


def test_axis_reaches_as_far_as_the_interval() -> None:
    assert ">four times<" in draw_ratios([Ratio("a", 1.5, 0.9, 3.6)])
    assert ">four times<" not in draw_ratios([Ratio("a", 0.9, 0.8, 1.1)])


def test_published_ratios_are_cited() -> None:
    drawn = draw_ratios([Ratio("a", 0.7, 0.5, 0.9)], REFERENCES)
    assert drawn.count("stroke-dasharray") == len(REFERENCES) == 3
    assert [item.ratio for item in REFERENCES] == [0.93, 0.86, 0.84]
    assert all(item.citation for item in REFERENCES)


def test_bars_of_shares_start_at_zero_and_are_in_proportion() -> None:
    drawn = draw_shares([Share("a", 0.4, "4 of 10"), Share("b", 0.1, "1 of 10")])
    assert across(drawn, r'<rect x="([\d.]+)"') == [0, 0]
    wide, narrow = across(drawn, r'width="([\d.]+)%"')
    assert wide == pytest.approx(4 * narrow, rel=1e-3)


def test_shares_of_nothing_are_drawn_without_a_bar() -> None:
    assert across(draw_shares([Share("a", 0.0, "0 of 10")]), r'width="([\d.]+)%"') == [0]


def test_rank_without_an_interval_is_a_bare_dot_on_its_axis() -> None:
    assert "<rect" not in draw_rank_bar(3, None, None, 20)
    assert "<rect" in draw_rank_bar(3, 2, 9, 20)


def test_only_rank_of_a_list_of_one_can_be_drawn() -> None:
    assert 'cx="5"' in draw_rank_bar(1, 1, 1, 1)
