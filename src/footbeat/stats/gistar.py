"""Gi*: whether the incidents around a place exceed those of the average place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Below this, waking the other threads takes longer than the sums.
_FEWEST_SHARED = 1_000_000


@dataclass(frozen=True, slots=True)
class GiScores:
    """Gi* of each place.

    Attributes
    ----------
    z
        Standard scores: of a surface without structure they are about normal.
    p
        Two-sided normal probabilities. Counts are skewed and neighbours share incidents, so
        they overstate: read them adjusted, or by permutation.
    """

    z: FloatArray
    p: FloatArray


def gi_star(counts: FloatArray, offsets: IntArray) -> GiScores:
    """Score how far the incidents around each cell exceed the average cell.

    Parameters
    ----------
    counts
        Incidents in each cell, shape (rows, columns); cells outside the area are NaN.
    offsets
        Row and column steps to a cell's neighbours, itself included, shape (k, 2).

    Returns
    -------
    GiScores
        Same shape, NaN outside. A constant surface scores 0 everywhere, as does a cell all
        others neighbour.

    Raises
    ------
    UsageError
        When `offsets` does not hold (0, 0): that is Gi, not Gi*.

    References
    ----------
    Ord, J. K. and Getis, A. (1995). Geographical Analysis 27(4), 286–306, eq. 6.

    Examples
    --------
    >>> line = np.array([[0.0, 0, 0, 1, 1, 1, 0, 1, 0, 0]])
    >>> gi_star(line, np.array([[0, -1], [0, 0], [0, 1]])).z.round(3)[0, :5].tolist()
    [-1.225, -1.604, -0.267, 1.069, 2.405]
    """
    if not (offsets == 0).all(axis=1).any():
        raise UsageError(
            "The neighbours of Gi* must include the cell itself.",
            found="The step (0, 0) is not among the offsets.",
            do="Add it.",
        )
    counts = np.asarray(counts, dtype=np.float64)
    inside = np.isfinite(counts)
    # A grid without holes is used as it is: at a million cells every copy is felt.
    is_whole = bool(inside.all())
    filled = counts if is_whole else np.where(inside, counts, 0.0)
    runs = _runs_of(offsets)
    total = _sum_runs(filled, runs)
    weight = _sum_runs(inside, runs)
    z = _standardise(total, weight, counts if is_whole else filled[inside])
    return _scores(z if is_whole else np.where(inside, z, np.nan))


def gi_star_of_neighbours(counts: FloatArray, neighbours: csr_array) -> GiScores:
    """Score places that lie on no full grid.

    Parameters
    ----------
    counts
        Incidents in each place, shape (n,).
    neighbours
        1 where a place neighbours another, itself included, shape (n, n).

    Raises
    ------
    UsageError
        When a place does not neighbour itself: that is Gi, not Gi*.
    """
    if not (neighbours.diagonal() == 1).all():
        raise UsageError(
            "The neighbours of Gi* must include the place itself.",
            found="The diagonal of the weights is not 1 throughout.",
            do="Set it to 1.",
        )
    weight = np.asarray(neighbours.sum(axis=1), dtype=np.float64)
    return _scores(_standardise(neighbours @ counts, weight, counts))


def permute_gi_star(
    counts: FloatArray, neighbours: csr_array, *, n_draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return how often chance puts as much around each place, its own count held.

    The other places are dealt anew without replacement: conditional permutation.

    Parameters
    ----------
    counts, neighbours
        As :func:`gi_star_of_neighbours`.
    n_draws
        Permutations R; the smallest probability is 1/(R + 1).
    rng
        Source of chance.

    Returns
    -------
    FloatArray
        (1 + draws with a sum at least as high) / (1 + R), shape (n,): one-sided, for heat.
    """
    sizes = np.diff(neighbours.indptr) - 1
    others = neighbours @ counts - counts
    high, _ = count_permuted(counts, sizes, others, n_draws=n_draws, rng=rng)
    return np.asarray((1 + high) / (1 + n_draws), dtype=np.float64)


def count_permuted(
    counts: FloatArray,
    sizes: IntArray,
    others: FloatArray,
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Deal the other places anew around each place and compare the sums around it.

    Parameters
    ----------
    counts
        Incidents in each place, shape (n,).
    sizes, others
        Neighbours of each place without itself, and what they hold together, shape (n,).
    n_draws, rng
        Permutations, and their source of chance.

    Returns
    -------
    high, low
        Draws that put at least as much around the place, and at most as much: a draw that puts
        the same is in both.
    """
    seeds = rng.integers(2**63 - 1, size=counts.size)
    high, low = _count_permuted(counts, sizes.astype(np.int64), others, seeds, n_draws)
    return high, low


def _standardise(total: FloatArray, weight: FloatArray, values: FloatArray) -> FloatArray:
    n_cells = values.size
    mean = values.mean() if n_cells else 0.0
    deviation = values.std() if n_cells else 0.0
    # A spread this small is rounding, not structure.
    least = 1e-12 * max(1.0, float(np.abs(values).max(initial=0.0)))
    z = _standard_scores(total.ravel(), weight.ravel(), n_cells, (mean, deviation, least))
    return np.asarray(z.reshape(total.shape), dtype=np.float64)


@numba.njit(cache=True, error_model="numpy")
def _standard_scores(
    total: FloatArray, weight: FloatArray, n_cells: int, moments: tuple[float, float, float]
) -> FloatArray:
    mean, deviation, least = moments
    others = deviation**2 / max(n_cells - 1, 1)
    z = np.empty(total.size)
    for i in range(total.size):
        spread = np.sqrt(max(n_cells * weight[i] - weight[i] * weight[i], 0.0) * others)
        # Divided first and chosen after, so that several are worked out at a time.
        score = (total[i] - mean * weight[i]) / max(spread, least)
        z[i] = score if spread > least else 0.0
    return z


def _scores(z: FloatArray) -> GiScores:
    p = np.abs(z)
    p /= np.sqrt(2)
    return GiScores(z, np.asarray(erfc(p, out=p), dtype=np.float64))


def _runs_of(offsets: IntArray) -> IntArray:
    """Return the offsets as runs (row step, first, last column step), shape (runs, 3)."""
    order = np.lexsort((offsets[:, 1], offsets[:, 0]))
    rows, columns = offsets[order, 0], offsets[order, 1]
    breaks = (np.diff(rows) != 0) | (np.diff(columns) != 1)
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    last = np.concatenate([np.flatnonzero(breaks), [rows.size - 1]])
    return np.stack([rows[first], columns[first], columns[last]], axis=1).astype(np.int64)


def _sum_runs(values: FloatArray | BoolArray, runs: IntArray) -> FloatArray:
    # Sums along a row come from one running total, so a wide disk costs no more a row than a
    # narrow one. Beyond both ends of a row it goes on unchanged, so that no run needs cutting.
    margin = int(np.abs(runs[:, 1:]).max()) + 1
    running = np.zeros((values.shape[0], values.shape[1] + 2 * margin))
    _run_on(values, margin, running)
    total = np.zeros(values.shape)
    add = _add_runs if values.size < _FEWEST_SHARED else _add_runs_shared
    add(running, runs, margin, total)
    return total


@numba.njit(cache=True)
def _run_on(values: FloatArray | BoolArray, margin: int, running: FloatArray) -> None:
    for i in range(values.shape[0]):
        total = 0.0
        for j in range(values.shape[1]):
            total += values[i, j]
            running[i, margin + j] = total
        running[i, margin + values.shape[1] :] = total


@numba.njit(cache=True)
def _add_runs(running: FloatArray, runs: IntArray, margin: int, total: FloatArray) -> None:
    for i in range(total.shape[0]):
        _add_runs_of_row(running, runs, margin, i, total)


@numba.njit(cache=True, parallel=True)
def _add_runs_shared(running: FloatArray, runs: IntArray, margin: int, total: FloatArray) -> None:
    for i in numba.prange(total.shape[0]):
        _add_runs_of_row(running, runs, margin, i, total)


@numba.njit(cache=True)
def _add_runs_of_row(
    running: FloatArray, runs: IntArray, margin: int, i: int, total: FloatArray
) -> None:
    for k in range(runs.shape[0]):
        row = i + runs[k, 0]
        if 0 <= row < total.shape[0]:
            # Slices are added several at a time; indices that might be negative are not.
            sums = total[i]
            ends = running[row, margin + runs[k, 2] :]
            begins = running[row, margin + runs[k, 1] - 1 :]
            for j in range(sums.size):
                sums[j] += ends[j] - begins[j]


@numba.njit(cache=True)
def _next_word(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the next state and word of SplitMix64, one stream a place (Steele et al. 2014)."""
    state += np.uint64(0x9E3779B97F4A7C15)
    word = state
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, word ^ (word >> np.uint64(31))


@numba.njit(cache=True, parallel=True)
def _count_permuted(
    counts: FloatArray, sizes: IntArray, others: FloatArray, seeds: IntArray, n_draws: int
) -> tuple[IntArray, IntArray]:
    n_places = counts.size
    high, low = np.zeros(n_places, np.int64), np.zeros(n_places, np.int64)
    for i in numba.prange(n_places):
        state = np.uint64(seeds[i])
        pool = np.empty(n_places - 1, np.int64)
        for j in range(n_places - 1):
            pool[j] = j if j < i else j + 1
        for _ in range(n_draws):
            total = 0.0
            # The first k of a shuffle; the pool may stay shuffled from draw to draw.
            for k in range(sizes[i]):
                state, word = _next_word(state)
                # Of at most a few million places a remainder favours none by 1 in 10^12.
                swap = k + np.int64(word % np.uint64(n_places - 1 - k))
                pool[k], pool[swap] = pool[swap], pool[k]
                total += counts[pool[k]]
            if total >= others[i] - 1e-9:
                high[i] += 1
            if total <= others[i] + 1e-9:
                low[i] += 1
    return high, low
