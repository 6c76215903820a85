"""Dates and times as exports write them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.incidents.times import PRECISIONS, parse_times, utc_bounds

HOURS_US = 3_600_000_000


def read(text: str, order: str = "day-first") -> tuple[str, str]:
    times = parse_times(pa.array([text]), order)  # type: ignore[arg-type] # a test may say anything
    stamp = str(times.local_us.view("M8[us]")[0].astype("M8[s]"))
    return PRECISIONS[times.precision[0]], stamp if times.precision[0] else ""


@pytest.mark.parametrize(
    ("text", "precision", "stamp"),
    [
        ("2024-01", "month", "2024-01-01T00:00:00"),
        ("Jan 2024", "month", "2024-01-01T00:00:00"),
        ("1/2024", "month", "2024-01-01T00:00:00"),
        ("2024-02-29", "day", "2024-02-29T00:00:00"),
        ("20240229", "day", "2024-02-29T00:00:00"),
        ("13/02/2024", "day", "2024-02-13T00:00:00"),
        ("3.4.24", "day", "2024-04-03T00:00:00"),
        ("3 April 2024", "day", "2024-04-03T00:00:00"),
        ("Wed 3-Apr-2024", "day", "2024-04-03T00:00:00"),
        ("45321", "day", "2024-01-30T00:00:00"),
        ("45321.5625", "minute", "2024-01-30T13:30:00"),
        ("2024-02-29T12:30:45.123Z", "minute", "2024-02-29T12:30:45"),
        ("1/2/24 9:05 PM", "minute", "2024-02-01T21:05:00"),
        ("1/2/24 12:05am", "minute", "2024-02-01T00:05:00"),
        ("03/04/2024 1130", "minute", "2024-04-03T11:30:00"),
        ("20240103T101112", "minute", "2024-01-03T10:11:12"),
        ("31st March 2024", "day", "2024-03-31T00:00:00"),
        ("2nd Apr 2024 14:00", "minute", "2024-04-02T14:00:00"),
        ("31/03/2024 9pm", "minute", "2024-03-31T21:00:00"),
        ("31 March 2024 at 9:05 pm", "minute", "2024-03-31T21:05:00"),
        ("31st of March 2024", "day", "2024-03-31T00:00:00"),
        ("2024-01-01 24:00", "minute", "2024-01-02T00:00:00"),
        ("31/12/2024 24:00:00", "minute", "2025-01-01T00:00:00"),
        ("202403311405", "minute", "2024-03-31T14:05:00"),
        ("20240331140559", "minute", "2024-03-31T14:05:59"),
        ("202403311405Z", "minute", "2024-03-31T14:05:00"),
        ("20240331 1405", "minute", "2024-03-31T14:05:00"),
        ("20240331 905", "minute", "2024-03-31T09:05:00"),
        ("Mar-24", "month", "2024-03-01T00:00:00"),
        ("March-98", "month", "1998-03-01T00:00:00"),
        ("March 2024", "month", "2024-03-01T00:00:00"),
        ("03/2024", "month", "2024-03-01T00:00:00"),
        ("45382 14:05", "minute", "2024-03-31T14:05:00"),
        ("45382 1405", "minute", "2024-03-31T14:05:00"),
        ("45382 0.5625", "minute", "2024-03-31T13:30:00"),
        ("31/03/2024 0.5", "minute", "2024-03-31T12:00:00"),
        ("31/03/2024 0:25", "minute", "2024-03-31T00:25:00"),
        ("Weds 3 Sept 2024", "day", "2024-09-03T00:00:00"),
    ],
)
def test_a_time_is_read_as_it_was_meant(text: str, precision: str, stamp: str) -> None:
    assert read(text) == (precision, stamp)


@pytest.mark.parametrize(
    "text",
    ["", "2024-13", "2024-00", "2024-01-00", "2023-02-29", "31/04/2024", "02/13/2024", "24:00",
     "2024-01-01 24:01", "2024-01-01 24:00:01", "2024-01-01 24:00 pm", "2024-01-01 13:05 pm",
     "yesterday", "9" * 40, "2024", "1/2", "12345", "2024-01-01 10:00 +99:00", "🕐", "24-Mar",
     "March 24", "Mar 24", "202413311405", "202403312505", "20240331140", "9pm", "14:00 BST",
     "Mayfair 2024", "Decoy 3 2024", "Monkey 3 Apr 2024", "31/03/2024 0.25", "31/03/2024 9:5",
     "31/03/2024 5", "31/03/2024 45", "45382 0.5 pm", "Mar-2"],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    assert read(text)[0] == ""


@pytest.mark.parametrize(("zone", "hour"), [("BST", 13), ("GMT", 14), ("UTC", 14)])
def test_a_named_zone_is_taken_at_its_word(zone: str, hour: int) -> None:
    times = parse_times(pa.array([f"01/07/2024 14:00 {zone}"]))
    start, _ = utc_bounds(times, "Europe/London")
    assert start[0] // HOURS_US % 24 == hour


def test_the_source_says_which_number_is_the_day() -> None:
    assert read("3/4/2024", "month-first")[1] == "2024-03-04T00:00:00"
    assert read("3/4/2024", "day-first")[1] == "2024-04-03T00:00:00"


@given(st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 31)))  # noqa: DTZ001 - clock times
def test_every_way_of_writing_a_time_reads_the_same(moment: datetime) -> None:
    ways = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d-%b-%Y %I:%M:%S %p", "%Y%m%dT%H%M%S")
    stamps = {read(moment.strftime(way))[1] for way in ways}
    assert stamps == {moment.strftime("%Y-%m-%dT%H:%M:%S")}


@given(st.text(max_size=40))
def test_no_text_at_all_stops_the_reader(text: str) -> None:
    assert len(parse_times(pa.array([text, None])).precision) == 2


def span_h(text: str) -> float:
    start, end = utc_bounds(parse_times(pa.array([text])), "Europe/London")
    return float(end[0] - start[0]) / HOURS_US


def test_days_of_a_clock_change_are_as_long_as_they_were() -> None:
    assert [span_h(day) for day in ("2024-03-31", "2024-10-27", "2024-06-01")] == [23, 25, 24]
    assert span_h("2024-03") == 31 * 24 - 1


def test_a_skipped_hour_moves_on_and_a_repeated_one_means_the_first() -> None:
    times = parse_times(pa.array(["2024-03-31 01:30", "2024-10-27 01:30", "2024-10-27 02:30"]))
    start, _ = utc_bounds(times, "Europe/London")
    clock = start.view("M8[us]").astype("M8[m]").astype(str).tolist()
    assert clock == ["2024-03-31T01:30", "2024-10-27T00:30", "2024-10-27T02:30"]


def test_a_stated_offset_is_taken_at_its_word() -> None:
    times = parse_times(
        pa.array(["2024-06-01 10:00+01:00", "2024-06-01 10:00Z", "2024-06-01 10:00"])
    )
    start, _ = utc_bounds(times, "America/Chicago")
    assert np.diff(start).tolist() == [1 * HOURS_US, 5 * HOURS_US]
