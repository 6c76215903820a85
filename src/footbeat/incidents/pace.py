"""How far reading has come, as a share of the work, so that the time left can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footbeat.incidents.opened import OpenFile

# The first pass reads, projects and judges; the rest sorts and writes what is kept.
_READING_SHARE = 0.65
_SAMPLE_BYTES = 1 << 20


@dataclass(slots=True)
class Pace:
    """Rows done so far, told as the share of the whole.

    Attributes
    ----------
    n_rows
        Rows the input is likely to hold.
    tell
        Called with the share done, 0 to 1, never less than before.
    """

    n_rows: int
    tell: Callable[[float], None]
    n_read: int = 0
    n_written: int = 0

    def add_read(self, n_rows: int) -> None:
        """Count rows of the first pass."""
        self.n_read += n_rows
        self.tell(_READING_SHARE * min(self.n_read / max(self.n_rows, 1), 1.0))

    def add_written(self, n_rows: int, n_kept: int) -> None:
        """Count rows of the second pass, of `n_kept`."""
        self.n_written += n_rows
        self.tell(_READING_SHARE + (1 - _READING_SHARE) * self.n_written / n_kept)


def estimate_rows(opened: Sequence[OpenFile]) -> int:
    """Return about how many rows some files hold, by the length of their first lines."""
    return sum(_estimate(file) for file in opened)


def _estimate(opened: OpenFile) -> int:
    if opened.file.form == "parquet":
        return int(pq.read_metadata(opened.path).num_rows)
    with opened.path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    return opened.path.stat().st_size * sample.count(b"\n") // max(len(sample), 1)
