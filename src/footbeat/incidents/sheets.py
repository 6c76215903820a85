"""Workbooks as text: one sheet becomes a CSV file, read row by row in flat memory."""

from __future__ import annotations

import csv
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from footbeat.errors import StoreError
from footbeat.incidents.files import check_archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openpyxl.workbook import Workbook

# A title above the table rarely fills three cells; a header does.
_FEWEST_HEADERS = 3
_LONGEST_PREAMBLE = 50


def write_sheet(path: Path, name: str, draft: Path) -> tuple[str, ...]:
    """Write the first sheet with a table as CSV and return notes of what was chosen.

    The header is the first row with at least three filled cells, so that titles above it do
    no harm. Formulas are taken by the value Excel last saved.

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
            return _write_first_table(book, name, draft)
        finally:
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, EOFError) as error:
        raise StoreError(
            f"`{name}` must be an Excel workbook (.xlsx).",
            found="It is damaged, protected by a password, or something else.",
            do="Open it in Excel and save it again, or export as CSV.",
        ) from error


def _write_first_table(book: Workbook, name: str, draft: Path) -> tuple[str, ...]:
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        header = _find_header(rows)
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


def _find_header(rows: Iterator[tuple[object, ...]]) -> list[str]:
    """Return the header's cells without the empty ones after the last."""
    for number, cells in enumerate(rows):
        filled = [index for index, cell in enumerate(cells) if cell not in (None, "")]
        if len(filled) >= _FEWEST_HEADERS:
            return [_text(cell) for cell in cells[: filled[-1] + 1]]
        if number > _LONGEST_PREAMBLE:
            break
    return []


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
