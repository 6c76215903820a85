"""The two-way models against statsmodels (dummy columns) and pyfixest (fixed effects)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from footbeat.stats.poisson import fit_negative_binomial, fit_two_way, ratio_of_sum


@dataclass(frozen=True)
class Drawn:
    counts: np.ndarray
    arms: np.ndarray
    seen: np.ndarray

    @property
    def terms(self) -> np.ndarray:
        lagged = np.vstack([np.zeros_like(self.arms[:1]), self.arms[:-1]])
        return np.stack([self.arms, lagged]).astype(float)

    def to_frame(self) -> pd.DataFrame:
        days, places = np.nonzero(self.seen)
        frame = pd.DataFrame(
            {"d": days, "p": places, "y": self.counts[self.seen], "a": self.terms[0][self.seen]}
        ).assign(b=self.terms[1][self.seen])
        for effect in ("d", "p"):
            frame = frame[frame.groupby(effect)["y"].transform("sum") > 0]
        return frame


def draw_trial(*, dispersion: float = 0.0, n_missing: int = 0) -> Drawn:
    rng = np.random.default_rng(11)
    shape = (60, 12)
    arms = rng.random(shape).argsort(1).argsort(1) < 5
    mean = np.exp(rng.normal(-1, 0.6, 12) + rng.normal(0, 0.3, (60, 1)) - 0.4 * arms)
    if dispersion:
        mean = mean * rng.gamma(1 / dispersion, dispersion, shape)
    seen = np.ones(shape, dtype=bool)
    seen.ravel()[rng.choice(720, n_missing, replace=False)] = False
    return Drawn(rng.poisson(mean).astype(float), arms, seen)


@pytest.mark.parametrize("n_missing", [0, 80])
def test_poisson_equals_the_glm_with_a_dummy_for_every_place_and_day(n_missing: int) -> None:
    drawn = draw_trial(n_missing=n_missing)
    fit = fit_two_way(drawn.counts, drawn.terms, drawn.seen)
    assert fit is not None
    glm = smf.glm("y ~ a + b + C(d) + C(p)", drawn.to_frame(), family=sm.families.Poisson()).fit(
        tol=1e-12
    )
    assert fit.coef == pytest.approx(glm.params[["a", "b"]].to_numpy(), abs=1e-7)
    assert fit.covariance == pytest.approx(
        glm.cov_params().loc[["a", "b"], ["a", "b"]].to_numpy(), rel=1e-5
    )
    assert fit.log_likelihood == pytest.approx(glm.llf, rel=1e-9)
    assert fit.pearson == pytest.approx(glm.pearson_chi2 / glm.df_resid, rel=1e-6)


@pytest.mark.parametrize(("cluster", "column"), [("day", "d"), ("place", "p")])
def test_robust_errors_equal_those_of_pyfixest(cluster: str, column: str) -> None:
    drawn = draw_trial(n_missing=30)
    fit = fit_two_way(drawn.counts, drawn.terms, drawn.seen, cluster=cluster)
    assert fit is not None
    other = pf.fepois(
        "y ~ a + b | p + d",
        drawn.to_frame(),
        vcov={"CRV1": column},
        ssc=pf.ssc(k_fixef="nonnested"),
    )
    assert fit.coef == pytest.approx(other.coef().to_numpy(), abs=1e-6)
    # pyfixest counts one degree of freedom differently when an effect is nested.
    assert np.sqrt(np.diag(fit.robust)) == pytest.approx(other.se().to_numpy(), rel=0.012)


def test_negative_binomial_finds_the_likelihoods_maximum() -> None:
    drawn = draw_trial(dispersion=0.8)
    fit = fit_negative_binomial(drawn.counts, drawn.terms, drawn.seen)
    assert fit is not None
    frame = drawn.to_frame()
    design = pd.get_dummies(frame[["d", "p"]].astype(str), drop_first=True, dtype=float)
    design = sm.add_constant(design.assign(a=frame["a"], b=frame["b"]))
    other = sm.NegativeBinomial(frame["y"], design).fit(disp=0, maxiter=500, method="bfgs")
    assert fit.dispersion == pytest.approx(other.params["alpha"], rel=0.01)
    assert fit.coef == pytest.approx(other.params[["a", "b"]].to_numpy(), abs=2e-3)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-3)


def test_a_long_run_effect_adds_the_lags_and_their_covariance() -> None:
    drawn = draw_trial()
    fit = fit_two_way(drawn.counts, drawn.terms, drawn.seen)
    assert fit is not None
    total, se = ratio_of_sum(fit, slice(0, 2), robust=False)
    assert total == pytest.approx(fit.coef.sum())
    assert se**2 == pytest.approx(np.ones(2) @ fit.covariance @ np.ones(2))
