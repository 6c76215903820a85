"""Points to cells, Knox tables, DBSCAN, self-exciting processes and densities along streets.

Peers that would take hours do less of the same work, and their time is scaled: each note says by
how much.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.knox import knox_table
from footbeat.stats.network_density import Events, build_network, network_density
from footbeat.stats.selfexciting import fit_self_exciting, simulate_self_exciting
from harness import Measured, Row, measure, measure_ours_apart, measure_peer, same_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import NotRunError

NAME = "Targeting: cells, near repeats, clusters, processes, streets"

POINTS = """
import os, tempfile
from pathlib import Path
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

def points(size):
    path = Path(tempfile.gettempdir()) / f"footbeat-bench-points-{size}.parquet"
    if not path.exists():
        rng = np.random.default_rng(size)
        draft = path.with_suffix(f".{os.getpid()}")
        schema = pa.schema([("x", pa.float64()), ("y", pa.float64())])
        with pq.ParquetWriter(draft, schema) as writer:
            for start in range(0, size, 1_000_000):
                n = min(1_000_000, size - start)
                middle = rng.uniform(0, 60_000, (200, 2))[rng.integers(0, 200, n)]
                x, y = (middle + rng.normal(0, 1_500, (n, 2)) + [500_000, 180_000]).round(2).T
                writer.write_table(pa.table({"x": x, "y": y}, schema=schema))
        os.replace(draft, path)
    return path
"""
CELLS = (
    POINTS
    + """
from footbeat.engine.duckdb import DuckDbEngine
from footbeat.grid import Grid
from footbeat.targeting.tally import count_points

def prepare(size):
    return points(size)

def run(path):
    q, r, n = count_points(path, Grid("hex", 250.0), engine=DuckDbEngine())
    return [int(n.sum()), int(n.max()), int(n.size)]
"""
)
H3 = (
    POINTS
    + """
import h3, pandas as pd
from pyproj import Transformer

def prepare(size):
    return points(size)

def run(path):
    frame = pd.read_parquet(path)
    degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    lon, lat = degrees.transform(frame["x"].to_numpy(), frame["y"].to_numpy())
    # Resolution 9: hexagons of about 10 ha, the nearest to ours of 5.4 ha.
    cell = [h3.latlng_to_cell(a, b, 9) for a, b in zip(lat, lon)]
    counts = pd.Series(cell).value_counts()
    return [int(counts.sum()), int(counts.max()), int(counts.size)]
"""
)
SCAN = (
    POINTS  # noqa: S608 - a script of our own, no query is made of values
    + """
import duckdb

def prepare(size):
    return str(points(size))

def run(path):
    return list(duckdb.execute("SELECT sum(x), sum(y) FROM read_parquet(?)", [path]).fetchone())
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
    # It shuffles the days it is given.
    found = knox(points, days.reshape(-1, 1).copy(), delta=400, tau=7, permutations=9)
    return [int(found["stat"])]
"""

DBSCAN = (
    POINTS
    + """
from footbeat.stats.dbscan import dbscan

def prepare(size):
    return np.column_stack([c.to_numpy() for c in pq.read_table(points(size)).columns])

def run(xy):
    label = dbscan(xy, np.ones(len(xy)), radius_m=100.0, min_weight=len(xy) / 1000)
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
    label = DBSCAN(eps=100.0, min_samples=int(np.ceil(len(xy) / 1000))).fit_predict(xy)
    return [int(label.max()) + 1, int((label >= 0).sum())]
"""
)

EM = """
import numpy as np

def prepare(size):
    return np.load(size)

def run(things):
    # As written down: every pair of events, held in full.
    days, x, y, shape = things
    span, theta, omega, sigma = 730 - days.min(), 0.3, 0.1, 100.0
    gap = days[:, None] - days[None, :]
    apart2 = (x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2
    later = gap > 0
    rate, left = len(days) * (1 - theta) / span, 730 - days
    for _ in range(STEPS):
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
    yield from _street_rows()


def _cell_rows() -> Iterator[Row]:
    for size in (100_000, 1_000_000, 10_000_000):
        ours, least = measure_ours_apart(CELLS, size), measure_ours_apart(SCAN, size)
        whole = size <= 1_000_000  # noqa: PLR2004 - what h3 does in seconds
        theirs = measure_peer(H3, size if whole else size // 10)
        note = "At 10,000,000 points h3 was given a tenth of them, and its time is times ten."
        yield Row(
            "Points in Parquet → 250 m hexagons (points)",
            size,
            ours,
            "h3 and pandas",
            theirs if whole else _times(theirs, 10),
            "reading x and y",
            least,
            note="" if whole else note,
        )


def _knox_rows() -> Iterator[Row]:
    for size in (3_000, 6_000, 12_000):
        rng = np.random.default_rng(1)
        points, days = rng.uniform(0, 200 * size**0.5, (size, 2)), rng.integers(0, 365, size)
        bands = {"bands_m": [400.0], "bands_days": [7.0], "n_permutations": 999}

        def knox(
            points: np.ndarray = points,
            days: np.ndarray = days,
            bands: dict = bands,  # type: ignore[type-arg]  # of mixed values
        ) -> int:
            table = knox_table(points, days, rng=np.random.default_rng(1), **bands)
            return int(table.observed[0, 0])

        theirs = measure_peer(KNOX, size, timeout_s=300)
        agree = theirs.answer == [knox()] if isinstance(theirs, Measured) else None
        yield Row(
            "Knox, one band, 999 permutations (incidents)",
            size,
            measure(knox),
            "pointpats knox",
            _times(theirs, 999 / 9),
            agree=agree,
            note="pointpats ran 9 permutations; its time is times 111.",
        )


def _dbscan_rows() -> Iterator[Row]:
    for size in (100_000, 300_000, 1_000_000):
        ours = measure_ours_apart(DBSCAN, size)
        small = size == 100_000  # noqa: PLR2004 - what scikit-learn finishes
        reason = "holds every neighbour: not tried above 100,000 points" if not small else ""
        theirs = measure_peer(SKLEARN, size, repeats=1) if small else _not_run(reason)
        agree = theirs.answer == ours.answer if isinstance(theirs, Measured) else None
        yield Row(
            "DBSCAN, 100 m, a thousandth of the points (points)",
            size,
            ours,
            "scikit-learn DBSCAN",
            theirs,
            agree=agree,
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
        fitted = fit()
        ours = measure(fit)
        theirs = _plain_em(points, days, fitted.n_steps)
        agree = (
            same_answer(fitted.log_likelihood, theirs.answer[0], relative=1e-6)
            if isinstance(theirs, Measured)
            else None
        )
        note = "Plain numpy holds every pair of events; the answer compared is the likelihood."
        yield Row(
            "Self-exciting process, EM (events)",
            size,
            ours,
            "plain numpy EM",
            theirs,
            agree=agree,
            note=note,
        )


def _plain_em(points: np.ndarray, days: np.ndarray, n_steps: int) -> Measured | NotRunError:
    import tempfile
    from pathlib import Path

    from footbeat.stats.selfexciting import background_density

    order = np.argsort(days, kind="stable")
    shape = background_density(points[order], 500.0, 1e8)
    path = Path(tempfile.gettempdir()) / "footbeat-bench-events.npy"
    np.save(path, np.vstack([days[order], *points[order].T, shape]))
    # A few steps for the time of one; all of them only where that takes seconds.
    whole = len(days) < 3_500  # noqa: PLR2004 - as said
    steps = n_steps if whole else 2
    script = EM.replace("STEPS", str(steps)).replace("np.load(size)", f"np.load({str(path)!r})")
    found = measure_peer(script, len(days), repeats=1, timeout_s=300)
    return found if whole else _times(found, n_steps / steps, answer=False)


def _street_rows() -> Iterator[Row]:
    """Yield rows on a town of 4,900 crossings, some ways closed: a city of 5,000 nodes."""
    rng = np.random.default_rng(5)
    nodes = np.arange(4_900).reshape(70, 70)
    start = np.concatenate([nodes[:, :-1].ravel(), nodes[:-1].ravel()])
    end = np.concatenate([nodes[:, 1:].ravel(), nodes[1:].ravel()])
    is_open = rng.random(start.size) < 0.75  # noqa: PLR2004 - three ways in four
    start, end = start[is_open], end[is_open]
    network = build_network(start, end, rng.uniform(25, 95, start.size))
    for size in (2_500, 10_000, 40_000):
        segment = rng.integers(0, start.size, size)
        events = Events(segment, rng.random(size) * network.length_m[segment], np.ones(size))
        for split in ("continuous", "discontinuous"):
            ours = measure(partial(network_density, network, events, 300.0, split=split))
            kept = abs(float(ours.answer.sum()) - size) / size
            note = f"{size:,} incidents: weight kept to {kept:.0e} of itself."
            yield Row(
                f"Density along streets, {split} split, 300 m (incidents)", size, ours, note=note
            )


def _times(
    found: Measured | NotRunError, factor: float, *, answer: bool = True
) -> Measured | NotRunError:
    if not isinstance(found, Measured):
        return found
    seconds = tuple(second * factor for second in found.seconds)
    return Measured(seconds, found.answer if answer else [float("nan")], found.peak_mb)


def _not_run(reason: str) -> NotRunError:
    from harness import NotRunError

    return NotRunError(reason)
