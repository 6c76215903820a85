"""The command `footbeat target edit`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.errors import UsageError
from footbeat.manifest import load_manifest, manifest_path
from footbeat.outputs import check_suffix, check_writable
from footbeat.targeting.drawn import load_drawn, save_drawn
from footbeat.targeting.edit import Edit, Event, apply_edit

if TYPE_CHECKING:
    from footbeat.targeting.edit import Drawn

_COMMAND = "target edit"
_DRAWN_BY = "drawn_by"


def edit(
    hotspots_file: Annotated[
        Path, typer.Argument(help="Hot spots, a GeoPackage.", metavar="HOTSPOTS")
    ],
    *,
    out: Annotated[Path, typer.Option(help="GeoPackage to write; the same file with --overwrite.")],
    event: Annotated[Event, typer.Option(help="What is done.")],
    place: Annotated[
        list[str],
        typer.Option(help="Identifier; twice or more to merge; to undo, the one the change named."),
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    by: Annotated[str, typer.Option(help="Who decided.")],
    name: Annotated[str, typer.Option(help="New name, to rename or merge.")] = "",
    line: Annotated[
        str | None, typer.Option(help="Line to split along: x1,y1,x2,y2 in metres.")
    ] = None,
    move_m: Annotated[
        str | None, typer.Option("--move-m", help="How far to nudge: metres east,north.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Merge, split, nudge, rename or exclude a hot spot, or undo that; with reason and person.

    Example: footbeat target edit hotspots.gpkg --event rename --place hex250:12:-5
    --name "Pier" --reason "as the beat calls it" --by "A. Khan" --out edited.gpkg
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".gpkg",))
    check_writable(out, overwrite=overwrite)
    drawn_by = load_drawing(hotspots_file)
    ends, move = _numbers(line, "--line", 4), _numbers(move_m, "--move-m", 2)
    change = Edit(
        event,
        tuple(place),
        reason,
        by,
        datetime.now(UTC).date().isoformat(),
        name,
        (ends[0], ends[1], ends[2], ends[3]) if ends else None,
        (move[0], move[1]) if move else None,
    )
    edited = apply_edit(load_drawn(hotspots_file), change)
    save_drawn(edited, hotspots_file, out, overwrite=overwrite)
    parameters = {**asdict(change), _DRAWN_BY: drawn_by}
    info = edited.provenance.as_json()
    # Its input may be its output: what went in is named by the list it was drawn from.
    inputs = [hotspots_file] if hotspots_file.resolve() != out.resolve() else []
    record_run(_COMMAND, parameters=parameters, inputs=inputs, output=out, info=info)
    for text in edited.provenance.cautions:
        reply.caution(text)
    _report(reply, edited, out)


def load_drawing(path: Path) -> dict[str, Any] | None:
    """Return parameters, inputs and version of the run that drew a list, edited since or not.

    None where no manifest stands beside it.
    """
    if not manifest_path(path).exists():
        return None
    run = load_manifest(path)
    if run["command"] == _COMMAND:
        return run["parameters"].get(_DRAWN_BY) or None
    return {name: run[name] for name in ("parameters", "inputs", "version")}


def _report(reply: Reply, edited: Drawn, out: Path) -> None:
    frame = edited.frame[["rank", "hotspot_id", "name", "n"]]
    rows = [(rank, ident, name, f"{n:,.0f}") for rank, ident, name, n in frame.to_numpy()]
    values = {
        "hotspots": frame.to_dict("records"),
        "edits": edited.edits,
        "files": [out.name],
    }
    said = "\n".join(each.said for each in edited.edits)
    listing = table(f"{len(rows):,} hot spots", ("rank", "identifier", "place", "incidents"), rows)
    reply.finish(values, listing, said, f"Wrote {out}.")


def _numbers(text: str | None, option: str, n_wanted: int) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != n_wanted or not all(map(isfinite, numbers)):
        raise UsageError(
            f"`{option}` must be {n_wanted} numbers with commas between.",
            found=f"It is “{text}”.",
            do="Give metres in the list's coordinate system.",
        )
    return numbers
