"""A raw export is never replaced by what was made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from footbeat.cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "id,when,x,y\n" + "".join(
    f"r{i},2024-01-01 10:{i:02},{0.7 + i / 1e4:.4f},51.5412\n" for i in range(20)
)


def run(*words: object) -> tuple[int, str]:
    outcome = CliRunner().invoke(app, ["incidents", *map(str, words)])
    return outcome.exit_code, f"{outcome.output}{outcome.exception or ''}"


@pytest.mark.parametrize("option", ["--out", "--rejects"])
def test_an_output_that_is_an_input_is_refused(tmp_path: Path, option: str) -> None:
    export, other = tmp_path / "export.csv", tmp_path / "other.csv"
    export.write_text(TABLE, encoding="utf-8")
    outputs = {"--out": other, "--rejects": other.with_name("rejects.csv")} | {option: export}
    words = [word for pair in outputs.items() for word in pair]
    code, said = run("read", export, "--source", "generic", *words, "--overwrite")
    assert code != 0
    assert "must not replace what is read" in said
    assert export.read_text(encoding="utf-8") == TABLE


def test_an_output_that_is_a_table_of_the_input_folder_is_refused(tmp_path: Path) -> None:
    export = tmp_path / "year" / "export.csv"
    export.parent.mkdir()
    export.write_text(TABLE, encoding="utf-8")
    link = tmp_path / "link.csv"
    link.symlink_to(export)
    read = ("read", export.parent, "--source", "generic", "--overwrite", "--out")
    assert "must not replace what is read" in run(*read, link)[1]
    assert "must not replace what is read" not in run(*read, tmp_path / "new.parquet")[1]
    assert export.read_text(encoding="utf-8") == TABLE
