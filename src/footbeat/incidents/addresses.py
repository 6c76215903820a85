"""An address without the door: the street and public places stay, homes and numbers go."""

from __future__ import annotations

import re

_STREET = re.compile(
    r"\b(street|st|road|rd|avenue|ave|lane|ln|close|cl|drive|dr|way|court|ct|place|pl|square|sq"
    r"|terrace|gardens|crescent|cres|grove|park|hill|row|walk|mews|parade|chase|broadway|esplanade)"
    r"\.?$",
    re.IGNORECASE,
)
# Premises anyone may name; every other part before the street may be a home.
_PUBLIC = re.compile(
    r"\b(hospital|infirmary|a&e|police|custody|prison|hmp|station|airport|car park|parking|school"
    r"|college|university|academy|church|library|theatre|cinema|stadium|arena|centre|supermarket"
    r"|shop|shopping|store|superstore|retail|market|nightclub|club|pub|bar|hotel|petrol|junction"
    r"|jct|j\d+)\b",
    re.IGNORECASE,
)
_DWELLING = re.compile(
    r"(?i)^(the )?(flat|unit|apartment|apt|room|plot|bedsit|caravan)\b"
    r"|\bfloor\b|^home (of|address)\b|'s (home|house|address)\b"
)
# A unit and its number before the rest of the part, as in “Flat 2 14 High Street”.
_UNIT = re.compile(
    r"(?i)^((flat|unit|apartment|apt|room|plot|no|number|house)\b\.?\s*#?(\d+[a-z]?|[a-z])\b\s*)+"
)
_LEAD = re.compile(r"(?i)^(outside|o/s|opposite|opp|o/p|rear of|r/o|front of|at)\b\.?\s*(?=#?\d)")
_NUMBER = r"#?\d+[a-z]?(\s?[-/&]\s?\d+[a-z]?)?"
_NUMBER_FIRST = re.compile(
    rf"(?i)^{_NUMBER}\b[\s.]*(?!block\b|hundred\b)|^#?\d+(?=(?-i:[A-Z][a-z]))"
)
_NUMBER_LAST = re.compile(rf"(?i)(?<=[a-z])\s+{_NUMBER}$")
_NUMBERED_ROAD = re.compile(
    r"(?i)\b(junction|jct|platform|route|highway|hwy|sr|us|interstate|gate|bay|stop)\s+\d+[a-z]?$"
)
# What an address must have for any of this to change it, as Arrow reads it.
SIGNS = (
    r"(?i)[0-9,#]|^(the )?(flat|unit|apartment|apt|room|plot|bedsit|caravan|home)\b|\bfloor\b|'s "
)
_POSTCODE = re.compile(r"(?i)[\s,]*\b[a-z]{1,2}[0-9][0-9a-z]?\s*[0-9][a-z]{2}\b")
_BLOCK = re.compile(r"(?i)^\S+ (hundred )?block\b")


def name_street(location: str) -> str | None:
    """Return a location without house numbers, units, names of homes and postcodes.

    What stands before a numbered house or a street is dropped unless it is a place anyone may
    name, such as a hospital; a place with neither stays as it is. None when nothing is left.

    Examples
    --------
    >>> name_street("Flat 2, Rose Villa, 22 Elm Rd, Leigh, SS9 1AA")
    'Elm Rd, Leigh'
    >>> name_street("Railway Station, A13")
    'Railway Station, A13'
    """
    parts = [part.strip() for part in _POSTCODE.sub("", location).split(",") if part.strip()]
    bare = [_without_number(part) for part in parts]
    street = _find_street(parts, bare)
    kept = [
        text
        for place, (part, text) in enumerate(zip(parts, bare, strict=True))
        if text and not _is_home(part, text, is_before=place < street)
    ]
    return ", ".join(kept) or None


def _find_street(parts: list[str], bare: list[str]) -> int:
    """Return the place of the part that is the street: the last with a number, if any has one."""
    numbered = [place for place, part in enumerate(parts) if bare[place] and bare[place] != part]
    streets = [place for place, text in enumerate(bare) if _STREET.search(text)]
    doors = [place for place in numbered if place in streets]
    return (doors[-1:] or streets[:1] or numbered[-1:] or [0])[0]


def _is_home(part: str, text: str, *, is_before: bool) -> bool:
    if _DWELLING.search(text) and not _STREET.search(text):
        return True
    return is_before and not _PUBLIC.search(part)


def _without_number(part: str) -> str:
    if _BLOCK.search(part) or _NUMBERED_ROAD.search(part):
        return part
    text = _UNIT.sub("", _LEAD.sub("", part))
    return _NUMBER_LAST.sub("", _NUMBER_FIRST.sub("", text)).strip()
