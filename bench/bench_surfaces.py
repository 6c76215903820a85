"""Gi* on full grids and kernel density of points, beside what a user would pick.

Gi*: queen neighbours, the cell itself included; the limit is two box filters over the array. The
alternatives get their weights ready made, which takes them longer than the statistic.
Density: quartic, 300 m, cells of 150 m over 60 × 60 km; the limit is one pass of binning and one
transform. scikit-learn has no quartic kernel and sums an Epanechnikov kernel within 1 in 10,000;
KDEpy and spatstat sum the same quartic kernel, on nodes and pixels of 30 m. Answers are compared as
shares of the peak: ours with the exact sum of the kernel, with KDEpy within 1 in 1,000, and with
spatstat, which moves every point to the middle of its pixel, within 1 in 20.

Density stays within twice its limit on a quiet machine, and just above it on a busy
one. By the profile two thirds of our time are 51 million products, the bins within the bandwidth
of each of 160,000 cells; the rest is binning each point among four nodes. The limit bins each into
one and never goes back to the cells.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage

from footbeat.stats.density import Nodes, sum_kernels, sum_kernels_at_nodes
from footbeat.stats.gistar import gi_star
from harness import Measured, Row, measure, measure_peer, measure_r, same_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness import NotRunError

NAME = "Gi* and kernel density"
TIMEOUT_S = 600
LIMIT = "one binning, one transform"

GI_SIZES = (18_225, 160_000, 1_440_000)
KDE_SIZES = (10_000, 100_000, 1_000_000)
H, SPAN, CELL = 300.0, 60_000, 150

GI_DATA = """
import numpy as np

def counts(size):
    side = int(size ** 0.5)
    return np.random.default_rng(7).poisson(1, (side, side)).astype(float)

def tell(z):
    z = np.asarray(z).ravel()
    return [float(z.sum()), float(z.max()), float(z[::97].std())]
"""
ESDA = (
    GI_DATA
    + """
import warnings
import libpysal
from esda import G_Local
warnings.simplefilter("ignore")

def prepare(size):
    grid = counts(size)
    w = libpysal.weights.lat2W(*grid.shape, rook=False)
    return grid, libpysal.weights.fill_diagonal(w, 1.0)

def run(things):
    grid, w = things
    return tell(G_Local(grid.ravel(), w, transform="B", star=True, permutations=0).Zs)
"""
)
PYGEODA = (
    GI_DATA
    + """
import geopandas, pygeoda
from shapely import box

def prepare(size):
    grid = counts(size)
    i, j = np.indices(grid.shape)
    frame = geopandas.GeoDataFrame(geometry=box(j.ravel(), i.ravel(), j.ravel() + 1, i.ravel() + 1))
    return grid, pygeoda.queen_weights(pygeoda.open(frame))

def run(things):
    grid, w = things
    # Its G* is the mean around a cell over the sum of all, without a z; p is by permutation.
    found = pygeoda.local_gstar(w, grid.ravel().tolist(), permutations=1)
    return tell(found.lisa_values())
"""
)
SPDEP = """
suppressMessages(library(spdep))
prepare <- function(size, path) {
  side <- floor(sqrt(size))
  x <- readBin(path, "double", side * side)
  nb <- include.self(cell2nb(side, side, type = "queen"))
  list(x = x, w = nb2listw(nb, style = "B"))
}
run <- function(things) {
  z <- as.numeric(localG(things$x, things$w))
  c(sum(z), max(z))
}
"""

KDE_DATA = """
import numpy as np

H, SPAN, CELL = 300.0, 60_000, 150

def points(size):
    rng = np.random.default_rng(3)
    return np.clip(rng.normal(SPAN / 2, SPAN / 10, (size, 2)), 1000, SPAN - 1000)

AXIS = np.arange(CELL / 2, SPAN, CELL)

def tell(surface):
    return (np.asarray(surface).ravel()[::37] / np.max(surface)).tolist()
"""
SKLEARN = (
    KDE_DATA
    + """
from sklearn.neighbors import KernelDensity

def prepare(size):
    x, y = np.meshgrid(AXIS, AXIS)
    return points(size), np.column_stack([x.ravel(), y.ravel()])

def run(things):
    kde = KernelDensity(kernel="epanechnikov", bandwidth=H, rtol=1e-4).fit(things[0])
    return tell(np.exp(kde.score_samples(things[1])))
"""
)
KDEPY = (
    KDE_DATA
    + """
from KDEpy import FFTKDE

# Nodes of 30 m, as fine as Footbeat's; the last two lie outside all points, as it asks.
FINE = np.arange(CELL / 2 - 300, SPAN + 300, 30.0)

def prepare(size):
    x, y = np.meshgrid(FINE, FINE, indexing="ij")
    return points(size), np.column_stack([x.ravel(), y.ravel()])

def run(things):
    # A quartic kernel, its biweight, is scaled by its deviation on a line.
    surface = FFTKDE(kernel="biweight", bw=H / 7**0.5, norm=2).fit(things[0]).evaluate(things[1])
    surface = surface.reshape(len(FINE), len(FINE))[10:-10:5, 10:-10:5]
    return tell(surface.T)
"""
)
SPATSTAT = """
suppressMessages(library(spatstat.explore))
prepare <- function(size, path) {
  xy <- matrix(readBin(path, "double", 2 * size), ncol = 2)
  ppp(xy[, 1], xy[, 2], window = owin(c(0, 60000), c(0, 60000)), check = FALSE)
}
run <- function(things) {
  # A quartic kernel is scaled by its deviation in each direction; pixels are of 30 m.
  found <- density(things, sigma = 300 / sqrt(8), kernel = "quartic", dimyx = 2000, edge = FALSE)
  cells <- found$v[seq(3, 2000, 5), seq(3, 2000, 5)]
  (as.vector(t(cells)) / max(cells))[seq(1, length(cells), 37)]
}
"""


def rows() -> Iterator[Row]:
    """Yield Gi* and then density, one row an alternative and size."""
    yield from _gi_rows()
    yield from _kde_rows()


def _gi_rows() -> Iterator[Row]:
    steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    work = "Gi*, queen neighbours, full grid (cells)"
    for size in GI_SIZES:
        side = int(size**0.5)
        counts = np.random.default_rng(7).poisson(1, (side, side)).astype(float)
        ours = measure(partial(gi_star, counts, steps))
        answer = _tell_gi(ours.answer.z)
        least = measure(partial(_two_boxes, counts))
        for peer, script in (("esda G_Local", ESDA), ("pygeoda local_gstar", PYGEODA)):
            if size > GI_SIZES[1] and peer.startswith("pygeoda"):
                continue
            theirs = measure_peer(script, size, timeout_s=TIMEOUT_S)
            if peer.startswith("esda"):
                agree = _agree(theirs, answer, 1e-9)
            else:
                shares = _tell_gi(_shares_of_sum(ours.answer.z, counts))
                agree = _agree(theirs, shares, 1e-9, 1e-12)
            yield Row(work, size, ours, peer, theirs, "two box filters", least, agree)
        if size <= GI_SIZES[1]:
            theirs = measure_r(SPDEP, size, _written(counts.ravel()), timeout_s=TIMEOUT_S)
            agree = _agree(theirs, answer[:2], 1e-6)
            yield Row(work, size, ours, "R spdep localG", theirs, "two box filters", least, agree)


def _tell_gi(z: NDArray[np.float64]) -> list[float]:
    return [float(z.sum()), float(z.max()), float(z.ravel()[::97].std())]


def _shares_of_sum(z: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean count around each cell over the sum of all, from its score."""
    n, around = counts.size, np.ones((3, 3))
    weight = ndimage.convolve(np.ones_like(counts), around, mode="constant")
    spread = counts.std() * np.sqrt((n * weight - weight**2) / (n - 1))
    shares: NDArray[np.float64] = (z * spread + counts.mean() * weight) / (weight * counts.sum())
    return shares


def _two_boxes(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = ndimage.uniform_filter(counts, 3, mode="constant")
    return sums - ndimage.uniform_filter(np.ones_like(counts), 3, mode="constant")


def _kde_rows() -> Iterator[Row]:
    work = "Kernel density, 160,000 cells of 150 m (points)"
    for size in KDE_SIZES:
        rng = np.random.default_rng(3)
        points = np.clip(rng.normal(SPAN / 2, SPAN / 10, (size, 2)), 1000, SPAN - 1000)
        ours = measure(partial(_density, points))
        least = measure(partial(_bin_and_transform, points))
        note = f"Error at {size:,} points: {_error(points, ours.answer):.2%} of the peak."
        peers = [("scikit-learn KernelDensity, rtol 1e-4", _scaled(size))]
        if size == KDE_SIZES[-1]:
            path = _written(points.ravel(order="F"))
            peers += [("KDEpy FFTKDE, nodes of 30 m", measure_peer(KDEPY, size, repeats=1))]
            peers += [("R spatstat density, pixels of 30 m", measure_r(SPATSTAT, size, path, 1))]
        shares = (ours.answer / ours.answer.max()).ravel()[::37].tolist()
        for peer, found in peers:
            within = 0.001 if peer.startswith("KDEpy") else 0.05
            agree = None if peer.startswith("scikit") else _agree(found, shares, 0, within)
            yield Row(
                work, size, ours, peer, found, "one binning, one transform", least, agree, note
            )


def _scaled(size: int) -> Measured | NotRunError:
    """Return scikit-learn's time on every sixteenth cell, sixteen times."""
    thin = SKLEARN.replace("return points(size), np", "return points(size), thin(np").replace(
        "y.ravel()])\n\ndef run",
        "y.ravel()]))\n\ndef thin(cells):\n    return cells[::16]\n\ndef run",
    )
    found = measure_peer(thin, size, timeout_s=TIMEOUT_S)
    if not isinstance(found, Measured):
        return found
    return Measured(tuple(16 * s for s in found.seconds), found.answer, found.peak_mb)


def _density(points: NDArray[np.float64]) -> NDArray[np.float64]:
    step, margin = H / 10, 10
    n = int(SPAN / step) + 2 * margin + 1
    low = CELL / 2 - margin * step
    nodes = Nodes(low, low, step, step, (n, n))
    every = margin + np.arange(int(SPAN / CELL)) * int(CELL / step)
    row, column = (each.ravel() for each in np.meshgrid(every, every, indexing="ij"))
    sums = sum_kernels_at_nodes(points, np.ones(len(points)), nodes, (row, column), H)
    return sums.reshape(every.size, every.size)


def _bin_and_transform(points: NDArray[np.float64]) -> NDArray[np.float64]:
    n = int(SPAN / (H / 10))
    index = (points / (H / 10)).astype(np.int64)
    binned = np.bincount(index[:, 1] * n + index[:, 0], minlength=n * n).reshape(n, n)
    return fft.rfft2(binned.astype(float), workers=-1)


def _error(points: NDArray[np.float64], surface: NDArray[np.float64]) -> float:
    rows, columns = np.unravel_index(np.argsort(-surface.ravel())[:4000:40], surface.shape)
    targets = np.column_stack([columns, rows]).astype(np.float64) * CELL + CELL / 2
    exact = sum_kernels(points, np.ones(len(points)), targets, H)
    return float(np.abs(surface[rows, columns] - exact).max() / exact.max())


def _agree(
    theirs: Measured | NotRunError,
    answer: list[float],
    relative: float,
    absolute: float = 1e-6,
) -> bool | None:
    if not isinstance(theirs, Measured):
        return None
    return same_answer(answer, theirs.answer, relative=relative, absolute=absolute)


def _written(values: NDArray[np.float64]) -> Path:
    path = Path(tempfile.gettempdir()) / "footbeat-bench-numbers.bin"
    values.astype("<f8").tofile(path)
    return path
