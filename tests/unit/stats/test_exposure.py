import numpy as np
import pytest

from footbeat.stats.exposure import ClassSums, class_interval, class_p, class_ratio, sum_classes

CHANCE = (np.array([0.5, 0.25, 0.5, 0.5]), np.array([0.5, 0.5, 0.25, 0.5]))
OUTCOME = np.array([3.0, 1.0, 2.0, 0.0])


def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    first = rng.random((n, 4)) < 0.4
    return first, ~first


def sums_of(n: int = 200) -> ClassSums:
    rng = np.random.default_rng(3)
    batches = [draw(rng, 1), draw(rng, n // 2), draw(rng, n // 2)]
    weights = (1 / CHANCE[0], 1 / CHANCE[1])
    return sum_classes(batches, weights, np.column_stack([OUTCOME, 0 * OUTCOME]))


def z_by_hand(inside: np.ndarray) -> float:
    means, spread = [], 0.0
    for member, chance in ((inside, CHANCE[0]), (~inside, CHANCE[1])):
        weight = member / chance
        mean = (weight * OUTCOME).sum() / weight.sum()
        spread += (weight**2 * (OUTCOME - mean) ** 2).sum() / weight.sum() ** 2
        means.append(mean)
    return (means[0] - means[1]) / np.sqrt(spread) if spread > 0 else 0.0


def test_p_equals_the_written_formula_draw_by_draw() -> None:
    rng = np.random.default_rng(3)
    first = np.concatenate([draw(rng, size)[0] for size in (1, 100, 100)])
    with np.errstate(all="ignore"):
        z = np.nan_to_num(np.abs([z_by_hand(row) for row in first]))
    expected = (1 + (z[1:] >= z[0] - 1e-9).sum()) / len(z)
    assert class_p(sums_of(), np.ones(2)) == pytest.approx(expected)


def test_a_factor_divides_the_outcomes_of_its_layer() -> None:
    sums = sums_of()
    halved = class_ratio(sums, np.array([0.5, 1.0]))
    assert halved == pytest.approx(class_ratio(sums, np.ones(2)))


def test_an_empty_class_has_no_p() -> None:
    nobody = np.zeros((1, 4), dtype=bool)
    batches = [(nobody, ~nobody), draw(np.random.default_rng(1), 20)]
    sums = sum_classes(batches, (1 / CHANCE[0], 1 / CHANCE[1]), OUTCOME[:, None])
    assert class_p(sums, np.ones(1)) is None


def test_an_interval_ends_where_p_falls_to_five_percent() -> None:
    rng = np.random.default_rng(4)
    n = 400
    arms = rng.random((501, n)) < 0.5
    outcome = rng.poisson(np.where(arms[0], 0.5, 1.0)).astype(float)
    layers = np.column_stack([np.where(arms[0], 0, outcome), np.where(arms[0], outcome, 0)])
    sums = sum_classes([(arms, ~arms)], (np.full(n, 2.0), np.full(n, 2.0)), layers)
    low, high = class_interval(sums, lambda r: np.array([1.0, 1 / r]), centre=0.5)
    assert low is not None
    assert high is not None
    assert low < 0.5 < high < 1
    for bound in (low, high):
        p = class_p(sums, np.array([1.0, 1 / bound]))
        assert p == pytest.approx(0.05, abs=0.006)
