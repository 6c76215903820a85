"""Apache Spark: the same kernels on a cluster that is already there.

Row kernels run by `mapInArrow`, which hands them at most 10,000 rows; group kernels by
`applyInArrow`, over buckets of whole groups, which spares a call for every single group.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.engine.groups import plain_schema
from footbeat.engine.memory import sum_by
from footbeat.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from footbeat.engine.base import Grouping, GroupKernel, RowKernel, Source

_BUCKET = "bucket"
_BUCKET_ROWS = 1_000_000
_FEWEST_BUCKETS = 8
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
}


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Spark, as `--master` names it.

    Attributes
    ----------
    master
        ``local[*]``, ``spark://host:7077``, ``yarn`` …
    settings
        Further Spark settings, name and value.
    """

    name: str = "spark"
    master: str = "local[*]"
    settings: tuple[tuple[str, str], ...] = ()

    def run_groups(
        self, sources: Sequence[Source], kernel: GroupKernel, grouping: Grouping
    ) -> pa.Table:
        """Return the kernel's answers over buckets of whole groups.

        Raises
        ------
        EngineError
            When Spark is not installed, cannot be reached, or stops.
        """
        with self._session() as spark:
            from pyspark.sql import functions as f

            rows = _cleaned(spark, sources, grouping.clean_schema)
            n_buckets = _count_buckets(sources)
            key = f.expr(f"crc32(coalesce({grouping.group}, '')) % {n_buckets}").alias(_BUCKET)
            answers = rows.groupBy(key).applyInArrow(
                _whole_groups(kernel), _spark_schema(grouping.answer_schema)
            )
            return answers.toArrow().cast(grouping.answer_schema)

    def add_up(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema, by: Sequence[str]
    ) -> pa.Table:
        """Return sums by key, in order of the keys; parts are summed where the rows lie."""
        with self._session() as spark:
            parts = [
                _cleaned(spark, [source], schema, _then(source.clean, kernel))
                if source.is_parquet
                else spark.createDataFrame(sum_by(map(kernel, source.read()), schema, by))
                for source in sources
            ]
            rows = parts[0]
            for part in parts[1:]:
                rows = rows.union(part)
            totals = {name: "sum" for name in schema.names if name not in by}
            sums = rows.groupBy(*by).agg(totals).toArrow()
            plain = sums.rename_columns([_plain_name(name) for name in sums.column_names])
            return sum_by([plain.select(schema.names).cast(schema)], schema, by)

    @contextmanager
    def condensed(self, source: Source, count: str) -> Iterator[Source]:  # noqa: ARG002 - no column of counts: each row is handed over
        """Give the source as it is: its rows are added up where they lie."""
        yield source

    def gather(
        self, sources: Sequence[Source], kernel: RowKernel, *, schema: pa.Schema
    ) -> pa.Table:
        """Return the rows the kernel keeps; they are chosen where they lie."""
        with self._session() as spark:
            kept = [
                _cleaned(spark, [source], schema, _then(source.clean, kernel)).toArrow()
                if source.is_parquet
                else pa.concat_tables([schema.empty_table(), *map(kernel, source.read())])
                for source in sources
            ]
            return pa.concat_tables([part.cast(schema) for part in kept])

    @contextmanager
    def _session(self) -> Iterator[SparkSession]:
        session = _open_session(self.master, (*_SETTINGS.items(), *self.settings))
        try:
            yield session
        except Exception as error:
            if not type(error).__module__.startswith(("pyspark", "py4j")):
                raise
            raise EngineError(
                "Spark cannot finish.",
                found=f"It stopped with {type(error).__name__}.",
                do="See the master's log; every worker needs this Footbeat and sees the files.",
            ) from error
        finally:
            session.stop()


def _open_session(master: str, settings: Sequence[tuple[str, str]]) -> SparkSession:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            "Spark must be installed.",
            found="This Python has no pyspark.",
            do="Install the extra `spark`, or use --engine duckdb.",
        ) from error
    builder = SparkSession.builder.master(master).appName("footbeat")
    for name, value in settings:
        builder = builder.config(name, value)
    # Spark asks the environment for the workers' Python; its own default is another one.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            session = builder.getOrCreate()
    except Exception as error:
        raise EngineError(
            f"Spark must be reachable at {master}.",
            found=f"It could not be started ({type(error).__name__}).",
            do="Check the master's address, and that Java 17 or newer is installed.",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _cleaned(
    spark: SparkSession,
    sources: Sequence[Source],
    schema: pa.Schema,
    clean: RowKernel | None = None,
) -> DataFrame:
    """Return the cleaned rows of all sources; only Parquet is read by the workers."""
    frames = [_one_cleaned(spark, source, schema, clean or source.clean) for source in sources]
    rows = frames[0]
    for frame in frames[1:]:
        rows = rows.union(frame)
    return rows


def _one_cleaned(
    spark: SparkSession, source: Source, schema: pa.Schema, clean: RowKernel
) -> DataFrame:
    if not _reads_itself(source):
        rows = pa.concat_tables([schema.empty_table(), *source.read()])
        return spark.createDataFrame(rows.cast(plain_schema(schema)))
    from pyspark.sql import functions as f

    chosen = [f.col(f"`{theirs}`").alias(ours) for ours, theirs in source.columns.items()]
    rows = spark.read.parquet(str(source.path.absolute())).select(*chosen)
    return rows.mapInArrow(_by_batch(clean), _spark_schema(schema))


def _reads_itself(source: Source) -> bool:
    """Tell whether Spark can read the file: it knows no nanoseconds."""
    if not source.is_parquet:
        return False
    types = pq.read_schema(source.path).types
    return not any(pa.types.is_timestamp(kind) and kind.unit == "ns" for kind in types)


def _by_batch(
    clean: RowKernel,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = clean(pa.Table.from_batches([batch]))
            yield from rows.cast(plain_schema(rows.schema)).to_batches()

    return run


def _whole_groups(kernel: GroupKernel) -> Callable[[pa.Table], pa.Table]:
    def run(rows: pa.Table) -> pa.Table:
        return kernel(rows)

    return run


def _count_buckets(sources: Sequence[Source]) -> int:
    files = (pq.ParquetFile(source.path) for source in sources if source.is_parquet)
    rows = sum(int(file.metadata.num_rows) for file in files)
    return max(_FEWEST_BUCKETS, rows // _BUCKET_ROWS + 1)


def _then(first: RowKernel, second: RowKernel) -> RowKernel:
    def run(rows: pa.Table) -> pa.Table:
        return second(first(rows))

    return run


def _spark_schema(schema: pa.Schema) -> Any:  # noqa: ANN401 - a Spark type
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(plain_schema(schema))


def _plain_name(name: str) -> str:
    return name[4:-1] if name.startswith("sum(") else name
