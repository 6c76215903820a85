"""Workbooks (XLSX): one table object a sheet, ready to filter, print and read aloud.

Free text never becomes a formula: text that begins with ``=``, ``+``, ``-`` or ``@`` is written
as text behind an apostrophe, also for whoever saves the sheet as CSV and opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from footbeat.outputs import FILE_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 60
_INK, _WASH = "#0B0C0C", "#F3F2F1"
_A4 = 9
_DAY_FORMAT, _TIME_FORMAT = "ddd d mmm yyyy", "ddd d mmm yyyy hh:mm"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its tab, what stands above the table, and the table.

    Attributes
    ----------
    name
        Name of the tab, at most 31 characters.
    frame
        The table; its column names are the headings.
    notes
        Lines above the table: what it shows, period, cautions, marking.
    """

    name: str
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def write_workbook(sheets: Sequence[Sheet], path: Path, *, title: str) -> None:
    """Write sheets with one table object each.

    Times are written as given: convert them to local time first. Missing values are left
    empty, for a table that is sorted must not hold words among its numbers.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(str(path), {**options, "nan_inf_to_errors": False}) as book:
        book.set_properties({"title": title, "author": "Footbeat", "created": FILE_DAY})
        for sheet in sheets:
            _write_sheet(book, sheet, number=len(book.worksheets()) + 1)


def neutralise(text: str) -> str:
    """Return text that no spreadsheet reads as a formula.

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("High Street")
    ("'=1+1", 'High Street')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_RISKY) else text


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, *, number: int) -> None:
    page = book.add_worksheet(sheet.name[:31])
    bold = book.add_format({"bold": True, "font_color": _INK})
    for row, note in enumerate(sheet.notes):
        page.write_string(row, 0, neutralise(note), bold if row == 0 else None)
    top = len(sheet.notes) + (1 if sheet.notes else 0)
    _write_table(book, page, sheet.frame, top, number)
    page.freeze_panes(top + 1, 0)
    page.set_paper(_A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)
    page.set_footer("&L&F&C&A&RPage &P of &N")


def _write_table(
    book: xlsxwriter.Workbook,
    page: Any,  # noqa: ANN401 - xlsxwriter has no types
    frame: pd.DataFrame,
    top: int,
    number: int,
) -> None:
    formats = {
        "day": book.add_format({"num_format": _DAY_FORMAT, "align": "left"}),
        "time": book.add_format({"num_format": _TIME_FORMAT, "align": "left"}),
        "head": book.add_format({"bold": True, "bg_color": _WASH, "font_color": _INK}),
    }
    n_rows, n_columns = max(len(frame), 1), len(frame.columns)
    page.add_table(
        top,
        0,
        top + n_rows,
        n_columns - 1,
        {
            "name": f"table_{number}",
            "style": "Table Style Light 1",
            "columns": [{"header": neutralise(str(name))} for name in frame.columns],
        },
    )
    for column, name in enumerate(frame.columns):
        values = list(frame[name])
        page.write_string(top, column, neutralise(str(name)), formats["head"])
        for row, value in enumerate(values, top + 1):
            _write_cell(page, row, column, value, formats)
        page.set_column(column, column, _width(str(name), values))


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:  # noqa: ANN401 - a cell may hold anything
    if value is None or pd.isna(value):
        page.write_blank(row, column, None)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.replace(tzinfo=None), formats["time"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, str):
        page.write_string(row, column, neutralise(value))
    else:
        page.write(row, column, value)


def _width(name: str, values: Sequence[object]) -> float:
    shown = [len(name) + 3, *(16 if isinstance(v, date) else len(str(v)) + 1 for v in values[:500])]
    return min(max(shown), _WIDEST)
