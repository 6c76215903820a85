"""Drawing a mechanism again ten thousand times: the arms of the place-days with incidents.

60 hot spots, 365 days, 30 a day, 0.05 incidents a place-day. The alternative sorts random
numbers for every day of every draw, as one would write it first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from footbeat.tasking.mechanisms import Roster, parse_mechanism
from harness import Row, measure, measure_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

INCIDENTS = 0.05
NAME = "Replay of `daily:30`, 60 hot spots, 365 days (draws)"

PEER = """
import numpy as np

def prepare(size):
    rng = np.random.default_rng(1)
    listed = np.flatnonzero(rng.random(60 * 365) < 0.05)
    return size, listed

def run(things):
    size, listed = things
    rng = np.random.default_rng(2)
    total = np.zeros(len(listed))
    for _ in range(size):
        order = np.argsort(rng.random((365, 60)), axis=1)
        arms = np.zeros((365, 60), dtype=bool)
        np.put_along_axis(arms, order[:, :30], True, axis=1)
        total += arms.ravel()[listed]
    return float(total.mean() / size)
"""


def rows() -> Iterator[Row]:
    """Yield the time for three numbers of draws; the answer is the mean share treated."""
    days = tuple(date(2026, 1, 1) + timedelta(number) for number in range(365))
    roster = Roster(tuple(f"h{number:02}" for number in range(60)), days)
    mechanism = parse_mechanism("daily:30")
    listed = np.flatnonzero(np.random.default_rng(1).random(60 * 365) < INCIDENTS)
    day, place = np.divmod(listed, 60)
    for size in (1_000, 3_000, 10_000):

        def draw(n_draws: int = size) -> float:
            rng = np.random.default_rng(2)
            return float(mechanism.replay(roster, day, place, n_draws=n_draws, rng=rng).mean())

        ours, theirs = measure(draw), measure_peer(PEER, size)
        agree = abs(ours.answer - getattr(theirs, "answer", np.nan)) < 5 / np.sqrt(size * 1000)
        yield Row(
            work=NAME,
            size=size,
            ours=ours,
            peer="argsort for each draw, numpy",
            theirs=theirs,
            agree=bool(agree) if hasattr(theirs, "answer") else None,
        )
