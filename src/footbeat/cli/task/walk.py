"""`footbeat task walk`: closed foot walks inside every hot spot, on real streets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyogrio
import typer

from footbeat.areas import provenance_note, read_hotspots
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.errors import DataError
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.reports import words
from footbeat.reports.exchange import write_geojson, write_gpx, write_kml
from footbeat.streets import read_streets
from footbeat.tasking.walks import WalkOptions, find_walks, frame_walks, read_points

if TYPE_CHECKING:
    import geopandas as gpd

    from footbeat.areas import Hotspots
    from footbeat.tasking.walks import Walk

_SUFFIXES = (".gpkg", ".gpx", ".kml", ".geojson")


def walk(
    hotspots: Annotated[Path, typer.Argument(help="Hot spots.", metavar="HOTSPOTS")],
    *,
    streets: Annotated[Path, typer.Option(help="Streets: GeoPackage, OSM, OSMnx …")],
    out: Annotated[Path, typer.Option(help="File: .gpkg, .gpx, .kml or .geojson.")],
    minutes: Annotated[float, typer.Option(help="Longest walk.")] = 15.0,
    walk_kmh: Annotated[float, typer.Option(help="Speed of a patrol that looks around.")] = 4.0,
    walks: Annotated[int, typer.Option(help="Distinct walks a hot spot.")] = 3,
    effort: Annotated[float, typer.Option(help="Solver's time for one walk.")] = 4.0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Find the closed walks that cover most of each hot spot's streets within the minutes.

    Example: footbeat task walk hotspots.gpkg --streets streets.gpkg --out walks.gpkg
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, _SUFFIXES)
    check_writable(out, overwrite=overwrite)
    places = read_hotspots(hotspots)
    for text in places.provenance.cautions:
        reply.caution(text)
    found, left_out = _find(
        reply,
        places,
        hotspots,
        streets,
        WalkOptions(minutes=minutes, walk_kmh=walk_kmh, n_walks=walks, effort=effort),
    )
    if not found:
        raise DataError(
            "Streets must lie in at least one hot spot.",
            found=f"None of {len(places)} has any in {streets.name}.",
            do="Check that both files show the same town.",
        )
    with writing(out, overwrite=overwrite) as draft:
        _write(frame_walks(found, places.provenance.crs), draft, places)
    record_run(
        "task walk",
        parameters={"minutes": minutes, "walk_kmh": walk_kmh, "walks": walks, "effort": effort},
        inputs=[hotspots, streets],
        output=out,
        info=places.provenance.as_json(),
    )
    _report(reply, found, left_out, out)


def _find(
    reply: Reply, places: Hotspots, hotspots: Path, streets: Path, options: WalkOptions
) -> tuple[list[Walk], dict[str, str]]:
    crs = places.provenance.crs
    points = read_points(hotspots, crs)
    reply.note(
        "Streets are weighed half by length, half by the incidents near them."
        if points is not None
        else "The hot spot file holds no incidents: streets are weighed by length alone."
    )
    xmin, ymin, xmax, ymax = (float(value) for value in places.frame.total_bounds)
    lines = read_streets(streets, crs, (xmin - 200, ymin - 200, xmax + 200, ymax + 200))
    found: list[Walk] = []
    left_out: dict[str, str] = {}
    with reply.progress("Walks", total=len(places)) as advance:
        for number in range(len(places)):
            one = type(places)(places.frame.iloc[[number]], places.provenance)
            walks, missing = find_walks(one, lines, options, points)
            found += walks
            left_out |= missing
            advance()
    return found, left_out


def _write(frame: gpd.GeoDataFrame, draft: Path, places: Hotspots) -> None:
    named = frame.assign(
        name=[
            f"{spot} walk {number}"
            for spot, number in zip(frame["hotspot_id"], frame["number"], strict=True)
        ],
        description=[
            f"{words.count(round(length))} m, {words.count(minutes)} min: {names}"
            for length, minutes, names in zip(
                frame["length_m"], frame["minutes"], frame["streets"], strict=True
            )
        ],
    )
    title = "Walks in hot spots"
    if draft.suffix.lower() == ".gpx":
        write_gpx(named, draft, name=title)
    elif draft.suffix.lower() == ".kml":
        write_kml(named, draft, name=title)
    elif draft.suffix.lower() == ".geojson":
        write_geojson(named, draft, attribution=places.provenance.attribution)
    else:
        note = provenance_note(places.provenance)
        pyogrio.write_dataframe(frame, draft, layer="walks", dataset_metadata=note)


def _report(reply: Reply, found: list[Walk], left_out: dict[str, str], out: Path) -> None:
    shown = ("hotspot_id", "number", "length_m", "minutes", "coverage", "bound")
    walks = [{name: getattr(each, name) for name in shown} for each in found]
    rows = [
        (
            each.hotspot_id,
            each.number,
            words.count(round(each.length_m)),
            words.count(each.minutes),
            words.share(each.coverage),
            words.share(each.bound),
        )
        for each in found
    ]
    heads = ("hot spot", "walk", "metres", "minutes", "covers", "at most")
    reply.finish(
        {
            "walks": walks,
            "left_out": [{"hotspot_id": spot, "reason": why} for spot, why in left_out.items()],
            "file": out,
        },
        table("Walks; “at most” is proven for any closed walk from the same entry", heads, rows),
        *(f"! {spot}: {why}" for spot, why in left_out.items()),
        f"Written: {out}",
    )
