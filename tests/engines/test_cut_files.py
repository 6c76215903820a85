"""However the files of pings are cut, the visits and their error bars are the same."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.engine.base import Engine
from footbeat.engine.duckdb import DuckDbEngine
from footbeat.engine.memory import MemoryEngine
from footbeat.tracking.visits import Visits

COUNTS = ("n_pings", "n_passes", "n_brief", "n_frozen")


def write(tables: list[pa.Table], folder: Path, name: str) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.concat_tables(tables), path)
    return path


def as_one(parts: list[Visits]) -> tuple[pd.DataFrame, dict[str, int]]:
    frame = pd.concat([part.to_frame() for part in parts])
    frame = frame.sort_values(["arrive", "unit_id", "hotspot_id"], ignore_index=True)
    return frame, {name: sum(getattr(part, name) for part in parts) for name in COUNTS}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("engine", [MemoryEngine(), DuckDbEngine()], ids=["memory", "duckdb"])
def test_days_read_alone_in_pieces_or_together_give_the_same_visits(
    tmp_path: Path, places, shifts, matched, engine: Engine, seed: int
) -> None:
    days = shifts(seed)
    whole, counts = as_one([matched(places, [write(days, tmp_path, "all")], MemoryEngine())])
    assert len(whole) > 20
    files = [write([day], tmp_path, f"d{k}") for k, day in enumerate(days)]
    halves = [write(days[:2], tmp_path, "h0"), write(days[2:], tmp_path, "h1")]
    for cut in ([[one] for one in files], [[one] for one in halves], [files], [files[::-1]]):
        found, told = as_one([matched(places, paths, engine) for paths in cut])
        pd.testing.assert_frame_equal(found, whole)
        assert told == counts
