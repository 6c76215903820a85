"""An open-data download turned into the page an analyst forwards to a chief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from footbeat.errors import DataError
from footbeat.incidents.read import read_incidents
from footbeat.reports import words
from footbeat.reports.charts import Share, draw_shares, speak_shares
from footbeat.reports.ground import Ground
from footbeat.reports.maps import draw_map, headline, tabulate_hotspots, tabulate_left_out
from footbeat.reports.page import Figure, Imprint, render_page
from footbeat.targeting.extent import main_ground
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.held import does_list_hold, observed_months
from footbeat.targeting.names import GENERIC, street_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footbeat.incidents.load import Incidents
    from footbeat.manifest import Manifest
    from footbeat.targeting.found import Found
    from footbeat.targeting.held import Held

_MOST_NAMES = 40
_MOST_LEFT_OUT = 8


@dataclass(frozen=True, slots=True)
class Tried:
    """What a download gave.

    Attributes
    ----------
    incidents
        Every row that was kept.
    n_rejected
        Rows that were not.
    found
        The list.
    held
        How an earlier list did later; None where the download cannot tell.
    why_not_held
        Why it cannot, empty where it can.
    area
        The boundary given, or None.
    n_far
        Incidents left out because they lie far from the others, where no boundary was given.
    """

    incidents: Incidents
    n_rejected: int
    found: Found
    held: Held | None
    why_not_held: str = ""
    area: shapely.Geometry | None = None
    n_far: int = 0


def try_download(
    paths: Sequence[Path],
    options: FindOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
) -> Tried:
    """Read a data.police.uk download, find its hot spots, and judge an earlier list.

    Parameters
    ----------
    paths
        Files, folders or zips as data.police.uk gives them.
    options
        As for :func:`footbeat.targeting.find.find_hotspots`.
    rng
        Source of chance for the intervals.
    area
        Boundary of the force or district in EPSG:27700. Without it the ground is the hull of
        the incidents that lie together.

    Raises
    ------
    FootbeatError
        When the files cannot be read or hold no incident to rank by.
    """
    incidents, rejects = read_incidents(paths)
    hull, is_near = main_ground(incidents.numbers("x"), incidents.numbers("y"))
    ground = area or (hull if shapely.area(hull) > 0 else None)
    n_far = 0 if area else int((~is_near).sum())
    found = find_hotspots(incidents, options, rng=rng, area=ground)
    try:
        held, why_not = does_list_hold(incidents, options, rng=rng, area=ground), ""
    except DataError as error:
        held, why_not = None, f"This download cannot tell. {error}"
    return Tried(incidents, len(rejects), found, held, why_not, area, n_far)


def render_try_page(tried: Tried, *, place: str = "", manifest: Manifest | None = None) -> str:
    """Return the page: headline, cautions, map and list, whether a list holds, how it was done.

    `place` names the force or town in the headline; without it the page speaks of the area of
    the download.
    """
    found, months = tried.found, counted_months(tried)
    provenance = found.hotspots.provenance
    name = place or "the area of this download"
    subject = " · ".join(part for part in (place, words.months(months)) if part)
    left_out = tabulate_left_out(found, most=_MOST_LEFT_OUT)
    return render_page(
        "try.html.jinja",
        title=f"Hot spots, {subject.replace(' · ', ', ')}",
        imprint=Imprint.around(provenance, subject, notes=found.notes, manifest=manifest),
        headline=headline(found, name),
        basis=_basis(tried),
        map=draw_map(found, lay_ground(tried)),
        twin=tabulate_hotspots(found),
        left_out=left_out,
        tried=tried,
        figure=_draw_held(tried.held) if tried.held else None,
        steps=_steps(tried, months),
    )


def counted_months(tried: Tried) -> tuple[str, ...]:
    """Return the months that were counted: observed ones within the period asked for."""
    since, until = (tried.found.params.get(name) for name in ("since", "until"))
    return tuple(
        month
        for month in observed_months(tried.incidents)
        if (since is None or month >= f"{since:%Y-%m}")
        and (until is None or month <= f"{until:%Y-%m}")
    )


def lay_ground(tried: Tried) -> Ground:
    """Return what a download itself tells of the ground: its street anchors and their names."""
    frame = tried.incidents.to_frame()
    points = frame.loc[np.isfinite(frame["x"]) & np.isfinite(frame["y"]), ["x", "y", "location"]]
    streets = {text: street_of(text) for text in points["location"].dropna().unique()}
    named = points.assign(street=points["location"].map(streets)).dropna(subset=["street"])
    named = named[~named["street"].str.casefold().isin(GENERIC)]
    middles = named.groupby("street").agg(n=("x", "size"), x=("x", "median"), y=("y", "median"))
    first = middles.sort_values("n", ascending=False, kind="stable").head(_MOST_NAMES)
    return Ground(
        boundary=tried.area,
        anchors=np.unique(points[["x", "y"]].to_numpy(float), axis=0),
        names=[(str(name), row.x, row.y) for name, row in first.iterrows()],
    )


def _basis(tried: Tried) -> str:
    if tried.area is not None:
        return tried.found.concentration.basis
    total = words.count(tried.found.concentration.total_ha, 0)
    far = (
        f" {tried.n_far:,} of {len(tried.incidents):,} incidents lie far from the others, or have "
        "no place, and are left out."
        if tried.n_far
        else ""
    )
    return (
        f"The whole is the hull of the incidents that lie together ({total} hectares), empty "
        f"ground and water inside it included.{far} The boundary of the "
        "district would be a better whole."
    )


def _draw_held(held: Held) -> Figure:
    earlier, later = (_span(months) for months in (held.fit_months, held.judged_months))
    shares = [
        Share(f"In {earlier}, which chose it", held.share_fit, _of(held.held_fit, held.n_fit)),
        Share(
            f"In {later}",
            held.share_judged,
            f"{_of(held.held_judged, held.n_judged)}; "
            f"{words.share(held.low)} to {words.share(held.high)}",
            low=held.low,
            high=held.high,
            is_main=True,
        ),
        Share("A list chosen with hindsight", held.fresh, "the most attainable"),
        Share("As many cells drawn at random", held.chance, "the least to beat"),
    ]
    return Figure(
        finding=f"The {held.n_places} cells {earlier} chose, and what they held later",
        measure=f"Share of incidents in the listed cells, before merging; {earlier} and {later}.",
        drawing=draw_shares(shares),
        spoken=speak_shares(shares),
    )


def _span(months: tuple[str, str]) -> str:
    return words.period(*months, by_month=True)


def _of(part: int, whole: int) -> str:
    return f"{words.count(part)} of {words.count(whole)}"


def _steps(tried: Tried, months: Sequence[str]) -> tuple[str, ...]:
    found, params = tried.found, tried.found.params
    n_kept = len(tried.incidents)
    read = (
        f"Read {n_kept + tried.n_rejected:,} records, kept {n_kept:,} and rejected "
        f"{tried.n_rejected:,}."
    )
    counted = (
        f"Counted {found.n_incidents:,} incidents of the group “{params['group']}” in "
        f"{words.months(months)}, without those that must not steer patrols."
    )
    cells = "hexagons" if params["shape"] == "hex" else "squares"
    laid = (
        f"Laid {cells} of {params['size_m']:g} m over the ground, scored {found.n_cells:,} by "
        f"{found.method}, and merged listed cells that touch into places one can walk."
    )
    drawn = (
        f"Drew the incidents again {params['rank_draws']:,} times to see which ranks they allow."
    )
    judged = (
        "Chose cells from earlier months alone and counted what later months held there."
        if tried.held
        else "Could not judge an earlier list."
    )
    return read, counted, laid, drawn, judged
