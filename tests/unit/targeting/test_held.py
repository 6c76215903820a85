import numpy as np
import pandas as pd
import pytest

from footbeat.errors import DataError
from footbeat.targeting.find import FindOptions
from footbeat.targeting.held import does_list_hold, split_months
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.select import SelectOptions

OPTIONS = FindOptions(CaseOptions("square", 100, group="all"), select=SelectOptions(top=1))


def months(*texts):
    return [pd.Timestamp(f"{text}-15", tz="UTC") for text in texts]


def test_list_that_stays_holds(incidents_at):
    place = [50] * 20 + [950] * 5
    start = months(*["2024-01"] * 12, *["2024-02"] * 8, *["2024-01"] * 3, *["2024-02"] * 2)
    held = does_list_hold(
        incidents_at(place, [50] * 25, start=start), OPTIONS, rng=np.random.default_rng(1)
    )
    assert (held.n_fit, held.held_fit, held.n_judged, held.held_judged) == (15, 12, 10, 8)
    assert held.share_judged == held.fresh == 0.8
    assert held.chance == 0.5
    assert held.low < 0.8 < held.high
    assert held.stayed == 1


def test_list_that_moves_away_does_not_hold(incidents_at):
    place = [50] * 30 + [950] * 30 + [50, 950]
    start = months(*["2024-01"] * 30, *["2024-02"] * 30, "2024-02", "2024-01")
    held = does_list_hold(
        incidents_at(place, [50] * 62, start=start), OPTIONS, rng=np.random.default_rng(1)
    )
    assert held.held_judged == 1
    assert held.stayed == 0
    assert held.verdict.startswith("No: it holds no more than places drawn at random.")


def test_months_are_split_at_the_longest_gap_and_then_within_the_latest():
    splits = split_months(["2018-11", "2018-12", "2024-01", "2024-02", "2024-03"])
    assert splits == [
        (("2018-11", "2018-12"), ("2024-01", "2024-02", "2024-03")),
        (("2024-01", "2024-02"), ("2024-03",)),
    ]


def test_last_twelve_of_sixty_months_are_judged():
    run = [str(month) for month in pd.period_range("2015-01", "2019-12", freq="M")]
    ((earlier, later),) = split_months(run)
    assert (len(earlier), later[0], later[-1]) == (48, "2019-01", "2019-12")


def test_one_month_cannot_be_judged(incidents_at):
    with pytest.raises(DataError, match="at least two months"):
        does_list_hold(incidents_at([1], [1]), OPTIONS, rng=np.random.default_rng(1))
