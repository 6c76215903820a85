"""Time two programs on the same work, compare their answers, and write both down."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

ROOT = Path(__file__).parent.parent
REPEATS = 5
# A side slower than this is run fewer times, and the table says how often.
PATIENCE_S = 20.0
FULL = "FOOTBEAT_BENCH_FULL"

# Runs in the peer's process, after the peer's own text.
TIMER = """
import json, sys, time
try:
    import resource
except ImportError:
    resource = None
size, repeats, patience = json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
things = prepare(size)
begun = time.perf_counter()
if repeats > 1:
    run(things)
seconds = []
while len(seconds) < repeats:
    start = time.perf_counter()
    answer = run(things)
    end = time.perf_counter()
    seconds.append(end - start)
    if 2 * end - start - begun > patience:
        break
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if resource else None
answer = answer.tolist() if hasattr(answer, "tolist") else answer
print(json.dumps({"seconds": seconds, "peak_mb": peak, "answer": answer}))
"""

# The same for R, whose text defines prepare(size, path) and run(things), an answer of numbers.
TIMER_R = """
given <- commandArgs(trailingOnly = TRUE)
size <- as.numeric(given[1]); repeats <- as.integer(given[2]); patience <- as.numeric(given[3])
things <- prepare(size, given[4])
begun <- proc.time()[["elapsed"]]
if (repeats > 1) run(things)
seconds <- c()
while (length(seconds) < repeats) {
  start <- proc.time()[["elapsed"]]
  answer <- run(things)
  end <- proc.time()[["elapsed"]]
  seconds <- c(seconds, max(end - start, 0.001))
  if (2 * end - start - begun > patience) break
}
tell <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
cat(sprintf('{"seconds": %s, "peak_mb": %.1f, "answer": %s}\n',
            tell(seconds), sum(gc()[, 6]), tell(answer)))
"""

# Before a script that makes its data: made once, for every side and every run.
MADE_ONCE = """
import os, tempfile
from pathlib import Path

def made_once(name, write):
    path = Path(tempfile.gettempdir()) / f"footbeat-bench-{name}"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        write(draft)
        os.replace(draft, path)
    return path
"""


def sizes(usual: Sequence[int], full: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the sizes to measure: the `full` ones too when `--full` was asked for."""
    return (*usual, *(full if os.environ.get(FULL) else ()))


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

    def times(self, factor: float) -> Measured:
        """Return the runs of a part of the work as those of all of it; a note must say so."""
        return replace(self, seconds=tuple(factor * second for second in self.seconds))


class NotRunError(Exception):
    """Say why a side cannot be measured here; the row then says it too."""

    def times(self, _: float) -> NotRunError:
        """Return itself: what was not run takes no multiple of its time."""
        return self


def measure(
    work: Callable[[], Any], repeats: int = REPEATS, patience_s: float = PATIENCE_S
) -> Measured:
    """Time `work` in this process, after one run that is not counted."""
    begun = time.perf_counter()
    answer = work()
    seconds: list[float] = []
    while len(seconds) < repeats:
        start = time.perf_counter()
        answer = work()
        end = time.perf_counter()
        seconds.append(end - start)
        if 2 * end - start - begun > patience_s:
            break
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
    return _run([str(python), "-c", script + TIMER, *_arguments(size, repeats)], timeout_s)


def measure_r(
    script: str, size: int, path: Path, repeats: int = REPEATS, timeout_s: float = 600
) -> Measured | NotRunError:
    """Time R's `run(prepare(size, path))`, or return why it cannot be."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return NotRunError("R is not installed: see scripts/system-packages")
    command = [rscript, "--vanilla", "-e", script + TIMER_R, *_arguments(size, repeats), str(path)]
    try:
        return _run(command, timeout_s)
    except NotRunError as reason:
        return reason


def _arguments(size: int, repeats: int) -> list[str]:
    return [json.dumps(size), str(repeats), str(PATIENCE_S)]


def _run(command: list[str], timeout_s: float) -> Measured:
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


def measure_given(
    script: str,
    size: int,
    arrays: dict[str, NDArray[Any]],
    repeats: int = REPEATS,
    timeout_s: float = 600,
) -> Measured | NotRunError:
    """Time an alternative that is given arrays, by name in `GIVEN`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.npz"
        np.savez(path, allow_pickle=False, **arrays)
        head = f"import numpy as np\nGIVEN = np.load({str(path)!r})\n"
        return measure_peer(head + script, size, repeats, timeout_s)


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
    is_full
        Whether it is one of the sizes measured only with `--full`, and kept from run to run.
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
    is_full: bool = False

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
