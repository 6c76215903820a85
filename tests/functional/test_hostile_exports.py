"""Hostile files: a clear error or a counted reject, and never anything half-written.

Each kind of fault is a function that writes one file (the variant number changes how) and
says what must come of it; every kind is tried in several variants.
"""

# ruff: noqa: ARG001 - every kind of fault is made by a function of the same shape

from __future__ import annotations

import io
import json
import struct
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIANTS = 5
HEADER = "id,when,lon,lat,what,street"
MAP = """
name = "hostile"
[columns]
incident_id = "id"
start = "when"
x = "lon"
y = "lat"
offence = "what"
location = "street"
"""


@dataclass(frozen=True)
class Outcome:
    """What must come of a file: an error with this text and exit code, or these counts."""

    error: str = ""
    code: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    kept: int | None = None
    source: str = MAP


Kind = "Callable[[Path, int, np.random.Generator], tuple[Path, Outcome]]"
KINDS: dict[str, Callable[[Path, int, np.random.Generator], tuple[Path, Outcome]]] = {}


def kind(make: Any) -> Any:
    KINDS[make.__name__] = make
    return make


def good(n: int, rng: np.random.Generator) -> list[str]:
    lon, lat = rng.uniform(0.6, 0.8, n), rng.uniform(51.5, 51.6, n)
    return [
        f"G{i},2024-03-{1 + i % 28:02} {i % 24:02}:30,{lon[i]:.5f},{lat[i]:.5f},robbery,High Street"
        for i in range(n)
    ]


def bad(row: Callable[[int], str], reason: str) -> Any:
    """Make a kind of fault in which some rows among good ones carry the same fault."""

    def make(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
        rows = good(30, rng)
        n_bad = 1 + variant
        for i in range(n_bad):
            rows.insert(int(rng.integers(len(rows) + 1)), row(i + 100 * variant))
        path = folder / "export.csv"
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        return path, Outcome(rejects={reason: n_bad}, kept=30)

    return make


def at(when: str, lon: str = "0.7", lat: str = "51.55") -> Callable[[int], str]:
    return lambda i: f"B{i},{when},{lon},{lat},robbery,High Street"


ROWS = {
    "month_thirteen": bad(at("2024-13-01"), "date cannot be read"),
    "thirtieth_of_february": bad(at("30/02/2024"), "date cannot be read"),
    "hour_twenty_five": bad(at("2024-03-01 25:10"), "date cannot be read"),
    "date_in_words": bad(at("last Tuesday"), "date cannot be read"),
    "year_nine_thousand": bad(at("9999-01-01"), "date cannot be read"),
    "month_first_date": bad(at("03/31/2024 10:00"), "date can only be read month first"),
    "default_date_1900": bad(at("1900-01-01"), "date is a system's default"),
    "default_date_1970": bad(at("01/01/1970 00:00"), "date is a system's default"),
    "no_date": bad(at(""), "no date"),
    "no_place": bad(at("2024-03-01 10:00", "", ""), "no location"),
    "half_a_place": bad(at("2024-03-01 10:00", "0.7", ""), "no location"),
    "null_island": bad(at("2024-03-01 10:00", "0", "0.0"), "location is (0, 0)"),
    "swapped_axes": bad(at("2024-03-01 10:00", "51.55", "0.7"), "axes look swapped"),
    "abroad": bad(
        at("2024-03-01 10:00", "-87.6", "41.8"), "outside the area of the coordinate system"
    ),
    "infinite_place": bad(at("2024-03-01 10:00", "inf", "nan"), "coordinates cannot be read"),
    "degrees_and_minutes": bad(
        at("2024-03-01 10:00", "0°42'E", "51°33'N"), "coordinates cannot be read"
    ),
    "enormous_numbers": bad(
        at("2024-03-01 10:00", "1e308", "51.5"), "outside the area of the coordinate system"
    ),
    "decimal_commas": bad(
        lambda i: f'B{i},2024-03-01,"0,7","51,5",r,s', "coordinates cannot be read"
    ),
    "far_from_all_others": bad(
        at("2024-03-01 10:00", "-6.5", "58.2"), "far from all other incidents"
    ),
    "too_few_fields": bad(lambda i: f"B{i},2024-03-01", "not a row: fewer fields than the header"),
    "too_many_fields": bad(
        lambda i: at("2024-03-01 10:00")(i) + ",more,more", "not a row: more fields than the header"
    ),
    "formula_fields_too_many": bad(
        lambda i: f"=cmd|' /C calc'!A{i},1,2,3,4,5,6", "not a row: more fields than the header"
    ),
    "text_after_a_closing_quote": bad(
        lambda i: f'B{i},2024-03-01,0.7,51.55,"rob"bery,High Street',
        "not a row: a quote that is not closed",
    ),
    "quote_never_closed": bad(
        lambda i: f'B{i},2024-03-01,0.7,51.55,"robbery,High Street',
        "not a row: a quote that is not closed",
    ),
    "field_of_two_megabytes": bad(
        lambda i: f"B{i},2024-03-01,0.7,51.55,{'a' * 2_000_000},s",
        "not a row: longer than a million bytes",
    ),
    "copied_row": bad(lambda _: "G,2024-03-01 10:00,0.7,51.55,robbery,s", "copy of another row"),
}
ROWS["copied_row"] = None


def write(folder: Path, content: bytes | str, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table(rng: np.random.Generator, n: int = 20) -> str:
    return "\n".join([HEADER, *good(n, rng), ""])


@kind
def copied_row(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    rows = good(20, rng)
    copies = [rows[i] for i in range(variant + 1)]
    return write(folder, "\n".join([HEADER, *rows, *copies])), Outcome(
        rejects={"copy of another row": variant + 1}, kept=20
    )


@kind
def empty_file(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, ""), Outcome("The file is empty", 14)


@kind
def header_only(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, HEADER + "\n" * variant), Outcome("It has headers only", 11)


@kind
def blank_lines_only(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, " \n" * (variant + 1)), Outcome("Its first line is empty", 11)


@kind
def missing_column(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    gone = ["when", "lon", "lat"][variant % 3]
    return write(folder, table(rng).replace(gone, "other", 1)), Outcome(
        "must have a column for", 11
    )


@kind
def header_twice(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    twice = ["when", "lon", "lat", "id", "what", "street"][variant % 6]
    text = table(rng).replace(HEADER, f"{HEADER},{twice.upper()}", 1)
    return write(folder, text), Outcome("must have each header once", 11)


@kind
def five_thousand_columns(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    header = ",".join(f"c{i}" for i in range(5_000 + variant))
    return write(folder, header + "\n1,2\n"), Outcome("must begin with a header", 11)


@kind
def one_endless_line(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, "x" * (300_000 * (variant + 1))), Outcome("must begin with a header", 11)


@kind
def random_bytes(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, rng.bytes(5_000 + 1_000 * variant)), Outcome("must", 11)


@kind
def picture_named_csv(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + rng.bytes(300)
    return write(folder, png), Outcome("must", 11)


@kind
def nul_bytes(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    text = table(rng).replace("robbery", "rob\0bery", variant + 1)
    return write(folder, text), Outcome(kept=20)


@kind
def windows_1252(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    text = table(rng).replace("High Street", "Café “Ö” – £5", variant + 1)
    return write(folder, text.encode("cp1252")), Outcome(kept=20)


@kind
def windows_1252_with_a_byte_it_lacks(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    text = table(rng).encode().replace(b"High", b"\x81\x8d\xff", variant + 1)
    return write(folder, text), Outcome(kept=20)


@kind
def utf_8_mark(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, b"\xef\xbb\xbf" + table(rng).encode()), Outcome(kept=20)


@kind
def utf_16(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    encoding = ["utf-16", "utf-16-le", "utf-16-be"][variant % 3]
    return write(folder, table(rng).encode(encoding)), Outcome(kept=20)


@kind
def utf_16_cut_in_half_a_letter(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    content = table(rng).encode("utf-16")[: -1 - 2 * variant]
    return write(folder, content), Outcome("cannot be read as utf-16", 14)


@kind
def mixed_line_ends(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    lines = [HEADER, *good(20, rng)]
    ends = rng.choice(["\n", "\r\n", "\r"], len(lines))
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return write(folder, text), Outcome(kept=20)


@kind
def cut_in_the_middle_of_a_row(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    rows = good(20, rng)
    text = "\n".join([HEADER, *rows[:-1], rows[-1][: 5 + variant]])
    return write(folder, text), Outcome(
        rejects={"not a row: fewer fields than the header": 1}, kept=19
    )


@kind
def other_delimiters(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return write(folder, table(rng).replace(",", ";\t|"[variant % 3])), Outcome(kept=20)


@kind
def line_ends_inside_values(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    text = table(rng).replace("High Street", '"High\nStreet\n"', variant + 1)
    return write(folder, text), Outcome(kept=20)


@kind
def inch_marks_everywhere(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    rows = good(300, rng)
    places = sorted(rng.choice(300, variant + 1, replace=False))
    for i in places:
        rows[i] = rows[i].replace("High Street", '"6 inch" pipe')
    return write(folder, "\n".join([HEADER, *rows])), Outcome(
        rejects={"not a row: a quote that is not closed": variant + 1}, kept=300 - variant - 1
    )


@kind
def formulas_as_text(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    start = "=+-@"[variant % 4]
    return write(folder, table(rng).replace("High Street", f"{start}SUM(A1)")), Outcome(kept=20)


@kind
def code_in_values(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    text = ["'; DROP TABLE draft; --", "<script>alert(1)</script>", "${jndi:ldap}", "../../etc",
            "\u202egnirts", "%s%n\x07"][variant % 6]  # fmt: skip
    return write(folder, table(rng).replace("High Street", text)), Outcome(kept=20)


@kind
def code_in_headers(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    odd = ["c0') ; --", '"', "a'b", "{x}", "$path", "😀"][variant % 6].replace('"', '""')
    lines = table(rng).strip().split("\n")
    text = "\n".join([f'{lines[0]},"{odd}"', *(f"{line},1" for line in lines[1:])])
    return write(folder, text), Outcome(kept=20)


@kind
def odd_file_names(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    name = ["it's.csv", "a*b?.csv", "[1] export.csv", "ünï😀.csv", "{a,b}.csv", "-rf.csv"][
        variant % 6
    ]
    return write(folder, table(rng), name), Outcome(kept=20)


@kind
def identifiers_of_100_kilobytes(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    return write(folder, table(rng).replace("G1,", "G" * 100_000 + ",", 1)), Outcome(kept=20)


@kind
def personal_names(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    names = ["John Smith", "Mary Jones", "Mr Khan", "Sarah O'Neill", "David Lee", "Emma Wood"]
    rows = [
        row.replace("High Street", names[i % len(names)]) for i, row in enumerate(good(20, rng))
    ]
    return write(folder, "\n".join([HEADER, *rows])), Outcome("looks like a name", 11)


@kind
def telephone_numbers(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    rows = [row.replace("High Street", f"07700 900{i:03}") for i, row in enumerate(good(20, rng))]
    return write(folder, "\n".join([HEADER, *rows])), Outcome("looks like a telephone number", 11)


@kind
def a_birth_date_mapped(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    header = ["dob", "Date of Birth", "DOB_victim", "birth date", "D.O.B", "Victim DOB"][
        variant % 6
    ]
    source = MAP.replace('location = "street"', f'location = "{header}"')
    text = table(rng).replace(HEADER, HEADER.replace("street", header))
    return write(folder, text), Outcome("looks like a date of birth", 11, source=source)


@kind
def zip_bomb(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (60_000_000 + variant * 1_000_000))
    return path, Outcome("cannot be unpacked safely", 14)


@kind
def zip_that_climbs_out(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    name = ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv", "a/../../evil.csv",
            "./evil.csv"][variant % 6]  # fmt: skip
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, table(rng))
    return path, Outcome(kept=20)


@kind
def zip_with_odd_members(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.pdf", b"%PDF")
        archive.writestr("__MACOSX/._export.csv", b"\0\1\2")
        archive.writestr("empty/", b"")
        archive.writestr("export.csv", table(rng))
    return path, Outcome(kept=20)


@kind
def damaged_zip_in_a_zip(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.zip", b"PK" + rng.bytes(variant))
        archive.writestr("export.csv", table(rng))
    return path, Outcome("`export.zip/inner.zip` must be a whole zip", 14)


@kind
def zip_of_zips(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    content, name = table(rng).encode(), "export.csv"
    for _ in range(variant + 1):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        content, name = buffer.getvalue(), "../inner.zip"
    path = write(folder, content, "export.zip")
    return path, Outcome(kept=20) if variant < 3 else Outcome("lies too deep", 14)


@kind
def zip_without_tables(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(variant):
            archive.writestr(f"{i}.zip", b"PK\5\6" + bytes(18))
    return path, Outcome("must hold at least one CSV", 14)


def zipped(folder: Path, rng: np.random.Generator) -> tuple[Path, bytearray]:
    """Write a sound zip file and return its bytes to be spoilt."""
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.csv", table(rng))
    return path, bytearray(path.read_bytes())


@kind
def zip_with_a_password(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path, content = zipped(folder, rng)
    for signature, at_flag in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + at_flag] |= 1
    path.write_bytes(content)
    return path, Outcome("asks for a password", 14)


@kind
def zip_cut_short(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", table(rng, 200))
    content = buffer.getvalue()
    return write(folder, content[: len(content) * (variant + 1) // 8], "export.zip"), Outcome(
        "must be a whole zip file", 14
    )


@kind
def zip_with_a_wrong_sum(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path, content = zipped(folder, rng)
    content[100 + variant] ^= 1
    path.write_bytes(content)
    return path, Outcome("must be a whole zip file", 14)


@kind
def folder_named_csv(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    path = folder / "export.csv"
    path.mkdir()
    return path, Outcome("must hold at least one CSV", 14)


@kind
def not_there(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    return folder / f"nothing{variant}.csv", Outcome("It is not there", 14)


@kind
def parquet_that_is_none(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    content = b"PAR1" + rng.bytes(50 * variant) + b"PAR1" * (variant % 2)
    return write(folder, content, "export.parquet"), Outcome("must be a Parquet file", 14)


@kind
def parquet_cut_short(folder: Path, variant: int, rng: np.random.Generator) -> tuple[Path, Outcome]:
    path = parquet(folder, rng)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * (variant + 1) // 8])
    return path, Outcome("must be a Parquet file", 14)


@kind
def parquet_with_damaged_pages(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = parquet(folder, rng)
    content = bytearray(path.read_bytes())
    content[4:200] = rng.bytes(196)
    path.write_bytes(content)
    return path, Outcome("cannot be read to its end", 14)


@kind
def parquet_of_other_columns(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = folder / "export.parquet"
    pq.write_table(pa.table({f"c{i}": [1, 2] for i in range(variant + 1)}), path)
    return path, Outcome("must have a column for", 11)


@kind
def parquet_that_claims_a_billion_rows(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = parquet(folder, rng, n=77)
    content = path.read_bytes()
    footer = struct.unpack("<I", content[-8:-4])[0]
    head, tail = content[: -8 - footer], content[-8 - footer : -8]
    # 77 as a Thrift zigzag number is the two bytes 0x9a 0x01; a billion takes five.
    claimed = tail.replace(b"\x16\x9a\x01", b"\x16\x80\xa8\xd6\xb9\x07")
    path.write_bytes(head + claimed + struct.pack("<I", len(claimed)) + b"PAR1")
    return path, Outcome("must be a Parquet file|cannot be read to its end", 14)


@kind
def parquet_with_nested_columns(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    path = folder / "export.parquet"
    lists = pa.array([[1.0, 2.0]] * 4)
    pq.write_table(
        pa.table({"id": [*"abcd"], "when": ["2024-01-01"] * 4, "lon": lists, "lat": lists}), path
    )
    return path, Outcome("must be in EPSG:4326", 11)


@kind
def workbook_that_is_none(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    return write(folder, rng.bytes(500 * variant + 1), "export.xlsx"), Outcome(
        "must be an Excel workbook", 14
    )


@kind
def workbook_without_a_table(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    book = openpyxl.Workbook()
    for i in range(variant):
        book.active.append(["one cell", i])
    path = folder / "export.xlsx"
    book.save(path)
    return path, Outcome("must hold a table", 14)


@kind
def workbook_with_titles_above(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    book = openpyxl.Workbook()
    for i in range(variant):
        book.active.append(["Report", i])
    for line in table(rng).strip().split("\n"):
        book.active.append(line.split(","))
    path = folder / "export.xlsx"
    book.save(path)
    return path, Outcome(kept=20)


@kind
def mapping_that_is_no_toml(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    text = ["[columns", "x = ", "= 1", '"', "[columns]\nx = 'a", "\0"][variant % 6]
    return write(folder, table(rng)), Outcome("must be TOML", 14, source=text)


@kind
def mapping_of_unknown_columns(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    source = MAP + f'surname{variant} = "street"\n'
    return write(folder, table(rng)), Outcome(
        "only columns of the incidents table", 11, source=source
    )


@kind
def mapping_of_wrong_shapes(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    text = ['columns = "x"', "[columns]\nx = 1\ny = 2\nstart = 3", "[format]\ndates = 5",
            'apart = ["x"]', "attribution = 7", "[codes]\nkind = 3"][variant % 6]  # fmt: skip
    source = text if "columns" in text else MAP.replace("[columns]", f"{text}\n[columns]")
    return write(folder, table(rng)), Outcome("must", 11, source=source)


@kind
def mapping_of_an_unknown_system(
    folder: Path, variant: int, rng: np.random.Generator
) -> tuple[Path, Outcome]:
    crs = ["EPSG:0", "nowhere", "EPSG:999999", "+proj=nothing", "EPSG:banana", "27700m"][
        variant % 6
    ]
    source = MAP + f'[crs]\ninput = "{crs}"\n'
    return write(folder, table(rng)), Outcome("must be one PROJ knows", 11, source=source)


def parquet(folder: Path, rng: np.random.Generator, n: int = 20) -> Path:
    columns = zip(*(row.split(",") for row in good(n, rng)), strict=True)
    path = folder / "export.parquet"
    content = dict(zip(HEADER.split(","), map(pa.array, columns), strict=True))
    pq.write_table(pa.table(content), path, compression="none", use_dictionary=False)
    return path


KINDS |= {name: make for name, make in ROWS.items() if make}
CASES = [(name, variant) for name in KINDS for variant in range(VARIANTS)]


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(KINDS) >= 30
    assert len(CASES) >= 300


@pytest.mark.parametrize(("name", "variant"), CASES, ids=str)
def test_hostile_file_gives_its_message_and_nothing_half_written(
    name: str, variant: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng([variant, *name.encode()])
    given, asked, made = (tmp_path / part for part in ("given", "asked", "made"))
    for folder in (given, asked, made):
        folder.mkdir()
    path, outcome = KINDS[name](given, variant, rng)
    source = asked / "map.toml"
    source.write_text(outcome.source, encoding="utf-8")
    words = ["incidents", "read", str(path), "--source", str(source)]
    words += ["--out", str(made / "out.parquet"), "--rejects", str(made / "rejects.csv"), "--json"]

    code = run(words)

    said = json.loads(capsys.readouterr().out)
    written = {item.name for item in made.iterdir()}
    if outcome.error:
        problem = f"{said['error']['problem']} {said['error']['found']}"
        assert any(text in problem for text in outcome.error.split("|")), problem
        assert code in {outcome.code, 11, 14}
        assert written == set()
    else:
        assert code == 0
        assert said["rejects_by_reason"] == outcome.rejects
        assert said["kept"] == outcome.kept
        assert said["read"] == said["kept"] + said["rejected"]
        rejects = (made / "rejects.csv").read_text(encoding="utf-8").count("\n") - 1
        assert rejects == said["rejected"]
        assert len(written) == 4
    assert {item.name for item in tmp_path.iterdir()} == {"given", "asked", "made"}


def test_incidents_and_rejects_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given.csv"
    given.write_text(HEADER + "\n", encoding="utf-8")
    out = str(tmp_path / "out.csv")

    code = run(["incidents", "read", str(given), "--out", out, "--rejects", out, "--json"])

    assert code == 2
    assert "two files" in json.loads(capsys.readouterr().out)["error"]["problem"]
    assert [item.name for item in tmp_path.iterdir()] == ["given.csv"]
