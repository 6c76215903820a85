"""Compare the models of a trial with R's MASS and lme4.

    python scripts/witness_with_r.py

Needs Rscript with MASS and lme4 (Debian: r-base-core r-cran-mass r-cran-lme4). R is no part of
Footbeat; this is run by hand when the models change. Ends with 1 when a number differs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from footbeat.stats.hierarchy import shrink_ratios
from footbeat.stats.poisson import fit_negative_binomial, fit_two_way

R_CODE = """
suppressMessages({library(MASS); library(lme4)})
long <- read.csv("long.csv"); places <- read.csv("places.csv")
say <- function(name, value) cat(name, format(value, digits = 10), "\\n")
fit <- glm(y ~ a + factor(d) + factor(p), poisson, long, control = glm.control(1e-12, 100))
say("poisson", coef(fit)["a"]); say("poisson_se", sqrt(vcov(fit)["a", "a"]))
wide <- glm.nb(y ~ a + factor(d) + factor(p), long, control = glm.control(1e-10, 200))
say("negative_binomial", coef(wide)["a"]); say("dispersion", 1 / wide$theta)
mixed <- glmer(cbind(t, c) ~ 1 + (1 | p) + offset(log(odds)), places, binomial, nAGQ = 25)
say("common", fixef(mixed)); say("spread", sqrt(unlist(VarCorr(mixed))))
"""
TOLERANCES = {
    "poisson": 1e-6,
    "poisson_se": 1e-5,
    "negative_binomial": 2e-3,
    "dispersion": 2e-2,
    "common": 2e-3,
    "spread": 5e-3,
}


def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw one over-dispersed trial of 60 days and 12 places."""
    arms = rng.random((60, 12)).argsort(1).argsort(1) < 5  # noqa: PLR2004 - places treated a day
    mean = np.exp(rng.normal(-0.6, 0.6, 12) + rng.normal(0, 0.3, (60, 1)) - 0.4 * arms)
    return arms, rng.poisson(mean * rng.gamma(1.25, 0.8, arms.shape)).astype(float)


def ours(
    arms: np.ndarray, counts: np.ndarray, totals: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> dict[str, float]:
    """Return Footbeat's numbers."""
    terms, seen = arms[None].astype(float), np.ones(arms.shape, dtype=bool)
    poisson = fit_two_way(counts, terms, seen)
    wide = fit_negative_binomial(counts, terms, seen)
    shrunk = shrink_ratios(*totals)
    if poisson is None or wide is None or shrunk is None:
        sys.exit("The drawn trial must have a fit.")
    return {
        "poisson": float(poisson.coef[0]),
        "poisson_se": float(np.sqrt(poisson.covariance[0, 0])),
        "negative_binomial": float(wide.coef[0]),
        "dispersion": wide.dispersion,
        "common": shrunk.common,
        "spread": shrunk.spread,
    }


def theirs(
    arms: np.ndarray, counts: np.ndarray, totals: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> dict[str, float]:
    """Return R's numbers."""
    day, place = (index.ravel() for index in np.indices(arms.shape))
    long = pd.DataFrame({"d": day, "p": place, "a": arms.ravel().astype(int), "y": counts.ravel()})
    long = long[counts.sum(1)[day] * counts.sum(0)[place] > 0]
    with tempfile.TemporaryDirectory() as folder:
        long.to_csv(Path(folder) / "long.csv", index=False)
        names = ("t", "c", "odds")
        places = pd.DataFrame(dict(zip(names, totals, strict=True))).assign(p=range(len(totals[0])))
        places.to_csv(Path(folder) / "places.csv", index=False)
        (Path(folder) / "witness.R").write_text(R_CODE, encoding="utf-8")
        done = subprocess.run(
            [shutil.which("Rscript") or "Rscript", "witness.R"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return {line.split()[0]: float(line.split()[-1]) for line in done.stdout.splitlines()}


def main() -> int:
    """Print both sides and end with 1 where they differ."""
    rng = np.random.default_rng(11)
    arms, counts = draw(rng)
    odds = np.full(40, 0.7)
    n = rng.integers(2, 40, 40)
    share = odds * np.exp(-0.5 + 0.6 * rng.standard_normal(40))
    treated = rng.binomial(n, share / (1 + share)).astype(float)
    totals = (treated, n - treated, odds)
    mine, other = ours(arms, counts, totals), theirs(arms, counts, totals)
    wrong = 0
    for name, tolerance in TOLERANCES.items():
        differs = abs(mine[name] - other[name]) > tolerance
        wrong += differs
        print(f"{name:18} {mine[name]:12.8f} {other[name]:12.8f}{'  DIFFERS' if differs else ''}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
