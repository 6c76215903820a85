from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from footbeat.reports.workbook import Sheet, neutralise, write_workbook


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@x", "\t=1", "  =1"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert neutralise(text) == f"'{text}"


def test_sheets_hold_table_objects_with_days_numbers_and_blanks(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"=Day": [date(2026, 11, 6), None], "n": [-1.5, None], "text": ["=HYPERLINK(1)", "fine"]}
    )
    write_workbook([Sheet("One", frame, ("=note", "b"))], tmp_path / "a.xlsx", title="t")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["One"]
    assert page["A1"].value == "'=note"
    assert list(page.tables) == ["table_1"]
    assert page.tables["table_1"].ref == "A4:C6"
    assert [cell.value for cell in page[4]] == ["'=Day", "n", "text"]
    assert page["A5"].value.date() == date(2026, 11, 6)
    assert page["B5"].value == -1.5
    assert page["C5"].value == "'=HYPERLINK(1)"
    assert page["C5"].data_type == "s"
    assert page["A6"].value is None


def test_empty_table_is_still_a_table(tmp_path: Path) -> None:
    write_workbook([Sheet("None", pd.DataFrame({"a": []}))], tmp_path / "a.xlsx", title="t")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["None"].tables["table_1"].ref == "A1:A2"
