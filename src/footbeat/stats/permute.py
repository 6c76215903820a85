"""Studentised randomisation inference, on arrays.

With arms A, probabilities π and outcomes y, and ỹ = y/ρ^A the outcome without patrol if the
ratio is ρ, the statistic is Z(ρ) = Σ(A−π)ỹ / √Σ(A−π)²ỹ². The arms are drawn again from the
mechanism that drew them; p(ρ) is the share of draws at least as extreme. As ỹ is a mix of two
layers (outcomes seen in the control and in the treated arm), a few sums a draw over place-days
with incidents give Z for every ρ. Other hypotheses are other mixes of other layers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

TIE = 1e-9
_GRID_POINTS = 200
_GRID_REACH = 6.0
_BISECTIONS = 24


@dataclass(frozen=True, slots=True)
class Sums:
    """What gives Z for every mix of two layers u and v.

    Attributes
    ----------
    observed
        Under the arms that were drawn, shape (5,): Σ(A−π)u, Σ(A−π)v, Σ(A−π)²u², Σ(A−π)²v² and
        Σ(A−π)²uv.
    drawn
        The same under each redraw, shape (5, R): one row a sum, so that a ratio is tried in
        one pass over numbers that lie side by side.
    """

    observed: FloatArray
    drawn: FloatArray

    def __add__(self, other: Sums) -> Sums:
        """Join two phases that were drawn independently."""
        return Sums(self.observed + other.observed, self.drawn + other.drawn)


def sum_layers(
    batches: Iterable[NDArray[np.bool_]],
    assigned: NDArray[np.bool_],
    probability: FloatArray,
    layers: FloatArray,
) -> Sums:
    """Reduce redrawn arms to the sums.

    Parameters
    ----------
    batches
        Arms under redraws, in arrays of shape (draws, m), so that no more than one batch is
        in memory.
    assigned, probability
        Arms as drawn and their probabilities, shape (m,).
    layers
        The two layers, shape (m, 2). Place-days where both are 0 can be left out.
    """
    chance = probability[:, None]
    squares = np.column_stack([layers**2, layers[:, 0] * layers[:, 1]])
    # (A−π)² = A(1−2π) + π² for A of 0 or 1, so every sum is linear in A.
    weights = np.hstack([layers, (1 - 2 * chance) * squares])
    constant = np.concatenate([-(chance * layers).sum(0), (chance**2 * squares).sum(0)])
    drawn = [_add_up(batch, weights, constant) for batch in batches]
    return Sums(
        _add_up(assigned[None], weights, constant)[:, 0],
        np.hstack(drawn) if drawn else np.empty((5, 0)),
    )


def by_arm(assigned: NDArray[np.bool_], outcome: FloatArray) -> FloatArray:
    """Return the layers of a ratio: outcomes seen in the control and in the treated arm."""
    return np.column_stack([np.where(assigned, 0.0, outcome), np.where(assigned, outcome, 0.0)])


def in_batches(
    replay: Callable[[int], NDArray[np.bool_]], n_draws: int, *, n_columns: int
) -> Iterator[NDArray[np.bool_]]:
    """Yield `n_draws` rows from `replay` in batches of about 16 MB as floats."""
    size = batch_size(n_draws, n_columns=n_columns)
    for first in range(0, n_draws, size):
        yield replay(min(size, n_draws - first))


def batch_size(n_draws: int, *, n_columns: int) -> int:
    """Return how many rows of so many columns take about 16 MB as floats."""
    return max(1, min(n_draws, 2_000_000 // max(n_columns, 1)))


def mantel_haenszel_ratio(
    assigned: NDArray[np.bool_], probability: NDArray[np.float64], outcome: NDArray[np.float64]
) -> float | None:
    """Return Σ(1−π)A y / Σπ(1−A) y; None when the control arm has no outcome.

    Examples
    --------
    >>> arms = np.array([True, False, False, True])
    >>> mantel_haenszel_ratio(arms, np.full(4, 0.5), np.array([1.0, 2.0, 2.0, 0.0]))
    0.25
    """
    treated = float(((1 - probability) * outcome)[assigned].sum())
    control = float((probability * outcome)[~assigned].sum())
    return treated / control if control > 0 else None


def mix_p(sums: Sums, first: float, second: float) -> float:
    """Return the two-sided p of Σ(A−π)(first·u + second·v) being 0."""
    return float(_mix_p(sums.observed, sums.drawn, first, second))


def ratio_p(sums: Sums, ratio: float) -> float:
    """Return the two-sided p of a ratio; at 1 it is exact under no effect of any kind."""
    return mix_p(sums, 1.0, 1 / ratio)


def ratio_curve(sums: Sums, ratios: FloatArray) -> FloatArray:
    """Return the p of every ratio, for a plot."""
    return np.array([ratio_p(sums, float(ratio)) for ratio in ratios])


def ratio_interval(
    sums: Sums, ratio: float | None, *, alpha: float = 0.05
) -> tuple[float | None, float | None]:
    """Return the smallest and largest ratio whose p exceeds `alpha`; None where open.

    A bound is open when ratios beyond every limit cannot be rejected, as with few incidents in
    an arm. When an arm has none at all, no ratio can be bounded this way: both are None. The
    interval holds only if patrols act on their own place and day alone.
    """
    if not (sums.observed[2] > 0 and sums.observed[3] > 0):
        return None, None
    centre = math.log(ratio) if ratio else 0.0
    grid = centre + np.linspace(-_GRID_REACH, _GRID_REACH, _GRID_POINTS)
    # With few incidents the curve has teeth: 1 is asked for by name, so that it lies in the
    # interval whenever its own p says so.
    low, high = keep_range(
        lambda theta: ratio_p(sums, math.exp(theta)) > alpha, np.sort(np.append(grid, 0.0))
    )
    # Far off the grid only treated, or only control outcomes count.
    is_open_below = mix_p(sums, 0.0, 1.0) > alpha
    is_open_above = mix_p(sums, 1.0, 0.0) > alpha
    return (
        None if low is None or is_open_below else math.exp(low),
        None if high is None or is_open_above else math.exp(high),
    )


def keep_range(
    keeps: Callable[[float], bool], grid: FloatArray
) -> tuple[float | None, float | None]:
    """Return the ends of the values that `keeps` holds for, None where the grid does not end it.

    The outermost kept points of the grid are taken, and the crossing beyond each is found by
    bisection: gaps inside are bridged, so the range is never too narrow.
    """
    kept = np.array([keeps(float(value)) for value in grid])
    if not kept.any():
        return None, None
    first, last = int(np.argmax(kept)), len(kept) - 1 - int(np.argmax(kept[::-1]))
    low = _crossing(keeps, grid[first], grid[first - 1]) if first else None
    high = _crossing(keeps, grid[last], grid[last + 1]) if last + 1 < len(grid) else None
    return low, high


def _crossing(keeps: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(_BISECTIONS):
        middle = float(inside + outside) / 2
        inside, outside = (middle, outside) if keeps(middle) else (inside, middle)
    return float(inside)


@numba.njit(cache=True)
def _add_up(arms: NDArray[np.bool_], weights: FloatArray, constant: FloatArray) -> FloatArray:
    sums = np.empty((5, arms.shape[0]))
    total = np.empty(5)
    for row in range(arms.shape[0]):
        total[:] = constant
        for column in range(arms.shape[1]):
            # A product costs less than a branch that chance decides.
            arm = 1.0 * arms[row, column]
            for index in range(5):
                total[index] += arm * weights[column, index]
        sums[:, row] = total
    return sums


@numba.njit(cache=True)
def _mix_p(observed: FloatArray, drawn: FloatArray, first: float, second: float) -> float:
    """Count draws with |Z*| ≥ |Z|, both sides squared: no root or quotient a draw."""
    limit = max(abs(_z(observed, first, second)) - TIE, 0.0) ** 2
    both, left, right = 2 * first * second, first * first, second * second
    extreme = 0
    for draw in range(drawn.shape[1]):
        total = first * drawn[0, draw] + second * drawn[1, draw]
        spread = left * drawn[2, draw] + right * drawn[3, draw] + both * drawn[4, draw]
        # Without any spread Z is 0, as in `_z`.
        extreme += (spread > 0) & (total * total >= limit * spread) | (spread <= 0) & (limit == 0)
    return float((1 + extreme) / (drawn.shape[1] + 1))


@numba.njit(cache=True)
def _z(sums: FloatArray, first: float, second: float) -> float:
    spread = first * first * sums[2] + second * second * sums[3] + 2 * first * second * sums[4]
    if spread <= 0:
        return 0.0
    return float((first * sums[0] + second * sums[1]) / math.sqrt(spread))
