"""Reading shows how far it is on a terminal, and nothing where nobody looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

HEADER = "Crime ID,Month,Falls within,Longitude,Latitude,Location,LSOA code,Crime type"
N_ROWS = 150_000


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "street.csv"
    rows = (
        f"id{i:06},2024-0{1 + i % 9},Essex,0.7{i % 99:02},51.54,On High Street,E01015833,Robbery"
        for i in range(N_ROWS)
    )
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def read_on_terminal(export: Path, out: Path, *options: str) -> str:
    """Run the command with a terminal as standard error and return what it showed there."""
    shown, terminal = pty.openpty()
    command = [sys.executable, "-m", "footbeat", "incidents", "read", str(export)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [*command, "--out", str(out), *options],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment,
    ) as process:
        os.close(terminal)
        parts = []
        while part := _read(shown):
            parts.append(part)
        process.communicate()
    os.close(shown)
    assert process.returncode == 0
    return b"".join(parts).decode("utf-8", errors="replace")


def _read(shown: int) -> bytes:
    try:
        return os.read(shown, 65_536)
    except OSError:
        # Linux says so where the other end of a terminal has closed.
        return b""


def test_a_terminal_is_shown_the_share_done_and_the_time_left(export: Path, tmp_path: Path) -> None:
    shown = read_on_terminal(export, tmp_path / "out.parquet")
    assert "Reading" in shown
    assert "100%" in shown
    assert "0:00:0" in shown


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_who_asks_for_quiet_or_json_is_shown_no_bar(
    export: Path, tmp_path: Path, option: str
) -> None:
    shown = read_on_terminal(export, tmp_path / "out.parquet", option)
    assert "Reading" not in shown
    assert "%" not in shown


def test_the_share_done_only_grows_and_ends_at_all(export: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    convert_incidents(
        [export],
        tmp_path / "out.parquet",
        ReadOptions(),
        rejects=tmp_path / "rejects.parquet",
        tell=shares.append,
    )
    assert shares == sorted(shares)
    assert len(shares) > 4
    assert max(share for share in shares if share <= 0.65) > 0.6
    assert shares[-1] == pytest.approx(1.0)
