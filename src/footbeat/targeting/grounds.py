"""The ground that the records of a file lie on, for files too large to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.targeting.alike import number_texts
from footbeat.targeting.extent import main_ground, outer_points
from footbeat.targeting.tally import coordinates_of, is_located, times_of

if TYPE_CHECKING:
    import shapely

    from footbeat.engine.base import Engine
    from footbeat.targeting.tally import BulkFile

_OUTER = pa.schema(
    [("by", pa.string()), ("x", pa.float64()), ("y", pa.float64()), ("n", pa.int64())]
)


def gather_grounds(file: BulkFile, *, engine: Engine, by: str = "") -> dict[str, shapely.Geometry]:
    """Return the ground the located records lie on, by the values of a column."""

    def kernel(rows: pa.Table) -> pa.Table:
        located = rows.filter(pa.array(is_located(rows, None)))
        numbers, values = np.zeros(len(located), np.int64), pa.array([""])
        if by:
            numbers, values = number_texts(located[by])
        x, y, n, value = outer_points(*coordinates_of(located), numbers, times_of(located))
        columns = [values.take(pa.array(value)).fill_null(""), x, y, n]
        return pa.table(dict(zip(_OUTER.names, columns, strict=True)), schema=_OUTER)

    names = ("x", "y", "location_grade", *([by] if by else []))
    found = engine.gather([file.source(names)], kernel, schema=_OUTER)
    apart = (
        (value, found.filter(pc.equal(found["by"], value)))
        for value in pc.unique(found["by"]).to_pylist()
    )
    return {
        value: main_ground(*coordinates_of(part), part["n"].to_numpy())[0] for value, part in apart
    }
