"""Workbooks as text: one sheet becomes a CSV file, read row by row in flat memory."""

from __future__ import annotations

import csv
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from footbeat.errors import StoreError
from footbeat.incidents.files import check_archive
from footbeat.incidents.text import LONGEST_PREAMBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from openpyxl.workbook import Workbook

    Fits = Callable[[Sequence[str]], bool]

# A title above the table rarely fills three cells; a header does.
_FEWEST_HEADERS = 3


def write_sheet(path: Path, name: str, draft: Path, *, fits: Fits | None = None) -> tuple[str, ...]:
    """Write the first sheet with a table as CSV and return notes of what was chosen.

    The header is the first row of any sheet whose cells satisfy `fits`, so that covers,
    parameters and titles do no harm; where none does, the first with at least three filled
    cells. Formulas are taken by the value Excel last saved.

    Raises
    ------
    StoreError
        When the file is not a workbook, unpacks to far too much, or has no table.
    """
    try:
        with ZipFile(path) as archive:
            check_archive(name, archive.infolist())
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return _write_first_table(book, name, draft, fits)
        finally:
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, EOFError) as error:
        raise StoreError(
            f"`{name}` must be an Excel workbook (.xlsx).",
            found="It is damaged, protected by a password, or something else.",
            do="Open it in Excel and save it again, or export as CSV.",
        ) from error


def _write_first_table(
    book: Workbook, name: str, draft: Path, fits: Fits | None
) -> tuple[str, ...]:
    tries = [(test, sheet) for test in (fits, _is_wide) if test for sheet in book.worksheets]
    for test, sheet in tries:
        rows = sheet.iter_rows(values_only=True)
        header = _find_header(rows, test)
        if header:
            n_columns = len(header)
            with draft.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header)
                writer.writerows(_filled(rows, n_columns))
            others = len(book.worksheets) - 1
            return (f"{name}: sheet “{sheet.title}” was read, {others} others not.",) * (others > 0)
    raise StoreError(
        f"`{name}` must hold a table.",
        found="No sheet has a row with three headers.",
        do="Put the headers in the first row of the first sheet.",
    )


def _find_header(rows: Iterator[tuple[object, ...]], test: Fits) -> list[str]:
    """Return the header's cells without the empty ones after the last."""
    for cells in islice(rows, LONGEST_PREAMBLE):
        texts = [_text(cell) for cell in cells]
        if test(texts):
            return texts[: max(at for at, text in enumerate(texts) if text) + 1]
    return []


def _is_wide(texts: Sequence[str]) -> bool:
    return sum(map(bool, texts)) >= _FEWEST_HEADERS


def _filled(rows: Iterator[tuple[object, ...]], n_columns: int) -> Iterator[list[str]]:
    """Yield rows that are not wholly empty, as wide as the header."""
    for cells in rows:
        texts = [_text(cell) for cell in cells[:n_columns]]
        if any(texts):
            yield texts + [""] * (n_columns - len(texts))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
