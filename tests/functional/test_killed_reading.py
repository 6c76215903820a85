"""A reading killed at any moment leaves the old file or the new one, never a part of one."""

from __future__ import annotations

import multiprocessing
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from footbeat.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Crime ID,Month,Longitude,Latitude,Location,LSOA code,Crime type"
MOMENTS = 50


def export(path: Path, town: str, n: int = 20_000) -> Path:
    rng = np.random.default_rng(len(town))
    lon, lat = rng.uniform(0.6, 0.8, n), rng.uniform(51.5, 51.6, n)
    rows = (
        f"{town}{i},2024-01,{lon[i]:.6f},{lat[i]:.6f},On or near High Street,E01015833,Burglary"
        for i in range(n)
    )
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def read(source: Path, out: Path) -> None:
    run(["incidents", "read", str(source), "--out", str(out), "--overwrite", "--quiet"])


def test_killing_at_random_moments_leaves_a_whole_file(tmp_path: Path) -> None:
    inputs = [export(tmp_path / f"{town}.csv", town) for town in ("old", "newer")]
    out = tmp_path / "incidents.parquet"
    whole = []
    for source in inputs:
        started = time.monotonic()
        read(source, out)
        whole.append(out.read_bytes())
    longest_s = time.monotonic() - started
    assert whole[0] != whole[1]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["footbeat.cli.main"])
    moments = np.random.default_rng(50).uniform(0, 1.5 * longest_s, MOMENTS)
    n_cut_short = 0
    for number, moment in enumerate(moments):
        process = context.Process(target=read, args=(inputs[number % 2], out))
        process.start()
        timer = threading.Timer(moment, process.kill)
        timer.start()
        process.join()
        timer.cancel()
        n_cut_short += process.exitcode != 0
        assert out.read_bytes() in whole
    assert n_cut_short > 0
    read(inputs[0], out)
    assert not [*tmp_path.glob(".footbeat-*")]
