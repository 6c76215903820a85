"""Hostile files never take memory in proportion to what they claim or unpack to.

One process reads a small good export, notes its peak of memory, and then meets every file;
its peak may grow by no more than the reader's own working memory.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("resource", reason="the peak of memory cannot be read here")

# Every file below holds, unpacks to or claims at least this much.
HOSTILE_MB = 400
# DuckDB may use 512 MB, of which a small file uses little; a batch of rows lies beside it.
MOST_GROWTH_MB = 250
MB = 1 << 20
HEADER = "Crime ID,Month,Longitude,Latitude,Location,LSOA code,Crime type"
GOOD = "id{i},2024-01,0.71,51.54,On High Street,E01015833,Robbery\n"

READER = """
import contextlib, io, json, resource, sys
from pathlib import Path
from footbeat.cli.main import run

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

told = []
for number, path in enumerate(sys.argv[2:]):
    said = io.StringIO()
    out = str(Path(sys.argv[1]) / f"out-{number}.parquet")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        code = run(["incidents", "read", path, "--out", out, "--json", "--quiet"])
    reply = json.loads(said.getvalue())
    told.append([Path(path).name, code, peak_mb(), reply.get("error", {}).get("found", ""),
                 reply.get("kept")])
print(json.dumps(told))
"""


def zip_bomb(folder: Path) -> Path:
    return deflated(folder / "bomb.zip", "street.csv", HOSTILE_MB)


def deflated(path: Path, name: str, size_mb: int) -> Path:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(size_mb):
            member.write(b"0" * MB)
    return path


def zip_bomb_that_lies(folder: Path) -> Path:
    """Claim a small size where the bomb unpacks to a large one."""
    path = deflated(folder / "liar.zip", "street.csv", HOSTILE_MB)
    content = path.read_bytes()
    claimed, unpacked = struct.pack("<I", 5_000), struct.pack("<I", HOSTILE_MB * MB)
    assert unpacked in content
    path.write_bytes(content.replace(unpacked, claimed))
    return path


def workbook_bomb(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.save(folder / "plain.xlsx")
    path = folder / "bomb.xlsx"
    with (
        zipfile.ZipFile(folder / "plain.xlsx") as plain,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for item in plain.infolist():
            if item.filename != "xl/worksheets/sheet1.xml":
                archive.writestr(item.filename, plain.read(item))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(HOSTILE_MB):
                member.write(b" " * MB)
    return path


def huge_field(folder: Path) -> Path:
    path = folder / "huge-field.csv"
    with path.open("wb") as file:
        file.write((HEADER + "\n" + GOOD.format(i=0)).encode())
        file.write(b'id1,2024-01,0.71,51.54,"')
        for _ in range(HOSTILE_MB):
            file.write(b"x" * MB)
        file.write(b'",E01015833,Robbery\n' + GOOD.format(i=2).encode())
    return path


def quote_nobody_closed(folder: Path) -> Path:
    path = folder / "unclosed.csv"
    with path.open("wb") as file:
        file.write((HEADER + '\nid1,2024-01,0.71,51.54,"High').encode())
        for _ in range(HOSTILE_MB):
            file.write(b"y" * MB)
    return path


def header_without_end(folder: Path) -> Path:
    path = folder / "endless.csv"
    with path.open("wb") as file:
        for _ in range(HOSTILE_MB):
            file.write(b"column," * (MB // 7))
    return path


def parquet_that_claims_a_billion_rows(folder: Path) -> Path:
    path = folder / "billion.parquet"
    row = GOOD.format(i=1).strip().split(",")
    columns = dict(zip(HEADER.split(","), ([value] * 77 for value in row), strict=True))
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False)
    content = path.read_bytes()
    footer = struct.unpack("<I", content[-8:-4])[0]
    head, tail = content[: -8 - footer], content[-8 - footer : -8]
    claimed = tail.replace(b"\x16\x9a\x01", b"\x16\x80\xa8\xd6\xb9\x07")
    path.write_bytes(head + claimed + struct.pack("<I", len(claimed)) + b"PAR1")
    return path


HOSTILE = (
    zip_bomb, zip_bomb_that_lies, workbook_bomb, huge_field, quote_nobody_closed,
    header_without_end, parquet_that_claims_a_billion_rows,
)  # fmt: skip


def test_no_hostile_file_takes_memory_by_its_size(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(
        HEADER + "\n" + "".join(GOOD.format(i=i) for i in range(150_000)), encoding="utf-8"
    )
    paths = [good, *(make(tmp_path) for make in HOSTILE)]
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-c", READER, str(out), *map(str, paths)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    (_, code, usual_mb, _, kept), *rest = json.loads(run.stdout)
    assert (code, kept) == (0, 150_000)
    for name, code, peak_mb, found, kept in rest:
        assert peak_mb - usual_mb < MOST_GROWTH_MB, (name, peak_mb, usual_mb)
        assert found or (name == "huge-field.csv" and kept == 2), (name, code)
    assert {item.name for item in out.iterdir()} <= {
        f"out-{number}.parquet{suffix}"
        for number, path in enumerate(paths)
        if path.name in {"good.csv", "huge-field.csv"}
        for suffix in ("", ".manifest.json")
    }
