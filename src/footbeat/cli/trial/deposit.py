"""Commands for the years after: deposit a trial, and recompute it."""

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
    figure,
    plain,
    record_run,
)
from footbeat.cli.trial.effects import PLACEDAYS_NAME, SeedOption, look_of
from footbeat.errors import TamperedError
from footbeat.outputs import check_suffix, check_writable
from footbeat.tasking.schedule import load_public
from footbeat.trials.archive import save_archive, verify_archive
from footbeat.trials.calibrated import find_calibration, with_coverage
from footbeat.trials.effect import N_DRAWS, estimate_effect
from footbeat.trials.panel import lay_out
from footbeat.trials.placedays import load_placedays
from footbeat.trials.plan import ESTIMATORS, load_locked_plan, looks_with, record_look
from footbeat.trials.schedules import open_schedules


def archive(
    folders: Annotated[
        list[Path], typer.Argument(help="Schedule folder; one a phase.", metavar="DIR…")
    ],
    *,
    out: Annotated[Path, typer.Option(help="ZIP to write.")],
    placedays: Annotated[
        Path | None, typer.Option(help=f"Place-days; else {PLACEDAYS_NAME} in the folder.")
    ] = None,
    outcome: Annotated[str, typer.Option(help="n or harm_days.")] = "n",
    estimator: Annotated[
        str | None,
        typer.Option(help=f"The answer: {', '.join(ESTIMATORS)}; else the plan's."),
    ] = None,
    draws: Annotated[int, typer.Option(min=999, help="Redraws of the mechanism.")] = N_DRAWS,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Deposit a trial so that anyone can recompute its headline, with no points in it.

    Example: footbeat trial archive schedule --placedays placedays.parquet --out deposit.zip
    """
    check_suffix(out, (".zip",))
    check_writable(out, overwrite=overwrite)
    folder = folders[0]
    source = placedays or folder / PLACEDAYS_NAME
    built, schedules, plan = (
        load_placedays(source),
        open_schedules(folders),
        load_locked_plan(folder),
    )
    look = look_of(source, outcome, estimator, plan)
    effect = estimate_effect(
        built, schedules, outcome=outcome, n_draws=draws, plan=plan, estimator=estimator,
        n_looks=max(looks_with(one, look) for one in folders), rng=np.random.default_rng(seed),
    )  # fmt: skip
    for one in folders:
        record_look(one, look, at=datetime.now(UTC))
    effect = with_coverage(effect, find_calibration(folder))
    rosters = [phase.roster for phase in lay_out(built, [s.roster for s in schedules]).phases]
    publics = [load_public(one) for one in folders]
    save_archive(
        built, effect, out,
        rosters=rosters, seed=seed, plan=plan, publics=publics, overwrite=overwrite,
    )  # fmt: skip
    settings = {"outcome": outcome, "draws": draws, "estimator": effect.estimator}
    record_run(
        "trial archive", parameters=settings,
        inputs=[source, *folders], output=out, seed=seed,
    )  # fmt: skip
    Reply(as_json, quiet).finish(
        {"files": [out], "ratio": effect.ratio, "p": effect.p},
        f"Written: {out}. Anyone can check it: footbeat trial verify {out.name}",
    )


def verify(
    path: Annotated[Path, typer.Argument(help="ZIP from `trial archive`.")],
    *,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Recompute the hashes and the headline of a deposit.

    Example: footbeat trial verify deposit.zip
    """
    found = verify_archive(path)
    if not found.valid and not as_json:
        raise TamperedError(
            "A deposit must give the headline it states.",
            found=" ".join(found.problems),
            do="Ask whoever deposited it for the original.",
        )
    Reply(as_json, quiet).finish(
        plain(found),
        f"Holds. Ratio {figure(found.ratio)}, p {figure(found.p)}: as stated.",
    )
    if not found.valid:
        raise typer.Exit(TamperedError.exit_code)
