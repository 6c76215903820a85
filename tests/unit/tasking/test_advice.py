from datetime import date, timedelta

import pytest

from footbeat.periods import Window
from footbeat.tasking.advice import advise_design
from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.tasking.prospects import Prospects, review_design
from footbeat.tasking.rates import ExpectedRates
from footbeat.tasking.windows import VisitPlan

ROSTER = Roster(
    tuple(f"h{i}" for i in range(20)), tuple(date(2026, 1, 1) + timedelta(i) for i in range(90))
)
VISITS = VisitPlan(Window.parse("14:00-22:00"))


def _review(text: str) -> Prospects:
    return review_design(parse_mechanism(text), ROSTER, VISITS, ExpectedRates(0.2, 0.15, ""))


@pytest.mark.parametrize(
    ("designs", "advised"),
    [
        (["daily:8", "coin:0.4"], "daily:8"),
        (["daily:8", "latin:8"], "daily:8"),
        (
            ["daily:8", "runs:on=1-5,off=1-7,min_off=5,every=3,load=6-10"],
            "runs:on=1-5,off=1-7,min_off=5,every=3,load=6-10",
        ),
    ],
)
def test_advice_weighs_workload_then_carry_over_then_power(
    designs: list[str], advised: str
) -> None:
    advice = advise_design([_review(text) for text in designs])
    assert advice.mechanism == advised
    assert len(advice.why) == 1 + len(designs)


def test_advice_gives_counts_with_every_design() -> None:
    advice = advise_design([_review("daily:8"), _review("coin:0.4")])
    assert "8 patrols every day" in advice.why[1]
    assert "of 1,080 comparison days about 140 come after 4 days" in advice.why[1]
