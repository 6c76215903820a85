import numpy as np
import pytest

from footbeat.stats.poisson import fit_negative_binomial, fit_two_way


def trial(rate: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    arms = rng.random((40, 8)).argsort(1).argsort(1) < 3
    counts = rng.poisson(rate, (40, 8)).astype(float)
    return counts, arms[None].astype(float), np.ones((40, 8), dtype=bool)


def test_an_arm_without_incidents_has_no_finite_ratio() -> None:
    counts, terms, seen = trial()
    assert fit_two_way(counts * (1 - terms[0]), terms, seen) is None


def test_a_term_that_days_explain_is_refused() -> None:
    counts, terms, seen = trial()
    by_day = np.broadcast_to(np.arange(40.0)[:, None] % 2, (40, 8))[None]
    assert fit_two_way(counts, np.concatenate([terms, by_day]), seen) is None


def test_no_incident_at_all_gives_no_fit() -> None:
    counts, terms, seen = trial()
    assert fit_two_way(0 * counts, terms, seen) is None


def test_days_and_places_without_incidents_change_nothing() -> None:
    counts, terms, seen = trial()
    padded = fit_two_way(
        np.pad(counts, ((0, 5), (0, 3))),
        np.pad(terms, ((0, 0), (0, 5), (0, 3)), constant_values=1.0),
        np.pad(seen, ((0, 5), (0, 3)), constant_values=True),
    )
    plain = fit_two_way(counts, terms, seen)
    assert padded is not None
    assert plain is not None
    assert padded.coef == pytest.approx(plain.coef)
    assert padded.robust == pytest.approx(plain.robust)


def test_more_places_than_days_gives_the_same_as_the_transpose() -> None:
    counts, terms, seen = trial()
    wide = fit_two_way(counts.T, terms.transpose(0, 2, 1), seen.T, cluster="place")
    tall = fit_two_way(counts, terms, seen, cluster="day")
    assert wide is not None
    assert tall is not None
    assert wide.coef == pytest.approx(tall.coef)
    assert wide.robust == pytest.approx(tall.robust)


def test_poisson_counts_make_the_negative_binomial_agree_with_poisson() -> None:
    counts, terms, seen = trial()
    plain, wide = fit_two_way(counts, terms, seen), fit_negative_binomial(counts, terms, seen)
    assert plain is not None
    assert wide is not None
    assert wide.coef == pytest.approx(plain.coef, abs=0.01)
