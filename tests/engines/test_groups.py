"""One kernel, three engines, equal answers."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.engine.duckdb import DuckDbEngine
from footbeat.engine.memory import MemoryEngine
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import make_kernel, match_visits


def write_by_day(pings: pa.Table, path: Path) -> Path:
    """Write as trackers deliver: by day, in no order within a day."""
    frame = pings.to_pandas()
    days = frame.groupby(frame["time"].dt.date, sort=True)
    ordered = pa.Table.from_pandas(pd.concat([part for _, part in days]), pings.schema)
    with pq.ParquetWriter(path, pings.schema) as writer:
        for size in [len(part) for _, part in days]:
            writer.write_table(ordered.slice(0, size))
            ordered = ordered.slice(size)
    return path


@pytest.mark.parametrize("seed", range(8))
def test_stretches_of_days_find_what_one_look_finds(places, messy_pings, seed: int) -> None:
    pings = messy_pings(seed)
    pings = pings.append_column("rejected", pa.nulls(pings.num_rows, pa.string()))
    kernel = make_kernel(places, VisitOptions())
    micros = pings.column("time").cast(pa.int64()).to_numpy()
    day = (micros // 86_400_000_000).astype(int)
    whole, carry, parts = kernel(pings), None, []
    for number in sorted(set(day)):
        rows = pings.filter(pa.array(day == number))
        part, carry = kernel.stretch(rows, carry, is_last=number == max(day))
        parts.append(part)
    keys = [(name, "ascending") for name in ("what", "unit_id", "zone", "arrive", "leave")]
    pieces = pa.concat_tables(parts)
    for what in ("stay", "pass"):
        found = [t.filter(pa.compute.equal(t["what"], what)).sort_by(keys) for t in (whole, pieces)]
        assert found[0].equals(found[1])
    counts = [
        t.group_by(["what", "unit_id"]).aggregate([("n_pings", "sum")]).sort_by(keys[:2])
        for t in (whole, pieces)
    ]
    assert counts[0].equals(counts[1])
    assert whole.num_rows > 50


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("lanes", [1, 3])
def test_duckdb_equals_memory_on_files_in_any_order(
    tmp_path: Path, places, messy_pings, seed: int, lanes: int, matched, assert_equal
) -> None:
    pings = messy_pings(seed)
    by_day = write_by_day(pings, tmp_path / "by_day.parquet")
    pq.write_table(pings, tmp_path / "shuffled.parquet", row_group_size=500)
    text = pings.to_pandas()
    text.to_csv(tmp_path / "text.csv", index=False)
    expected = matched(places, [by_day], MemoryEngine())
    assert len(expected) > 10
    for name in ("by_day.parquet", "shuffled.parquet", "text.csv"):
        assert_equal(expected, matched(places, [tmp_path / name], DuckDbEngine(lanes=lanes)))


def test_several_files_are_one_set_of_pings(
    tmp_path: Path, places, messy_pings, matched, assert_equal
) -> None:
    pings = messy_pings(21)
    pq.write_table(pings, tmp_path / "all.parquet")
    pq.write_table(pings.slice(0, 2000), tmp_path / "a.parquet")
    pings.slice(2000).to_pandas().to_csv(tmp_path / "b.csv", index=False)
    paths = [tmp_path / "a.parquet", tmp_path / "b.csv"]
    expected = matched(places, [tmp_path / "all.parquet"], MemoryEngine())
    assert_equal(expected, matched(places, paths, MemoryEngine()))
    assert_equal(expected, matched(places, paths, DuckDbEngine()))


def test_order_of_rows_and_names_of_units_do_not_matter(places, messy_pings) -> None:
    pings = messy_pings(31)
    renamed = {f"u{k}": f"z{9 - k}" for k in range(9)}
    names = pa.array([renamed[u] for u in pings.column("unit_id").to_pylist()])
    other = pings.set_column(0, "unit_id", names).take(list(range(pings.num_rows))[::-1])
    columns = ["hotspot_id", "arrive", "leave", "minutes", "minutes_low", "minutes_high"]
    one, two = (
        match_visits(table, places).to_frame()[columns].sort_values(columns, ignore_index=True)
        for table in (pings, other)
    )
    pd.testing.assert_frame_equal(one, two)
