"""A reject names the line of the file it stands on, whatever stands around it."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from footbeat.incidents.read import read_incidents

HEADER = ["id", "date", "lon", "lat", "street"]
GOOD = ["2024-03-01 10:00", "0.7", "51.5", "High Street"]
# What may stand in a row: the number of the row makes every value its own.
ROWS = {
    "good": GOOD,
    "two lines": [*GOOD[:3], "High\nStreet"],
    "quotes": [*GOOD[:3], 'The "Ship"'],
    "inch mark": [*GOOD[:3], '6" pipe'],
    "no date": ["", "0.7", "51.5", "High Street"],
    "no date, three lines": ["", "0.7", "51.5", "High\n\nStreet"],
    "short": ["2024-03-01"],
    "long": [*GOOD, "more", "more"],
}
BAD = {"no date", "no date, three lines", "short", "long"}
kinds = st.lists(st.sampled_from([*ROWS, "empty line"]), min_size=1, max_size=15)
above = st.sampled_from(
    [
        "",
        "sep=,\n",
        "\n\n",
        "Crime extract\n\n",
        'Extract of "March"\nby Niche, 2024\n',
        "sep=,\n\n",
    ]
)


def write(at: list[str], line_end: str) -> tuple[str, list[str]]:
    """Return the text of some rows, and the names of the bad ones."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    for number, kind in enumerate(["good", *at]):
        if kind == "empty line":
            buffer.write("\n")
        elif kind == "inch mark":
            buffer.write(f"N{number:03}," + ",".join(ROWS[kind]) + "\n")
        else:
            writer.writerow([f"N{number:03}", *ROWS[kind]])
    names = [f"N{number:03}" for number, kind in enumerate(["good", *at]) if kind in BAD]
    return buffer.getvalue().replace("\n", line_end), names


def rejected_names(path: Path, text: str) -> list[str]:
    """Return the first value of every line that a reject names."""
    lines = text.replace("\r\n", "\n").split("\n")
    _, rejects = read_incidents([path], source="generic")
    return [lines[line - 1].split(",")[0] for line in rejects.to_frame()["line"]]


@settings(max_examples=60)
@given(kinds, above, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8-sig", "utf-16"]))
def test_every_reject_names_its_line(
    at: list[str], titles: str, line_end: str, encoding: str
) -> None:
    text, names = write(at, line_end)
    text = titles.replace("\n", line_end) + text
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(text.encode(encoding))
        assert rejected_names(path, text) == names


@settings(max_examples=30)
@given(kinds, st.integers(0, 20), st.booleans())
def test_a_reject_names_its_line_beside_a_quote_that_is_not_closed(
    at: list[str],
    place: int,
    is_first: bool,  # noqa: FBT001 - Hypothesis's own signature
) -> None:
    at = [kind for kind in at if kind != "inch mark"]
    text, names = write(at, "\n")
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if n and line.startswith("N")]
    slip = 'slip,2024-03-01,0.7,51.5,"High Street'
    lines.insert(1 if is_first else starts[place % len(starts)], slip)
    text = "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_text(text, encoding="utf-8", newline="")
        found = rejected_names(path, text)
    assert sorted(found) == sorted([*names, "slip"])


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["good", "bad", "empty"]), max_size=12), st.integers(0, 3))
def test_rejects_of_a_sheet_name_its_rows(at: list[str], n_titles: int) -> None:
    rows = [["Crimes of the month"], ["Run by", "Niche"], []][:n_titles]
    rows += [HEADER, ["N", *GOOD]]
    for kind in at:
        rows.append([] if kind == "empty" else ["N", "" if kind == "bad" else GOOD[0], *GOOD[1:]])
    expected = [n for n, row in enumerate(rows, start=1) if len(row) > 2 and not row[1]]
    book = openpyxl.Workbook()
    for n, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            book.active.cell(n, column, value)
    with tempfile.TemporaryDirectory() as folder:
        book.save(Path(folder) / "export.xlsx")
        _, rejects = read_incidents([Path(folder) / "export.xlsx"], source="generic")
    frame = rejects.to_frame()
    assert frame[frame["reason"] == "no date"]["line"].tolist() == expected


def test_rejects_of_parquet_name_its_rows(tmp_path: Path) -> None:
    rows = [["a", *GOOD], ["b", None, *GOOD[1:]], ["c", *GOOD], ["d", None, *GOOD[1:]]]
    table = pa.table(dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True)))
    pq.write_table(table, tmp_path / "export.parquet")
    _, rejects = read_incidents([tmp_path / "export.parquet"], source="generic")
    assert rejects.to_frame()["line"].tolist() == [2, 4]


def test_rejects_of_a_zip_name_the_member_of_the_zip(tmp_path: Path) -> None:
    good, bad = ",".join(["a", *GOOD]), ",".join(["b", "", *GOOD[1:]])
    for name in ("north.zip", "south.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for month in ("2024/01", "2024/02"):
                text = "\n".join([",".join(HEADER), good.replace("a", f"{name}{month}"), bad])
                archive.writestr(f"{month}/export.csv", text)
    _, rejects = read_incidents([tmp_path / "north.zip", tmp_path / "south.zip"], source="generic")
    assert (
        rejects.to_frame()["file"].tolist()
        == [
            f"{name}/2024/{month}/export.csv"
            for name in ("north.zip", "south.zip")
            for month in ("01", "02")
        ][: len(rejects)]
    )
