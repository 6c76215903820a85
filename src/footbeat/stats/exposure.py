"""Randomisation inference on classes of exposure, on arrays.

Each place-day falls by the draw into a class, such as “not patrolled, a patrol near”. Two classes
are compared by Hájek means, weighted by one over the chance of being in each. The hypothesis
divides every outcome by the effect it supposes; what is left no longer depends on the draw, so
redraws give the distribution of the studentised difference of the two means.

References
----------
Aronow, P. M. and Samii, C. (2017). Estimating average causal effects under general interference.
Annals of Applied Statistics 11(4), 1912–1947.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.permute import TIE, keep_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

_GRID = np.linspace(-6.0, 6.0, 161)


@dataclass(frozen=True, slots=True)
class ClassSums:
    """What gives both means and their spread for every supposed effect.

    Attributes
    ----------
    drawn
        Shape (R + 1, 2, 2 + 3L), the arms as drawn first: for each class Σw, Σw², and for each
        of L layers of outcomes Σwy, Σw²y, Σw²y².
    """

    drawn: FloatArray

    def __add__(self, other: ClassSums) -> ClassSums:
        """Join two phases that were drawn independently."""
        return ClassSums(self.drawn + other.drawn)


def sum_classes(
    batches: Iterable[tuple[BoolArray, BoolArray]],
    weights: tuple[FloatArray, FloatArray],
    layers: FloatArray,
) -> ClassSums:
    """Reduce classes under redraws to their sums.

    Parameters
    ----------
    batches
        Who is in the first and in the second class, each of shape (draws, m); the arms as drawn
        come first.
    weights
        One over the chance of each class, 0 where a place-day cannot be used; shape (m,).
    layers
        Outcomes by what was seen of them, shape (m, L): each outcome stands in one layer.
    """
    tables = [
        np.column_stack(
            [
                one,
                one**2,
                one[:, None] * layers,
                (one**2)[:, None] * layers,
                (one**2)[:, None] * layers**2,
            ]
        )
        for one in weights
    ]
    parts = [
        np.stack(
            [inside.astype(np.float64) @ table for inside, table in zip(pair, tables, strict=True)],
            axis=1,
        )
        for pair in batches
    ]
    return ClassSums(np.concatenate(parts))


def class_ratio(sums: ClassSums, factors: FloatArray) -> float | None:
    """Return the first class's mean over the second's as drawn; None where there is none."""
    first, second = _means(sums.drawn[:1], factors)[:, 0]
    return float(first / second) if second > 0 else None


def class_p(sums: ClassSums, factors: FloatArray) -> float | None:
    """Return the two-sided p of both classes being alike.

    Parameters
    ----------
    sums
        From :func:`sum_classes`.
    factors
        What each layer's outcomes are multiplied by, shape (L,): one over the supposed effect.

    Returns
    -------
    float or None
        None where a class is empty or holds no outcome as drawn.
    """
    z = np.abs(_z(sums.drawn, factors))
    if not np.isfinite(z[0]):
        return None
    return float((1 + (z[1:] >= z[0] - TIE).sum()) / len(z))


def class_interval(
    sums: ClassSums, factors: Callable[[float], FloatArray], *, centre: float, alpha: float = 0.05
) -> tuple[float | None, float | None]:
    """Return the smallest and largest effect whose p exceeds `alpha`; None where open.

    `factors` gives the layers' factors for an effect; `centre` is where the grid is laid.
    """

    def keeps(log_effect: float) -> bool:
        p = class_p(sums, factors(float(np.exp(log_effect))))
        return p is None or p > alpha

    grid = np.sort(np.append(np.log(centre) + _GRID, 0.0))
    low, high = keep_range(keeps, grid)
    return (
        None if low is None else float(np.exp(low)),
        None if high is None else float(np.exp(high)),
    )


def _means(sums: FloatArray, factors: FloatArray) -> FloatArray:
    n = len(factors)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums[:, :, 2 : 2 + n] @ factors / sums[:, :, 0]).T)


def _z(sums: FloatArray, factors: FloatArray) -> FloatArray:
    n = len(factors)
    means = _means(sums, factors)
    cross, squares = sums[:, :, 2 + n : 2 + 2 * n] @ factors, sums[:, :, 2 + 2 * n :] @ factors**2
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (squares - 2 * means.T * cross + means.T**2 * sums[:, :, 1]) / sums[:, :, 0] ** 2
        z = (means[0] - means[1]) / np.sqrt(np.maximum(spread.sum(axis=1), 0.0))
    # A redraw that leaves a class empty, or without outcomes, shows no difference.
    z[1:][~np.isfinite(z[1:])] = 0.0
    return np.asarray(z)
