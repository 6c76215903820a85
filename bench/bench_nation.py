"""All of England and Wales in one go: each force's top 20 hexagons of 250 m, by count.

Four months of 2024 as data.police.uk publishes them (39 forces and British Transport Police), and
the same rows many times over: counted, ranked and joined into walkable places. Naming and
explaining 800 of them comes on top. The limit is DuckDB reading every column used of the same
file. Not run where the data are not beside the repository.

A nation lies on few points: of 76 million rows 0.7 million differ in what is used. So DuckDB counts
rows alike first, and everything else is worked out of those. In processor time, of 60 copies:
listing each column's texts takes a third of the scan and counting 2.0 scans, which is what a hash
table of 0.7 million keys costs; writing, hexagons, cells, grounds and lists take 2.3 s however many
copies there are, of which the grounds and cells of 40 forces are half. That is 2.9 times the scan
at 76 million rows, by the clock 3.3 times (target 3: missed by a tenth),
and many times the scan at one copy, where the 2.3 s are nearly all. Rows that
differ (times to the minute, a point for each) are handed over one by one instead. Hexagons in SQL
would be a second formula, which places some whole-metre points differently (see `grid`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import ROOT, NotRunError, Row, measure_ours_apart, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "A nation: each force's top 20"
DATA = ROOT.parent / "shared" / "data" / "police_uk" / "england_wales_2024.parquet"
TIMES = (1, 3, 9)
TIMES_FULL = (60,)
NOTE = (
    "About 2.3 s of processor time do not grow with the rows: see the profile at the head of "
    "`bench/bench_nation.py`."
)

FILES = f"""
import tempfile
from pathlib import Path
import pyarrow.parquet as pq

DATA = Path({str(DATA)!r})

def nation(times):
    folder = Path(tempfile.gettempdir())
    once = folder / "footbeat-bench-nation.parquet"
    if not once.exists():
        from footbeat.incidents.plan import ReadOptions
        from footbeat.incidents.read import convert_incidents
        convert_incidents([DATA], once, ReadOptions(), rejects=folder / "footbeat-bench-r.parquet")
    path = folder / f"footbeat-bench-nation-{{times}}.parquet"
    if not path.exists():
        file = pq.ParquetFile(once)
        draft = path.with_suffix(".draft")
        with pq.ParquetWriter(draft, file.schema_arrow, compression="zstd") as writer:
            for _ in range(times):
                for batch in file.iter_batches(122_880):
                    writer.write_batch(batch)
        draft.rename(path)
    return path
"""
OURS = (
    FILES
    + """
import numpy as np
from footbeat.engine.duckdb import DuckDbEngine
from footbeat.targeting.bulk import rank_in_bulk
from footbeat.targeting.find import FindOptions
from footbeat.targeting.tally import BulkFile

def prepare(times):
    return BulkFile.open(nation(times))

def run(file):
    options = FindOptions(method="count", n_draws=0)
    _, lists = rank_in_bulk(
        file, options, engine=DuckDbEngine(), rng=np.random.default_rng(1), by="beat"
    )
    first = [ranked.case.tally[ranked.selection.seeds[0]] for ranked in lists.values()]
    return [file.n_rows, len(lists), float(sum(first))]
"""
)
SCAN = (
    FILES  # noqa: S608 - a script of our own, no query is made of values
    + """
import duckdb

COLUMNS = ("kind", "linked_id", "offence", "location_grade", "excluded", "beat", "harm_days")

def prepare(times):
    return str(nation(times))

def run(path):
    texts = ", ".join(f"max({name})" for name in COLUMNS)
    query = f"SELECT {texts}, sum(x), sum(y), count(is_public), count(is_knife)"
    session = duckdb.connect()
    session.execute("SET enable_progress_bar = false")
    session.execute(query + " FROM read_parquet(?)", [path]).fetchall()
    return []
"""
)


def rows() -> Iterator[Row]:
    """Yield one row a number of copies; the answer of one copy times the copies is checked."""
    if not DATA.exists():
        message = f"{DATA.name} is not there"
        raise NotRunError(message)
    once: list[float] = []
    for times in sizes(TIMES, TIMES_FULL):
        ours = measure_ours_apart(OURS, times, timeout_s=3_600)
        least = measure_ours_apart(SCAN, times, timeout_s=3_600)
        n_rows, n_lists, first = ours.answer
        once = once or [n_lists, first]
        if [n_lists, first] != [once[0], once[1] * times]:
            message = f"{times} copies do not give {times} times the counts of one"
            raise NotRunError(message)
        yield Row(
            "Each force's top 20 (rows)",
            int(n_rows),
            ours,
            limit="reading every column used",
            least=least,
            note=f"{NOTE} Peak of memory: {ours.peak_mb or float('nan'):,.0f} MB.",
            is_full=times in TIMES_FULL,
        )
