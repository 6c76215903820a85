"""The penalised Poisson against statsmodels' elastic net and against what was planted."""

import numpy as np
import pytest
import statsmodels.api as sm

from footbeat.stats.penalised import choose_penalty, fit_penalised


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(1500, 8))
    columns[:, 4:] = columns[:, 4:] > 0.5
    exposure = rng.uniform(0.5, 2, 1500)
    counts = rng.poisson(exposure * np.exp(0.2 + 0.5 * columns[:, 0] - 0.6 * columns[:, 5]))
    return columns, counts.astype(float), exposure


@pytest.mark.parametrize("l1_share", [1.0, 0.5])
def test_agrees_with_the_elastic_net_of_statsmodels(planted, l1_share):
    columns, counts, exposure = planted
    fit = fit_penalised(columns, counts, exposure, penalty=0.05, l1_share=l1_share)
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    model = sm.GLM(
        counts,
        np.column_stack([np.ones(len(counts)), standard]),
        family=sm.families.Poisson(),
        offset=np.log(exposure),
    )
    theirs = model.fit_regularized(
        alpha=np.r_[0, np.full(8, 0.05)], L1_wt=l1_share, maxiter=500, cnvrg_tol=1e-10
    )
    assert fit.intercept == pytest.approx(theirs.params[0], abs=1e-8)
    assert fit.coef == pytest.approx(theirs.params[1:], abs=1e-8)


def test_cross_validation_keeps_what_was_planted_and_drops_the_rest(planted):
    columns, counts, exposure = planted
    penalty = choose_penalty(columns, counts, exposure, np.arange(1500) % 5)
    fit = fit_penalised(columns, counts, exposure, penalty=penalty)
    assert np.flatnonzero(fit.coef).tolist() == [0, 5]
    assert fit.coef[0] > 0 > fit.coef[5]


def test_scale_of_counts_and_constant_columns_do_not_matter(planted):
    columns, counts, exposure = planted
    wide = np.column_stack([columns, np.full(len(counts), 3.0)])
    small = fit_penalised(columns, counts, exposure, penalty=0.02)
    large = fit_penalised(wide, counts * 1e6, exposure, penalty=0.02e6)
    assert large.coef[:-1] == pytest.approx(small.coef, abs=1e-7)
    assert large.coef[-1] == 0
    assert large.rate(wide) == pytest.approx(1e6 * small.rate(columns))
