"""The command that writes the result for a reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
)
from footbeat.cli.trial.effects import EFFECT_NAME, PLACEDAYS_NAME, SeedOption, look_of
from footbeat.errors import UsageError
from footbeat.manifest import Manifest, hash_files, load_manifest, manifest_path
from footbeat.outputs import check_suffix, check_writable
from footbeat.reports.trial import FORMATS, save_trial_report
from footbeat.trials.calibrated import find_calibration, with_coverage
from footbeat.trials.effect import Effect, estimate_effect
from footbeat.trials.placedays import load_placedays
from footbeat.trials.plan import load_locked_plan, looks_with, record_look
from footbeat.trials.results import load_effect
from footbeat.trials.schedules import open_schedules

SCHEDULE_NAME = "schedule.json"


def report(
    folder: Annotated[
        Path, typer.Argument(help=f"Folder with {EFFECT_NAME}, or a schedule and {PLACEDAYS_NAME}.")
    ],
    *,
    out: Annotated[Path, typer.Option(help=f"Report: {', '.join(FORMATS)}.")],
    place: Annotated[str, typer.Option(help="Force or town, for the title.")] = "",
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write the result for a reader: the answer on page one, then methods and tables.

    Example: footbeat trial report trial --out report.pdf
    """
    check_suffix(out, FORMATS)
    check_writable(out, overwrite=overwrite)
    found = find_effect(folder, seed)
    made = describe_run(folder, found, seed)
    save_trial_report(found, out, place=place, manifest=made, overwrite=overwrite)
    record_run(
        "trial report", parameters={"place": place, **made.parameters}, inputs=[folder],
        output=out, seed=made.seed,
    )  # fmt: skip
    Reply(as_json, quiet).finish({"files": [out], **plain(found)}, f"Written: {out}")


def describe_run(folder: Path, found: Effect, seed: int) -> Manifest:
    """Return what the report's numbers rest on: inputs by hash, options, versions, seed.

    They are those of the run that wrote the result, where its manifest stands beside it.
    """
    result = folder / EFFECT_NAME
    earlier = load_manifest(result) if manifest_path(result).is_file() else {}
    parameters = {
        "outcome": found.outcome,
        "estimator": found.estimator,
        "draws": found.n_draws,
        "mechanism": ", ".join(found.mechanism),
    }
    names = (EFFECT_NAME, PLACEDAYS_NAME, SCHEDULE_NAME, "plan.json", "calibration.json")
    read = [folder / name for name in names if (folder / name).is_file()]
    used = earlier.get("seed", None if result.is_file() else seed)
    return Manifest("trial report", plain(parameters), hash_files(read), (), {}, used)


def find_effect(folder: Path, seed: int) -> Effect:
    """Return the effect a folder holds, estimated anew when only its place-days are there.

    Raises
    ------
    UsageError
        When the folder holds neither.
    """
    if (folder / EFFECT_NAME).is_file():
        return load_effect(folder / EFFECT_NAME)
    if not (folder / PLACEDAYS_NAME).is_file():
        raise UsageError(
            "The folder must hold a result.",
            found=f"It holds neither {EFFECT_NAME} nor {PLACEDAYS_NAME}.",
            do=f"Write one there: footbeat trial effect … --out {folder / EFFECT_NAME}",
        )
    is_scheduled = (folder / SCHEDULE_NAME).is_file()
    locked = load_locked_plan(folder) if is_scheduled else None
    look = look_of(folder / PLACEDAYS_NAME, "n", None, locked)
    found = estimate_effect(
        load_placedays(folder / PLACEDAYS_NAME),
        open_schedules([folder]) if is_scheduled else None,
        plan=locked,
        n_looks=looks_with(folder, look) if is_scheduled else 1,
        rng=np.random.default_rng(seed),
    )
    if is_scheduled:
        record_look(folder, look, at=datetime.now(UTC))
    return with_coverage(found, find_calibration(folder))
