"""Probabilities adjusted for how many places were looked at."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
FdrMethod = Literal["benjamini-hochberg", "benjamini-yekutieli"]


def adjust_for_discovery(p: FloatArray, *, method: FdrMethod = "benjamini-hochberg") -> FloatArray:
    """Adjust p so that, of the places kept at q, a share of at most q is there by chance.

    Parameters
    ----------
    p
        Probabilities, any shape; NaN stays NaN and does not count.
    method
        Benjamini–Hochberg for independent or positively dependent tests, as neighbouring
        cells are; Benjamini–Yekutieli for any dependence, which keeps fewer.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). JRSS B 57, 289–300. Benjamini, Y. and Yekutieli, D.
    (2001). Annals of Statistics 29, 1165–1188.

    Examples
    --------
    >>> adjust_for_discovery(np.array([0.01, 0.02, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    flat = np.ravel(np.asarray(p, dtype=np.float64))
    known = np.flatnonzero(np.isfinite(flat))
    adjusted = np.full(flat.size, np.nan)
    if known.size:
        order = known[np.argsort(-flat[known], kind="stable")]
        ranks = np.arange(known.size, 0, -1)
        penalty = (1 / ranks).sum() if method == "benjamini-yekutieli" else 1.0
        steps = flat[order] * known.size * penalty / ranks
        adjusted[order] = np.minimum(np.minimum.accumulate(steps), 1.0)
    return adjusted.reshape(np.shape(p))
