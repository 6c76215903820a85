"""Group names as numbers: each name is looked at once, however many rows it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def number_groups(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """Return the names of a column and each row's place among them, -1 where it has none.

    The names are in no order, and one may stand there twice.

    Examples
    --------
    >>> number_groups(pa.chunked_array([["b", "a"], ["b", None]]))
    (['b', 'a'], array([ 0,  1,  0, -1]))
    """
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if not coded.num_chunks:
        return [], np.empty(0, dtype=np.int64)
    chunks = coded.unify_dictionaries().chunks
    places = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in chunks]
    return chunks[0].dictionary.to_pylist(), np.concatenate(places).astype(np.int64)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema with plain values where it holds dictionaries of them."""
    kinds = (f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema)
    return pa.schema([f.with_type(kind) for f, kind in zip(schema, kinds, strict=True)])
