"""Everything in memory with plain Arrow: the definition the other engines must equal."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from footbeat.engine.base import Grouping, GroupKernel, RowKernel, Source


@dataclass(frozen=True, slots=True)
class MemoryEngine:
    """All rows in one table."""

    name: str = "memory"

    def run_groups(
        self, sources: Sequence[Source], kernel: GroupKernel, grouping: Grouping
    ) -> pa.Table:
        """Return the kernel's answer to all rows at once."""
        pieces = [piece for source in sources for piece in source.read()]
        return kernel(pa.concat_tables([grouping.clean_schema.empty_table(), *pieces]))

    def add_up(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema, by: Sequence[str]
    ) -> pa.Table:
        """Return sums by key, in order of the keys."""
        pieces = [kernel(piece) for source in sources for piece in source.read()]
        return sum_by(pieces, schema, by)

    @contextmanager
    def condensed(self, source: Source, count: str) -> Iterator[Source]:  # noqa: ARG002 - no column of counts: each row is handed over
        """Give the source as it is."""
        yield source

    def gather(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema
    ) -> pa.Table:
        """Return the rows the kernel keeps."""
        pieces = [kernel(piece) for source in sources for piece in source.read()]
        return pa.concat_tables([schema.empty_table(), *pieces])


def sum_by(pieces: Iterable[pa.Table], schema: pa.Schema, by: Sequence[str]) -> pa.Table:
    """Return the sums of the columns that are not keys, in order of the keys."""
    table = pa.concat_tables([schema.empty_table(), *pieces])
    totals = [name for name in schema.names if name not in by]
    sums = table.group_by(list(by)).aggregate([(name, "sum") for name in totals])
    named = sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names])
    return named.select(schema.names).cast(schema).sort_by([(name, "ascending") for name in by])
