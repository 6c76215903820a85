"""Published values of the Gini and generalised Gini coefficients."""

import json

import numpy as np
import pytest

from footbeat.stats.concentration import generalised_gini, gini


def test_gini_coefficients_equal_those_of_lorenzgini(shared_oracles):
    oracle = json.loads((shared_oracles / "gini.json").read_text(encoding="utf-8"))
    for case in oracle["cases"]:
        counts = np.asarray(case["counts"], dtype=float)
        found = (
            gini(counts),
            gini(counts, is_unbiased=True),
            generalised_gini(counts),
            generalised_gini(counts, is_unbiased=True),
        )
        names = ("gini", "gini_unbiased", "gini_generalised", "gini_generalised_unbiased")
        assert found == pytest.approx([case[name] for name in names], abs=oracle["tolerance"])


def test_gini_of_bernasco_and_steenbeek_without_the_shared_file():
    counts = np.array([3.0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    assert gini(counts) == pytest.approx(0.78, abs=1e-9)
    assert generalised_gini(counts) == pytest.approx(0.56, abs=1e-9)
