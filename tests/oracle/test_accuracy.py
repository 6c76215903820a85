"""PAI, PEI and RRI against the R package ptools; the recapture rate by hand."""

import json

import numpy as np
import pytest

from footbeat.stats.accuracy import accuracy_curve, adjust_by_holm, recapture


def test_curves_equal_ptools(shared_oracles):
    oracle = json.loads((shared_oracles / "pai_pei_rri.json").read_text(encoding="utf-8"))
    for case in oracle["cases"]:
        parts = (np.asarray(case[name], float) for name in ("predicted", "observed", "area"))
        curve = accuracy_curve(*parts)
        assert (curve.order + 1).tolist() == case["order_1_based"]
        for name, ours in (
            ("hit_rate", curve.hit_rate),
            ("area_share", curve.area_share),
            ("pai", curve.pai),
            ("pei", curve.pei),
            ("rri_predicted_over_observed", curve.rri),
        ):
            assert ours == pytest.approx(case[name], abs=oracle["tolerance"]), name


def test_a_tie_is_broken_against_the_prediction():
    curve = accuracy_curve(np.array([4.0, 4]), np.array([7.0, 3]), np.ones(2))
    assert curve.order.tolist() == [1, 0]


def test_recapture_is_the_share_after_over_the_share_before():
    assert recapture(30, 100, 10, 50) == pytest.approx(2 / 3)
    assert np.isnan(recapture(0, 100, 10, 50))


def test_holm_equals_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.array([0.2, 0.004, 0.03, 0.03, 0.6])
    expected = multitest.multipletests(p, method="holm")[1]
    assert adjust_by_holm(p) == pytest.approx(expected)
