"""What a killed run leaves beside its output goes with the next run; a living one's stays."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footbeat.cli.main import run
from footbeat.outputs import clear_scratch, scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Crime ID,Month,Longitude,Latitude,Location,LSOA code,Crime type"


def export(path: Path, n: int) -> Path:
    lon = np.random.default_rng(n).uniform(0.6, 0.8, n)
    rows = (f"id{i},2024-01,{lon[i]:.6f},51.54,On or near Elm Road,,Burglary" for i in range(n))
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def start_reading(source: Path, out: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """Return a process that is at work, stopped, and its scratch folder with a draft in it."""
    before = set(out.parent.glob(".footbeat-*"))
    code = "import sys; from footbeat.cli.main import run; run(sys.argv[1:])"
    command = [sys.executable, "-c", code, "incidents", "read", str(source), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        for folder in set(out.parent.glob(".footbeat-*")) - before:
            if [*folder.rglob("draft-*.parquet")]:
                process.send_signal(signal.SIGSTOP)
                return process, folder
        time.sleep(0.005)
    pytest.fail("the run ended before it wrote a draft")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("in") / "large.csv", 300_000)


def test_the_next_run_removes_what_a_killed_one_left(
    tmp_path: Path, large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, folder = start_reading(large, tmp_path / "a.parquet")
    process.kill()
    process.wait()
    assert [*folder.rglob("draft-*.parquet")]
    small = export(tmp_path / "small.csv", 50)
    out = str(tmp_path / "b.parquet")
    assert run(["incidents", "read", str(small), "--out", out, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["scratch_removed"] == 1
    assert "interrupted" in said.err
    assert not [*tmp_path.glob(".footbeat-*")]


def test_two_runs_at_once_leave_each_other_alone(tmp_path: Path, large: Path) -> None:
    process, folder = start_reading(large, tmp_path / "a.parquet")
    try:
        small = export(tmp_path / "small.csv", 50)
        assert run(["incidents", "read", str(small), "--out", str(tmp_path / "b.parquet")]) == 0
        assert clear_scratch(tmp_path / "b.parquet") == 0
        assert [*folder.rglob("draft-*.parquet")]
    finally:
        process.send_signal(signal.SIGCONT)
    assert process.wait() == 0
    assert (tmp_path / "a.parquet").exists()
    assert not [*tmp_path.glob(".footbeat-*")]


def test_a_folder_without_a_lock_is_nobody_s_to_remove(tmp_path: Path) -> None:
    (tmp_path / ".footbeat-mine").mkdir()
    with scratch_folder(tmp_path / "a") as folder:
        assert clear_scratch(tmp_path / "a") == 0
        assert folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".footbeat-mine"]
