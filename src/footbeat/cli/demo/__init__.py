"""The command `footbeat demo`: the whole loop on a synthetic town, ending in one screen."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from footbeat.cli.demo.papers import write_papers
from footbeat.cli.demo.screen import draw_screen, tell_json
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, plain
from footbeat.cli.simulate import DEFAULT_SEED, list_files, record_folder
from footbeat.outputs import writing_folder
from footbeat.simulate.loop import N_TOWNS, run_loop
from footbeat.simulate.town import LABEL, TownOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(rich_markup_mode=None, add_completion=False)

# Share of the time each step takes; the towns share what is left.
_STEPS = 7
_STEP_UNITS = 25


@app.command()
def demo(
    *,
    out: Annotated[
        Path, typer.Option(help="New folder for everything written.", metavar="DIR")
    ] = Path("demo"),
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of everything; nobody picked 1 for its result.")
    ] = DEFAULT_SEED,
    towns: Annotated[
        int, typer.Option(min=1, help="Towns over which coverage is measured.")
    ] = N_TOWNS,
    small: Annotated[
        bool, typer.Option("--small", help="A village: 6 hot spots, 28 days, a year of records.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Run the whole loop on a synthetic town with a planted effect, and without one.

    Example: footbeat demo --out demo
    """
    reply = Reply(as_json, quiet)
    options = _village() if small else TownOptions()
    with writing_folder(out, overwrite=overwrite) as draft:
        with _watching(reply, towns) as (step, advance):
            result = run_loop(draft, options, seed, n_towns=towns, step=step, advance=advance)
            step("Setting the map, the briefing and the report")
            write_papers(result, draft, seed)
        record_folder("demo", draft, plain(options), seed)
        files = list_files(draft, out)
    reply.caution(LABEL)
    reply.finish(tell_json(result, files, seed), *draw_screen(result, out, seed))


def _village() -> TownOptions:
    return replace(
        TownOptions(n_hotspots=6, treat=2),
        n_days=28,
        history_days=365,
        width_m=3_200.0,
        height_m=2_400.0,
    )


@contextmanager
def _watching(
    reply: Reply, towns: int
) -> Iterator[tuple[Callable[[str], None], Callable[[int], None]]]:
    """Yield a function that names the next step and one that counts towns, with time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    live = sys.stderr.isatty() and not reply.quiet
    console = Console(stderr=True, emoji=False)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not live) as bar:
        task = bar.add_task("Starting", total=_STEPS * _STEP_UNITS + towns)
        begun: list[str] = []

        def step(label: str) -> None:
            bar.update(task, description=label, advance=_STEP_UNITS if begun else 0)
            begun.append(label)
            if not live:
                reply.note(f"{len(begun)}. {label}")

        yield step, lambda n: bar.advance(task, n)
