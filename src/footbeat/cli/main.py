"""The command `footbeat`: six groups in the order of the loop, and a few words before them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, TyperException

from footbeat.cli import incidents, target, task, trial
from footbeat.errors import FootbeatError, UsageError
from footbeat.manifest import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="footbeat",
    help="Hot spot policing in one loop: Incidents, Target, Task, Track, Trial, Programme.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(incidents.app, name="incidents")
app.add_typer(target.app, name="target")
app.add_typer(task.app, name="task")
app.add_typer(trial.app, name="trial")


@app.callback(invoke_without_command=True)
def footbeat(
    context: typer.Context,
    *,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.")
    ] = False,
) -> None:
    """Find the places, randomise the patrols, record them, measure the effect, offline.

    Example: footbeat demo
    """
    if show_version:
        typer.echo(VERSION)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end with its exit code."""
    _speak_any_alphabet()
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(words))


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are printed, never traced."""
    try:
        outcome = app(list(words), standalone_mode=False)
    except FootbeatError as error:
        return _report(error, as_json="--json" in words)
    except TyperException as error:
        return _report(_as_usage(error), as_json="--json" in words)
    except (Abort, KeyboardInterrupt):
        return _report(
            UsageError("The command was stopped.", do="Nothing was written."),
            as_json="--json" in words,
        )
    return outcome if isinstance(outcome, int) else 0


def _as_usage(error: TyperException) -> UsageError:
    hint = "See the same command with --help."
    return UsageError(error.format_message(), do=hint)


def _report(error: FootbeatError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps(error.as_json()) + "\n")
    sys.stderr.write(f"{error}\n")
    return error.exit_code


def _speak_any_alphabet() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
