"""Keyed sheets as rows of texts, from CSV or XLSX; days and clock times read from them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from footbeat.errors import ColumnError, StoreError
from footbeat.periods import DAY_START_HOUR
from footbeat.tracking.files import look_at_text, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_DAYS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%a %d %b %Y",
    "%d/%m/%y",
)
_DAY_PART = re.compile(r"0?\.[0-9]{3,}")
"""A clock time as a part of a day: what a workbook holds where the cell has no format."""
_TITLE_ROWS = 20
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H.%M", "%H%M", "%I:%M %p", "%I:%M%p")
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")


def read_sheet(
    path: Path, recognise: Callable[[Sequence[str]], set[str]], needed: set[str]
) -> list[dict[str, str]]:
    """Read a sheet as rows of trimmed texts by header; rows that are all blank are left out.

    Parameters
    ----------
    path
        CSV or XLSX. Titles may stand above the headings, and headings in two rows.
    recognise
        Returns which of our columns some headings name.
    needed
        The columns by which the row of headings is known; without it the first row is taken.

    Raises
    ------
    StoreError
        When the file is not there, or is neither CSV nor XLSX.
    ColumnError
        When two columns have the same heading.
    """
    if not path.is_file():
        raise StoreError(
            f"`{path.name}` must be a file.", found="It is not there.", do="Check the path."
        )
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        rows = _read_workbook(path)
    elif suffix in {".csv", ".txt"}:
        encoding, delimiter, _ = look_at_text(path)
        with path.open(encoding=encoding, newline="", errors="replace") as file:
            rows = list(csv.reader(file, delimiter=delimiter))
    else:
        raise unreadable(path, "CSV or XLSX")
    filled = [[value.strip() for value in row] for row in rows if any(v.strip() for v in row)]
    headers, n_above = _find_headers(filled, recognise, needed)
    _check_once(path.name, headers)
    width = len(headers)
    body = ([*row, *[""] * width][:width] for row in filled[n_above:])
    return [dict(zip(headers, row, strict=True)) for row in body]


def read_lines(path: Path) -> list[str]:
    """Read a text file of one entry a line, trimmed; blank lines are left out.

    Raises
    ------
    StoreError
        When the file is not there or is no text.
    """
    if not path.is_file():
        raise StoreError(
            f"`{path.name}` must be a file.", found="It is not there.", do="Check the path."
        )
    try:
        lines = path.read_text(encoding=look_at_text(path)[0]).lstrip("\ufeff").splitlines()
    except UnicodeDecodeError as error:
        raise unreadable(path, "text") from error
    return [line.strip() for line in lines if line.strip()]


def plain_header(header: str) -> str:
    """Return a header in lower case, its words joined by underscores.

    Examples
    --------
    >>> plain_header("No. of officers"), plain_header("CollarNo")
    ('no_of_officers', 'collar_no')
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    return re.sub(r"[^a-z0-9]+", "_", apart.casefold()).strip("_")


def read_date(text: str) -> date | None:
    """Return the day a text names, the day before the month, or None."""
    for form in _DAYS:
        found = _parsed(text.split("T", maxsplit=1)[0] if "T" in text else text, form)
        if found:
            return found.date()
    return None


def read_clock(text: str, day: date) -> datetime | None:
    """Return the local moment of a clock time on an operational day, or of a full date and time."""
    for form in _MOMENTS:
        found = _parsed(text.replace("T", " "), form)
        if found:
            return found
    if _DAY_PART.fullmatch(text.strip()):
        text = f"{datetime.combine(day, time(0)) + _part_of_day(text):%H:%M:%S}"
    for form in _CLOCKS:
        found = _parsed(text, form)
        if found:
            late = timedelta(days=1) if found.hour < DAY_START_HOUR else timedelta(0)
            return datetime.combine(day, found.time()) + late
    return None


def _part_of_day(text: str) -> timedelta:
    return timedelta(seconds=round(float(text) * 86_400))


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), form)  # noqa: DTZ007 - local by definition; the zone is applied later
    except ValueError:
        return None


def _read_workbook(path: Path) -> list[list[str]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = [
            [_shown(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)
        ]
        book.close()
    except (InvalidFileException, BadZipFile, OSError, KeyError, ValueError) as error:
        raise unreadable(path, "XLSX") from error
    return rows


def _shown(cell: object) -> str:
    """Return a cell as a person would key it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == time(0) else "%Y-%m-%d %H:%M:%S")
    if isinstance(cell, time):
        return cell.strftime("%H:%M:%S")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _find_headers(
    rows: list[list[str]], recognise: Callable[[Sequence[str]], set[str]], needed: set[str]
) -> tuple[list[str], int]:
    """Return the headings, and how many rows they and what stands above them take.

    Headings in two rows, as merged cells give them, are read as one: the lower says more.
    """
    for place, row in enumerate(rows[:_TITLE_ROWS]):
        if needed <= recognise(row):
            lower = rows[place + 1] if place + 1 < len(rows) else []
            both = [low or high for high, low in zip_longest(row, lower, fillvalue="")]
            is_lower_more = len(recognise(both)) > len(recognise(row))
            return (both, place + 2) if is_lower_more else (row, place + 1)
    return (rows[0], 1) if rows else ([], 0)


def _check_once(name: str, headers: Sequence[str]) -> None:
    plain = Counter(plain_header(header) for header in headers)
    twice = [header for header in headers if header and plain[plain_header(header)] > 1]
    if twice:
        raise ColumnError(
            f"Every column of `{name}` must have its own heading.",
            found=f"{plain[plain_header(twice[0])]} are called “{twice[0]}”.",
            do="Rename or add up those columns.",
        )
