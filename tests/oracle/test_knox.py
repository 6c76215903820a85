"""Knox tables against published counts and brute force."""

import json

import numpy as np
import pandas as pd
import pytest

from footbeat.stats.knox import knox_table


def test_burkitt_counts_equal_the_published_ones(shared_oracles):
    case = json.loads((shared_oracles / "knox_burkitt.json").read_text(encoding="utf-8"))
    cases = pd.read_csv(shared_oracles / "knox_burkitt_points.csv")
    table = knox_table(
        cases[["x", "y"]].to_numpy(),
        cases["t"].to_numpy().astype(int),
        bands_m=[case["delta"], 1e9],
        bands_days=[case["tau"], 1e9],
        n_permutations=999,
        rng=np.random.default_rng(1),
    )
    assert table.observed.tolist() == case["observed"]
    assert table.expected == pytest.approx(np.array(case["expected"]), rel=0.03)
    assert table.p[0, 0] == pytest.approx(case["p_poisson_at_least"], abs=0.05)
    assert table.p_poisson[0, 0] == pytest.approx(case["p_poisson_at_least"], abs=1e-8)


@pytest.mark.parametrize("closed", ["right", "left"])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_counts_equal_brute_force(closed, metric):
    rng = np.random.default_rng(0)
    points, days = rng.integers(0, 12, (80, 2)) * 50.0, rng.integers(0, 30, 80)
    bands_m, bands_days = [0.1, 100, 250], [2, 7]
    table = knox_table(
        points,
        days,
        bands_m=bands_m,
        bands_days=bands_days,
        n_permutations=1,
        rng=rng,
        closed=closed,
        metric=metric,
    )
    expected = np.zeros((3, 2), int)
    for i in range(80):
        for j in range(i):
            step = np.abs(points[i] - points[j])
            distance = np.hypot(*step) if metric == "euclidean" else step.sum()
            gap = abs(days[i] - days[j])
            side = "left" if closed == "right" else "right"
            a, b = (
                int(np.searchsorted(bands, value, side=side))
                for bands, value in ((bands_m, distance), (bands_days, gap))
            )
            if a < 3 and b < 2:
                expected[a, b] += 1
    assert table.observed.tolist() == expected.tolist()
