"""Columns that look like names, dates of birth, telephone or NHS numbers: refused, never stored.

Ranking places needs none of them. A header is enough to refuse a column; where the header is
silent, the values are looked at, and only ever described, never repeated.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

_ROLES = "victim|suspect|offender|aggrieved|complainant|witness|caller|informant|reporter"
_HEADERS = (
    ("a name", r"^(names?|persons?|people|nominals?)_?\d*$"),
    (
        "a name",
        r"(^|_)(alias(es)?|next_of_kin|guardians?|initials|oic)_?\d*(_|$)|(^|_)parent_names?",
    ),
    ("a name", r"^((attending|investigating|arresting|reporting|case)_)?officers?_?\d*$"),
    ("a name", r"(^|_)(fore|first|given|middle|last|family|sur|full|maiden|nick)_?names?\d*(_|$)"),
    ("a name", rf"(^|_)({_ROLES}|person|nominal|officer)s?\d*(_full)?_names?\d*(_|$)"),
    ("a name", rf"^({_ROLES})s?_?\d*(_details?|_info)?$"),
    ("a date of birth", r"(^|_)(dob\d*|yob|d_o_b|do_b|birth|birthday|birth_?date|born)(_|$)"),
    ("a telephone number", r"(^|_)((tele)?phone|mobile|mob|tel|telno|msisdn)s?\d*(_|$)"),
    ("a telephone number", r"(^|_)contact_(no|num|number|tel|details?)(_|$)"),
    ("an e-mail address", r"(^|_)e_?mails?(_|$)"),
    ("an NHS number", r"(^|_)nhs(_|$)"),
    ("a national insurance number", r"(^|_)(nino|ni_(no|number)|national_insurance)(_|$)"),
    ("a person's police or passport number", r"(^|_)(pnc_?id|passport|driving_licen[cs]e)(_|$)"),
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A form that personal data take.

    Attributes
    ----------
    most
        Share of the values, or of the rows, up to which it may be chance.
    fewest
        Distinct values of the form below which it may be chance.
    is_sure_in_bulk
        Whether fewer values are enough where most rows have them.
    is_sure
        Whether hardly anything else has the form: then only rows count, since a few are blanked.
    """

    what: str
    test: Callable[[str], bool]
    most: float
    fewest: int = 1
    is_sure_in_bulk: bool = False
    is_sure: bool = False


def name_personal_header(header: str) -> str:
    """Return what kind of personal data a header names, or nothing.

    Examples
    --------
    >>> name_personal_header("VictimName"), name_personal_header("Street name")
    ('a name', '')
    """
    forms = {_plain(header), _plain(_HUMP.sub("_", header))}
    return next(
        (what for what, pattern in _HEADERS if any(re.search(pattern, form) for form in forms)), ""
    )


def name_personal_values(
    values: Sequence[str], rows: Sequence[int] = (), *, blanked: Container[str] = ()
) -> str:
    """Return what kind of personal data too many of some distinct values look like, or nothing.

    Forms that hardly anything else has are refused at a few in a hundred; forms that places and
    references have too, such as two words one of which is a forename, only in numbers.

    Parameters
    ----------
    rows
        How many rows have each value; by default one each.
    blanked
        Values that will not be kept, which forms that places have too leave out of account.
    """
    counted = dict(zip(values, rows or [1] * len(values), strict=True))
    present = {value.strip(): n for value, n in counted.items() if value and value.strip()}
    gone = {value.strip() for value in counted if value and value in blanked}
    kept = {value: n for value, n in present.items() if value not in gone}
    found = (s.what for s in _SHAPES if _is_too_many(present if s.is_sure else kept, s))
    return next(found, "")


def is_plain_word(text: str) -> bool:
    """Tell whether a text may be repeated in a message: a code or a few plain words, no name.

    Examples
    --------
    >>> is_plain_word("Awaiting review"), is_plain_word("John Smith"), is_plain_word("07700900123")
    (True, False, False)
    """
    short = re.fullmatch(r"[A-Za-z][A-Za-z &/()'-]{0,39}|[A-Za-z0-9-]{1,6}", text)
    return short is not None and not (_names_someone(text) or any(s.test(text) for s in _SHAPES))


def _names_someone(text: str) -> bool:
    """Tell whether any word is a known name, which no status needs."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return not (_FORENAMES | _SURNAMES).isdisjoint(words)


def _is_too_many(present: dict[str, int], shape: _Shape) -> bool:
    found = [value for value in present if shape.test(value)]
    if not found:
        return False
    by_row = sum(present[value] for value in found) / sum(present.values())
    share = by_row if shape.is_sure else len(found) / len(present)
    if len(found) < shape.fewest:
        return shape.is_sure_in_bulk and by_row > _MOST_BY_CHANCE
    return max(share, by_row) > shape.most and (shape.test is not _is_bare_mobile or _vary(found))


def _vary(numbers: Sequence[str]) -> bool:
    """Tell numbers dealt out at random from those counted up, which begin alike."""
    return len({number[1:3] for number in numbers}) >= _FEWEST_VALUES


def _plain(header: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", header.casefold()).strip("_")


def _read_names(name: str) -> frozenset[str]:
    return frozenset(files(__package__).joinpath(name).read_text(encoding="utf-8").split())


_FORENAMES, _SURNAMES = _read_names("forenames.txt"), _read_names("surnames.txt")
# Forenames that stand after a comma in places as well.
_PLACES_TOO = _read_names("placenames.txt")
_MOST_BY_CHANCE = 0.5
_FEWEST_VALUES = 5
_TITLES = r"(mr|mrs|ms|miss|dr|sir|lady|rev)\.?"
# An officer by rank, collar number and name.
_RANKED = re.compile(r"(?i:PC|PCSO|DC|PS|DS|WPC|Sgt|Insp)\.? ?[0-9]{1,6} [A-Z][^\W\d_'’-]*[a-z]\w*")
_PHONE = re.compile(r"^(\+44|0044|0)\s?\(?0?\)?[1-37-9](\d[\s-]?){8,9}$")
# A mobile number stands for one anywhere in a text.
_MOBILE = re.compile(
    r"(?<![\w/.-])(\+?44\s?\(?0?\)?|0044\s?|0)7\d{3}[\s-]?\d{3}[\s-]?\d{3}(?![\w/])"
)
_EMAIL = re.compile(r"(?<!\S)[^@\s]+@[^@\s]+\.[^@\s]+(?!\S)")
_NINO = re.compile(r"^[a-z]{2}\s?(\d{2}\s?){3}[a-d]$", re.IGNORECASE)
_NHS_LENGTH = 10
# What streets and places are called, and words that no name has.
_PLACE = re.compile(
    r"\b(street|st|road|rd|avenue|ave|lane|ln|close|drive|dr|way|court|ct|place|pl|square|sq|terrace"
    r"|gardens?|crescent|cres|grove|park|hill|row|walk|mews|gate|green|view|rise|parade|bridge"
    r"|station|centre|center|house|hotel|school|college|academy|church|chapel|hospital|surgery"
    r"|arms|inn|pub|club|bar|cafe|shop|stores?|market|mall|estate|flats|lodge|tower|hall|farm"
    r"|wharf|quay|docks?|pier|beach|circus|cross|corner|common|field|fields|meadow|wood|woods"
    r"|island|embankment|path|alley|yard|end|chase|drove|approach|link|loop|mount|vale|head|port"
    r"|north|south|east|west|on|near|of|at|the|and|in|to|by|with|no|area|zone|ward|beat|sector)\b",
    re.IGNORECASE,
)


def _words(value: str) -> list[str]:
    """Return its words without case and accents."""
    if not value.isascii():
        plain = unicodedata.normalize("NFKD", value.replace("ł", "l")).encode("ascii", "ignore")
        value = plain.decode()
    # Every batch is looked at: a word alone, as references are, is not taken apart.
    if value.isalnum():
        return [value.casefold()]
    return [word for word in re.split(r"[\s,]+", value.casefold()) if word]


def _is_name(value: str) -> bool:
    words = _words(value)
    if not 2 <= len(words) <= 4 or _PLACE.search(value):  # noqa: PLR2004 - a forename and a surname at least
        return False
    titled = re.fullmatch(_TITLES, words[0]) is not None
    return titled or not _FORENAMES.isdisjoint(words)


def _is_listed_name(value: str) -> bool:
    """Tell “Surname, Forename” with a forename that is known."""
    before, comma, after = value.partition(",")
    return (
        bool(comma)
        and _is_name(value)
        and len(_words(before)) > 0
        and (bool(_words(after)) and _words(after)[0] in _FORENAMES)
    )


def is_sure_name(value: str) -> bool:
    """Tell what is a person and hardly a place: “Smith, John”, “Mrs Begum”, “Mr A Wójcik”.

    Of forenames that places have too, such as Victoria, the surname must be known as well.
    """
    words = _words(value.replace(".", " "))
    is_titled = bool(words) and re.fullmatch(_TITLES, words[0]) is not None
    # “Dr” first is a doctor, and a drive after that.
    spoken = " ".join(words[1:]) if is_titled else value
    if not 2 <= len(words) <= 4 or _PLACE.search(spoken):  # noqa: PLR2004 - as in `_is_name`
        return False
    before, comma, after = value.partition(",")
    if _RANKED.fullmatch(value):
        return True
    if is_titled:
        is_known = not (_FORENAMES | _SURNAMES).isdisjoint(words[1:])
        return not comma and (is_known or words[0] in {"mr", "mrs", "ms", "miss"})
    family, given = _words(before), _words(after)
    if not family or not given or given[0] not in _FORENAMES:
        return False
    if any(len(word) > 1 and word not in _FORENAMES - _SURNAMES for word in given[1:]):
        return False
    return given[0] not in _PLACES_TOO or not _SURNAMES.isdisjoint(family)


def _is_shaped_as_name(value: str) -> bool:
    """Tell “Surname, Forename” by its form: capitals, one comma, no word of a place."""
    form = r"[^\W\d_][^\W\d_'’-]+(?:[ '’-][^\W\d_]+)?,\s*[^\W\d_][^\W\d_'’-]+(?: [^\W\d_]\w*)?"
    before, _, after = value.partition(",")
    capitals = before[:1].isupper() and after.strip()[:1].isupper()
    return capitals and re.fullmatch(form, value) is not None and not _PLACE.search(value)


def _is_surname(value: str) -> bool:
    return _words(value) == [value.casefold()] and value.casefold() in _SURNAMES


def _is_bare_mobile(value: str) -> bool:
    """Tell a mobile number of which a spreadsheet has dropped the nought."""
    return re.fullmatch(r"7[1-57-9]\d{8}", value) is not None


def is_nhs_number(value: str) -> bool:
    """Check the modulus-11 digit of the NHS number."""
    digits = re.sub(r"[\s-]", "", value)
    if not (digits.isdigit() and len(digits) == _NHS_LENGTH):
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    check = (11 - total % 11) % 11
    return check < 10 and check == int(digits[-1])  # noqa: PLR2004 - 10 is never issued


_SHAPES = (
    # One number of ten digits in eleven passes by chance.
    _Shape("an NHS number", is_nhs_number, 0.3, 3),
    _Shape(
        "a telephone number", lambda value: _MOBILE.search(value) is not None, 0.01, is_sure=True
    ),
    _Shape("a telephone number", lambda value: _PHONE.match(value) is not None, 0.05, is_sure=True),
    _Shape("a telephone number", _is_bare_mobile, 0.5, 5),
    _Shape("an e-mail address", lambda value: _EMAIL.search(value) is not None, 0.01, is_sure=True),
    _Shape(
        "a national insurance number",
        lambda value: _NINO.match(value) is not None,
        0.05,
        is_sure=True,
    ),
    _Shape("a name", _is_listed_name, 0.01, is_sure=True),
    _Shape("a name", _is_name, 0.05, 3, is_sure_in_bulk=True),
    _Shape("a name", _is_shaped_as_name, 0.3, 10),
    _Shape("a name", _is_surname, 0.3, 5),
)
