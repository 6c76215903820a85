"""Records that name one another: a crime, the log it came from and the ambulance beside it.

Links run both ways and in chains, and one record may name several; whatever hangs together
is one event, which counts as its crimes or, where there is none, as one record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_BETWEEN_NAMES = r"\s*[;,|&\n]\s*|\s+and\s+"
# Of linked records without a crime the one nearest to a crime counts.
_NEAREST = {"crime": 0, "incident-log": 1, "asb": 1, "ambulance": 2, "hospital": 3}


@dataclass(frozen=True, slots=True)
class Links:
    """Who names whom, by place of the row in the table.

    Attributes
    ----------
    naming, named
        Rows that name another and the rows they name, shape (links,).
    unmatched
        Rows that name others none of which the table holds.
    """

    naming: NDArray[np.int64]
    named: NDArray[np.int64]
    unmatched: int


def find_links(table: pa.Table) -> Links:
    """Return the links of a table of incidents; a `linked_id` may name several, as ``A1; A2``.

    Identifiers are compared without case and without spaces around them.
    """
    linked = table.column("linked_id").combine_chunks()
    rows = np.flatnonzero(np.asarray(linked.is_valid()))
    texts = _plain(linked.drop_null())
    parts = pc.split_pattern_regex(texts, _BETWEEN_NAMES)
    asked = pd.DataFrame(
        {
            "naming": np.concatenate([rows, rows[np.asarray(pc.list_parent_indices(parts))]]),
            "name": pa.concat_arrays([texts, pc.list_flatten(parts)]).to_numpy(
                zero_copy_only=False
            ),
        }
    ).drop_duplicates()
    names = _plain(table.column("incident_id").combine_chunks())
    held = pc.is_in(names, pa.array(asked["name"].unique(), pa.string()))
    of_name = pd.DataFrame(
        {
            "named": np.flatnonzero(np.asarray(held)),
            "name": names.filter(held).to_numpy(zero_copy_only=False),
        }
    )
    found = asked.merge(of_name, on="name").query("naming != named")
    naming = found["naming"].to_numpy(np.int64)
    unmatched = len(np.setdiff1d(rows, naming))
    return Links(naming, found["named"].to_numpy(np.int64), unmatched)


def counts_once(table: pa.Table, kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which rows of some kinds to count, shape (rows,), so that each event counts once.

    Every crime counts. What hangs together with one does not, through records of other kinds
    too; and of linked records without a crime the one nearest to a crime counts: a log before
    an ambulance, a live one before a cancelled, one that is named before those that name it.
    """
    wanted = np.asarray(pc.is_in(table.column("kind"), pa.array(list(kinds))))
    linked = table.column("linked_id")
    if linked.null_count == len(linked):
        return wanted
    links = find_links(table)
    rows, event = _group(links)
    frame = table.select(["incident_id", "kind", "status"]).take(rows).to_pandas()
    frame["event"], frame["row"] = event, rows
    frame = frame[wanted[rows]]
    frame["rank"] = frame["kind"].map(_NEAREST)
    frame["is_off"] = frame["status"] != "live"
    frame["is_naming"] = np.isin(frame["row"], links.naming)
    order = ["event", "rank", "is_off", "is_naming", "incident_id"]
    best = frame.sort_values(order).groupby("event")[["kind", "incident_id"]].first()
    mine = best.reindex(frame["event"]).set_axis(frame.index)
    is_best = (mine == frame[["kind", "incident_id"]]).all(axis=1)
    counted = wanted.copy()
    counted[frame.loc[(frame["kind"] != "crime") & ~is_best, "row"]] = False
    return counted


def _group(links: Links) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the rows that are linked at all, and the number of the event each belongs to."""
    ends = np.concatenate([links.naming, links.named])
    rows, place = np.unique(ends, return_inverse=True)
    naming, named = np.split(place, 2)
    graph = coo_array((np.ones(len(naming), np.int8), (naming, named)), shape=(len(rows),) * 2)
    _, event = connected_components(graph, directed=False)
    return rows, event


def _plain(texts: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(texts))
