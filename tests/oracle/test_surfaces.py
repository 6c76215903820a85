"""Gi*, Moran's I and kernel density against published values and other packages."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from footbeat.stats.density import sum_kernels, to_density
from footbeat.stats.fdr import adjust_for_discovery
from footbeat.stats.gistar import gi_star, gi_star_of_neighbours
from footbeat.stats.moran import local_moran, moran, moran_quadrants, permute_local_moran

LINE = [0, 0, 0, 1, 1, 1, 0, 1, 0, 0]
# gonum's spatial package, example of Gi* on a line.
LINE_Z = [-1.22474487139, -1.60356745147, -0.267261241912, 1.06904496765, 2.40535117721]


def load(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def within(points, radius):
    return csr_array((cdist(points, points) <= radius + 1e-6).astype(float))


def test_gi_star_on_a_line_equals_the_published_scores():
    scores = gi_star(np.array([LINE], float), np.array([[0, -1], [0, 0], [0, 1]]))
    assert scores.z[0, :5] == pytest.approx(LINE_Z, abs=1e-10)


def test_gi_star_of_six_points_equals_esdas_example(shared_oracles):
    toy = load(shared_oracles, "gi_star_toy.json")["points"]
    around = within(np.array(toy["xy"], float), toy["band"])
    scores = gi_star_of_neighbours(np.array(toy["y"], float), around)
    assert scores.z == pytest.approx(toy["gi_star_z"], abs=1e-8)
    assert scores.p == pytest.approx(toy["gi_star_p_two_sided"], abs=1e-8)


def test_gi_star_of_memphis_equals_sfhotspot_by_list_and_by_array(shared_oracles):
    cells = pd.read_csv(shared_oracles / "gi_star_memphis_500m.csv")
    points = cells[["x_utm15n", "y_utm15n"]].to_numpy()
    counts = cells["n"].to_numpy(float)
    listed = gi_star_of_neighbours(counts, within(points, 500 * np.sqrt(2)))
    assert listed.z == pytest.approx(cells["gistar"].to_numpy(), abs=1e-10)
    assert listed.p == pytest.approx(cells["p"].to_numpy(), abs=1e-10)
    column, row = np.rint((points - points.min(axis=0)) / 500).astype(int).T
    array = np.full((row.max() + 1, column.max() + 1), np.nan)
    array[row, column] = counts
    steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    assert gi_star(array, steps).z[row, column] == pytest.approx(listed.z, abs=1e-10)
    hot = (adjust_for_discovery(listed.p) < 0.05) & (listed.z > 0)
    assert hot.sum() == load(shared_oracles, "gi_star_memphis_500m.meta.json")["hot_fdr05"]


def test_gi_star_equals_esda_on_random_counts():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(5)
    points, counts = rng.uniform(0, 100, (60, 2)), rng.poisson(3, 60).astype(float)
    band = libpysal.weights.DistanceBand(points, 25, binary=True, silence_warnings=True)
    band = libpysal.weights.fill_diagonal(band, 1.0)
    expected = esda.G_Local(counts, band, transform="B", star=True, permutations=0).Zs
    assert gi_star_of_neighbours(counts, within(points, 25)).z == pytest.approx(expected, abs=1e-9)


def test_p_of_local_moran_equals_esdas_in_all_four_quadrants():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(11)
    # Of fractions no two sums are equal, so that both sides have the same tails.
    town = rng.normal(20, 4, (15, 15))
    town[2:5, 2:5], town[9:12, 9:12] = 60, 3
    town[3, 11], town[12, 3], town[3, 3] = 70, 2, 1
    town[11:14, 2:5] += 15
    values = (town + rng.normal(0, 0.1, town.shape)).ravel()
    queen = libpysal.weights.lat2W(15, 15, rook=False)
    theirs = esda.Moran_Local(values, queen, transformation="B", permutations=1999, seed=3)
    around = csr_array(queen.sparse)
    ours = permute_local_moran(values, around, n_draws=1999, rng=rng)
    names = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}
    assert moran_quadrants(values, around).tolist() == [names[each] for each in theirs.q]
    assert ours == pytest.approx(theirs.p_sim, abs=0.05)
    assert np.abs(ours - theirs.p_sim).mean() < 0.01
    extreme = theirs.p_sim <= 0.005
    assert set(theirs.q[extreme]) == {1, 2, 3, 4}
    assert (ours[extreme] <= 0.01).all()


def test_moran_on_three_by_three_equals_the_textbook(shared_oracles):
    case = load(shared_oracles, "moran_3x3.json")
    grid = np.array([(i, j) for i in range(3) for j in range(3)], float)
    rook = csr_array((cdist(grid, grid, "cityblock") == 1).astype(float))
    values = np.array(case["values_row_major"], float)
    found = moran(values, rook)
    assert (found.value, found.expected) == pytest.approx((case["I"], case["expected"]), abs=1e-10)
    assert found.variance_normal == pytest.approx(case["var_norm"], abs=1e-10)
    assert found.variance_random == pytest.approx(case["var_rand"], abs=1e-10)
    assert (found.z_normal, found.z_random) == pytest.approx(
        (case["z_norm"], case["z_rand"]), abs=1e-10
    )
    local = case["local_moran_n_denominator_binary"]
    assert local_moran(values, rook) == pytest.approx(local, abs=1e-10)


def test_kernel_sums_of_memphis_equal_spatialkde(shared_oracles, shared_data):
    cells = pd.read_csv(shared_oracles / "kde_memphis_jan_500m_bw1000.csv")
    robberies = pd.read_csv(shared_data / "memphis_robberies.csv")
    january = robberies[robberies["date"] < "2019-02-01"]
    points = january[["x_utm15n", "y_utm15n"]].to_numpy()
    targets = cells[["x_utm15n", "y_utm15n"]].to_numpy()
    sums = sum_kernels(points, np.ones(len(points)), targets, 1000.0)
    assert sums == pytest.approx(cells["kde"].to_numpy(), abs=1e-8)
    scale = load(shared_oracles, "kde_memphis_jan_500m_bw1000.meta.json")["density_scale_per_km2"]
    assert to_density(np.ones(1), 1000.0) == pytest.approx([scale], abs=1e-9)


def test_gaussian_density_equals_scikit_learn():
    neighbors = pytest.importorskip("sklearn.neighbors")
    rng = np.random.default_rng(2)
    points, targets = rng.normal(0, 500, (300, 2)), rng.normal(0, 500, (50, 2))
    peer = neighbors.KernelDensity(bandwidth=150, kernel="gaussian", rtol=1e-12).fit(points)
    expected = np.exp(peer.score_samples(targets)) * len(points) * 1e6
    sums = sum_kernels(points, np.ones(300), targets, 150.0, kernel="gaussian")
    # Ours is cut at six bandwidths, 1.5e-8 of a kernel's height.
    close = pytest.approx(expected, abs=1e-7 * expected.max())
    assert to_density(sums, 150.0, "gaussian") == close


def test_adjusted_p_equals_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).uniform(size=40) ** 3
    for ours, theirs in (("benjamini-hochberg", "fdr_bh"), ("benjamini-yekutieli", "fdr_by")):
        expected = multitest.multipletests(p, method=theirs)[1]
        assert adjust_for_discovery(p, method=ours) == pytest.approx(expected, abs=1e-12)
