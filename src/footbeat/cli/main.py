"""The command `footbeat`: six groups in the order of the loop, and a few words before them."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, TyperException

from footbeat.cli.words import gather, show_help
from footbeat.errors import FootbeatError, StoreError, UsageError
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
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        sys.exit(_report(_NO_OUTPUT, as_json=False))
    _speak_any_alphabet()
    code = run(words)
    try:
        sys.stdout.flush()
    except OSError:
        # What could not be written was told; Python must not try again as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are printed, never traced.

    Whoever reads a pipe may stop reading (`| head`): that is no error.
    """
    try:
        _check_words(words)
        outcome = app(list(words), standalone_mode=False)
        sys.stdout.flush()
    except (FootbeatError, TyperException, OSError, Abort, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError):
            return 0
        return _report(_as_ours(error, words), as_json="--json" in words)
    except SystemExit:
        return 0  # so rich and typer end when the reader of a pipe has gone away
    return outcome if isinstance(outcome, int) else 0


_NO_OUTPUT = StoreError(
    "Standard output must be open.",
    found="It is closed.",
    do="Send it to a file, or to the null device. Nothing was done.",
)


def _check_words(words: Sequence[str]) -> None:
    """Refuse names that the system's character set garbles: no library could open the file."""
    try:
        "".join(words).encode()
    except UnicodeEncodeError as error:
        raise StoreError(
            "Paths and options must be text in the system's character set.",
            found=f"It is {sys.getfilesystemencoding()}, and one holds other characters.",
            do="Set LC_ALL=C.UTF-8 or PYTHONUTF8=1, or rename the file in plain letters.",
        ) from error


def _as_ours(error: BaseException, words: Sequence[str]) -> FootbeatError:
    """Return an error of the system or of the command's grammar as one of Footbeat's."""
    if isinstance(error, FootbeatError):
        return error
    if isinstance(error, OSError):
        return _as_store(error)
    if isinstance(error, TyperException):
        return _unreadable(words) or _as_usage(error)
    return UsageError("The command was stopped.", do="Nothing was written.")


def _as_usage(error: TyperException) -> UsageError:
    path = getattr(getattr(error, "ctx", None), "command_path", "footbeat")
    return UsageError(f"{error.format_message().rstrip('.')}.", do=f"See `{path} --help`.")


def _as_store(error: OSError) -> StoreError:
    name = Path(os.fsdecode(error.filename)).name if error.filename else ""
    return StoreError(
        f"`{name}` cannot be read or written." if name else "The output cannot be written.",
        found=f"The system says: {error.strerror or type(error).__name__}.",
        do="Check its permissions and the free space.",
    )


def _unreadable(words: Sequence[str]) -> StoreError | None:
    """Return what is wrong where a file among the words may not be read: that is no bad usage."""
    paths = [Path(word.partition("=")[2] or word) for word in words if word]
    closed = [each for each in paths if os.access(each, os.F_OK) and not os.access(each, os.R_OK)]
    if not closed:
        return None
    return StoreError(
        f"`{closed[0].name}` cannot be read.",
        found="The system does not permit it.",
        do="Ask for leave to read it, or give another file.",
    )


def _report(error: FootbeatError, *, as_json: bool) -> int:
    # Where nobody can be told, the exit code still tells.
    with suppress(OSError):
        if as_json:
            sys.stdout.write(json.dumps(error.as_json()) + "\n")
    with suppress(OSError):
        if sys.stderr is not None:
            sys.stderr.write(f"{error}\n")
    return error.exit_code


def _speak_any_alphabet() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
