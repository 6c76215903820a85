"""Folders, zips and zips within zips as tables, each with a name of its own."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from footbeat.errors import StoreError
from footbeat.incidents.files import list_inputs

if TYPE_CHECKING:
    from pathlib import Path


def pack(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


def scratch(folder: Path) -> Path:
    (folder / "scratch").mkdir(exist_ok=True)
    return folder / "scratch"


def test_zips_within_zips_are_read_under_the_names_of_all(tmp_path: Path) -> None:
    deepest = pack(c_csv=b"three")
    inner = pack(b_csv=b"two", more_zip=deepest)
    (tmp_path / "year.zip").write_bytes(pack(a_csv=b"one", z_csv=b"four", may_zip=inner))
    found, skipped = list_inputs([tmp_path / "year.zip"], scratch(tmp_path))
    assert {file.name: file.path.read_text() for file in found} == {
        "a.csv": "one",
        "may.zip/b.csv": "two",
        "may.zip/more.zip/c.csv": "three",
        "z.csv": "four",
    }
    assert skipped == []


def test_a_zip_that_lies_too_deep_is_named(tmp_path: Path) -> None:
    content = pack(a_csv=b"one")
    for _ in range(3):
        content = pack(in_zip=content)
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(StoreError, match=r"x.zip/in.zip/in.zip/in.zip` lies too deep"):
        list_inputs([tmp_path / "x.zip"], scratch(tmp_path))


def test_a_damaged_zip_within_a_zip_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(pack(a_csv=b"one", in_zip=b"PK"))
    with pytest.raises(StoreError, match=r"`x.zip/in.zip` must be a whole zip"):
        list_inputs([tmp_path / "x.zip"], scratch(tmp_path))


def test_the_room_to_unpack_is_that_of_all_levels_together(tmp_path: Path) -> None:
    # Each level alone unpacks to little; together they are a bomb.
    inner = pack(**{f"n{i}_csv": b"0" * 20_000_000 for i in range(2)})
    (tmp_path / "x.zip").write_bytes(pack(a_zip=inner, b_zip=inner))
    with pytest.raises(StoreError, match="cannot be unpacked safely"):
        list_inputs([tmp_path / "x.zip"], scratch(tmp_path))


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder in ("north/old", "south/old"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "export.csv").write_text("x")
    (tmp_path / "other.csv").write_text("x")
    folders = [tmp_path / "north", tmp_path / "south", tmp_path / "other.csv"]
    found, _ = list_inputs(folders, scratch(tmp_path))
    assert [file.name for file in found] == [
        "north/old/export.csv",
        "south/old/export.csv",
        "other.csv",
    ]


def test_a_file_given_twice_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    found, _ = list_inputs([tmp_path / "a.csv"] * 2, scratch(tmp_path))
    assert [file.name for file in found] == ["a.csv", "a.csv"]
