"""A time is read back whatever way a system writes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.incidents.spans import read_spans
from footbeat.incidents.times import (
    DAY_END,
    EITHER_ORDER,
    MINUTE,
    MONTH,
    OTHER_ORDER,
    UNREAD,
    parse_times,
)

ZONE = "Europe/London"
EXCEL_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zone
moments = st.datetimes(datetime(1960, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001 - local clock times
    lambda at: at.replace(second=0, microsecond=0)
)


def excel(at: datetime) -> str:
    since = at - EXCEL_FIRST
    return f"{since.days + since.seconds / 86_400:.10f}"


WRITTEN = {
    "iso": lambda at: at.isoformat(sep=" "),
    "iso with T": lambda at: at.isoformat(),
    "day first": lambda at: f"{at:%d/%m/%Y %H:%M}",
    "named month": lambda at: f"{at:%d-%b-%Y %H:%M:%S}",
    "twelve hours": lambda at: f"{at:%d.%m.%Y %I:%M %p}",
    "compact": lambda at: f"{at:%Y%m%d %H%M}",
    "serial": excel,
    "all digits": lambda at: f"{at:%Y%m%d%H%M}",
    "all digits with seconds": lambda at: f"{at:%Y%m%d%H%M%S}",
    "digits without a leading nought": lambda at: (
        f"{at:%Y%m%d} {at.hour}{at:%M}" if at.hour else f"{at:%Y%m%d %H%M}"
    ),
    "ordinal": lambda at: f"{at.day}{ordinal(at.day)} {at:%B %Y %H:%M}",
    "serial and clock": lambda at: f"{excel(at).split('.')[0]} {at:%H:%M}",
    "serial and share": lambda at: " 0.".join(excel(at).split(".")),
    "end of the day": lambda at: (
        f"{at - timedelta(days=1):%d/%m/%Y} 24:00" if at.hour == at.minute == 0 else f"{at}"
    ),
}


def ordinal(day: int) -> str:
    return "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def clock(at: datetime) -> datetime:
    """Return what a clock that skips an hour would have shown: an hour later."""
    zoned = at.replace(tzinfo=ZoneInfo(ZONE))
    again = zoned.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(ZONE))
    return at if again.replace(tzinfo=None) == at else at + timedelta(hours=1)


@pytest.mark.parametrize("form", WRITTEN)
@given(at=moments)
def test_every_form_of_a_time_is_read_as_that_minute(form: str, at: datetime) -> None:
    spans = read_spans(pa.array([WRITTEN[form](at)]), "day-first", ZONE)
    # The first passing of an hour that comes twice; an hour on where it is skipped.
    meant = clock(at).replace(tzinfo=ZoneInfo(ZONE), fold=0)
    assert spans.times.precision[0] == MINUTE
    assert spans.start[0] == int(meant.timestamp()) * 1_000_000
    assert spans.end[0] - spans.start[0] == 60_000_000


@given(at=st.dates(date(1971, 1, 1), date(2069, 12, 31)))
def test_every_form_of_a_month_is_that_month(at: date) -> None:
    forms = [f"{at:%b-%y}", f"{at:%B %Y}", f"{at:%Y-%m}", f"{at:%m/%Y}", f"{at:%b %Y}"]
    spans = read_spans(pa.array(forms), "day-first", "UTC")
    assert set(spans.times.precision) == {MONTH}
    starts = spans.start.view("M8[us]").astype("M8[D]").astype(str)
    assert set(starts) == {f"{at:%Y-%m}-01"}


@given(at=moments)
def test_a_date_in_the_other_order_is_never_taken_as_certain(at: datetime) -> None:
    times = parse_times(pa.array([f"{at:%m/%d/%Y %H:%M}"]), "day-first")
    expected = OTHER_ORDER if at.day > 12 else EITHER_ORDER if at.day != at.month else 0
    assert times.marks[0] & ~DAY_END == expected
    assert (times.precision[0] == UNREAD) == (at.day > 12)


@given(at=moments)
def test_a_day_is_as_long_as_its_clocks_make_it(at: datetime) -> None:
    spans = read_spans(pa.array([f"{at:%d/%m/%Y}"]), "day-first", ZONE)
    midnight = at.replace(hour=0, minute=0)
    first, last = (
        clock(moment).replace(tzinfo=ZoneInfo(ZONE), fold=0).timestamp()
        for moment in (midnight, midnight + timedelta(days=1))
    )
    assert (spans.end[0] - spans.start[0]) // 1_000_000 == last - first
    assert (spans.end[0] - spans.start[0]) // 3_600_000_000 in {23, 24, 25}


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none_and_never_an_error(text: str) -> None:
    spans = read_spans(pa.array([text, text]), "month-first", ZONE)
    assert spans.times.precision[0] == spans.times.precision[1]
    assert spans.start[0] <= spans.end[0]
