import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array, kron

from footbeat.errors import UsageError
from footbeat.stats import gistar
from footbeat.stats.density import (
    WHOLE_REACH,
    Nodes,
    choose_bandwidth,
    sum_kernels,
    sum_kernels_at_nodes,
    sum_kernels_on_nodes,
    to_density,
)
from footbeat.stats.fdr import adjust_for_discovery
from footbeat.stats.gistar import gi_star, gi_star_of_neighbours, permute_gi_star
from footbeat.stats.moran import local_moran, permute_local_moran

BOX = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])


def test_constant_surface_scores_nought_everywhere():
    assert (gi_star(np.full((4, 5), 3.0), BOX).z == 0).all()
    assert (local_moran(np.full(3, 2.0), csr_array(np.ones((3, 3)))) == 0).all()


def test_cells_outside_the_area_are_neither_scored_nor_counted():
    inside = np.array([[1.0, 5.0, 2.0]])
    padded = np.array([[np.nan, 1.0, 5.0, 2.0, np.nan]])
    steps = np.array([[0, -1], [0, 0], [0, 1]])
    assert gi_star(padded, steps).z[0, 1:4] == pytest.approx(gi_star(inside, steps).z[0])
    assert np.isnan(gi_star(padded, steps).z[0, [0, 4]]).all()


def test_offsets_with_gaps_are_summed_as_given():
    counts = np.arange(20.0).reshape(4, 5) % 7
    steps = np.array([[0, 0], [0, 2], [-1, -1], [1, 0], [1, 1]])
    dense = np.zeros((20, 20))
    for i in range(4):
        for j in range(5):
            for di, dj in steps:
                if 0 <= i + di < 4 and 0 <= j + dj < 5:
                    dense[5 * i + j, 5 * (i + di) + j + dj] = 1
    expected = gi_star_of_neighbours(counts.ravel(), csr_array(dense)).z
    assert gi_star(counts, steps).z.ravel() == pytest.approx(expected)


@pytest.mark.parametrize("fewest_shared", [1, 10**9])
def test_grid_is_scored_alike_on_one_thread_and_on_several(monkeypatch, fewest_shared):
    monkeypatch.setattr(gistar, "_FEWEST_SHARED", fewest_shared)
    counts = np.random.default_rng(3).poisson(1, (60, 50)).astype(float)
    expected = gi_star_of_neighbours(counts.ravel(), _queen(*counts.shape)).z
    assert gi_star(counts, BOX).z.ravel() == pytest.approx(expected, abs=1e-9)


def _queen(rows: int, columns: int) -> csr_array:
    along, across = (eye_array(n) + eye_array(n, k=1) + eye_array(n, k=-1) for n in (rows, columns))
    return csr_array(kron(along, across))


def test_neighbours_without_the_cell_itself_are_refused():
    with pytest.raises(UsageError, match="must include the cell itself"):
        gi_star(np.ones((2, 2)), np.array([[0, 1]]))
    with pytest.raises(UsageError, match="must include the place itself"):
        gi_star_of_neighbours(np.ones(2), csr_array((2, 2)))


def test_permutation_p_is_uniform_without_structure_and_small_on_a_cluster():
    rng = np.random.default_rng(4)
    n = 400
    chain = csr_array(eye_array(n) + eye_array(n, k=1) + eye_array(n, k=-1))
    counts = rng.normal(size=n)
    p = permute_gi_star(counts, chain, n_draws=199, rng=rng)
    assert np.mean(p < 0.1) == pytest.approx(0.1, abs=0.05)
    counts[200:203] += 8
    assert permute_gi_star(counts, chain, n_draws=199, rng=rng)[201] == 1 / 200


def test_permutation_p_of_local_moran_finds_hot_and_cold_neighbourhoods_and_outliers():
    rng = np.random.default_rng(4)
    chain = csr_array(eye_array(200, k=1) + eye_array(200, k=-1))
    values = rng.normal(10, 1, 200)
    values[50:53], values[100:103], values[150:153] = 20, 2, (2, 20, 2)
    p = permute_local_moran(values, chain, n_draws=999, rng=rng)
    assert p[[51, 101, 151]].max() <= 0.005
    assert np.mean(p < 0.1) == pytest.approx(0.2, abs=0.08)


def test_local_moran_that_chance_cannot_move_has_p_1():
    # The third is at the mean, the last has no neighbour, and all but two are empty.
    values, joined = np.array([0.0, 4, 2, 1, 3]), np.zeros((5, 5))
    joined[[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]] = 1
    p = permute_local_moran(values, csr_array(joined), n_draws=99, rng=np.random.default_rng(1))
    assert p[[2, 4]].tolist() == [1, 1]
    sparse = np.zeros(200)
    sparse[[20, 120]] = 3
    chain = csr_array(eye_array(200, k=1) + eye_array(200, k=-1))
    p = permute_local_moran(sparse, chain, n_draws=99, rng=np.random.default_rng(1))
    assert p[60] > 0.8


def test_density_integrates_to_the_weight_of_the_points():
    rng = np.random.default_rng(1)
    points, weights = rng.uniform(400, 600, (50, 2)), rng.uniform(1, 3, 50)
    nodes = Nodes(0, 0, 5, 5, (201, 201))
    sums = sum_kernels_on_nodes(points, weights, nodes, 100)
    assert to_density(sums, 100).sum() * 25 / 1e6 == pytest.approx(weights.sum(), rel=1e-3)


@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_transform_errs_by_less_than_one_per_cent_of_the_peak(kernel):
    rng = np.random.default_rng(3)
    points = rng.normal(1000, 250, (40, 2))
    nodes = Nodes(0, 0, 10, 10, (201, 201))
    surface = sum_kernels_on_nodes(points, np.ones(40), nodes, 100, kernel=kernel)
    x, y = np.meshgrid(np.arange(201) * 10.0, np.arange(201) * 10.0)
    targets = np.column_stack([x.ravel(), y.ravel()])
    exact = sum_kernels(points, np.ones(40), targets, 100.0, kernel=kernel)
    assert np.abs(surface.ravel() - exact).max() < 0.01 * exact.max()


def test_whole_gaussian_is_the_full_sum_however_far_away():
    rng = np.random.default_rng(8)
    points, targets = rng.uniform(0, 3000, (80, 2)), rng.uniform(0, 3000, (50, 2))
    targets[0] = 3900, 3900
    weights = rng.uniform(1, 3, 80)
    squares = ((targets[:, None] - points) ** 2).sum(axis=2) / 150**2
    whole = sum_kernels(
        points, weights, targets, 150.0, kernel="gaussian", gaussian_reach=WHOLE_REACH
    )
    assert whole == pytest.approx(np.exp(-squares / 2) @ weights, rel=1e-12)
    assert whole[0] > 0


@pytest.mark.parametrize("n_wanted", [50, 40_000])
@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_some_nodes_hold_what_they_hold_among_all(kernel, n_wanted):
    rng = np.random.default_rng(5)
    points, weights = rng.uniform(0, 1500, (300, 2)), rng.uniform(1, 3, 300)
    nodes = Nodes(0, 0, 10, 8, (180, 151))
    at = rng.integers(0, 180, n_wanted), rng.integers(0, 151, n_wanted)
    whole = sum_kernels_on_nodes(points, weights, nodes, 100, kernel=kernel)
    some = sum_kernels_at_nodes(points, weights, nodes, at, 100, kernel=kernel)
    assert some == pytest.approx(whole[at], abs=1e-9 * whole.max())


def test_steps_may_differ_along_the_two_axes():
    point = np.array([[500.0, 480.0]])
    nodes = Nodes(0, 0, 10, 8, (121, 101))
    surface = sum_kernels_on_nodes(point, np.ones(1), nodes, 100)
    assert surface[60, 50] == pytest.approx(1.0)
    assert surface[60, 55] == pytest.approx((1 - 0.25) ** 2, abs=0.01)
    assert surface[65, 50] == pytest.approx((1 - 0.16) ** 2, abs=0.01)


def test_no_points_give_a_surface_of_nought():
    assert sum_kernels(np.empty((0, 2)), np.empty(0), np.zeros((3, 2)), 50.0).tolist() == [0, 0, 0]


def test_bandwidth_follows_the_width_of_the_clusters():
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, 20_000, (40, 2)).repeat(25, axis=0)
    chosen = [
        choose_bandwidth(centres + rng.normal(0, width, centres.shape), np.ones(1000), (100, 400))
        for width in (40, 300)
    ]
    assert chosen == [100, 400]


def test_records_at_one_anchor_do_not_choose_the_narrowest_bandwidth():
    rng = np.random.default_rng(0)
    anchors = rng.normal(0, 600, (200, 2)).repeat(5, axis=0)
    assert choose_bandwidth(anchors, np.ones(1000), (25, 400)) == 400


def test_missing_p_stays_missing_and_does_not_count():
    adjusted = adjust_for_discovery(np.array([0.01, np.nan, 0.04]))
    assert adjusted[[0, 2]].tolist() == pytest.approx([0.02, 0.04])
    assert np.isnan(adjusted[1])
