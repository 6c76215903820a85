"""Tables of one place put together: crimes and the logs they came from, counted once.

Joining adds no row up and throws no record away: a log and its crime both stay, each naming
the other, and whatever counts them counts one (see `footbeat.incidents.counts`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import MismatchError, UsageError
from footbeat.incidents.load import Incidents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footbeat.tables import Provenance

_PRECISIONS = ("month", "day", "minute")
_SAME_ROW = ("source", "kind", "incident_id", "start", "x", "y")


@dataclass(frozen=True, slots=True)
class Joined:
    """Tables put together.

    Attributes
    ----------
    copies
        Rows that stood in two of the tables and were kept once.
    linked
        Rows that name another row of the joined table, with which they count once.
    unmatched
        Rows that name a record none of the tables holds: they count on their own.
    """

    incidents: Incidents
    copies: int
    linked: int
    unmatched: int
    by_kind: Mapping[str, int]
    warnings: tuple[str, ...]


def join_incidents(parts: Sequence[Incidents]) -> Joined:
    """Put tables together; what one says of the other by `linked_id` is kept and counted.

    Raises
    ------
    UsageError
        When there are fewer than two tables.
    MismatchError
        When they differ in coordinate system, time zone or edition of harm.
    """
    _check_alike([part.provenance for part in parts])
    together = pa.concat_tables([part.table.replace_schema_metadata(None) for part in parts])
    kept = _without_copies(together)
    order = [("start", "ascending"), ("incident_id", "ascending"), ("kind", "ascending")]
    table = kept.sort_by(order)
    named = table.column("linked_id")
    found = pc.is_in(named, table.column("incident_id").unique())
    n_named = len(named) - named.null_count
    linked = int(pc.sum(pc.and_(found, named.is_valid())).as_py() or 0)
    warnings = _warn(parts, n_named - linked)
    provenance = _merge([part.provenance for part in parts], warnings)
    return Joined(
        incidents=Incidents(table, provenance),
        copies=together.num_rows - table.num_rows,
        linked=linked,
        unmatched=n_named - linked,
        by_kind={p["values"]: p["counts"] for p in pc.value_counts(table["kind"]).to_pylist()},
        warnings=warnings,
    )


def _check_alike(parts: Sequence[Provenance]) -> None:
    if len(parts) < 2:  # noqa: PLR2004 - a table is not joined with itself
        raise UsageError(
            "Joining must have two tables or more.", found="There is one.", do="Name another."
        )
    for name in ("crs", "timezone", "harm_edition"):
        values = {getattr(part, name) for part in parts} - {""}
        if len(values) > 1:
            raise MismatchError(
                f"Tables must share their {_SAID[name]} to be joined.",
                found=f"They have {' and '.join(sorted(values))}.",
                do="Read the exports again with the same choice.",
            )


_SAID = {"crs": "coordinate system", "timezone": "time zone", "harm_edition": "edition of harm"}


def _without_copies(table: pa.Table) -> pa.Table:
    """Return the rows without those equal in source, kind, identifier, start and place."""
    frame = table.select(_SAME_ROW).to_pandas()
    return table.filter(pa.array(~np.asarray(frame.duplicated())))


def _warn(parts: Sequence[Incidents], n_unmatched: int) -> tuple[str, ...]:
    periods = {(part.provenance.start, part.provenance.end) for part in parts}
    told = [f"{part.provenance.source} {_period(part.provenance)}" for part in parts]
    unlike = f"The tables cover unlike periods: {'; '.join(told)}. Count only days all cover."
    alone = f"{n_unmatched:,} records name one that no table holds, and count on their own."
    return tuple(
        text for text, applies in ((unlike, len(periods) > 1), (alone, n_unmatched > 0)) if applies
    )


def _period(part: Provenance) -> str:
    return f"{part.start} to {part.end}"


def _merge(parts: Sequence[Provenance], warnings: tuple[str, ...]) -> Provenance:
    """Return what holds for all: the coarsest precision, every caution, every missing month."""
    excluded: Counter[str] = Counter()
    for part in parts:
        excluded.update(part.extra.get("excluded_by_reason", {}))
    return replace(
        parts[0],
        source=" + ".join(dict.fromkeys(part.source for part in parts)),
        precision=min((part.precision for part in parts), key=_PRECISIONS.index),
        start=min(part.start for part in parts),
        end=max(part.end for part in parts),
        missing_months=tuple(sorted({month for part in parts for month in part.missing_months})),
        harm_edition=max(part.harm_edition for part in parts),
        attribution=_each(part.attribution for part in parts),
        is_synthetic=any(part.is_synthetic for part in parts),
        cautions=(*_each(part.cautions for part in parts), *warnings),
        extra=parts[0].extra | {"excluded_by_reason": dict(excluded.most_common())},
    )


def _each(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))
