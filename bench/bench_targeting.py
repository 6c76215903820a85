"""Points to cells, Knox tables, DBSCAN and self-exciting processes.

Peers that would take hours do less of the same work, and their time is scaled: each note says by
how much.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.knox import knox_table
from footbeat.stats.selfexciting import (
    background_density,
    fit_self_exciting,
    simulate_self_exciting,
)
from harness import (
    MADE_ONCE,
    Measured,
    Row,
    measure,
    measure_given,
    measure_ours_apart,
    measure_peer,
    same_answer,
    sizes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import NotRunError

NAME = "Targeting: cells, near repeats, clusters, processes"
FEW_EVENTS = 3_500
LEAST = (
    "DuckDB adds x and y up where it reads them and hands neither out; to hand both out, which "
    "cells need, takes it about half as long again."
)
EM_NOTE = (
    "Plain numpy holds every pair of events. Above 2,500 it took two steps, its time is that of "
    "as many as ours took, and the likelihoods compared are those after two. Events lie ever "
    "denser on the same ground, so their pairs, and both times, grow with the square."
)

POINTS = (
    MADE_ONCE
    + """
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

def points(size):
    def write(draft):
        rng = np.random.default_rng(size)
        schema = pa.schema([("x", pa.float64()), ("y", pa.float64())])
        with pq.ParquetWriter(draft, schema) as writer:
            for start in range(0, size, 1_000_000):
                n = min(1_000_000, size - start)
                middle = rng.uniform(0, 60_000, (200, 2))[rng.integers(0, 200, n)]
                x, y = (middle + rng.normal(0, 1_500, (n, 2)) + [500_000, 180_000]).round(2).T
                writer.write_table(pa.table({"x": x, "y": y}, schema=schema))
    return made_once(f"points-{size}.parquet", write)

def prepare(size):
    return points(size)

def tell(n, q):
    return [int(n.sum()), int(n.max()), int(n.size), int((n * q).sum())]
"""
)
CELLS = (
    POINTS
    + """
from footbeat.engine.duckdb import DuckDbEngine
from footbeat.grid import Grid
from footbeat.targeting.tally import count_points

def run(path):
    q, r, n = count_points(path, Grid("hex", 250.0), engine=DuckDbEngine())
    return tell(n, q)
"""
)
H3 = (
    POINTS
    + """
import h3, pandas as pd
from pyproj import Transformer

def run(path):
    frame = pd.read_parquet(path)
    degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    lon, lat = degrees.transform(frame["x"].to_numpy(), frame["y"].to_numpy())
    # Resolution 9: hexagons of about 10 ha, the nearest to ours of 5.4 ha.
    cell = [h3.latlng_to_cell(a, b, 9) for a, b in zip(lat, lon)]
    return int(pd.Series(cell).value_counts().sum())
"""
)
SAME_HEXAGONS = (
    POINTS
    + """
import pandas as pd

def run(path):
    frame = pd.read_parquet(path)
    row = frame["y"].to_numpy() / (250 * 3**0.5 / 2)
    # A point on an edge belongs to the hexagon in the west.
    column = (frame["x"].to_numpy() - 1e-6) / 250 - row / 2
    q, r, s = np.rint(column), np.rint(row), np.rint(-column - row)
    # Rounded one by one, three that must sum to nothing do not: the one most rounded gives way.
    off = abs(q - column), abs(r - row), abs(s + column + row)
    is_q = (off[0] > off[1]) & (off[0] > off[2])
    is_r = ~is_q & (off[1] > off[2])
    cells = {"q": np.where(is_q, -r - s, q).astype(int), "r": np.where(is_r, -q - s, r).astype(int)}
    counts = pd.DataFrame(cells).groupby(["q", "r"]).size()
    return tell(counts.to_numpy(), counts.index.get_level_values("q").to_numpy())
"""
)
READ = (
    POINTS  # noqa: S608 - a script of our own, no query is made of values
    + """
import duckdb

def run(path):
    rows = duckdb.connect().sql("SELECT x, y FROM read_parquet($p)", params={"p": str(path)})
    return sum(len(batch) for batch in rows.to_arrow_reader(1 << 19))
"""
)
ADD_UP = (
    POINTS  # noqa: S608 - as above
    + """
import duckdb

def run(path):
    query = "SELECT sum(x), sum(y) FROM read_parquet(?)"
    return list(duckdb.connect().execute(query, [str(path)]).fetchone())
"""
)

KNOX = """
import numpy as np
from pointpats import knox

def prepare(size):
    rng = np.random.default_rng(1)
    return rng.uniform(0, 200 * size ** 0.5, (size, 2)), rng.integers(0, 365, size)

def run(things):
    points, days = things
    np.random.seed(1)
    # It shuffles the days it is given.
    found = knox(points, days.reshape(-1, 1).copy(), delta=400, tau=7, permutations=999)
    return [int(found["stat"]), float(found["pvalue"][0])]
"""

DBSCAN = (
    POINTS
    + """
from footbeat.stats.dbscan import dbscan

def prepare(size):
    return np.column_stack([c.to_numpy() for c in pq.read_table(points(size)).columns])

def run(xy):
    label = dbscan(xy, np.ones(len(xy)), radius_m=250.0, min_weight=len(xy) / 10_000)
    return [int(label.max()) + 1, int((label >= 0).sum())]
"""
)
SKLEARN = (
    POINTS
    + """
from sklearn.cluster import DBSCAN

def prepare(size):
    return np.column_stack([c.to_numpy() for c in pq.read_table(points(size)).columns])

def run(xy):
    label = DBSCAN(eps=250.0, min_samples=len(xy) // 10_000).fit_predict(xy)
    return [int(label.max()) + 1, int((label >= 0).sum())]
"""
)

EM = """
def prepare(size):
    return GIVEN["days"], *GIVEN["points"].T, GIVEN["shape"], int(GIVEN["steps"])

def run(things):
    # As written down: every pair of events, held in full.
    days, x, y, shape, steps = things
    span, theta, omega, sigma = 730 - days.min(), 0.3, 0.1, 100.0
    gap = days[:, None] - days[None, :]
    apart2 = (x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2
    later = gap > 0
    rate, left = len(days) * (1 - theta) / span, 730 - days
    for _ in range(steps):
        kernel = theta * omega * np.exp(-omega * gap - apart2 / (2 * sigma**2))
        trigger = np.where(later, kernel / (2 * np.pi * sigma**2), 0.0)
        total = rate * shape + trigger.sum(axis=1)
        cut = theta * (1 - np.exp(-omega * left)).sum()
        value = np.log(total).sum() - rate * span - cut
        shares = trigger / total[:, None]
        brought = shares.sum()
        rate = (rate * shape / total).sum() / span
        theta = brought / (1 - np.exp(-omega * left)).sum()
        tail = theta * (left * np.exp(-omega * left)).sum()
        omega = brought / ((shares * gap).sum() + tail)
        sigma = np.sqrt((shares * apart2).sum() / (2 * brought))
    return [value]
"""


def rows() -> Iterator[Row]:
    """Yield one question after another, each at several sizes."""
    yield from _cell_rows()
    yield from _knox_rows()
    yield from _dbscan_rows()
    yield from _process_rows()


def _cell_rows() -> Iterator[Row]:
    work = "Points in Parquet → 250 m hexagons (points)"
    for size in (100_000, 1_000_000, 10_000_000):
        ours, read = measure_ours_apart(CELLS, size), measure_ours_apart(READ, size)
        part = 10 if size > 1_000_000 else 1  # noqa: PLR2004 - what h3 does in seconds
        h3 = measure_peer(H3, size // part).times(part)
        note = "h3's hexagons are others, so answers are not compared"
        note += f"; at {size:,} points it was given a tenth, and its time is times ten" * (part > 1)
        yield Row(work, size, ours, "h3 and pandas", h3, "reading x and y", read, note=f"{note}.")
        theirs = measure_peer(SAME_HEXAGONS, size)
        agree = theirs.answer == ours.answer if isinstance(theirs, Measured) else None
        least = measure_ours_apart(ADD_UP, size)
        name = "numpy and pandas, the same hexagons"
        yield Row(work, size, ours, name, theirs, "DuckDB adding up x and y", least, agree, LEAST)


def _knox_rows() -> Iterator[Row]:
    for size in sizes((1_500, 3_000, 6_000), full=(12_000,)):
        rng = np.random.default_rng(1)
        points, days = rng.uniform(0, 200 * size**0.5, (size, 2)), rng.integers(0, 365, size)
        bands = {"bands_m": [400.0], "bands_days": [7.0], "n_permutations": 999}

        def knox(
            points: np.ndarray = points,
            days: np.ndarray = days,
            bands: dict = bands,  # type: ignore[type-arg]  # of mixed values
        ) -> list[float]:
            table = knox_table(points, days, rng=np.random.default_rng(1), **bands)
            return [int(table.observed[0, 0]), float(table.p[0, 0])]

        ours, theirs = measure(knox), measure_peer(KNOX, size, repeats=1)
        agree = _same_knox(ours.answer, theirs.answer) if isinstance(theirs, Measured) else None
        yield Row(
            "Knox, one band, 999 permutations (incidents)",
            size,
            ours,
            "pointpats knox",
            theirs,
            agree=agree,
            note="Same answer: the same number of pairs, and p alike within what 999 draws allow.",
            is_full=size > 6_000,  # noqa: PLR2004 - what pointpats does in seconds
        )


def _same_knox(ours: list[float], theirs: list[float]) -> bool:
    # pointpats tells the smaller tail.
    tail = min(ours[1], 1 - ours[1])
    deviation = (2 * tail * (1 - tail) / 999) ** 0.5
    return ours[0] == theirs[0] and abs(tail - theirs[1]) <= 4 * deviation + 0.002


def _dbscan_rows() -> Iterator[Row]:
    work = "DBSCAN, 250 m, a ten-thousandth of the points (points)"
    for size in (100_000, 300_000, 1_000_000):
        ours = measure_ours_apart(DBSCAN, size)
        note = f"{size:,} points: {ours.answer[0]:,} clusters hold {ours.answer[1]:,} of them."
        if size not in sizes((100_000, 300_000), full=(1_000_000,)):
            yield Row(work, size, ours, note=note)
            continue
        theirs = measure_peer(SKLEARN, size, repeats=1, timeout_s=200)
        agree = theirs.answer == ours.answer if isinstance(theirs, Measured) else None
        yield Row(
            work,
            size,
            ours,
            "scikit-learn DBSCAN",
            theirs,
            agree=agree,
            note=note,
            is_full=size > 300_000,  # noqa: PLR2004 - what scikit-learn does in seconds
        )


def _process_rows() -> Iterator[Row]:
    for size in (2_500, 5_000, 10_000):
        rng = np.random.default_rng(size)
        points, days = simulate_self_exciting(
            rng, n_background=size * 0.75, size_m=10_000, days=730,
            theta=0.25, omega=0.1, sigma_m=120,
        )  # fmt: skip
        fit = partial(
            fit_self_exciting, points, days, background_m=500.0, area_m2=1e8, end_day=730.0
        )
        ours = measure(fit)
        # A few steps for the time of one; all of them only where that takes seconds.
        steps = ours.answer.n_steps if size < FEW_EVENTS else 2
        theirs = _plain_em(points, days, steps)
        agree = None
        if isinstance(theirs, Measured):
            same = fit(most_steps=steps).log_likelihood
            agree = same_answer(same, theirs.answer[0], relative=1e-6)
        yield Row(
            "Self-exciting process, EM (events)",
            size,
            ours,
            "plain numpy EM",
            theirs.times(ours.answer.n_steps / steps),
            agree=agree,
            note=EM_NOTE,
        )


def _plain_em(points: np.ndarray, days: np.ndarray, steps: int) -> Measured | NotRunError:
    order = np.argsort(days, kind="stable")
    shape = background_density(points[order], 500.0, 1e8)
    given = {"days": days[order], "points": points[order], "shape": shape, "steps": np.array(steps)}
    return measure_given(EM, len(days), given, repeats=1)
