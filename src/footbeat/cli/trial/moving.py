"""The command that asks whether crime moved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.stats.displacement import weigh_difference, weigh_quotient
from footbeat.trials.displacement import read_areas


def displacement(
    *,
    table_file: Annotated[
        Path,
        typer.Option("--table", help="CSV: area, pre, post; weight_pre, weight_post, harm."),
    ],
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the interval.")] = 0.95,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Weigh what changed in and around the treated areas against control areas.

    Example: footbeat trial displacement --table areas.csv
    """
    areas = read_areas(table_file)
    difference, quotient = weigh_difference(areas, level=level), weigh_quotient(areas)
    values = asdict(difference) | asdict(quotient) | {"level": level}
    rows = [
        ("in the treated areas", f"{difference.local:,.1f}", f"{difference.local_se:,.1f}"),
        ("around them", f"{difference.displacement:,.1f}", f"{difference.displacement_se:,.1f}"),
        ("both", f"{difference.wdd:,.1f}", f"{difference.se:,.1f}"),
    ]
    Reply(as_json, quiet).finish(
        values,
        table("Change against control areas", ["where", "incidents", "s.e."], rows),
        f"{100 * level:.0f} % interval of both: {difference.low:,.1f} to {difference.high:,.1f}",
        f"Quotient: {_worded(quotient.wdq)}; total net effect: {_worded(quotient.tne)}",
    )


def _worded(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"
