"""The command that asks whether crime moved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, figure, table
from footbeat.cli.trial.effects import (
    ColumnsOption,
    MechanismOption,
    ScheduleOption,
    SeedOption,
    read_any,
)
from footbeat.errors import UsageError
from footbeat.reports.methods import name_estimator
from footbeat.stats.displacement import weigh_difference, weigh_quotient
from footbeat.trials.displacement import read_areas
from footbeat.trials.inference import Draws
from footbeat.trials.moved import find_moved
from footbeat.trials.panel import lay_out
from footbeat.trials.schedules import open_schedules
from footbeat.trials.spillover import near_places

if TYPE_CHECKING:
    from rich.table import Table

    from footbeat.trials.results import Estimate

Part = tuple[dict[str, Any], list["str | Table"]]


def displacement(
    *,
    table_file: Annotated[
        Path | None,
        typer.Option("--table", help="CSV: area, pre, post; weight_pre, weight_post, harm."),
    ] = None,
    placedays: Annotated[
        Path | None, typer.Option(help="Place-days: around, next door, other hours, next day.")
    ] = None,
    schedule: ScheduleOption = None,
    mechanism: MechanismOption = "",
    columns: ColumnsOption = "",
    draws: Annotated[int, typer.Option(min=999, help="Redraws of the mechanism.")] = 4999,
    seed: SeedOption = 1,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Level of the table's interval.")
    ] = 0.95,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Weigh what changed in and around the treated areas, and at other times.

    Example: footbeat trial displacement --table areas.csv
    """
    if not (table_file or placedays):
        raise UsageError(
            "Something must say what happened in and around the places.",
            found="Neither --table nor --placedays is given.",
            do="Give --table areas.csv, or --placedays placedays.parquet --schedule DIR.",
        )
    parts: list[Part] = []
    if table_file:
        parts.append(_weigh(table_file, level))
    if placedays:
        built = read_any(placedays, schedule, mechanism, columns)
        phases = open_schedules(schedule) if schedule else []
        panel = lay_out(built, [one.roster for one in phases] or None)
        chance = Draws(draws, np.random.default_rng(seed))
        parts.append(_tell_moved(find_moved(built, panel, chance, near_places(phases))))
    values = {name: value for known, _ in parts for name, value in known.items()}
    Reply(as_json, quiet).finish(values, *(text for _, texts in parts for text in texts))


def _weigh(path: Path, level: float) -> Part:
    areas = read_areas(path)
    difference, quotient = weigh_difference(areas, level=level), weigh_quotient(areas)
    rows = [
        ("in the treated areas", f"{difference.local:,.1f}", f"{difference.local_se:,.1f}"),
        ("around them", f"{difference.displacement:,.1f}", f"{difference.displacement_se:,.1f}"),
        ("both", f"{difference.wdd:,.1f}", f"{difference.se:,.1f}"),
    ]
    return asdict(difference) | asdict(quotient) | {"level": level}, [
        table("Change against control areas", ["where", "incidents", "s.e."], rows),
        f"{100 * level:.0f} % interval of both: {difference.low:,.1f} to {difference.high:,.1f}",
        f"Quotient: {_worded(quotient.wdq)}; total net effect: {_worded(quotient.tne)}",
    ]


def _tell_moved(found: tuple[Estimate, ...]) -> Part:
    rows = [
        [name_estimator(one.name), *map(figure, (one.ratio, one.low, one.high, one.p)), one.note]
        for one in found
    ]
    return {"rows": [asdict(one) for one in found]}, [
        table(
            "Where and when a patrol is felt; above 1 crime moved there",
            ["where", "ratio", "low", "high", "p", "counts"],
            rows,
        )
    ]


def _worded(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"
