"""The commands `footbeat track …`: pings and sheets become visits, visits become minutes."""

from __future__ import annotations

import typer

from footbeat.cli.track import fidelity, identify, keep, log, minutes, visits

app = typer.Typer(
    help="Track: pings and keyed sheets become visits with error bars.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("visits")(visits.visits)
app.command("log")(log.log)
app.command("minutes")(minutes.minutes)
app.command("fidelity")(fidelity.fidelity)
app.command("keep")(keep.keep)
app.command("identify")(identify.identify)
