"""Texts as they come from a file, trimmed, and a number that stands for all of a row's texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.uint64]

# FNV-1a, 64 bits (Fowler, Noll and Vo 1991), and the finisher of SplitMix64 (Steele, Lea and
# Flood 2014), which lets any of its bits be used alone.
_BASIS = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MIX_ONE = np.uint64(0xBF58476D1CE4E5B9)
_MIX_TWO = np.uint64(0x94D049BB133111EB)
_BETWEEN = np.uint64(0x1F)
_SPACE, _LAST_ASCII = 32, 127


def tidy_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return texts trimmed, empty ones as missing, with a number `content` that equal rows share.

    The number depends on the texts and their order alone: the same on every machine and in
    every version of what read the file.
    """
    texts = [_tidy(column) for column in batch.columns]
    content = np.full(batch.num_rows, _BASIS)
    for column in texts:
        _add_content(*text_buffers(column), content)
    _finish(content)
    names = [*batch.schema.names, "content"]
    return pa.RecordBatch.from_arrays([*texts, pa.array(content)], names)


def text_buffers(texts: pa.Array) -> tuple[Bytes, NDArray[np.int32]]:
    """Return the letters of an array of strings and where each text begins; missing are empty."""
    filled = texts.fill_null("")
    _, offsets, data = filled.buffers()
    if not len(filled):
        return np.empty(0, np.uint8), np.zeros(1, np.int32)
    bounds = np.frombuffer(offsets, np.int32)[filled.offset : filled.offset + len(filled) + 1]
    letters = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return letters, bounds


def _tidy(texts: pa.Array) -> pa.Array:
    """Trim where there is something to trim, which in most files is nowhere."""
    if _count_untidy(*text_buffers(texts)) == texts.null_count:
        return texts
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


@numba.njit(cache=True, nogil=True)
def _count_untidy(letters: Bytes, bounds: NDArray[np.int32]) -> int:
    """Count texts that are empty or may begin or end with a space."""
    n = 0
    for row in range(len(bounds) - 1):
        start, end = bounds[row], bounds[row + 1]
        if start == end:
            n += 1
            continue
        first, last = letters[start], letters[end - 1]
        n += not (_SPACE < first <= _LAST_ASCII and _SPACE < last <= _LAST_ASCII)
    return n


@numba.njit(cache=True, nogil=True)
def _add_content(letters: Bytes, bounds: NDArray[np.int32], content: Numbers) -> None:
    for row in range(len(bounds) - 1):
        number = content[row]
        for at in range(bounds[row], bounds[row + 1]):
            number = (number ^ np.uint64(letters[at])) * _PRIME
        content[row] = (number ^ _BETWEEN) * _PRIME


@numba.njit(cache=True, nogil=True)
def _finish(content: Numbers) -> None:
    for row in range(len(content)):
        number = content[row]
        number = (number ^ (number >> np.uint64(30))) * _MIX_ONE
        number = (number ^ (number >> np.uint64(27))) * _MIX_TWO
        content[row] = number ^ (number >> np.uint64(31))
