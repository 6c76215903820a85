"""`footbeat try`: one command from a download to a page."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from footbeat.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Read the one JSON object on standard output."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_download_becomes_a_page_with_its_manifest(
    download: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert run(["try", str(download), "--top", "5", "--out", str(out), "--json"]) == 0
    said = answer(capsys)
    assert said["html"] == str(out)
    assert [spot["rank"] for spot in said["hotspots"]] == [1, 2, 3, 4, 5]
    assert 0 < said["held"]["share_judged"] < 1
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "page.html.manifest.json"}
    manifest = json.loads((tmp_path / "page.html.manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["inputs"]) == 6
    assert manifest["parameters"]["top"] == 5


def test_zip_gives_the_same_list_as_its_folder(
    download: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped = shutil.make_archive(str(tmp_path / "zipped"), "zip", download)
    lists = []
    for i, source in enumerate((str(download), zipped)):
        run(["try", source, "--top", "5", "--out", str(tmp_path / f"{i}.html"), "--json"])
        lists.append(answer(capsys)["hotspots"])
    assert lists[0] == lists[1]


def test_same_download_and_seed_give_the_same_page(download: Path, tmp_path: Path) -> None:
    texts = []
    for name in ("a.html", "b.html"):
        run(["try", str(download), "--top", "4", "--out", str(tmp_path / name), "--quiet"])
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_cautions_are_told_on_standard_error_and_on_the_page(
    download: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    run(["try", str(download), "--top", "4", "--out", str(out)])
    told = " ".join(capsys.readouterr().err.split())
    assert "nearest street anchor" in told
    assert "nearest street anchor" in out.read_text(encoding="utf-8")


def test_page_is_not_written_over_without_leave(download: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    out.write_text("mine", encoding="utf-8")
    assert run(["try", str(download), "--out", str(out), "--quiet"]) == 14
    assert out.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("nothing.csv", None, 14),
        ("empty.csv", "", 14),
        ("other.csv", "a,b\n1,2\n", 11),
        ("none.csv", "Crime ID,Month,Longitude,Latitude,Location,Crime type\n", 11),
    ],
)
def test_file_that_is_no_download_is_refused_and_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, code: int
) -> None:
    source = tmp_path / name
    if text is not None:
        source.write_text(text, encoding="utf-8")
    folder = tmp_path / "out"
    folder.mkdir()
    ended = run(["try", str(source), "--out", str(folder / "page.html"), "--json"])
    error = answer(capsys)["error"]
    assert ended == code, error
    assert error["problem"]
    assert error["do"]
    assert list(folder.iterdir()) == []


def test_page_must_be_called_html(download: Path, tmp_path: Path) -> None:
    assert run(["try", str(download), "--out", str(tmp_path / "page.pdf"), "--quiet"]) == 2


def test_southend_says_what_the_data_cannot_do(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "southend.html"
    source = shared_data / "police_uk" / "southend"
    assert run(["try", str(source), "--place", "Southend", "--out", str(out), "--json"]) == 0
    said = answer(capsys)
    assert len(said["hotspots"]) == 20
    assert said["held"]["fit_months"] == ["2018-10", "2019-02"]
    page = out.read_text(encoding="utf-8")
    for sentence in ("nearest street anchor", "They are missing, not zero", "Open Government"):
        assert sentence in page


def test_page_for_a_chief_names_no_option_of_a_command(download: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert run(["try", str(download), "--top", "4", "--out", str(out), "--quiet"]) == 0
    page = re.sub(
        r"<(style|script|svg).*?</\1>", "", out.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert re.findall(r"[\s>]--[a-z][a-z-]*", page) == []
