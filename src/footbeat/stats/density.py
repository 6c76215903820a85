"""Kernel density of points: how much happens around each place, nearer counting more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import fft

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Kernel = Literal["quartic", "gaussian"]

BINS_A_BANDWIDTH = 10
LARGEST_RASTER = 60_000_000

# Further out a Gaussian is 0 in floating point: cut here it is whole.
WHOLE_REACH = 39.0

# Otherwise it is cut where it has fallen to 1.5e-8 of its height.
_REACH = {"quartic": 1.0, "gaussian": 6.0}
_SQUARE_KM = 1e6
# A transform there and back takes as long as about so many products a node.
_TRANSFORM_SUMS = 60


@dataclass(frozen=True, slots=True)
class Nodes:
    """A rectangle of nodes a fixed step apart.

    Attributes
    ----------
    x, y
        The node (0, 0).
    step_x, step_y
        Metres between nodes.
    shape
        Rows (y) and columns (x).
    """

    x: float
    y: float
    step_x: float
    step_y: float
    shape: tuple[int, int]


def to_density(sums: FloatArray, bandwidth_m: float, kernel: Kernel = "quartic") -> FloatArray:
    """Return kernel sums as a density per square kilometre.

    Over the plane a density integrates to the weight of the points.
    """
    volume = np.pi * bandwidth_m**2 / 3 if kernel == "quartic" else 2 * np.pi * bandwidth_m**2
    return sums * (_SQUARE_KM / volume)


def sum_kernels(
    points: FloatArray,
    weights: FloatArray,
    targets: FloatArray,
    bandwidth_m: float,
    *,
    kernel: Kernel = "quartic",
    gaussian_reach: float = _REACH["gaussian"],
) -> FloatArray:
    """Sum the kernel of every point at every target, exactly.

    Quartic: Σ w (1 − u²)² for u = d/h ≤ 1. Gaussian: Σ w exp(−u²/2), cut at `gaussian_reach`.

    Parameters
    ----------
    points, weights
        Where things happened, in metres, shape (m, 2), and what each counts for, shape (m,).
    targets
        Where to evaluate, shape (t, 2).
    bandwidth_m
        The distance h in metres, more than 0.
    gaussian_reach
        Bandwidths at which a Gaussian is cut, six unless said; `WHOLE_REACH` for never.

    Examples
    --------
    >>> point, target = np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])
    >>> sum_kernels(point, np.ones(1), target, 100.0).tolist()
    [1.0, 0.5625, 0.0]
    """
    if len(points) == 0 or len(targets) == 0:
        return np.zeros(len(targets))
    reach = bandwidth_m * (_REACH[kernel] if kernel == "quartic" else gaussian_reach)
    low = np.minimum(points.min(axis=0), targets.min(axis=0))
    high = np.maximum(points.max(axis=0), targets.max(axis=0))
    # Boxes as wide as the kernel reaches, or wider where the ground is vast and mostly empty.
    size = max(reach, float(np.sqrt(np.prod(high - low + reach) / 4_000_000)))
    columns = int((high[0] - low[0]) // size) + 1
    rows = int((high[1] - low[1]) // size) + 1
    box = ((points[:, 1] - low[1]) // size).astype(np.int64) * columns + (
        (points[:, 0] - low[0]) // size
    ).astype(np.int64)
    order = np.argsort(box, kind="stable")
    starts = np.searchsorted(box[order], np.arange(rows * columns + 1))
    return _sum_near(
        np.ascontiguousarray(points[order], dtype=np.float64),
        np.ascontiguousarray(weights[order], dtype=np.float64),
        np.ascontiguousarray(targets, dtype=np.float64),
        starts,
        np.array([low[0], low[1], size, bandwidth_m, reach]),
        columns,
        kernel == "quartic",
    )


def sum_kernels_on_nodes(
    points: FloatArray,
    weights: FloatArray,
    nodes: Nodes,
    bandwidth_m: float,
    *,
    kernel: Kernel = "quartic",
) -> FloatArray:
    """Sum the kernel of every point at every node, by binning onto nodes and one transform.

    Each point is shared among its four nearest nodes, so the error is that of one bin's width
    squared: with steps of a tenth of the bandwidth it stays below 1 % of the peak. Binning
    onto cells as wide as half a bandwidth errs by 5 to 11 %.

    Parameters
    ----------
    points, weights, bandwidth_m, kernel
        As :func:`sum_kernels`; points outside the rectangle are left out.
    nodes
        Where to evaluate.

    Returns
    -------
    FloatArray
        Shape `nodes.shape`.
    """
    binned = _bin(points, weights, nodes)
    weights_of_steps = _kernel_of_steps(nodes, bandwidth_m, kernel)
    reach_y, reach_x = (size // 2 for size in weights_of_steps.shape)
    shape = [
        fft.next_fast_len(nodes.shape[0] + reach_y, real=True),
        fft.next_fast_len(nodes.shape[1] + reach_x, real=True),
    ]
    kernel_wave = fft.rfft2(_wrap(weights_of_steps, shape), workers=-1)
    wave = fft.rfft2(binned, s=shape, workers=-1)
    wave *= kernel_wave
    sums = fft.irfft2(wave, s=shape, workers=-1, overwrite_x=True)
    return np.maximum(sums[: nodes.shape[0], : nodes.shape[1]], 0.0)


def sum_kernels_at_nodes(
    points: FloatArray,
    weights: FloatArray,
    nodes: Nodes,
    at: tuple[IntArray, IntArray],
    bandwidth_m: float,
    *,
    kernel: Kernel = "quartic",
) -> FloatArray:
    """Sum the kernel at some nodes: as :func:`sum_kernels_on_nodes` there, and no more work.

    Parameters
    ----------
    points, weights, nodes, bandwidth_m, kernel
        As :func:`sum_kernels_on_nodes`.
    at
        Row and column of the nodes wanted, shape (t,) each.

    Returns
    -------
    FloatArray
        Shape (t,).
    """
    near = _kernel_of_steps(nodes, bandwidth_m, kernel)
    if at[0].size * near.size > _TRANSFORM_SUMS * nodes.shape[0] * nodes.shape[1]:
        return sum_kernels_on_nodes(points, weights, nodes, bandwidth_m, kernel=kernel)[at]
    return _sum_windows(_bin(points, weights, nodes), near, *at)


def choose_bandwidth(
    points: FloatArray,
    weights: FloatArray,
    candidates_m: Sequence[float],
    *,
    kernel: Kernel = "quartic",
) -> float:
    """Choose the bandwidth under which the points best foretell each other.

    Each point is left out in turn with every other at the same spot, as records moved to one
    anchor would foretell each other at any bandwidth; a floor of one part in a thousand of the
    mean density keeps a lonely point from deciding alone.

    Parameters
    ----------
    points, weights
        As :func:`sum_kernels`.
    candidates_m
        Bandwidths to choose among; of equals the first, and the last where there is no point.

    References
    ----------
    Silverman, B. W. (1986). Density Estimation, section 3.4.4.
    """
    if len(points) == 0:
        return float(candidates_m[-1])
    spots, index = np.unique(points, axis=0, return_inverse=True)
    at_spot = np.bincount(index.ravel(), weights, len(spots)).astype(np.float64)
    area = max(float(np.prod(np.ptp(points, axis=0))), 1.0)
    floor = weights.sum() / area / 1000
    scores = []
    for bandwidth in candidates_m:
        others = sum_kernels(spots, at_spot, spots, bandwidth, kernel=kernel) - at_spot
        density = to_density(np.maximum(others, 0.0), bandwidth, kernel) / _SQUARE_KM
        scores.append(at_spot @ np.log(density + floor))
    return float(candidates_m[int(np.argmax(scores))])


def _bin(points: FloatArray, weights: FloatArray, nodes: Nodes) -> FloatArray:
    return _bin_points(
        np.ascontiguousarray(points[:, 0]),
        np.ascontiguousarray(points[:, 1]),
        np.ascontiguousarray(weights, dtype=np.float64),
        np.array([nodes.x, nodes.y, nodes.step_x, nodes.step_y]),
        nodes.shape[0],
        nodes.shape[1],
    )


def _kernel_of_steps(nodes: Nodes, bandwidth_m: float, kernel: Kernel) -> FloatArray:
    reach = bandwidth_m * _REACH[kernel]
    x = nodes.step_x * _whole_steps(reach, nodes.step_x)
    y = nodes.step_y * _whole_steps(reach, nodes.step_y)
    u2 = (x[None, :] ** 2 + y[:, None] ** 2) / bandwidth_m**2
    if kernel == "quartic":
        return np.where(u2 <= 1, (1 - u2) ** 2, 0.0)
    return np.exp(-u2 / 2)


def _whole_steps(reach: float, step: float) -> FloatArray:
    n_steps = int(np.ceil(reach / step))
    return np.arange(-n_steps, n_steps + 1, dtype=np.float64)


def _wrap(weights: FloatArray, shape: Sequence[int]) -> FloatArray:
    wrapped = np.zeros(shape)
    rows, columns = weights.shape
    wrapped[:rows, :columns] = weights
    return np.roll(wrapped, (-(rows // 2), -(columns // 2)), axis=(0, 1))


@numba.njit(cache=True)
def _bin_points(  # noqa: PLR0917 - numba takes no keywords
    x: FloatArray, y: FloatArray, weights: FloatArray, frame: FloatArray, rows: int, columns: int
) -> FloatArray:
    binned = np.zeros((rows, columns))
    for i in range(x.size):
        across = (x[i] - frame[0]) / frame[2]
        up = (y[i] - frame[1]) / frame[3]
        column, row = int(np.floor(across)), int(np.floor(up))
        if column < 0 or row < 0 or column + 1 >= columns or row + 1 >= rows:
            continue
        right, above = across - column, up - row
        binned[row, column] += weights[i] * (1 - right) * (1 - above)
        binned[row, column + 1] += weights[i] * right * (1 - above)
        binned[row + 1, column] += weights[i] * (1 - right) * above
        binned[row + 1, column + 1] += weights[i] * right * above
    return binned


@numba.njit(cache=True, parallel=True)
def _sum_windows(
    binned: FloatArray, near: FloatArray, rows: IntArray, columns: IntArray
) -> FloatArray:
    sums = np.zeros(rows.size)
    reach_y, reach_x = near.shape[0] // 2, near.shape[1] // 2
    # A disk is narrower above and below its middle.
    widths = (near > 0).sum(axis=1) // 2
    for i in numba.prange(rows.size):
        shift = reach_x - columns[i]
        for row in range(max(rows[i] - reach_y, 0), min(rows[i] + reach_y + 1, binned.shape[0])):
            step = row - rows[i] + reach_y
            total = 0.0
            first = max(columns[i] - widths[step], 0)
            for column in range(first, min(columns[i] + widths[step] + 1, binned.shape[1])):
                total += binned[row, column] * near[step, column + shift]
            sums[i] += total
    return sums


@numba.njit(cache=True, parallel=True)
def _sum_near(  # noqa: PLR0917 - numba takes no keywords
    points: FloatArray,
    weights: FloatArray,
    targets: FloatArray,
    starts: IntArray,
    frame: FloatArray,
    columns: int,
    is_quartic: bool,  # noqa: FBT001 - numba takes no keywords
) -> FloatArray:
    sums = np.zeros(targets.shape[0])
    rows = (starts.size - 1) // columns
    size, bandwidth, reach = frame[2], frame[3], frame[4]
    for i in numba.prange(targets.shape[0]):
        x, y = targets[i, 0], targets[i, 1]
        column, row = int((x - frame[0]) // size), int((y - frame[1]) // size)
        total = 0.0
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            first = starts[r * columns + max(column - 1, 0)]
            last = starts[r * columns + min(column + 1, columns - 1) + 1]
            for k in range(first, last):
                u2 = ((points[k, 0] - x) ** 2 + (points[k, 1] - y) ** 2) / bandwidth**2
                if u2 * bandwidth**2 <= reach**2:
                    total += weights[k] * ((1 - u2) ** 2 if is_quartic else np.exp(-u2 / 2))
        sums[i] = total
    return sums
