"""Single values that are surely personal: blanked and counted where the column may stay.

A free text holds a telephone number once in a thousand rows. Refusing the whole column for it
would lose the streets of the others; keeping it would store what places are ranked without. Only
forms that hardly anything else has are blanked; a column with many of them is refused as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from footbeat.incidents.personal import is_nhs_number, is_sure_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IDENTIFIERS = ("incident_id", "linked_id")

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_UK_PHONE = re.compile(
    r"(?<![\w/.,-])(\+44[\s-]?\(?0?\)?|0044[\s-]?|\(?0)[1-37]\d\)?([\s-]?\d){7,8}(?![\w/]|[.,]\d)"
)
# As it is written abroad: no plus sign, and nothing but the number.
_LONE_MOBILE = re.compile(r"^44 ?7[1-57-9](\s?\d){8}$")
_SPACED_PHONE = re.compile(r"(?<![\w/.,-])(\+44|0044|\(?0)\s?[1-37]\d{2,4}\)?\s\d{3}\s?\d{3,4}\b")
_NHS = re.compile(r"(?<![\w/.-])\d{3}([ -])\d{3}\1\d{4}(?![\w/.-])")
_BARE_NHS = re.compile(r"^\d{10}$|(?i:\bnhs\D{0,12})\d{10}\b")
_NINO = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?\d{2}){3} ?[A-D]\b"
)
_SPACED_NINO = re.compile(r"\b[A-Z]{2} \d{2} \d{2} \d{2} [A-D]\b")
_DATE = r"(\d{1,2}[/.\s-](\d{1,2}|[a-z]{3,9})[/.\s-]\d{2,4}|\d{4}-\d{2}-\d{2})"
_BIRTH = re.compile(rf"(?i)\b(d\.?o\.?b\b\.?|date of birth|born)[^0-9]{{0,12}}{_DATE}")
_LONE_DATE = re.compile(rf"(?i)^{_DATE}$")
# A door and its street, a full postcode, or whose home: a location loses its door only.
_ADDRESS = re.compile(
    r"(?i)^((flat|apt|apartment|unit) \w+,? )?\d+[a-z]?,? [a-z' ]+ (street|st|road|rd|avenue"
    r"|ave|lane|close|drive|way|court|crescent|terrace|gardens|grove)\b"
    r"|^home of [a-z]|'s (home|house)\b"
    r"|(?-i:\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$)"
)


def _has_nhs_number(text: str) -> bool:
    return any(is_nhs_number(found[0]) for found in _NHS.finditer(text))


def _has_bare_nhs_number(text: str) -> bool:
    return any(is_nhs_number(found[0][-10:]) for found in _BARE_NHS.finditer(text))


def _is_named(text: str) -> bool:
    return any(is_sure_name(part.strip()) for part in (text, *re.split(r"[,;]", text)))


# Of references, which are numbers too, only what is spelt as no reference is.
_ANYWHERE: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("an e-mail address", _EMAIL.search),
    ("a telephone number", _SPACED_PHONE.search),
    ("an NHS number", _has_nhs_number),
    ("a national insurance number", _SPACED_NINO.search),
    ("a date of birth", _BIRTH.search),
    ("a name", _is_named),
)
_IN_TEXT: tuple[tuple[str, Callable[[str], object]], ...] = (
    *_ANYWHERE,
    ("a telephone number", _UK_PHONE.search),
    ("a telephone number", _LONE_MOBILE.match),
    ("a date", _LONE_DATE.match),
    ("an NHS number", _has_bare_nhs_number),
    ("a national insurance number", _NINO.search),
)
_BESIDE_PLACES: tuple[tuple[str, Callable[[str], object]], ...] = (
    *_IN_TEXT,
    ("an address", _ADDRESS.search),
)
# What a value must have to be looked at, as Arrow reads it: nearly none of the streets has.
_SIGNS = (
    r"@|([0-9][ ()-]*){9}|[0-9][/.-][0-9]+[/.-][0-9]|[0-9] [A-Za-z]{3,9} [0-9]{2}"
    r"|[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b"
    r"|(?i:\b(mr|mrs|ms|miss|dr|rev|sir|dob|d\.o\.b|born|birth)\b)"
    r"|(?i:\b(pc|pcso|dc|ps|ds|wpc|sgt|insp)\b)"
    r"|^[^\s,]+( [^\s,]+)?,\s*[^\s,]+( [^\s,]+)?$"
)
_SIGNS_OF_ADDRESSES = r"|[0-9][A-Za-z]?,? [A-Za-z]|[A-Z][0-9][0-9A-Z]? [0-9]|(?i:\bhome\b|'s h)"
_SIGNS_OF_IDENTIFIERS = "[@ ,]"


def name_personal_value(text: str, ours: str) -> str:
    """Return what kind of personal data a value of one of our columns surely is, or nothing.

    Examples
    --------
    >>> name_personal_value("High Street, caller 07700 900123", "location")
    'a telephone number'
    >>> name_personal_value("On or near Smith Street", "location")
    ''
    """
    forms = _IN_TEXT if ours == "location" else _BESIDE_PLACES
    if ours in IDENTIFIERS:
        forms = _ANYWHERE
    return next((what for what, test in forms if test(text)), "")


def find_personal_values(distinct: pa.Array, ours: str) -> dict[str, str]:
    """Return which of a column's distinct values are surely personal, each with its kind."""
    signs = _SIGNS if ours == "location" else _SIGNS + _SIGNS_OF_ADDRESSES
    if ours in IDENTIFIERS:
        signs = _SIGNS_OF_IDENTIFIERS
    odd = distinct.filter(pc.match_substring_regex(distinct, signs)).to_pylist()
    found = {text: name_personal_value(text, ours) for text in odd}
    return {text: what for text, what in found.items() if what}


def blank_values(texts: pa.Array, values: Mapping[str, str]) -> tuple[pa.Array, Counter[str]]:
    """Return texts without some values, and how many of each kind went.

    Parameters
    ----------
    values
        The values to blank and their kinds, as :func:`find_personal_values` gives them.
    """
    gone = pc.is_in(texts, pa.array(list(values), pa.string()))
    counts: Counter[str] = Counter()
    for pair in pc.value_counts(texts.filter(gone)).to_pylist():
        counts[values[pair["values"]]] += pair["counts"]
    return pc.if_else(gone, None, texts), counts


def sum_removed(removed: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return counts by column and kind as one table in another, for reports."""
    found: dict[str, dict[str, int]] = {}
    for (ours, what), n in sorted(removed.items()):
        found.setdefault(ours, {})[what] = n
    return found


def say_removed(removed: Mapping[tuple[str, str], int]) -> str:
    """Return the note on values that were blanked, or nothing.

    Examples
    --------
    >>> say_removed({("location", "a telephone number"): 2})
    'Single values that look personal were blanked, never stored: location 2 (a telephone number).'
    """
    if not removed:
        return ""
    told = [f"{ours} {n:,} ({what})" for (ours, what), n in sorted(removed.items())]
    return f"Single values that look personal were blanked, never stored: {', '.join(told)}."
