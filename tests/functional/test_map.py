"""`footbeat target find --map`: the list as an offline page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from footbeat.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def incidents(download: Path, tmp_path: Path) -> Path:
    out = tmp_path / "incidents.parquet"
    assert run(["incidents", "read", str(download), "--out", str(out), "--quiet"]) == 0
    return out


def test_map_stands_beside_the_list_each_with_its_manifest(
    incidents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "h.gpkg", tmp_path / "h.html"
    capsys.readouterr()
    words = ["target", "find", str(incidents), "--top", "6", "--place", "Made-up"]
    assert run([*words, "--out", str(out), "--map", str(page), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["files"] == ["h.gpkg", "h.html"]
    text = page.read_text(encoding="utf-8")
    assert "of Made-up (" in text
    assert text.count('class="mark"') == 6
    manifest = json.loads((tmp_path / "h.html.manifest.json").read_text(encoding="utf-8"))
    assert manifest["outputs"][0]["name"] == "h.html"


def test_map_that_is_there_stops_the_command_before_the_list_is_written(
    incidents: Path, tmp_path: Path
) -> None:
    page = tmp_path / "h.html"
    page.write_text("mine", encoding="utf-8")
    words = ["target", "find", str(incidents), "--out", str(tmp_path / "h.gpkg")]
    assert run([*words, "--map", str(page), "--quiet"]) == 14
    assert page.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "h.gpkg").exists()
