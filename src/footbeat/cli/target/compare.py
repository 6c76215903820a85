"""The command `footbeat target compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.areas import read_hotspots
from footbeat.cli.frame import JsonOption, QuietOption, Reply, plain, table
from footbeat.cli.target.edit import load_drawing
from footbeat.targeting.compare import compare_lists
from footbeat.targeting.drawn import load_edits

if TYPE_CHECKING:
    from footbeat.targeting.compare import Comparison


def compare(
    old_file: Annotated[Path, typer.Argument(help="Earlier list.", metavar="OLD")],
    new_file: Annotated[Path, typer.Argument(help="Later list.", metavar="NEW")],
    *,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say which places entered, left and stayed, and what else changed between two lists.

    Example: footbeat target compare last-year.gpkg this-year.gpkg
    """
    before, run = set(load_edits(old_file)), load_drawing(new_file)
    if run:
        # The earlier list went into the later one; that is no change of the data.
        run["inputs"] = [each for each in run["inputs"] if each["name"] != old_file.name]
    compared = compare_lists(
        read_hotspots(old_file),
        read_hotspots(new_file),
        old_run=load_drawing(old_file),
        new_run=run,
        edits=[each.said for each in load_edits(new_file) if each not in before],
    )
    _report_comparison(Reply(as_json, quiet), compared)


def _report_comparison(reply: Reply, compared: Comparison) -> None:
    gone = table(
        "Entered and left",
        ("", "rank", "place", "reason"),
        [
            (word, place.rank, place.name, place.reason)
            for word, places in (("in", compared.entered), ("out", compared.left))
            for place in places
        ],
    )
    stayed = table(
        "Stayed",
        ("place", "rank was", "is", "moved, m"),
        [(s.name, s.old_rank, s.new_rank, f"{s.moved_m:,.0f}") for s in compared.stayed],
    )
    reply.finish(plain(compared), gone, stayed, "\n".join((*compared.edits, *compared.changed)))
