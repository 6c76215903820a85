"""Whatever stands in an export: kept and rejected rows are all rows, in any order."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from footbeat.errors import FootbeatError
from footbeat.incidents.read import read_incidents

HEADER = ("Crime ID", "Month", "Longitude", "Latitude", "Location", "LSOA code", "Crime type")
GOOD = ("id", "2024-01", "0.7", "51.55", "On or near High Street", "E01015833", "Robbery")
# Letters that no encoding or line reader may trip over, and those that they may.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
value = st.one_of(
    text,
    st.sampled_from(["", "0", "2024-01", "2024-13", "51.55", "0.7", "nan", "1e400", '"', "a\nb"]),
)
rows = st.lists(st.tuples(*[value] * len(HEADER)), min_size=1, max_size=12)


def write(folder: str, lines: list[tuple[str, ...]]) -> Path:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([HEADER, *lines])
    path = Path(folder) / "street.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    return path


@settings(max_examples=25)
@given(rows)
def test_kept_and_rejected_are_every_row(lines: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept, rejects = read_incidents([write(folder, [*lines, GOOD])])
    assert len(kept) + len(rejects) == len(lines) + 1
    assert kept.table["x"].null_count == kept.table["start"].null_count == 0


@settings(max_examples=20)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "street.csv"
        path.write_bytes(",".join(HEADER).encode() + b"\n" + content)
        said = ""
        n_kept = 0
        try:
            n_kept = len(read_incidents([path])[0])
        except FootbeatError as error:
            said = error.do
    assert said or n_kept


@settings(max_examples=8)
@given(st.permutations(range(8)))
def test_the_order_of_rows_never_matters(order: list[int]) -> None:
    lines = [(f"id{i}", f"2024-{1 + i % 3:02}", f"0.7{i}", *GOOD[3:]) for i in range(8)]
    with tempfile.TemporaryDirectory() as folder:
        straight, _ = read_incidents([write(folder, lines)])
        mixed, _ = read_incidents([write(folder, [lines[i] for i in order])])
    assert mixed.table.equals(straight.table)
