"""The command that fixes the analysis before the first day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply
from footbeat.errors import StoreError
from footbeat.trials.plan import ESTIMATORS, OUTCOMES, PLAN_NAME, Plan, lock_plan


def plan(
    folder: Annotated[
        Path, typer.Argument(help="Schedule folder, or a folder to plan in before the draw.")
    ],
    *,
    outcome: Annotated[str, typer.Option(help=f"One of {', '.join(OUTCOMES)}.")] = "n",
    group: Annotated[str, typer.Option(help="Offence group counted, or all.")] = "serious-violence",
    hours: Annotated[str, typer.Option(help="Hours that count, such as 14:00-02:00.")] = "",
    settle_days: Annotated[int, typer.Option(help="Age at which a place-day enters.")] = 28,
    negative_group: Annotated[
        str, typer.Option(help="Offence group no patrol could prevent, as a check.")
    ] = "",
    estimator: Annotated[
        str, typer.Option(help=f"The answer: one of {', '.join(ESTIMATORS)}.")
    ] = "randomisation",
    subgroup: Annotated[
        list[str] | None, typer.Option(help="A further comparison, in words; repeat.")
    ] = None,
    harm_per_unit: Annotated[
        float, typer.Option(help="Days of harm that are one unit in the monitor.")
    ] = 365.0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fix what will be counted and how, and lock it with the schedule.

    Example: footbeat trial plan schedule --hours 14:00-02:00 --group serious-violence
    """
    chosen = Plan(
        outcome=outcome,
        group=group,
        hours=hours,
        settle_days=settle_days,
        negative_group=negative_group,
        estimator=estimator,
        subgroups=tuple(subgroup or ()),
        harm_per_unit=harm_per_unit,
    )
    if not folder.is_dir():
        raise StoreError(
            f"`{folder.name}` must be a folder.", found="It is not there.", do="Make it first."
        )
    plan_hash = lock_plan(chosen, folder, at=datetime.now(UTC))
    path = folder / PLAN_NAME
    Reply(as_json, quiet).finish(
        {"plan_hash": plan_hash, "plan": asdict(chosen), "files": [path]},
        f"Plan {plan_hash} written to {path}.",
        f"Before the draw: footbeat task schedule … --plan {path}. After it, the schedule's "
        "journal holds the hash.",
    )
