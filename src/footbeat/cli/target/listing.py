"""The command `footbeat target list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from footbeat.areas import read_hotspots
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run
from footbeat.cli.target.edit import load_drawing
from footbeat.outputs import check_suffix, check_writable
from footbeat.reports.listing_files import FORMATS, save_list
from footbeat.streets import read_streets
from footbeat.targeting.drawn import load_edits
from footbeat.targeting.save import load_left_out, load_standing


def list_for_signature(
    hotspots_file: Annotated[Path, typer.Argument(help="Hot spots.", metavar="HOTSPOTS")],
    *,
    out: Annotated[Path, typer.Option(help="DOCX, XLSX or PDF to write.")],
    streets: Annotated[Path | None, typer.Option(help="Street lines to draw.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write the list for signature: map, places, why each ranks, and room to decide.

    Example: footbeat target list hotspots.gpkg --out list.docx
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, FORMATS)
    check_writable(out, overwrite=overwrite)
    hotspots = read_hotspots(hotspots_file)
    lines = read_streets(streets, hotspots.provenance.crs) if streets else None
    changes = [each.said for each in load_edits(hotspots_file)]
    save_list(
        hotspots,
        out,
        streets=lines,
        left_out=load_left_out(hotspots_file),
        changes=changes,
        standing=load_standing(hotspots_file),
        run=load_drawing(hotspots_file),
        overwrite=overwrite,
    )
    inputs = [path for path in (hotspots_file, streets) if path]
    info = hotspots.provenance.as_json()
    record_run("target list", parameters={}, inputs=inputs, output=out, info=info)
    for text in hotspots.provenance.cautions:
        reply.caution(text)
    values = {"hotspots": len(hotspots), "changes": changes, "files": [out.name]}
    reply.finish(values, f"Wrote {out} with {len(hotspots)} hot spots.")
