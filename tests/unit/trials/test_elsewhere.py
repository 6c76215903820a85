from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import ColumnError, PrecisionError, StoreError, UsageError
from footbeat.trials.effect import estimate_effect
from footbeat.trials.elsewhere import parse_columns, read_placedays_elsewhere

COLUMNS = {"hotspot_id": "place", "day": "date", "assigned": "treated", "n": "count"}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    arms = rng.random((30, 6)).argsort(1).argsort(1) < 2
    dates = pd.date_range("2026-01-01", periods=30).strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "place": np.tile(np.arange(6), 30),
            "date": np.repeat(dates, 6),
            "treated": arms.ravel().astype(int),
            "count": rng.poisson(1, 180),
        }
    )


def write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def test_a_csv_with_other_names_gives_an_effect(tmp_path: Path) -> None:
    built = read_placedays_elsewhere(write(table(), tmp_path / "t.csv"), "daily:2", COLUMNS)
    effect = estimate_effect(built, n_draws=999, rng=np.random.default_rng(1))
    assert (effect.n_treated, effect.n_control) == (60, 120)
    assert effect.data_cut == ""
    assert not effect.planned


def test_parquet_and_words_for_arms_are_read_too(tmp_path: Path) -> None:
    frame = table()
    frame["treated"] = np.where(frame["treated"] == 1, "Treated", "control")
    frame.to_parquet(tmp_path / "t.parquet")
    built = read_placedays_elsewhere(tmp_path / "t.parquet", "daily:2", COLUMNS)
    assert built.frame["assigned"].sum() == 60


def test_columns_are_paired_as_written() -> None:
    assert parse_columns("hotspot_id=place,day=date") == {"hotspot_id": "place", "day": "date"}
    with pytest.raises(UsageError, match="pair our names"):
        parse_columns("where=place")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("treated", 2, "1 on patrol days"),
        ("date", "31/12/2026", "dates such as"),
        ("count", -1, "0 or more"),
        ("count", 1.5, "0 or more"),
        ("count", None, "0 or more"),
        ("place", None, "filled in on every row"),
        ("place", " ", "filled in on every row"),
        ("date", None, "filled in on every row"),
        ("date", "31/12/2026", "1 of 180 rows, the first being row 4"),
        ("phase", "one", "`phase` must hold numbers"),
        ("phase", None, "`phase` must hold numbers"),
        ("phase", 1.5, "`phase` must hold numbers"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    tmp_path: Path, column: str, value: object, message: str
) -> None:
    frame = table().assign(phase=1).astype(object)
    frame.loc[3, column] = value
    with pytest.raises(ColumnError, match=message):
        read_placedays_elsewhere(write(frame, tmp_path / "t.csv"), "daily:2", COLUMNS)


def test_a_repeated_place_day_is_refused(tmp_path: Path) -> None:
    frame = pd.concat([table(), table().head(2)])
    with pytest.raises(ColumnError, match="2 rows repeat"):
        read_placedays_elsewhere(write(frame, tmp_path / "t.csv"), "daily:2", COLUMNS)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(table().drop(columns="treated"), tmp_path / "t.csv")
    with pytest.raises(ColumnError, match="assigned"):
        read_placedays_elsewhere(path, "daily:2", COLUMNS)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not there"):
        read_placedays_elsewhere(tmp_path / "none.csv", "daily:2", COLUMNS)


def test_missing_rows_and_days_are_missing_not_zero_and_said(tmp_path: Path) -> None:
    frame = table()
    gone = frame[(frame["date"] != "2026-01-09") & (frame.index != 7)]
    built = read_placedays_elsewhere(write(gone, tmp_path / "t.csv"), "daily:2", COLUMNS)
    effect = estimate_effect(built, n_draws=999, rng=np.random.default_rng(1))
    assert effect.n_treated + effect.n_control == 180 - 6 - 1
    assert "1 place-day without a row: missing, not zero." in effect.warnings
    assert any(text.startswith("1 day between the first and the last") for text in effect.warnings)


def test_months_are_never_taken_for_days(tmp_path: Path) -> None:
    for form in ("%Y-%m", "%Y-%m-01", "%Y%m"):
        months = pd.date_range("2024-01-01", periods=30, freq="MS").strftime(form)
        frame = table().assign(date=np.repeat(months, 6))
        with pytest.raises(PrecisionError, match="must hold days"):
            read_placedays_elsewhere(write(frame, tmp_path / "t.csv"), "coin:0.5", COLUMNS)


def test_a_single_month_among_days_is_refused(tmp_path: Path) -> None:
    frame = table()
    frame.loc[3, "date"] = "2026-01"
    with pytest.raises(PrecisionError, match="the first being row 4"):
        read_placedays_elsewhere(write(frame, tmp_path / "t.csv"), "daily:2", COLUMNS)


def test_another_separator_is_named_and_each_column_once(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table().to_csv(path, index=False, sep=";")
    with pytest.raises(ColumnError, match="Save it with commas") as refused:
        read_placedays_elsewhere(path, "daily:2", COLUMNS)
    assert "Not found: hotspot_id, day, assigned, n. The file has: place;date" in str(refused.value)


def test_dates_with_times_and_real_dates_are_days(tmp_path: Path) -> None:
    frame = table()
    frame.assign(date=frame["date"] + "T00:00:00").to_csv(tmp_path / "t.csv", index=False)
    frame.assign(date=pd.to_datetime(frame["date"]).dt.date).to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        built = read_placedays_elsewhere(tmp_path / name, "daily:2", COLUMNS)
        assert built.frame["day"].nunique() == 30
