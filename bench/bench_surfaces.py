"""Gi* on a full grid, a quartic density and Knox tables, beside what a user would pick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import Row, measure_ours_apart, measure_peer, same_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Gi*, density and Knox"
TIMEOUT_S = 900

GI_DATA = """
import numpy as np

def prepare(size):
    side = int(size ** 0.5)
    return np.random.default_rng(7).poisson(1, (side, side)).astype(float)

def tell(z):
    z = np.asarray(z).ravel()
    return [float(z.sum()), float(z.max()), float(z[::97].std())]
"""
GI_OURS = (
    GI_DATA
    + """
from footbeat.stats.gistar import gi_star

STEPS = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])

def run(counts):
    return tell(gi_star(counts, STEPS).z)
"""
)
GI_PEER = (
    GI_DATA
    + """
import libpysal
from esda import G_Local

def run(counts):
    w = libpysal.weights.lat2W(*counts.shape, rook=False)
    w = libpysal.weights.fill_diagonal(w, 1.0)
    return tell(G_Local(counts.ravel(), w, transform="B", star=True, permutations=0).Zs)
"""
)

KDE_DATA = """
import numpy as np

H, SPAN, CELL = 300.0, 60_000, 150

def prepare(size):
    rng = np.random.default_rng(3)
    points = np.clip(rng.normal(SPAN / 2, SPAN / 10, (size, 2)), 1000, SPAN - 1000)
    axis = np.arange(CELL / 2, SPAN, CELL)
    return points, axis

def tell(surface):
    # Every 37th cell, as a share of the peak: the two may differ by 1 % of it.
    return (np.asarray(surface).ravel()[::37] / np.max(surface)).tolist()
"""
KDE_OURS = (
    KDE_DATA
    + """
from footbeat.stats.density import Nodes, sum_kernels_on_nodes

def run(things):
    points, axis = things
    step = H / 10
    n = int(SPAN / step) + 21
    nodes = Nodes(axis[0] - 10 * step, axis[0] - 10 * step, step, step, (n, n))
    surface = sum_kernels_on_nodes(points, np.ones(len(points)), nodes, H)
    every = 10 + np.arange(axis.size) * int(CELL / step)
    return tell(surface[np.ix_(every, every)])
"""
)
KDE_PEER = (
    KDE_DATA
    + """
from sklearn.neighbors import BallTree

def run(things):
    points, axis = things
    # KernelDensity has no quartic kernel: the tree gives the neighbours and they are summed.
    x, y = np.meshgrid(axis, axis)
    cells = np.column_stack([x.ravel(), y.ravel()])
    tree = BallTree(points)
    sums = np.empty(len(cells))
    for start in range(0, len(cells), 4000):
        part = cells[start:start + 4000]
        _, apart = tree.query_radius(part, H, return_distance=True)
        sums[start:start + 4000] = [((1 - (d / H) ** 2) ** 2).sum() for d in apart]
    return tell(sums)
"""
)

KNOX_DATA = """
import numpy as np

def prepare(size):
    rng = np.random.default_rng(1)
    return rng.uniform(0, 200 * size ** 0.5, (size, 2)), rng.integers(0, 365, size)
"""
KNOX_OURS = (
    KNOX_DATA
    + """
from footbeat.stats.knox import knox_table

def run(things):
    points, days = things
    table = knox_table(points, days, bands_m=[400], bands_days=[7], n_permutations=99,
                       rng=np.random.default_rng(1))
    return int(table.observed[0, 0])
"""
)
KNOX_PEER = (
    KNOX_DATA
    + """
from pointpats import knox

def run(things):
    points, days = things
    # It shuffles the days it is given.
    found = knox(points, days.reshape(-1, 1).copy(), delta=400, tau=7, permutations=99)
    return int(found["stat"])
"""
)

QUESTIONS = (
    ("Gi*, queen neighbours, full grid", GI_OURS, GI_PEER, "esda G_Local"),
    ("Quartic density, 160,000 cells of 150 m", KDE_OURS, KDE_PEER, "scikit-learn BallTree"),
    ("Knox, one band, 99 permutations", KNOX_OURS, KNOX_PEER, "pointpats knox"),
)
SIZES = ((2_500, 18_225, 90_000), (10_000, 100_000, 1_000_000), (500, 1_000, 2_000))
# Of the values themselves, of the peak of the density, and of a count.
TOLERANCES = (1e-9, 1e-2, 0.0)


def rows() -> Iterator[Row]:
    """Yield one row a question and size."""
    for question, sizes, tolerance in zip(QUESTIONS, SIZES, TOLERANCES, strict=True):
        work, ours_text, peer_text, peer = question
        for size in sizes:
            ours = measure_ours_apart(ours_text, size, timeout_s=TIMEOUT_S)
            theirs = measure_peer(peer_text, size, timeout_s=TIMEOUT_S)
            answer = getattr(theirs, "answer", None)
            agree = None if answer is None else same_answer(ours.answer, answer, absolute=tolerance)
            yield Row(work=work, size=size, ours=ours, peer=peer, theirs=theirs, agree=agree)
