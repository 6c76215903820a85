"""The one seam to the engines: Arrow tables through one kernel.

A bulk question is a *row kernel*, which turns rows into rows, or a *group kernel*, which needs
all rows of a group at once. Every engine calls the same function object, so their answers are
equal; `memory` defines the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    RowKernel = Callable[[pa.Table], pa.Table]


class GroupKernel(Protocol):
    """Whole groups in, rows out."""

    def __call__(self, rows: pa.Table, /) -> pa.Table:
        """Return the answer for all rows of any number of whole groups."""

    def stretch(self, rows: pa.Table, carry: Any, /, *, is_last: bool) -> tuple[pa.Table, Any]:  # noqa: ANN401 - the kernel's own
        """Return what one stretch of time settles, and what to give to the next stretch."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file and the row kernel that cleans its rows.

    Attributes
    ----------
    path
        Where it lies.
    columns
        The kernel's column to the file's.
    clean
        The row kernel.
    read
        Yields every row of the file, cleaned; for files an engine cannot read itself.
    is_parquet
        Whether an engine may read the file itself, columns as named.
    """

    path: Path
    columns: Mapping[str, str]
    clean: RowKernel
    read: Callable[[], Iterator[pa.Table]]
    is_parquet: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """How cleaned rows fall into groups and into stretches of time.

    Attributes
    ----------
    clean_schema
        What the row kernels return.
    group
        Column whose equal values make a group.
    time
        Column of times, in microseconds of UTC.
    cuts_us
        Times at which stretches begin, ascending; no two rows of one stretch are apart.
    answer_schema
        What the group kernel returns.
    """

    clean_schema: pa.Schema
    group: str
    time: str
    cuts_us: NDArray[np.int64]
    answer_schema: pa.Schema


class Engine(Protocol):
    """Somewhere bulk questions are answered."""

    @property
    def name(self) -> str:
        """The name by which `--engine` chooses it."""

    def run_groups(
        self, sources: Sequence[Source], kernel: GroupKernel, grouping: Grouping
    ) -> pa.Table:
        """Return the kernel's answers over all rows of all sources, in no order."""

    def add_up(
        self,
        sources: Sequence[Source],
        kernel: RowKernel,
        *,
        schema: pa.Schema,
        by: Sequence[str],
    ) -> pa.Table:
        """Return the sums of the kernel's other columns for each value of `by`, in order of it."""

    def condensed(self, source: Source, count: str) -> AbstractContextManager[Source]:
        """Give the source, its rows alike once with a column of how often, where that is quicker.

        What is given has that column or it has not; it lasts as long as the context.
        """

    def gather(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema
    ) -> pa.Table:
        """Return the few rows the kernel keeps of all sources, in no order."""
