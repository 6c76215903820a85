"""A time is read back whatever way a system writes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footbeat.incidents.spans import read_spans
from footbeat.incidents.times import MINUTE

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
}


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
