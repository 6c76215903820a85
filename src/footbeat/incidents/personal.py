"""Columns that look like names, dates of birth, telephone or NHS numbers: refused, never stored.

Ranking places needs none of them. A header is enough to refuse a column; where the header is
silent, the values are looked at, and only ever described, never repeated.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_HEADERS = (
    ("a name", r"(^|_)(fore|first|given|middle|last|family|sur|full|maiden|nick)_?names?(_|$)"),
    ("a name", r"(^|_)(victim|suspect|offender|aggrieved|complainant|witness|caller)(_full)?_name"),
    ("a name", r"^(victim|suspect|offender|aggrieved|complainant|witness|caller|informant)s?$"),
    ("a date of birth", r"(^|_)(dob|d_o_b|birth|birthday|birth_?date)(_|$)"),
    ("a telephone number", r"(^|_)((tele)?phone|mobile|tel|msisdn)s?(_|$)"),
    ("an e-mail address", r"(^|_)e_?mails?(_|$)"),
    ("an NHS number", r"(^|_)nhs(_|$)"),
    ("a national insurance number", r"(^|_)(nino|ni_(no|number)|national_insurance)(_|$)"),
    ("a person's police or passport number", r"(^|_)(pnc_?id|passport|driving_licen[cs]e)(_|$)"),
)
_TITLES = r"(mr|mrs|ms|miss|dr|sir|lady|rev)\.?"
_FORENAMES = frozenset(
    files(__package__).joinpath("forenames.txt").read_text(encoding="utf-8").split()
)
_PHONE = re.compile(r"^(\+44|0044|0)\s?\(?0?\)?[1-37-9](\d[\s-]?){8,9}$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_NINO = re.compile(r"^[a-z]{2}\s?(\d{2}\s?){3}[a-d]$", re.IGNORECASE)
_NHS_LENGTH = 10
_FEWEST_VALUES = 5
_MOST_SHARE = 0.5


def name_personal_header(header: str) -> str:
    """Return what kind of personal data a normalised header names, or nothing."""
    return next((what for what, pattern in _HEADERS if re.search(pattern, header)), "")


def name_personal_values(values: Sequence[str]) -> str:
    """Return what kind of personal data most of some distinct values look like, or nothing.

    A date of birth cannot be told from another date by its values: only its header tells.
    """
    present = [value.strip() for value in values if value and value.strip()]
    if len(present) < _FEWEST_VALUES:
        return ""
    return next((what for what, test in _VALUES if _share(present, test) > _MOST_SHARE), "")


def is_plain_word(text: str) -> bool:
    """Tell whether a text may be repeated in a message: a code or a few plain words, no name.

    Examples
    --------
    >>> is_plain_word("Awaiting review"), is_plain_word("John Smith"), is_plain_word("07700900123")
    (True, False, False)
    """
    short = re.fullmatch(r"[A-Za-z][A-Za-z &/()'-]{0,39}|[A-Za-z0-9-]{1,6}", text)
    return short is not None and not any(test(text) for _, test in _VALUES)


def _share(values: Iterable[str], test: Callable[[str], bool]) -> float:
    found = [test(value) for value in values]
    return sum(found) / len(found)


def _is_name(value: str) -> bool:
    words = re.split(r"[\s,]+", value.casefold())
    if not 2 <= len(words) <= 4:  # noqa: PLR2004 - a forename and a surname at least
        return False
    titled = re.fullmatch(_TITLES, words[0]) is not None
    # A street may bear a forename; a person's last word is no kind of street.
    return titled or (not _STREET.search(value) and not _FORENAMES.isdisjoint(words))


_STREET = re.compile(
    r"\b(street|st|road|rd|avenue|ave|lane|ln|close|drive|way|court|place|square|terrace|gardens"
    r"|crescent|grove|park|hill|row|walk|mews|gate|green|view|rise|parade|bridge)\b",
    re.IGNORECASE,
)


def _is_nhs_number(value: str) -> bool:
    """Check the modulus-11 digit of the NHS number."""
    digits = re.sub(r"[\s-]", "", value)
    if not (digits.isdigit() and len(digits) == _NHS_LENGTH):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    check = (11 - total % 11) % 11
    return check < 10 and check == int(digits[-1])  # noqa: PLR2004 - 10 is never issued


_VALUES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("an NHS number", _is_nhs_number),
    ("a telephone number", lambda value: _PHONE.match(value) is not None),
    ("an e-mail address", lambda value: _EMAIL.match(value) is not None),
    ("a national insurance number", lambda value: _NINO.match(value) is not None),
    ("a name", _is_name),
)
