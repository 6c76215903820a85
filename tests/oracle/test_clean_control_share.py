"""Shares of comparison days without a patrol in the four days before: closed form (1 − k/n)⁴.

Source: shared oracle `clean_control_share.json`, closed form and simulation.
"""

from datetime import date, timedelta

import pytest

from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.tasking.prospects import clean_control_shares

CASES = [(20, 8, 0.1296), (21, 7, 0.197530864198), (20, 10, 0.0625)]


@pytest.mark.parametrize(("n_hotspots", "treat", "share"), CASES)
def test_expected_clean_share_is_the_closed_form(n_hotspots: int, treat: int, share: float) -> None:
    days = tuple(date(2020, 11, 9) + timedelta(i) for i in range(90))
    roster = Roster(tuple(f"h{i}" for i in range(n_hotspots)), days)
    shares = clean_control_shares(parse_mechanism(f"daily:{treat}"), roster)
    assert shares[4].expected == pytest.approx(share, abs=1e-12)
    assert shares[4].realised is None


@pytest.mark.parametrize(("n_hotspots", "treat", "share"), CASES)
def test_realised_clean_share_of_a_long_draw_comes_near_it(
    n_hotspots: int, treat: int, share: float
) -> None:
    days = tuple(date(2020, 1, 1) + timedelta(i) for i in range(1500))
    roster = Roster(tuple(f"h{i}" for i in range(n_hotspots)), days)
    mechanism = parse_mechanism(f"daily:{treat}")
    arms = mechanism.draw(roster.sealed(bytes(32)), roster)
    assert clean_control_shares(mechanism, roster, arms)[4].realised == pytest.approx(
        share, abs=0.01
    )
