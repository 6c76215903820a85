"""The words that stand in written dates: months, weekdays, am and pm, zones, ordinals."""

# ruff: noqa: PLR2004 - the letters and lengths of written words are themselves

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

AM, PM, ZULU, SILENT, SUMMER = 20, 21, 22, 23, 24
# Known by their first three letters or more; nothing else may follow.
_NAMES = (
    b"january", b"february", b"march", b"april", b"may", b"june", b"july", b"august",
    b"september", b"october", b"november", b"december",
    b"monday", b"tuesday", b"wednesday", b"weds", b"thursday", b"friday", b"saturday", b"sunday",
)  # fmt: skip
_WORDS = (b"t", b"st", b"nd", b"rd", b"th", b"of", b"at", b"am", b"pm", b"z", b"gmt", b"utc",
          b"bst", b"sept")  # fmt: skip
_MEANINGS = (SILENT,) * 7 + (AM, PM, ZULU, ZULU, ZULU, SUMMER, 9)


@numba.njit(cache=True, nogil=True)
def read_word(word: Bytes) -> int:
    """Return a month's number, or which of the other known words this is, or 0."""
    if len(word) > 2:
        for place in range(len(_NAMES)):
            if _begins(_NAMES[place], word):
                return place + 1 if place < 12 else SILENT
    for place in range(len(_WORDS)):
        if len(word) == len(_WORDS[place]) and _begins(_WORDS[place], word):
            return _MEANINGS[place]
    return 0


@numba.njit(cache=True, nogil=True)
def _begins(name: bytes, word: Bytes) -> bool:
    if len(word) > len(name):
        return False
    for at in range(len(word)):  # noqa: SIM110 - numba knows no generators
        if word[at] | 32 != name[at]:
            return False
    return True
