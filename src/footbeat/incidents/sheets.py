"""Workbooks as text: one sheet becomes a CSV file, read row by row in flat memory."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from footbeat.errors import StoreError
from footbeat.incidents.files import check_archive
from footbeat.incidents.headers import LONGEST_PREAMBLE, find_header, is_wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from footbeat.incidents.headers import Fits

    Row = tuple[object, ...]

_HALF_A_SECOND = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet that was written as text.

    Attributes
    ----------
    notes
        What was chosen.
    runs
        A record's number, the header's being 1, and the sheet's row it came from, wherever the
        two part because rows are empty.
    """

    notes: tuple[str, ...]
    runs: tuple[tuple[int, int], ...]


def write_sheet(path: Path, name: str, draft: Path, *, fits: Sequence[Fits] = ()) -> WrittenSheet:
    """Write the first sheet with a table as CSV and tell what was chosen.

    The header is the first row of any sheet whose cells pass the first of the tests `fits` that
    any passes, so that covers, parameters and titles do no harm; where none does, the first
    with at least three filled cells. Formulas are taken by the value Excel last saved.

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
            return _write_first_table(book, name, draft, (*fits, is_wide))
        finally:
            book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, SyntaxError, EOFError) as error:
        raise StoreError(
            f"`{name}` must be an Excel workbook (.xlsx).",
            found="It is damaged, protected by a password, or something else.",
            do="Open it in Excel and save it again, or export as CSV.",
        ) from error


def _write_first_table(
    book: Workbook, name: str, draft: Path, fits: Sequence[Fits]
) -> WrittenSheet:
    for test, sheet in ((test, sheet) for test in fits for sheet in book.worksheets):
        upper = map(_texts, islice(_rows(sheet), LONGEST_PREAMBLE))
        found = find_header(upper, test)
        if found is not None:
            others = len(book.worksheets) - 1
            said = (f"{name}: sheet “{sheet.title}” was read, {others} others not.",)
            return WrittenSheet(said * (others > 0), _write_rows(_rows(sheet), found, draft))
    raise StoreError(
        f"`{name}` must hold a table.",
        found="No sheet has a row with three headers.",
        do="Put the headers in the first row of the first sheet.",
    )


def _rows(sheet: Worksheet) -> Iterator[Row]:
    """Yield every row; the extent that some systems write into a sheet is not believed."""
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _texts(cells: Iterable[object]) -> list[str]:
    return [_text(cell) for cell in cells]


def _write_rows(rows: Iterable[Row], header: int, draft: Path) -> tuple[tuple[int, int], ...]:
    """Write the header and the rows below it that are not wholly empty; return their runs."""
    runs: list[tuple[int, int]] = []
    n_columns = n_written = last = 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row, cells in enumerate(islice(rows, header, None), start=header + 1):
            texts = _texts(cells[:n_columns] if n_columns else cells)
            if not any(texts):
                continue
            # The header ends with its last filled cell, and every row with it.
            n_columns = n_columns or max(at for at, text in enumerate(texts) if text) + 1
            writer.writerow(texts[:n_columns] + [""] * (n_columns - len(texts)))
            n_written += 1
            if row != last + 1 or not runs:
                runs.append((n_written, row))
            last = row
    return tuple(runs)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        # A serial of few digits falls short of its minute by parts of a second.
        rounded = cell + _HALF_A_SECOND if cell.year < MAXYEAR else cell
        return rounded.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
