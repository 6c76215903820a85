"""The commands `footbeat trial …`: the honest number, and everything needed to judge it."""

from __future__ import annotations

import typer

from footbeat.cli.trial import (
    comparing,
    counting,
    deposit,
    design,
    effects,
    moving,
    planning,
    trying,
    watching,
)

app = typer.Typer(
    name="trial",
    help="Trial: place-days, effect, power; a percentage never without counts and interval.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def trial() -> None:
    """Measure whether patrols worked, and how sure that is."""


app.command("plan")(planning.plan)
app.command("power")(design.power)
app.command("placedays")(counting.placedays)
app.command("effect")(effects.effect)
app.command("aggregate")(effects.aggregate)
app.command("monitor")(watching.monitor)
app.command("calibrate")(trying.calibrate_design)
app.command("quasi")(comparing.quasi)
app.command("displacement")(moving.displacement)
app.command("report")(effects.report)
app.command("archive")(deposit.archive)
app.command("verify")(deposit.verify)
