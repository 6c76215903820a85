"""Pings to visits on Spark: what a cluster costs, and from what size it would pay.

A standalone master and two workers of one core each run on loopback; the job gets one executor,
then two. DuckDB on both cores of the same machine is the alternative, and the answers must be
equal. The start of a session counts: a user pays it every time.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench_pings import OURS
from harness import Measured, NotRunError, Row, measure_ours_apart, sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Pings to visits on Spark"
SIZES, FULL = (100_000, 1_000_000, 3_000_000), (10_000_000,)
EXECUTORS = (1, 2)
_PACKAGE = "org.apache.spark.deploy"
_PATIENCE_S = 60

SPARK = OURS.replace(
    "engine=choose_engine(ENGINE)",
    "engine=SparkEngine(master=MASTER, settings=SETTINGS)",
)


def rows() -> Iterator[Row]:
    """Yield a row for each size and number of executors, with the fixed and the growing cost."""
    with cluster(max(EXECUTORS)) as master:
        for executors in EXECUTORS:
            for size in sizes(SIZES, FULL):
                yield _row(master, executors, size)


def _row(master: str, executors: int, size: int) -> Row:
    settings = (("spark.cores.max", str(executors)), ("spark.executor.cores", "1"))
    head = "from footbeat.engine.spark import SparkEngine\n"
    script = f"{head}MASTER, SETTINGS = {master!r}, {settings!r}\n{SPARK}"
    ours: Measured = measure_ours_apart(script, size, repeats=1, timeout_s=1200)
    duck = measure_ours_apart(OURS, size, repeats=3)
    return Row(
        f"pings → visits, Spark with {executors} executor{'s' * (executors > 1)} of one core",
        size,
        ours,
        peer="DuckDB on two cores",
        theirs=duck,
        agree=ours.answer == duck.answer,
        is_full=size in FULL,
    )


@contextmanager
def cluster(n_workers: int) -> Iterator[str]:
    """Start a master and workers of one core on loopback; stop them afterwards."""
    try:
        import pyspark
    except ImportError:
        message = "this Python has no pyspark"
        raise NotRunError(message) from None
    home = Path(pyspark.__file__).parent
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        environment["SPARK_HOME"] = str(home)
        os.environ.update(environment)
        master = f"spark://127.0.0.1:{_free_port()}"
        door = ["--host", "127.0.0.1", "--webui-port", "0"]
        words = [f"{_PACKAGE}.master.Master", *door, "--port", master.rsplit(":", 1)[1]]
        _start(stack, home, words, folder / "master.log", "I have been elected leader")
        for number in range(n_workers):
            words = [f"{_PACKAGE}.worker.Worker", *door, "-c", "1", "-m", "2g"]
            words += ["-d", str(folder / f"work{number}"), master]
            log = folder / f"worker{number}.log"
            _start(stack, home, words, log, "Successfully registered with master")
        yield master


def _start(stack: ExitStack, home: Path, words: list[str], log: Path, said: str) -> None:
    file = stack.enter_context(log.open("wb"))
    command = [str(home / "bin" / "spark-class"), *words]
    process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    begun = time.monotonic()
    while said not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() - begun > _PATIENCE_S:
            message = f"Spark did not start (is there a Java runtime?): it never said “{said}”"
            raise NotRunError(message)
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
