"""Dates and times as exports write them, read by one rule for every row.

ISO dates are recognised whatever the source says; for ``3/4/2024`` the source says which
number is the day. A time that names its offset is taken at its word; any other is local. A
local time that the spring change skips moves forward by the hour, and one that the autumn
change repeats means its first passing. ``24:00`` is the midnight that ends its day, ``Mar-24``
a month, and a clock that begins ``0.`` a workbook's share of a day.
"""

# ruff: noqa: PLR2004 - the digits, letters and widths of written dates are themselves

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np
import pandas as pd

from footbeat.incidents.tidy import text_buffers
from footbeat.incidents.time_words import AM, PM, SILENT, SUMMER, ZULU, read_word
from footbeat.periods import to_utc

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Ints = NDArray[np.int64]

DateOrder = Literal["day-first", "month-first"]

UNREAD, MONTH, DAY, MINUTE = 0, 1, 2, 3
PRECISIONS = ("", "month", "day", "minute")
# What a text shows besides: that it reads in either order of day and month, that it only reads
# in the other one, that its midnight was written as the end of a day.
EITHER_ORDER, OTHER_ORDER, DAY_END = 1, 2, 4

_MINUTE_US = 60_000_000
_DAY_US = 24 * 60 * _MINUTE_US
# Clock changes everywhere fall on a half hour, so one offset holds for each half hour.
_HALF_HOUR_US = 30 * _MINUTE_US
_NO_OFFSET = -10_000
_MAX_GROUPS = 9
_EXCEL_EPOCH_DAY = -25_569
_EXCEL_FIRST, _EXCEL_LAST = 20_000, 80_000
_SEPARATORS = (32, 34, 39, 44, 45, 46, 47, 58)
_NO_DATE = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Times:
    """Times read from text, each of shape (rows,).

    Attributes
    ----------
    local_us
        Microseconds since 1970 on the clock the text shows.
    precision
        UNREAD, MONTH, DAY or MINUTE.
    offset_min
        Minutes ahead of UTC where the text says so, else ``_NO_OFFSET``.
    marks
        The sum of EITHER_ORDER, OTHER_ORDER and DAY_END where they hold.
    """

    local_us: NDArray[np.int64]
    precision: NDArray[np.int8]
    offset_min: NDArray[np.int64]
    marks: NDArray[np.int8]


def parse_times(texts: pa.Array, order: DateOrder = "day-first") -> Times:
    """Read dates and times from text; what cannot be read is UNREAD, never guessed.

    Parameters
    ----------
    texts
        Strings, missing ones allowed.
    order
        Which number of ``3/4/2024`` is the day.
    """
    letters, bounds = text_buffers(texts)
    local = np.zeros(len(texts), np.int64)
    precision = np.zeros(len(texts), np.int8)
    offset = np.full(len(texts), _NO_OFFSET, np.int64)
    marks = np.zeros(len(texts), np.int8)
    _parse_all(letters, bounds, order == "day-first", (local, precision, offset, marks))
    return Times(local, precision, offset, marks)


def utc_bounds(times: Times, timezone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the half-open span each text stands for, in microseconds of UTC.

    A month is the whole local month, a day the whole local day, a time its minute.
    """
    start = _utc(times.local_us, times.offset_min, timezone)
    end = _utc(_next(times), times.offset_min, timezone)
    return start, np.where(times.precision == MINUTE, start + _MINUTE_US, end)


def _next(times: Times) -> NDArray[np.int64]:
    stamps = times.local_us.view("M8[us]")
    following_month = (stamps.astype("M8[M]") + 1).astype("M8[us]").view(np.int64)
    return np.where(times.precision == MONTH, following_month, times.local_us + _DAY_US)


def _utc(
    local_us: NDArray[np.int64], offset_min: NDArray[np.int64], timezone: str
) -> NDArray[np.int64]:
    halves, index = np.unique(local_us // _HALF_HOUR_US, return_inverse=True)
    clock = pd.DatetimeIndex((halves * _HALF_HOUR_US).view("M8[us]"))
    shift = to_utc(clock, timezone).tz_localize(None).as_unit("us").asi8 - clock.as_unit("us").asi8
    stated = offset_min != _NO_OFFSET
    return np.where(stated, local_us - offset_min * _MINUTE_US, local_us + shift[index])


@numba.njit(cache=True, nogil=True)
def _parse_all(
    letters: Bytes,
    bounds: NDArray[np.int32],
    day_first: bool,  # noqa: FBT001 - numba takes no keywords
    out: tuple[Ints, NDArray[np.int8], Ints, NDArray[np.int8]],
) -> None:
    local, precision, offset, marks = out
    values = np.zeros(_MAX_GROUPS, np.int64)
    widths = np.zeros(_MAX_GROUPS, np.int64)
    for row in range(len(bounds) - 1):
        text = letters[bounds[row] : bounds[row + 1]]
        n, named, half, zone = _split(text, values, widths)
        if n == 0:
            continue
        n = _unfold(text, values, widths, n, named)
        year, month, day, used = _read_date(values, widths, n, named, day_first)
        if year == 0:
            continue
        is_share = n == 2 and widths[0] == 5 and text[5] in (44, 46)
        seconds, level = _read_clock(text, values[used:n], widths[used:n], half, is_share)
        if level == UNREAD:
            continue
        in_order = named < 0 and used == 3 and widths[0] <= 2
        other_way = in_order and month != day and _is_date(year, day, month)
        if not _is_date(year, month, max(day, 1)):
            marks[row] = OTHER_ORDER if other_way else 0
            continue
        if level == DAY and day == 0:
            level = MONTH
        local[row] = _days(year, month, max(day, 1)) * _DAY_US + seconds * 1_000_000
        precision[row] = level
        offset[row] = zone
        marks[row] = (EITHER_ORDER if other_way else 0) + (DAY_END if seconds == 86_400 else 0)


@numba.njit(cache=True, nogil=True)
def _unfold(text: Bytes, values: Ints, widths: Ints, n: int, named: int) -> int:
    """Part ``202403311405`` in day and clock, give ``Mar-24`` its century; return the groups."""
    if n == 1 and widths[0] in (12, 14):
        clock_width = widths[0] - 8
        values[0], values[1] = values[0] // 10**clock_width, values[0] % 10**clock_width
        widths[0], widths[1] = 8, clock_width
        return 2
    if n == 2 and named == 0 and widths[1] == 2 and text[-3] in (39, 45, 47):
        values[1], widths[1] = _full_year(values[1], 2), 4
    return n


@numba.njit(cache=True, nogil=True)
def _split(text: Bytes, values: Ints, widths: Ints) -> tuple[int, int, int, int]:  # noqa: C901, PLR0912 - one pass over the letters
    """Split into groups of digits; return their number, the named month's place, am/pm, zone."""
    n, named, half, zone, at = 0, -1, 0, _NO_OFFSET, 0
    while at < len(text):
        letter = text[at]
        if 48 <= letter <= 57:
            if n == _MAX_GROUPS:
                return 0, -1, 0, _NO_OFFSET
            start, value = at, 0
            while at < len(text) and 48 <= text[at] <= 57 and at - start < 15:
                value = value * 10 + text[at] - 48
                at += 1
            values[n], widths[n] = value, at - start
            n += 1
        elif (letter | 32) >= 97 and (letter | 32) <= 122:
            start = at
            while at < len(text) and 97 <= (text[at] | 32) <= 122:
                at += 1
            word = read_word(text[start:at])
            if 1 <= word <= 12 and named < 0 and n < _MAX_GROUPS:
                named = n
                values[n], widths[n] = word, 3
                n += 1
            elif word in (AM, PM):
                half = word
            elif word == ZULU:
                zone = 0
            elif word == SUMMER:
                zone = 60
            elif word != SILENT:
                return 0, -1, 0, _NO_OFFSET
        elif letter in (43, 45) and n >= 5 and zone == _NO_OFFSET:
            zone = _read_zone(text[at:])
            return (n, named, half, zone) if zone != _NO_OFFSET else (0, -1, 0, _NO_OFFSET)
        elif letter in _SEPARATORS:
            at += 1
        else:
            return 0, -1, 0, _NO_OFFSET
    return n, named, half, zone


@numba.njit(cache=True, nogil=True)
def _read_zone(text: Bytes) -> int:
    """Read ``+01``, ``+0100`` or ``+01:00`` as minutes."""
    digits, value = 0, 0
    for letter in text[1:]:
        if 48 <= letter <= 57:
            value = value * 10 + letter - 48
            digits += 1
        elif letter not in (58, 32):
            return _NO_OFFSET
    if digits not in (2, 4):
        return _NO_OFFSET
    minutes = value * 60 if digits == 2 else value // 100 * 60 + value % 100
    if minutes > 14 * 60:
        return _NO_OFFSET
    return -minutes if text[0] == 45 else minutes


@numba.njit(cache=True, nogil=True)
def _read_date(
    values: Ints,
    widths: Ints,
    n: int,
    named: int,
    day_first: bool,  # noqa: FBT001 - as `_parse_all`
) -> tuple[int, int, int, int]:
    """Return year, month, day (0: only the month is known) and the groups used; year 0 fails."""
    if named >= 0:
        return _read_named(values, widths, n, named)
    if widths[0] >= 5:
        return _read_compact(values, widths, n)
    if widths[0] == 4:
        return (
            (values[0], values[1], (values[2] or 99) if n > 2 else 0, min(n, 3))
            if n > 1
            else _NO_DATE
        )
    if n == 2 and widths[1] == 4:
        return values[1], values[0], 0, 2
    if n < 3 or widths[2] not in (2, 4):
        return _NO_DATE
    day, month = (values[0], values[1]) if day_first else (values[1], values[0])
    return _full_year(values[2], widths[2]), month, max(day, 0) or 99, 3


@numba.njit(cache=True, nogil=True)
def _read_named(values: Ints, widths: Ints, n: int, named: int) -> tuple[int, int, int, int]:
    if n == 2:
        return (values[1 - named], values[named], 0, 2) if widths[1 - named] == 4 else _NO_DATE
    if named > 1:
        return _NO_DATE
    if widths[0] == 4:
        return values[0], values[1], values[2] or 99, 3
    return _full_year(values[2], widths[2]), values[named], values[1 - named] or 99, 3


@numba.njit(cache=True, nogil=True)
def _read_compact(values: Ints, widths: Ints, n: int) -> tuple[int, int, int, int]:
    value, width = values[0], widths[0]
    if width == 8:
        return value // 10_000, value // 100 % 100, value % 100 or 99, 1
    if width == 5 and _EXCEL_FIRST <= value <= _EXCEL_LAST and n <= 3:
        return _civil(value + _EXCEL_EPOCH_DAY)
    return _NO_DATE


@numba.njit(cache=True, nogil=True)
def _read_clock(
    text: Bytes,
    values: Ints,
    widths: Ints,
    half: int,
    is_share: bool,  # noqa: FBT001 - as `_parse_all`
) -> tuple[int, int]:
    """Return seconds after midnight and the precision they give."""
    if len(values) < 2:
        return _read_digits(values, widths, half, is_share)
    if widths[0] == 1 and values[0] == 0 and not _has_colon(text):
        # “0.25” may be a quarter past midnight or a quarter of the day.
        return _share(values[1], widths[1], half if widths[1] != 2 else AM)
    if widths[1] != 2:
        return 0, UNREAD
    return _seconds(values[0], values[1], values[2] if len(values) > 2 else 0, half)


@numba.njit(cache=True, nogil=True)
def _read_digits(
    values: Ints,
    widths: Ints,
    half: int,
    is_share: bool,  # noqa: FBT001 - as `_parse_all`
) -> tuple[int, int]:
    """Read a clock of one group, such as ``1405``, ``9`` with am or pm, or a share of the day."""
    if len(values) == 0:
        return 0, (DAY if half == 0 else UNREAD)
    if is_share:
        return _share(values[0], widths[0], half)
    if widths[0] in (3, 4, 6):
        clock = values[0] * (1 if widths[0] == 6 else 100)
        return _seconds(clock // 10_000, clock // 100 % 100, clock % 100, half)
    return _seconds(values[0], 0, 0, half) if half != 0 else (0, UNREAD)


@numba.njit(cache=True, nogil=True)
def _share(value: int, width: int, half: int) -> tuple[int, int]:
    """Return the seconds of a workbook's share of a day, which knows neither am nor pm."""
    return round(value / 10.0**width * 86_400), (MINUTE if half == 0 else UNREAD)


@numba.njit(cache=True, nogil=True)
def _has_colon(text: Bytes) -> bool:
    for letter in text:  # noqa: SIM110 - numba knows no generators
        if letter == 58:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _seconds(hour: int, minute: int, second: int, half: int) -> tuple[int, int]:
    if half != 0:
        if not 1 <= hour <= 12:
            return 0, UNREAD
        hour = hour % 12 + (12 if half == PM else 0)
    if hour == 24 and minute == 0 and second == 0:
        return 86_400, MINUTE
    if hour > 23 or minute > 59 or second > 60:
        return 0, UNREAD
    return hour * 3_600 + minute * 60 + min(second, 59), MINUTE


@numba.njit(cache=True, nogil=True)
def _full_year(value: int, width: int) -> int:
    if width == 4:
        return value
    return value + (2_000 if value < 70 else 1_900)


@numba.njit(cache=True, nogil=True)
def _is_date(year: int, month: int, day: int) -> bool:
    if not (1_900 <= year <= 2_100 and 1 <= month <= 12 and day >= 1):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31 - (month in (4, 6, 9, 11)) - (3 - leap if month == 2 else 0)
    return day <= longest


@numba.njit(cache=True, nogil=True)
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 (Hinnant, "chrono-compatible low-level date algorithms", 2013)."""
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@numba.njit(cache=True, nogil=True)
def _civil(days: int) -> tuple[int, int, int, int]:
    """Year, month and day of a count of days since 1970, and one group used."""
    shifted = days + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted_month = (5 * of_year + 2) // 153
    month = shifted_month + (3 if shifted_month < 10 else -9)
    day = of_year - (153 * shifted_month + 2) // 5 + 1
    return year + era * 400 + (month <= 2), month, day, 1
