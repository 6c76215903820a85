"""What only the whole file tells of its dates: whether it has a clock, and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.engine.scan import BATCH_ROWS
from footbeat.errors import DataError
from footbeat.incidents.dates import DateSigns, see_dates
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.spans import read_spans

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.incidents.report import ReadReport

MORE_THAN_A_BATCH = BATCH_ROWS + 5_000
DAYS = "day-first", "Europe/London"


def read(path: Path, *dates: str) -> ReadReport:
    rows = [f"{n},{date},0.7{n % 97},51.54" for n, date in enumerate(dates)]
    path.write_text("\n".join(["id,date,lon,lat", *rows, ""]), encoding="utf-8")
    return convert_incidents(
        [path],
        path.with_suffix(".parquet"),
        ReadOptions(source="generic"),
        rejects=path.with_name("rejects.parquet"),
    )


def precisions(path: Path) -> dict[str, int]:
    counted = pq.read_table(path.with_suffix(".parquet"))["precision"].value_counts()
    return {pair["values"]: pair["counts"] for pair in counted.to_pylist()}


@pytest.mark.parametrize("first", ["midnights", "times"])
def test_midnights_of_a_file_with_other_times_anywhere_are_times(
    tmp_path: Path, first: str
) -> None:
    midnights = ["05/03/2024 00:00"] * MORE_THAN_A_BATCH
    times = ["06/03/2024 14:05"] * 3
    report = read(
        tmp_path / "export.csv", *(midnights + times if first == "midnights" else times + midnights)
    )
    assert report.precision == "minute"
    assert precisions(tmp_path / "export.csv") == {"minute": MORE_THAN_A_BATCH + 3}
    assert not any("midnight" in warning for warning in report.warnings)


def test_a_file_of_midnights_alone_knows_days_only(tmp_path: Path) -> None:
    report = read(tmp_path / "export.csv", *["05/03/2024 00:00", "06/03/2024"] * 5)
    assert precisions(tmp_path / "export.csv") == {"day": 10}
    assert "Every time in export.csv is midnight: read as days, without a time." in report.warnings


def test_the_end_of_a_day_was_written_on_purpose(tmp_path: Path) -> None:
    read(tmp_path / "export.csv", *["05/03/2024 24:00", "06/03/2024 00:00"] * 5)
    assert precisions(tmp_path / "export.csv") == {"minute": 10}


def test_midnights_are_judged_in_a_file_that_had_to_be_mended(tmp_path: Path) -> None:
    slip = '05/03/2024 00:00","'
    report = read(tmp_path / "export.csv", *["05/03/2024 00:00"] * 5, slip, "06/03/2024 14:05")
    assert precisions(tmp_path / "export.csv") == {"minute": 6}
    assert report.rejected == 1


@given(st.lists(st.sampled_from(["1/2/24", "1/2/24 0:00", "1/2/24 9:30", "13/2/24", "2/13/24"])))
def test_signs_add_up_however_a_file_is_cut(texts: list[str]) -> None:
    whole, parts = see_dates(read_spans(pa.array(texts, pa.string()), *DAYS)), DateSigns()
    for text in texts:
        parts.add(see_dates(read_spans(pa.array([text]), *DAYS)))
    assert parts == whole
    assert whole.n_other == texts.count("2/13/24")


def test_a_month_first_file_is_told_with_what_to_write(tmp_path: Path) -> None:
    dates = [f"{1 + n % 12}/{1 + n % 28}/2024 10:00" for n in range(84)]
    report = read(tmp_path / "us.csv", *dates)
    n_other = sum(int(date.split("/")[1]) > 12 for date in dates)
    assert report.rejects_by_reason == {"date can only be read month first": n_other}
    (said,) = (warning for warning in report.warnings if "either way" in warning)
    n_either = sum(
        (day := int(date.split("/")[1])) <= 12 and day != int(date.split("/")[0]) for date in dates
    )
    assert said.startswith(f"{n_other:,} dates of us.csv")
    assert f"{n_either:,} more read either way" in said
    assert 'dates = "month-first"' in said


def test_a_day_first_file_is_not_doubted(tmp_path: Path) -> None:
    report = read(tmp_path / "export.csv", *[f"{1 + n % 28}/{1 + n % 12}/2024" for n in range(50)])
    assert not any("either way" in warning for warning in report.warnings)


def test_a_file_that_reads_in_the_other_order_only_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path / "us.csv", *["03/31/2024"] * 5)
    assert 'dates = "month-first"' in refused.value.do


@pytest.mark.parametrize("late", ["14:05", "00:00"])
def test_the_size_of_a_batch_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    dates = [*["05/03/2024 00:00"] * 5_000, f"06/03/2024 {late}"]
    written = []
    for n_rows in (BATCH_ROWS, 2_048):
        monkeypatch.setattr("footbeat.engine.scan.BATCH_ROWS", n_rows)
        read(tmp_path / "export.csv", *dates)
        written.append((tmp_path / "export.parquet").read_bytes())
    assert written[0] == written[1]
