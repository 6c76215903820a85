"""The commands `footbeat task …`: draw, seal, release and brief."""

from __future__ import annotations

import typer

from footbeat.cli.task import brief, events, folder, rota, schedule, walk

app = typer.Typer(
    help="Task: randomised schedules, walks, rotas and briefings.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)
app.command("schedule")(schedule.schedule)
app.command("week")(folder.week)
app.command("verify")(folder.verify)
app.command("lodge")(folder.lodge)
app.command("brief")(brief.brief)
app.command("log")(events.log)
app.command("status")(events.status)
app.command("walk")(walk.walk)
app.command("rota")(rota.rota)
