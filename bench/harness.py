"""Time two programs on the same work, compare their answers, and write both down."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike

ROOT = Path(__file__).parent.parent
REPEATS = 5

# Runs in the peer's process, after the peer's own text.
TIMER = """
import json, sys, time
try:
    import resource
except ImportError:
    resource = None
size, repeats = json.loads(sys.argv[1]), int(sys.argv[2])
things = prepare(size)
answer = run(things)
seconds = []
for _ in range(repeats):
    start = time.perf_counter()
    answer = run(things)
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if resource else None
answer = answer.tolist() if hasattr(answer, "tolist") else answer
print(json.dumps({"seconds": seconds, "peak_mb": peak, "answer": answer}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """How long the runs took, what they answered, and the peak of memory where it is known."""

    seconds: tuple[float, ...]
    answer: Any = field(default=None, repr=False)
    peak_mb: float | None = None

    @property
    def median_s(self) -> float:
        """The median of the runs, in seconds."""
        return statistics.median(self.seconds)


class NotRunError(Exception):
    """Say why a side cannot be measured here; the row then says it too."""


def measure(work: Callable[[], Any], repeats: int = REPEATS) -> Measured:
    """Time `work` in this process, after one run that is not counted."""
    answer = work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return Measured(tuple(seconds), answer)


def measure_apart(
    script: str, size: int, python: Path, repeats: int = REPEATS, timeout_s: float = 600
) -> Measured:
    """Time a script's `run(prepare(size))` in a process of its own.

    Raises
    ------
    NotRunError
        When the Python is not there, the script fails, or the time runs out.
    """
    if not python.exists():
        message = f"{python.parent.parent.name} is not there: run `make bench`"
        raise NotRunError(message)
    command = [str(python), "-c", script + TIMER, json.dumps(size), str(repeats)]
    try:
        run = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        message = f"not done in {timeout_s:,.0f} s"
        raise NotRunError(message) from None
    if run.returncode != 0:
        raise NotRunError((run.stderr.strip().splitlines() or ["it failed without a word"])[-1])
    told = json.loads(run.stdout.splitlines()[-1])
    return Measured(tuple(told["seconds"]), told["answer"], told["peak_mb"])


def measure_peer(
    script: str, size: int, repeats: int = REPEATS, timeout_s: float = 600
) -> Measured | NotRunError:
    """Time an alternative with the packages of `.venv-bench`, or return why it cannot be."""
    try:
        return measure_apart(script, size, python_of(".venv-bench"), repeats, timeout_s)
    except NotRunError as reason:
        return reason


def measure_ours_apart(
    script: str, size: int, repeats: int = REPEATS, timeout_s: float = 600
) -> Measured:
    """Time Footbeat in a process of its own, so that its peak of memory is its own."""
    return measure_apart(script, size, Path(sys.executable), repeats, timeout_s)


def python_of(environment: str) -> Path:
    """Return the Python of an environment in the repository."""
    windows = sys.platform == "win32"
    return ROOT / environment / ("Scripts/python.exe" if windows else "bin/python")


def same_answer(
    one: ArrayLike, other: ArrayLike, relative: float = 1e-9, absolute: float = 1e-12
) -> bool:
    """Whether two answers of the same shape agree; unknown values agree with each other."""
    ours, theirs = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    return ours.shape == theirs.shape and bool(
        np.allclose(ours, theirs, rtol=relative, atol=absolute, equal_nan=True)
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison at one size.

    Attributes
    ----------
    work
        What is done, in words a user has.
    size
        How much of it; its unit stands in `work`.
    ours
        Footbeat's runs.
    peer
        The alternative's name, or empty where there is none.
    theirs
        The alternative's runs, or why there are none.
    limit, least
        The name and the runs of what no program can beat, where that is known.
    agree
        Whether both answers agree; None where they were not compared.
    note
        A sentence for the reader.
    """

    work: str
    size: int
    ours: Measured
    peer: str = ""
    theirs: Measured | NotRunError | None = None
    limit: str = ""
    least: Measured | None = None
    agree: bool | None = None
    note: str = ""

    @property
    def times_peer(self) -> float | None:
        """How often Footbeat could do the work while the alternative does it once."""
        if not isinstance(self.theirs, Measured):
            return None
        return self.theirs.median_s / self.ours.median_s

    @property
    def times_limit(self) -> float | None:
        """How many times as long as the limit Footbeat takes."""
        return self.ours.median_s / self.least.median_s if self.least else None


def growth_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float | None:
    """Return the slope of log time on log size, or None with fewer than three sizes."""
    if len(set(sizes)) < 3:  # noqa: PLR2004 - two points always lie on a line
        return None
    return statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(second) for second in seconds]
    ).slope


# ----------------------------------------------------------------------- writing


def render_rows(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown tables, one a piece of work, with what was seen to grow how."""
    parts = []
    for work, group in groupby(rows, key=lambda row: row.work):
        of_work = list(group)
        parts.append(f"### {work}\n\n{_table(of_work)}\n")
        slope = growth_exponent(
            [row.size for row in of_work], [row.ours.median_s for row in of_work]
        )
        if slope is not None:
            parts.append(f"Time grows with size to the power {slope:.2f}.\n")
        parts += [f"{row.note}\n" for row in of_work if row.note]
    return "\n".join(parts)


def _table(rows: list[Row]) -> str:
    names = "size | Footbeat | alternative | its time | times faster"
    names += " | limit | times the limit | same answer"
    lines = [f"| {names} |", "|---:|---:|---|---:|---:|---|---:|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    agree = {None: "not compared", True: "yes", False: "**no**"}[row.agree]
    theirs = row.theirs
    their_time = _seconds(theirs) if isinstance(theirs, Measured) else str(theirs or "–")
    limit = f"{row.limit}, {_seconds(row.least)}" if row.least else "–"
    return (
        f"{row.size:,}",
        _seconds(row.ours),
        row.peer or "–",
        their_time,
        _times(row.times_peer),
        limit,
        _times(row.times_limit),
        agree,
    )


def _seconds(measured: Measured) -> str:
    value, memory = measured.median_s, measured.peak_mb
    shown = f"{value * 1000:,.3g} ms" if value < 1 else f"{value:,.3g} s"
    return shown + (f", {memory:,.0f} MB" if memory else "")


def _times(value: float | None) -> str:
    return "–" if value is None else f"{float(f'{value:.2g}'):,g} ×"
