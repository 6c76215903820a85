"""Tables of one place put together: crimes and the logs they came from, counted once.

Joining adds no row up and throws no record away: a log and its crime both stay, each naming
the other, and whatever counts them counts one (see `footbeat.incidents.links`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import MismatchError, UsageError
from footbeat.incidents.cells import sum_removed
from footbeat.incidents.links import find_links
from footbeat.incidents.load import SOURCES_BETWEEN, Incidents
from footbeat.incidents.tally import PRECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from footbeat.tables import Provenance

# What a later extract leaves as it was. Status and recording change; offence and category do
# not make one record of two offences under one number.
_SAME_RECORD = ("source", "kind", "incident_id", "offence", "category", "start", "x", "y")
_SAME_KEY = ("source", "kind", "incident_id")


@dataclass(frozen=True, slots=True)
class Joined:
    """Tables put together.

    Attributes
    ----------
    copies
        Rows left out since another table holds the same record.
    linked
        Rows that name another row of the joined table, with which they count once.
    unmatched
        Rows that name records none of the tables holds: they count on their own.
    """

    incidents: Incidents
    copies: int
    linked: int
    unmatched: int
    by_kind: Mapping[str, int]
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the joined table as a pandas frame."""
        return self.incidents.to_frame()


def join_incidents(parts: Sequence[Incidents]) -> Joined:
    """Put tables together; what one says of the other by `linked_id` is kept and counted.

    A record that several tables hold is kept once, as the table that reaches furthest has it,
    whatever the order of `parts`; of tables that reach equally far the one in which it no
    longer counts. Rows of one table are never copies of each other: reading settled them.

    Raises
    ------
    UsageError
        When there are fewer than two tables.
    MismatchError
        When they differ in coordinate system, time zone or edition of harm.
    """
    _check_alike([part.provenance for part in parts])
    together = pa.concat_tables([part.table.replace_schema_metadata(None) for part in parts])
    kept = together.filter(pa.array(_holds(together, parts)))
    order = [("start", "ascending"), ("incident_id", "ascending"), ("kind", "ascending")]
    table = kept.sort_by([*order, ("offence", "ascending"), ("category", "ascending")])
    links = find_links(table)
    copies = together.num_rows - table.num_rows
    warnings = _warn(parts, links.unmatched, copies)
    provenance = _merge([part.provenance for part in parts], table, warnings)
    return Joined(
        incidents=Incidents(table, provenance),
        copies=copies,
        linked=len(np.unique(links.naming)),
        unmatched=links.unmatched,
        by_kind=_count(table, "kind"),
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


def _holds(table: pa.Table, parts: Sequence[Incidents]) -> NDArray[np.bool_]:
    """Tell which rows stay: of a record in several tables, that of the latest."""
    frame = table.select(_SAME_RECORD).to_pandas()
    frame["part"] = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    # Where the identifier is the key, all else about a record may have changed.
    is_key = np.isin(table.column("source"), [s for part in parts for s in _keyed(part)])
    frame.loc[is_key, [name for name in _SAME_RECORD if name not in _SAME_KEY]] = None
    # The second of two like rows of one table is a copy of the second of another only.
    frame["nth"] = frame.groupby(["part", *_SAME_RECORD], dropna=False).cumcount()
    frame["reach"] = [parts[part].provenance.end for part in frame["part"]]
    frame["is_live"] = np.asarray(pc.equal(table.column("status"), "live"))
    best_first = frame.sort_values(["reach", "is_live"], ascending=[False, True], kind="stable")
    return np.asarray(~best_first.duplicated([*_SAME_RECORD, "nth"]).sort_index(), bool)


def _keyed(part: Incidents) -> Sequence[str]:
    """Return the sources of a table whose identifiers are keys."""
    keyed: Sequence[str] = part.provenance.extra.get("identifier_is_key", ())
    return keyed


def _warn(parts: Sequence[Incidents], n_unmatched: int, copies: int) -> tuple[str, ...]:
    periods = {(part.provenance.start, part.provenance.end) for part in parts}
    told = [f"{part.provenance.source} {_period(part.provenance)}" for part in parts]
    unlike = f"The tables cover unlike periods: {'; '.join(told)}. Count only days all cover."
    alone = f"{n_unmatched:,} records name one that no table holds, and count on their own."
    twice = (
        f"{copies:,} records stand in several tables: the one that reaches furthest holds, and "
        "of those that reach equally far the one in which the record no longer counts."
    )
    said = ((unlike, len(periods) > 1), (alone, n_unmatched > 0), (twice, copies > 0))
    return tuple(text for text, applies in said if applies)


def _period(part: Provenance) -> str:
    return f"{part.start} to {part.end}"


def _merge(parts: Sequence[Provenance], table: pa.Table, warnings: tuple[str, ...]) -> Provenance:
    """Return what holds for all: the coarsest precision, every caution, every missing month."""
    keyed = {source for part in parts for source in part.extra.get("identifier_is_key", ())}
    rejects: Counter[str] = Counter()
    removed: Counter[tuple[str, str]] = Counter()
    for part in parts:
        rejects.update(part.extra.get("rejects_by_reason", {}))
        for ours, kinds in part.extra.get("personal_values_removed", {}).items():
            removed.update({(ours, what): n for what, n in kinds.items()})
    extra = {
        "excluded_by_reason": _count(table, "excluded"),
        "rejects_by_reason": dict(rejects.most_common()),
        "personal_values_removed": sum_removed(removed),
        "identifier_is_key": sorted(keyed),
    }
    return replace(
        parts[0],
        source=SOURCES_BETWEEN.join(
            dict.fromkeys(name for part in parts for name in part.source.split(SOURCES_BETWEEN))
        ),
        precision=min((part.precision for part in parts), key=PRECISIONS.index),
        start=min(part.start for part in parts),
        end=max(part.end for part in parts),
        missing_months=tuple(sorted({month for part in parts for month in part.missing_months})),
        harm_edition=max(part.harm_edition for part in parts),
        attribution=_each(part.attribution for part in parts),
        is_synthetic=any(part.is_synthetic for part in parts),
        cautions=(*_each(part.cautions for part in parts), *warnings),
        extra=parts[0].extra | extra,
    )


def _count(table: pa.Table, name: str) -> dict[str, int]:
    """Return how many rows hold each value, the commonest first."""
    counts = pc.value_counts(table.column(name).drop_null()).to_pylist()
    return dict(Counter({pair["values"]: pair["counts"] for pair in counts}).most_common())


def _each(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))
