"""The engines by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.engine.duckdb import DuckDbEngine
from footbeat.engine.memory import MemoryEngine
from footbeat.engine.spark import SparkEngine
from footbeat.errors import UsageError

if TYPE_CHECKING:
    from footbeat.engine.base import Engine

ENGINES = ("memory", "duckdb", "spark")
DEFAULT_ENGINE = "duckdb"


def choose_engine(name: str = DEFAULT_ENGINE, master: str = "") -> Engine:
    """Return the engine of that name.

    Parameters
    ----------
    master
        Where Spark's master is, such as ``spark://host:7077``; empty for this machine alone.

    Raises
    ------
    UsageError
        When there is no such engine, or a master is named for another one than Spark.
    """
    if name not in ENGINES:
        raise UsageError(
            f"--engine must be one of {', '.join(ENGINES)}.",
            found=f"It is “{name}”.",
            do="Pick one.",
        )
    if master and name != "spark":
        raise UsageError(
            "--master cannot be given without --engine spark.",
            found=f"The engine is {name}.",
            do="Add --engine spark, or leave --master out.",
        )
    if name == "spark":
        return SparkEngine(master=master or "local[*]")
    return DuckDbEngine() if name == "duckdb" else MemoryEngine()
