"""An address without the door: the street and public places stay, homes and numbers go."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

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
    r"(?i)^((flat|unit|apartment|apt|room|plot|no|number|house)\b\.?\s*#?(\d+[a-z]?|[a-z])\b\s*/?\s*)+"
)
_LEAD = re.compile(
    r"(?i)^(outside|o/s|opposite|opp|o/p|rear of|r/o|c/o|care of|front of|at)\b\.?\s*(?=#?\d)"
)
_NUMBER = r"#?\d+[a-z]?((\s?[-/&]\s?|\s+(to|and)\s+)\d+[a-z]?)?"
_NUMBER_FIRST = re.compile(
    rf"(?i)^{_NUMBER}\b[\s.]*(?!block\b|hundred\b)|^#?\d+(?=(?-i:[A-Z][a-z]))"
)
_NUMBER_LAST = re.compile(rf"(?i)(?<=[a-z])\s+{_NUMBER}$")
_NUMBER_ASIDE = re.compile(rf"(?i)\s*\((no|number|flat|unit)?\b\.?\s*{_NUMBER}\)")
_NUMBERED_ROAD = re.compile(
    r"(?i)\b(junction|jct|platform|route|highway|hwy|sr|us|interstate|gate|bay|stop)\s+\d+[a-z]?$"
)
# What an address must have for any of this to change it, as Arrow reads it.
_SIGNS = (
    r"(?i)[0-9,#]|^(the )?(flat|unit|apartment|apt|room|plot|bedsit|caravan|home)\b|\bfloor\b|'s "
)
# Begins at the first digit, which is found faster than a letter is; the letters stand before it.
_POSTCODE = re.compile(
    r"[0-9](?i:(?<=\b[a-z].)|(?<=\b[a-z][a-z].))(?i:[0-9a-z]?\s*[0-9][a-z]{2}\b)"
)
_BETWEEN = "," + "".join(filter(str.isspace, map(chr, range(0x3001))))
_BLOCK = re.compile(r"(?i)^\S+ (hundred )?block\b")
_PLAIN_DOOR = re.compile(r"[0-9]+[A-Za-z]? (?!(?i:block|hundred)\b)([A-Za-z][A-Za-z' ]*)$")
# The plain forms of a number at the beginning and a postcode at the end, as Arrow reads them.
_FIRST_NUMBER = r"^[0-9]+[A-Za-z]? ([A-Za-z][A-Za-z' ]*(,|$))"
_FIRST_BLOCK = r"(?i)^[0-9]+[a-z]? (block|hundred)\b"
_LAST_POSTCODE = r"(?i)[ ,]+[a-z]{1,2}[0-9][0-9a-z]?[ ]*[0-9][a-z]{2}$"
# Parts of addresses come again and again: streets, towns, numbers in a street.
_REMEMBERED = 1 << 16


def name_streets(locations: pa.Array) -> pa.Array:
    """Return locations as :func:`name_street` does, each form of address looked at once.

    Doors of a street differ by a number and a postcode that go anyway: without them thousands
    of addresses become a few.
    """
    odd = pc.match_substring_regex(locations, _SIGNS)
    addresses = locations.filter(odd)
    doors = pc.replace_substring_regex(addresses, _LAST_POSTCODE, "")
    doors = pc.replace_substring_regex(doors, _FIRST_NUMBER, r"1 \1")
    alike = pc.if_else(pc.match_substring_regex(addresses, _FIRST_BLOCK), addresses, doors)
    encoded = alike.dictionary_encode()
    streets = [name_street(text) for text in encoded.dictionary.to_pylist()]
    return pc.replace_with_mask(
        locations, odd, pa.array(streets, pa.string()).take(encoded.indices)
    )


@lru_cache(_REMEMBERED)
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
    parts = [_judge(part) for part in map(str.strip, _drop_postcodes(location).split(",")) if part]
    street = _find_street(parts)
    kept = [
        part.text
        for place, part in enumerate(parts)
        if part.text and not (part.is_dwelling or (place < street and not part.is_public))
    ]
    return ", ".join(kept) or None


def _drop_postcodes(location: str) -> str:
    """Return a location without postcodes and what parts them from the words before."""
    kept, at = [], 0
    for found in _POSTCODE.finditer(location):
        head = location[at : found.start() - 1]
        if head[-1:].isalpha():
            head = head[:-1]
        kept.append(head.rstrip(_BETWEEN))
        at = found.end()
    return "".join([*kept, location[at:]])


class _Part(NamedTuple):
    """What stands between two commas: its text without a number, and what it is."""

    text: str
    is_numbered: bool
    is_street: bool
    is_dwelling: bool
    is_public: bool


def _find_street(parts: list[_Part]) -> int:
    """Return the place of the part that is the street: the last with a number, if any has one."""
    if len(parts) == 1:
        return 0
    streets = [place for place, part in enumerate(parts) if part.is_street]
    numbered = [place for place, part in enumerate(parts) if part.is_numbered]
    doors = [place for place in numbered if parts[place].is_street]
    return (doors[-1:] or streets[:1] or numbered[-1:] or [0])[0]


def _judge(part: str) -> _Part:
    """Judge a part; a plain number before words, which is most of them, by its words alone."""
    if door := _PLAIN_DOOR.match(part):
        return _judge_door(door[1])
    return _judge_whole(part)


@lru_cache(_REMEMBERED)
def _judge_door(words: str) -> _Part:
    return _describe(words, words, is_numbered=True)


@lru_cache(_REMEMBERED)
def _judge_whole(part: str) -> _Part:
    text = _without_number(part)
    return _describe(part, text, is_numbered=bool(text) and text != part)


def _describe(part: str, text: str, *, is_numbered: bool) -> _Part:
    is_street = _STREET.search(text) is not None
    return _Part(
        text,
        is_numbered,
        is_street,
        is_dwelling=_DWELLING.search(text) is not None and not is_street,
        is_public=_PUBLIC.search(part) is not None,
    )


def _without_number(part: str) -> str:
    if _BLOCK.search(part) or _NUMBERED_ROAD.search(part):
        return part
    text = _UNIT.sub("", _LEAD.sub("", _NUMBER_ASIDE.sub("", part)))
    return _NUMBER_LAST.sub("", _NUMBER_FIRST.sub("", text)).strip()
