"""Densities along streets: a town of 4,900 crossings, incidents felt as far as one walks in 300 m.

The alternative is the definition written down: from every incident along every way, splitting
where ways part, until 300 m are walked. It takes so long that it does the smallest sizes only.
R's spatstat.linnet (`density.lpp`, biweight, `continuous = FALSE`) was tried on a network like
this one and had not done 20 incidents in a minute, on a busy machine.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.network_density import Events, build_network, network_density
from harness import Measured, Row, measure, measure_given, same_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.stats.network_density import Network, Split

NAME = "Densities along streets"
SIZES = (50, 500, 2_500, 10_000, 40_000)
# More the alternative does not do in a minute: on the continuous split ways also turn back.
MOST: dict[Split, int] = {"continuous": 50, "discontinuous": 500}

PEER = """
H = 300.0

def held(d):
    u = np.minimum(d / H, 1.0)
    return 15 / 16 * (u - 2 * u**3 / 3 + u**5 / 5)

def prepare(size):
    ends = {}
    for edge, (a, b) in enumerate(zip(GIVEN["start"].tolist(), GIVEN["end"].tolist())):
        ends.setdefault(a, []).append((edge, True))
        ends.setdefault(b, []).append((edge, False))
    return {name: GIVEN[name] for name in GIVEN}, ends

def run(things):
    given, ends = things
    start, end, length = (given[name].tolist() for name in ("start", "end", "length_m"))
    first, count = given["lixel"].tolist(), given["n_lixels"].tolist()
    found = np.zeros(sum(count))
    for edge, along in zip(given["segment"].tolist(), given["along_m"].tolist()):
        # Ways still to walk: segment, along it or against it, where on it, how far, what share.
        ways = [(edge, True, along, 0.0, 1.0), (edge, False, length[edge] - along, 0.0, 1.0)]
        while ways:
            edge, is_forward, low, walked, share = ways.pop()
            n, l = count[edge], length[edge]
            cuts = np.maximum(np.arange(n + 1) * (l / n) - low, 0.0) + walked
            part = share * np.diff(held(cuts))
            found[first[edge]:first[edge] + n] += part if is_forward else part[::-1]
            walked += l - low
            if walked >= H:
                continue
            leaving = ends[end[edge] if is_forward else start[edge]]
            k, came = len(leaving), (edge, not is_forward)
            back = (2 - k) / k if given["is_continuous"] else float(k == 1)
            on = 2 / k if given["is_continuous"] else 1 / max(k - 1, 1)
            for way in leaving:
                if (part := back if way == came else on) != 0.0:
                    ways.append((*way, 0.0, walked, share * part))
    return (found / found.max())[::37].tolist()
"""


def rows() -> Iterator[Row]:
    """Yield a row for each number of incidents and way to split."""
    network = _town()
    for size in SIZES:
        rng = np.random.default_rng(size)
        segment = rng.integers(0, network.start.size, size)
        along_m = rng.random(size) * network.length_m[segment]
        events = Events(segment, along_m, np.ones(size))
        yield _row(network, events, "continuous")
        yield _row(network, events, "discontinuous")


def _town() -> Network:
    """Return a town of crossings 70 by 70, a way in four closed: a city of 5,000 nodes."""
    rng = np.random.default_rng(5)
    nodes = np.arange(4_900).reshape(70, 70)
    start = np.concatenate([nodes[:, :-1].ravel(), nodes[:-1].ravel()])
    end = np.concatenate([nodes[:, 1:].ravel(), nodes[1:].ravel()])
    is_open = rng.random(start.size) < 0.75  # noqa: PLR2004 - three ways in four
    start, end = start[is_open], end[is_open]
    return build_network(start, end, rng.uniform(25, 95, start.size))


def _row(network: Network, events: Events, split: Split) -> Row:
    size = events.segment.size
    ours = measure(partial(network_density, network, events, 300.0, split=split))
    kept = abs(float(ours.answer.sum()) - size) / size
    note = f"{size:,} incidents, {split}: weight kept to {kept:.0e} of itself."
    work = f"Density along streets, {split} split, 300 m (incidents)"
    if size > MOST[split]:
        return Row(work, size, ours, note=note)
    given = network._asdict() | events._asdict() | {"is_continuous": split == "continuous"}
    theirs = measure_given(PEER, size, given, repeats=1, timeout_s=120)
    agree = None
    if isinstance(theirs, Measured):
        shares = (ours.answer / ours.answer.max())[::37]
        agree = same_answer(shares, theirs.answer, relative=0, absolute=1e-3)
    note += " Same answer: within 1 in 1,000 of the peak."
    return Row(work, size, ours, "every way walked, numpy", theirs, agree=agree, note=note)
