"""The command `footbeat target near-repeat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.cli.target.asked import (
    DEFAULT_SEED,
    AreaOption,
    GroupOption,
    IncidentsArgument,
    SeedOption,
    SinceOption,
    UntilOption,
    read_area,
)
from footbeat.errors import UsageError
from footbeat.incidents.load import load_incidents
from footbeat.reports import words
from footbeat.stats.knox import Closed, Metric
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.near_repeat import NearRepeatOptions, measure_near_repeat

if TYPE_CHECKING:
    from footbeat.targeting.near_repeat import NearRepeat


def near_repeat(
    incidents_file: IncidentsArgument,
    *,
    bands_m: Annotated[
        str, typer.Option("--bands-m", help="Upper edges of distance, in metres.")
    ] = "0.1,200,400",
    bands_days: Annotated[
        str, typer.Option("--bands-days", help="Upper edges of time, in days.")
    ] = "7,14,21",
    permutations: Annotated[int, typer.Option(min=1, help="Permutations of the days.")] = 999,
    closed: Annotated[Closed, typer.Option(help="Which edge belongs to a band.")] = "right",
    metric: Annotated[Metric, typer.Option(help="How distance is measured.")] = "euclidean",
    group: GroupOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    area: AreaOption = None,
    seed: SeedOption = DEFAULT_SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell whether incidents near in space are near in time more often than by chance.

    Example: footbeat target near-repeat incidents.parquet --bands-m 0.1,200,400
    """
    reply = Reply(as_json, quiet)
    incidents = load_incidents(incidents_file)
    options = NearRepeatOptions(
        _edges(bands_m), _edges(bands_days), permutations, closed, metric
    )  # fmt: skip
    measured = measure_near_repeat(
        incidents,
        CaseOptions(group=group, since=since, until=until),
        options,
        rng=np.random.default_rng(seed),
        area=read_area(area, incidents.provenance.crs),
    )
    for text in (*incidents.provenance.cautions, *measured.notes):
        reply.caution(text)
    _report(reply, measured)


def _report(reply: Reply, measured: NearRepeat) -> None:
    knox = measured.table
    values = {
        "bands_m": measured.bands_m,
        "bands_days": measured.bands_days,
        "labels_m": measured.labels_m,
        "labels_days": measured.labels_days,
        "observed": knox.observed,
        "expected": knox.expected,
        "ratio": knox.ratio,
        "p": knox.p,
        "p_poisson": knox.p_poisson,
        "n_incidents": measured.n_incidents,
        "start": measured.start,
        "end": measured.end,
        "notes": measured.notes,
    }
    rows = [
        (
            measured.labels_m[i],
            measured.labels_days[j],
            f"{knox.observed[i, j]:,}",
            f"{knox.expected[i, j]:,.1f}",
            f"{knox.ratio[i, j]:.2f}",
            f"{knox.p[i, j]:.3f}",
        )
        for i in range(len(measured.bands_m))
        for j in range(len(measured.bands_days))
    ]
    columns = ("apart", "within", "pairs", "expected", "ratio", "p")
    period = " to ".join(words.day(day) for day in (measured.start, measured.end) if day)
    title = f"Pairs among {measured.n_incidents:,} incidents, {period}"
    reply.finish(values, table(title, columns, rows))


def _edges(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            "Bands must be numbers separated by commas.",
            found=f"They are “{text}”.",
            do="Give upper edges such as 200,400,600.",
        ) from error
