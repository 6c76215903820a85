"""Incidents a choice of hours leaves out, counted where only some of them are at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from footbeat.incidents.counts import UNTIMED, is_timed, say_untimed
from footbeat.incidents.load import Incidents
from footbeat.targeting.layout import would_count
from footbeat.targeting.tally import columns_for, is_located, times_of

if TYPE_CHECKING:
    import shapely

    from footbeat.engine.base import Engine
    from footbeat.targeting.layout import CaseOptions
    from footbeat.targeting.tally import BulkFile

_COUNTED = pa.schema([("by", pa.string()), ("n", pa.int64())])


def count_untimed(
    file: BulkFile,
    options: CaseOptions,
    *,
    engine: Engine,
    area: shapely.Geometry | None = None,
    by: str = "",
) -> dict[str, int]:
    """Count the incidents whose time is not known well enough, by the values of a column.

    The arguments are those of `tally_incidents`; nothing is read where no hours or weekdays are
    asked for.
    """
    if options.hours is None and not options.weekdays:
        return {}
    always = replace(options, hours=None, weekdays=())
    by_hour = options.hours is not None

    def kernel(rows: pa.Table) -> pa.Table:
        located = rows.filter(pa.array(is_located(rows, area)))
        chosen = would_count(Incidents(located, file.provenance), always)
        lost = chosen.where(~is_timed(chosen, by_hour=by_hour)).table
        values = lost[by].fill_null("") if by else pa.array(np.full(len(lost), ""), pa.string())
        return pa.table({"by": values, "n": times_of(lost)}, schema=_COUNTED)

    source = file.source(columns_for(file, options, by))
    found = engine.add_up([source], kernel, schema=_COUNTED, by=["by"])
    return dict(zip(found["by"].to_pylist(), found["n"].to_pylist(), strict=True))


def retell_untimed(chosen: Incidents, among: Incidents, left_out: int) -> Incidents:
    """Return what was chosen among some records, with the number left out of all there are."""
    before = among.provenance.cautions
    said = chosen.provenance.cautions
    others = tuple(text for text in said if text in before or not text.endswith(UNTIMED))
    known = replace(chosen.provenance, cautions=others)
    return say_untimed(replace(chosen, provenance=known), left_out)
