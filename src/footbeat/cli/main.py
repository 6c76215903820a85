"""The command `footbeat`: six groups in the order of the loop, and a few words before them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, TyperException

from footbeat.cli.words import gather, show_help
from footbeat.errors import FootbeatError, UsageError
from footbeat.manifest import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = {
    "try": "Turn an open-data download into one offline page.",
    "demo": "Run the whole loop on a synthetic town with a planted effect.",
    "incidents": "Any export becomes a table one can trust.",
    "target": "Score places, say how certain a rank is, and why each place ranks.",
    "task": "Randomised schedules, walks, rotas and briefings.",
    "track": "Pings and keyed sheets become visits with error bars.",
    "trial": "Place-days become an effect with its counts, interval and design.",
    "simulate": "Synthetic towns with a known truth, labelled as such.",
}

app = gather(
    "Hot spot policing in one loop: Incidents, Target, Task, Track, Trial, Programme.",
    {word: f"footbeat.cli.{'try_' if word == 'try' else word}:app" for word in WORDS},
    summaries=WORDS,
)


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
    show_help(context)


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
    # The option alone: what was given for it may be somebody's.
    names = [str(name) for name in getattr(getattr(error, "param", None), "opts", ())]
    name = next((name for name in names if name.startswith("--")), "".join(names[:1]))
    name = name or str(getattr(error, "option_name", ""))
    return UsageError(
        error.format_message(),
        found=f"It was about {name}." if name else "The words given do not fit the command.",
        do="See the same command with --help.",
    )


def _report(error: FootbeatError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps(error.as_json()) + "\n")
    sys.stderr.write(f"{error}\n")
    return error.exit_code


def _speak_any_alphabet() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
