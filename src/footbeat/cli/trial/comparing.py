"""The command for forces that drew no schedule."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from footbeat.cli.days import day_of
from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
    table,
)
from footbeat.cli.trial.figures import FIGURES, save_figure
from footbeat.errors import StoreError
from footbeat.outputs import check_suffix, check_writable
from footbeat.trials.quasi import compare_before_after


def quasi(
    table_file: Annotated[
        Path, typer.Argument(help="CSV: place, day, treated, n; every day of every place.")
    ],
    *,
    start: Annotated[
        date, typer.Option(parser=day_of("--start"), metavar="DATE", help="First day of patrols.")
    ],
    period_days: Annotated[int, typer.Option(min=1, help="Length of a period.")] = 28,
    match: Annotated[bool, typer.Option(help="Match each place with the one most like it.")] = True,
    plot: Annotated[Path | None, typer.Option(help="Event study, PNG or SVG.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Compare before and after with matched places: not an experiment, and it says so.

    Example: footbeat trial quasi counts.csv --start 2026-04-01 --plot event-study.png
    """
    reply = Reply(as_json, quiet)
    if plot:
        check_suffix(plot, FIGURES)
        check_writable(plot, overwrite=overwrite)
    found = compare_before_after(
        read_counts(table_file), start, period_days=period_days, match=match
    )
    if plot:
        save_figure(found.plot(), plot, overwrite=overwrite)
        record_run(
            "trial quasi", parameters={"start": start, "period_days": period_days},
            inputs=[table_file], output=plot,
        )  # fmt: skip
    for text in (found.says, *found.warnings):
        reply.caution(text)
    rows = [[p.start, f"{p.ratio:.2f}", f"{p.low:.2f}", f"{p.high:.2f}"] for p in found.event_study]
    reply.finish(
        plain(found) | {"files": [plot] if plot else []},
        found.says,
        f"Ratio {found.ratio:.2f} ({found.low:.2f} to {found.high:.2f}): incidents "
        f"{found.events_before[0]:,.0f} before and {found.events_after[0]:,.0f} after in patrolled "
        f"places, {found.events_before[1]:,.0f} and {found.events_after[1]:,.0f} in the others",
        table("Against the last period before", ["period from", "ratio", "low", "high"], rows),
    )


def read_counts(path: Path) -> pd.DataFrame:
    """Read the table of counts.

    Raises
    ------
    StoreError
        When it cannot be read.
    """
    try:
        return pd.read_csv(path, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV table.",
            found="It cannot be read as one." if path.exists() else "It is not there.",
            do="Save it as CSV in UTF-8.",
        ) from error
