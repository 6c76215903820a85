"""Spark gives the answers of the other engines, on a real cluster as in one process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.cli.frame import plain
from footbeat.cli.main import run
from footbeat.engine.duckdb import DuckDbEngine
from footbeat.engine.memory import MemoryEngine
from footbeat.engine.spark import SparkEngine
from footbeat.errors import EngineError
from footbeat.incidents.load import save_incidents
from footbeat.targeting.bulk import find_in_bulk
from footbeat.targeting.find import FindOptions
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.tally import BulkFile

pyspark = pytest.importorskip("pyspark")
pytestmark = [pytest.mark.spark, pytest.mark.timeout(280)]


def _java() -> bool:
    try:
        return (
            subprocess.run(["java", "-version"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_for(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if words in log.read_text(errors="replace"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"Spark did not say “{words}”:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a standalone master and a worker with two cores on loopback; stop both after."""
    if not _java():
        pytest.skip("needs a Java runtime")
    folder = tmp_path_factory.mktemp("cluster")
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    port = _free_port()
    address = f"spark://127.0.0.1:{port}"
    package = "org.apache.spark.deploy"
    door = ["--host", "127.0.0.1", "--webui-port", "0"]
    master = [f"{package}.master.Master", *door, "--port", str(port)]
    worker = [f"{package}.worker.Worker", *door, "-c", "2", "-m", "1g"]
    worker += ["-d", str(folder / "work"), address]
    processes = []
    try:
        for name, words, said in (
            ("master", master, "I have been elected leader"),
            ("worker", worker, "Successfully registered with master"),
        ):
            log = folder / f"{name}.log"
            with log.open("wb") as file:
                command = [str(home / "bin" / "spark-class"), *words]
                started = subprocess.Popen(
                    command, stdout=file, stderr=subprocess.STDOUT, env=environment
                )
            processes.append(started)
            _wait_for(log, said, started)
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        yield address
    finally:
        os.environ.pop("SPARK_LOCAL_IP", None)
        for started in reversed(processes):
            started.terminate()
            started.wait(30)


@pytest.fixture(scope="module")
def engine(cluster: str) -> SparkEngine:
    small = (("spark.executor.memory", "512m"), ("spark.sql.shuffle.partitions", "4"))
    return SparkEngine(master=cluster, settings=small)


def test_cluster_finds_the_visits_that_memory_and_duckdb_find(
    tmp_path: Path, places, messy_pings, matched, assert_equal, engine: SparkEngine
) -> None:
    pings = messy_pings(41)
    pq.write_table(pings.slice(0, 6000), tmp_path / "a.parquet")
    pings.slice(6000).to_pandas().to_csv(tmp_path / "b.csv", index=False)
    paths = [tmp_path / "a.parquet", tmp_path / "b.csv"]
    expected = matched(places, paths, MemoryEngine())
    assert len(expected) > 10
    assert_equal(expected, matched(places, paths, engine))
    assert_equal(expected, matched(places, paths, DuckDbEngine()))


def test_cluster_finds_the_same_visits_day_by_day_and_at_once(
    tmp_path: Path, places, shifts, matched, assert_equal, engine: SparkEngine
) -> None:
    days = shifts(9)
    for number, day in enumerate(days):
        pq.write_table(day, tmp_path / f"{number}.parquet")
    files = sorted(tmp_path.glob("*.parquet"))
    whole = matched(places, files, MemoryEngine())
    assert_equal(whole, matched(places, files, engine))
    first = matched(places, files[:1], engine).to_frame()
    on_first = whole.to_frame().head(len(first))
    assert len(first) > 5
    pd.testing.assert_frame_equal(first, on_first)


def test_command_on_a_cluster_writes_what_it_writes_on_duckdb(
    tmp_path: Path, places, messy_pings, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places.frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    pq.write_table(messy_pings(43), tmp_path / "p.parquet")
    words = ["track", "visits", str(tmp_path / "p.parquet"), "--ping-crs", "EPSG:27700", "--json"]
    words += ["--hotspots", str(tmp_path / "h.gpkg"), "--key", str(tmp_path / "keys" / "unit.key")]
    told, written = [], []
    for engine in (["--engine", "duckdb"], ["--engine", "spark", "--master", cluster]):
        out = tmp_path / f"{engine[1]}.parquet"
        assert run([*words, *engine, "--out", str(out)]) == 0
        told.append(json.loads(capsys.readouterr().out))
        written.append(pq.read_table(out))
    assert told[0]["n_visits"] > 10
    assert told[0] == told[1]
    assert written[0].equals(written[1])


def test_cluster_adds_up_what_memory_adds_up(tmp_path: Path, counting, engine: SparkEngine) -> None:
    table = pa.table({"name": [f"n{i % 7}" for i in range(5000)], "size": range(5000)})
    pq.write_table(table, tmp_path / "t.parquet")
    answers = [
        counting(tmp_path / "t.parquet", e) for e in (MemoryEngine(), DuckDbEngine(), engine)
    ]
    assert answers[0].num_rows == 7
    assert sum(answers[0].column("total").to_pylist()) == 5000 * 4999 // 2
    assert answers[0].equals(answers[1])
    assert answers[0].equals(answers[2])


def test_cluster_finds_the_hot_spots_that_duckdb_finds(
    tmp_path: Path, random_incidents, engine: SparkEngine
) -> None:
    save_incidents(random_incidents(8), tmp_path / "i.parquet")
    file = BulkFile.open(tmp_path / "i.parquet")
    options = FindOptions(select=SelectOptions(top=5), n_draws=50)
    one, other = (
        find_in_bulk(file, options, engine=e, rng=np.random.default_rng(1), by="beat")
        for e in (DuckDbEngine(), engine)
    )
    assert list(one) == list(other) == ["East", "West"]
    for value, found in one.items():
        assert plain(found.as_json()) == plain(other[value].as_json())
        pd.testing.assert_frame_equal(
            pd.DataFrame(found.hotspots.frame.drop(columns="geometry")),
            pd.DataFrame(other[value].hotspots.frame.drop(columns="geometry")),
        )


def test_master_that_is_not_there_is_an_engine_error() -> None:
    if not _java():
        pytest.skip("needs a Java runtime")
    with pytest.raises(EngineError, match="must be reachable"):
        SparkEngine(master="not-a-master").run_groups([], None, None)
