"""What a geocoder's match level says of how exactly a place is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first that fits; only an exact match, and nothing that merely speaks of one, is grade A.
_WORDS = (
    ("X", re.compile(r"\bnone\b|no match|unmatched|not matched|fail", re.IGNORECASE)),
    ("A", re.compile(r"^(exact|rooftop|address|premises?)( match| level)?$", re.IGNORECASE)),
    ("D", re.compile(r"\b(beat|ward|sector|town|city|default|centroid)\b", re.IGNORECASE)),
    ("C", re.compile(r"\b(street|road|postcode|interpolated)\b", re.IGNORECASE)),
)


def name_grade(text: str, codes: Mapping[str, str]) -> str | None:
    """Return the grade of a match level by its code or its words, or nothing where none is known.

    Examples
    --------
    >>> name_grade("EXACT MATCH", {}), name_grade("Level 1", {}), name_grade("l1", {"l1": "B"})
    ('A', None, 'B')
    """
    value = codes.get(text.casefold(), text)
    if value in INCIDENTS["location_grade"].values:
        return value
    return next((grade for grade, words in _WORDS if words.search(text)), None)


def say_unknown_levels(n_rows: int, name: str) -> str:
    """Return the note on rows without a known match level, or nothing."""
    if not n_rows:
        return ""
    return (
        f"{n_rows:,} rows of {name} have no match level of known meaning: their places count as "
        "known to the street at best. Code the levels under [codes.location_grade]."
    )
