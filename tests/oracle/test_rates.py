"""Rate ratios and E-tests against rate_ratio.json, e_test.json and trial_shapes.json.

The counts of rate_ratio.json are candidates that give the published percentages; they are not
the papers' own.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from footbeat.stats.rates import Counted, e_test, exact_ratio, rate_ratio, wald_ratio


def _cases(folder: Path, name: str) -> tuple[list[dict[str, Any]], float]:
    oracle = json.loads((folder / name).read_text(encoding="utf-8"))
    return oracle["cases"], oracle["tolerance"]


def test_wald_exact_and_both_e_tests_agree_with_the_oracle(shared_oracles: Path) -> None:
    cases, tolerance = _cases(shared_oracles, "rate_ratio.json")
    for case in cases:
        treated = Counted(case["x_treated"], case["days_treated"])
        control = Counted(case["x_control"], case["days_control"])
        wald, exact = wald_ratio(treated, control), exact_ratio(treated, control)
        found = [
            rate_ratio(treated, control),
            *(wald.low, wald.high, wald.p),
            *(exact.low, exact.high, exact.p),
            e_test(treated, control),
            e_test(treated, control, variance="unpooled"),
        ]
        expected = [
            case["irr"],
            *case["wald_ci95"],
            case["wald_p"],
            *case["exact_ci95"],
            case["exact_binomial_p"],
            case["e_test_p_pooled"],
            case["e_test_p_unpooled"],
        ]
        assert found == pytest.approx(expected, abs=tolerance)


def test_e_test_agrees_with_full_enumeration(shared_oracles: Path) -> None:
    cases, tolerance = _cases(shared_oracles, "e_test.json")
    for case in cases:
        treated, control = Counted(case["k1"], case["n1"]), Counted(case["k2"], case["n2"])
        found = [e_test(treated, control), e_test(treated, control, variance="unpooled")]
        expected = [case["p_pooled_variance"], case["p_unpooled_variance"]]
        assert found == pytest.approx(expected, abs=tolerance)


def test_candidate_counts_give_the_published_percentages(shared_oracles: Path) -> None:
    oracle = json.loads((shared_oracles / "rate_ratio.json").read_text(encoding="utf-8"))
    pairs = oracle["integer_pairs_giving_73_5_percent_with_control_up_to_130"]
    for n_treated, n_control in pairs:
        ratio = rate_ratio(Counted(n_treated, 720), Counted(n_control, 1080))
        assert ratio is not None
        assert round(100 * (1 - ratio), 1) == 73.5


def test_published_shapes_multiply_out(shared_oracles: Path) -> None:
    trials = json.loads((shared_oracles / "trial_shapes.json").read_text(encoding="utf-8"))[
        "trials"
    ]
    for trial in trials:
        assert trial["hot_spots"] * trial["days"] == trial["place_days"]
        if trial["treated"]:
            assert trial["treated_per_day"] * trial["days"] == trial["treated"]
            assert trial["place_days"] - trial["treated"] == trial["control"]
