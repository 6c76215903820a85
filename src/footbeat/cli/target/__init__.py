"""The commands `footbeat target …`: rank places, judge rankings, explain and compare lists."""

from __future__ import annotations

import typer

from footbeat.cli.target import backtest, compare, concentration, find, near_repeat, score

app = typer.Typer(
    help="Target: rank places, say how certain a rank is, and why each place ranks.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)
app.command("find")(find.find)
app.command("score")(score.score)
app.command("backtest")(backtest.backtest)
app.command("compare")(compare.compare)
app.command("near-repeat")(near_repeat.near_repeat)
app.command("concentration")(concentration.concentration)
