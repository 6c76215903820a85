"""Rows alike in their texts, so that what only texts decide is decided once and not row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

_MOST_CODES = 1 << 20


@dataclass(frozen=True, slots=True)
class Alike:
    """Which rows are alike.

    Attributes
    ----------
    code
        The number of each row's likeness, from 0, shape (rows,).
    row
        One row of each likeness, shape (likenesses,).
    """

    code: IntArray
    row: IntArray


def number_texts(column: pa.ChunkedArray) -> tuple[IntArray, pa.Array]:
    """Return the number of each row's value and the values, a missing one among them."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary


def find_alike(rows: pa.Table, names: Sequence[str]) -> Alike:
    """Return which rows have the same values, missing ones among them, in some columns."""
    code, n_codes = np.zeros(len(rows), dtype=np.int64), 1
    for name in names:
        numbers, values = number_texts(rows[name])
        code, n_codes = _number_anew(code * len(values) + numbers, n_codes * len(values))
    row = np.zeros(n_codes, dtype=np.int64)
    row[code] = np.arange(len(rows))
    return Alike(code, row)


def _number_anew(code: IntArray, n_codes: int) -> tuple[IntArray, int]:
    """Return the same codes numbered without gaps, and how many there are."""
    if n_codes > _MOST_CODES:
        used, code = np.unique(code, return_inverse=True)
        return code, used.size
    is_used = np.zeros(n_codes, dtype=bool)
    is_used[code] = True
    number = np.cumsum(is_used) - 1
    return number[code], int(is_used.sum())
