"""The command `footbeat try`: an open-data download to one page, without any set-up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import shapely
import typer

from footbeat.areas import read_polygons
from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
    table,
)
from footbeat.manifest import Manifest, hash_files
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.reports import words
from footbeat.reports.maps import headline
from footbeat.reports.try_page import Tried, render_try_page, try_download
from footbeat.targeting.find import FindOptions
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.select import SelectOptions

DEFAULT_SEED = 1
_CRS = "EPSG:27700"


app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def try_(
    files: Annotated[
        list[Path], typer.Argument(help="Download of data.police.uk: zip, folder or CSV files.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("try.html"),
    top: Annotated[int, typer.Option(min=1, help="Places wanted.")] = 20,
    size_m: Annotated[
        float | None, typer.Option("--size-m", min=25, help="Metres between sides of a hexagon.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Offence group; `all` for every offence.")
    ] = None,
    area: Annotated[
        Path | None, typer.Option(help="Polygon of the force or district the list is for.")
    ] = None,
    place: Annotated[str, typer.Option(help="Name of the force or town, for the headline.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the intervals.")] = DEFAULT_SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Turn a data.police.uk download into one offline page: where, how sure, does it hold.

    Example: footbeat try essex.zip --place Essex --out essex.html
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".html",))
    check_writable(out, overwrite=overwrite)
    options = FindOptions(CaseOptions(size_m=size_m, group=group), select=SelectOptions(top))
    with reply.progress("Reading, ranking, drawing"):
        tried = try_download(files, options, rng=np.random.default_rng(seed), area=_boundary(area))
    inputs = [*files, *([area] if area else [])]
    made = Manifest(
        "try", plain({"place": place, **tried.found.params}), hash_files(inputs), (), seed=seed
    )
    with writing(out, overwrite=overwrite) as draft:
        draft.write_text(render_try_page(tried, place=place, manifest=made), encoding="utf-8")
    info = tried.incidents.provenance.as_json()
    record_run("try", parameters=made.parameters, inputs=inputs, output=out, info=info, seed=seed)
    _report(reply, tried, out, place)


def _boundary(path: Path | None) -> shapely.Geometry | None:
    return None if path is None else shapely.union_all(read_polygons(path, _CRS).geometry.array)


def _report(reply: Reply, tried: Tried, out: Path, place: str) -> None:
    found = tried.found
    for caution in (*found.hotspots.provenance.cautions, *found.notes):
        reply.caution(caution)
    spots = found.as_json()["hotspots"]
    reply.finish(
        {"html": str(out), "hotspots": spots, "held": tried.held},
        table(
            headline(found, place or "the area of this download"),
            ("Place", "Incidents", "Rank"),
            [
                (
                    spot["name"],
                    words.count(spot["n"]),
                    words.rank(spot["rank"], spot["rank_low"], spot["rank_high"]),
                )
                for spot in spots
            ],
        ),
        tried.held.verdict if tried.held else tried.why_not_held,
        f"Written: {out}",
        "Next: footbeat incidents read, then footbeat target find, on your own records.",
    )
