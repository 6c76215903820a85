"""The list for signature in words: places, why each ranks, what was left out and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from footbeat.reports import words
from footbeat.reports.charts import draw_rank_bar
from footbeat.reports.placemap import Pin, draw_place, fit_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from footbeat.areas import Hotspots
    from footbeat.streets import Streets
    from footbeat.targeting.found import LeftOut

PROPOSAL = "A proposal until a named person signs it. Where people do not report, nothing shows."

_OVERVIEW = (1700.0, 900.0)
_PICTURE = (560.0, 420.0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the list, worded.

    Attributes
    ----------
    rank, name, hotspot_id
        Which place.
    certainty
        Rank with its interval, as words.
    counted
        Incidents, and harm where known.
    ground
        Hectares, metres of street and minutes to walk, as far as known.
    why
        One sentence.
    picture, bar
        Its map, and the ranks the data allow, as SVG.
    n, ranks
        Incidents, and the ranks the data allow, as words.
    """

    rank: int
    name: str
    hotspot_id: str
    certainty: str
    counted: str
    ground: str
    why: str
    picture: str
    bar: str
    n: str
    ranks: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The whole list, worded.

    `headline` says what the places hold and of how much, `method` how they were chosen, and
    `made` what ran on which files; the last is empty where no manifest is known.
    """

    title: str
    headline: str
    subject: str
    marking: str
    cautions: tuple[str, ...]
    attribution: tuple[str, ...]
    proposal: str
    overview: str
    overview_alt: str
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    changes: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


def describe_list(
    hotspots: Hotspots,
    streets: Streets | None = None,
    *,
    left_out: Sequence[LeftOut] = (),
    changes: Sequence[str] = (),
    standing: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
) -> Listing:
    """Word a list of hot spots for the person who signs it.

    Parameters
    ----------
    hotspots
        The list.
    streets
        Streets to draw under it.
    left_out
        Places passed over, with the reasons.
    changes
        What analysts changed, in sentences.
    standing
        By identifier, where a place stands among those listed by count and by harm.
    run
        Parameters, inputs and version of the run that drew the list.
    """
    known, frame = hotspots.provenance, hotspots.frame
    when = words.observed(known)
    alt = f"Map of {len(frame)} hot spots, numbered by rank."
    return Listing(
        title=f"{len(frame)} hot spots for signature",
        headline=headline_of(hotspots),
        subject=" · ".join(part for part in (known.source, when, _edition(hotspots)) if part),
        marking=f"{known.marking}{' · SYNTHETIC DATA' if known.is_synthetic else ''}",
        cautions=known.cautions,
        attribution=(*known.attribution, *(streets.attribution if streets else ())),
        proposal=PROPOSAL,
        overview=_draw_overview(hotspots, streets, alt),
        overview_alt=alt,
        entries=tuple(
            _entry(hotspots, number, streets, standing or {}) for number in range(len(frame))
        ),
        left_out=tuple(left_out),
        changes=tuple(changes),
        method=tell_method(hotspots, run or {}),
        made=tell_run(run or {}),
    )


def headline_of(hotspots: Hotspots) -> str:
    """Return what a list holds, and of how much, as one sentence."""
    whole = hotspots.provenance.extra.get("whole")
    if not whole or not whole["n_incidents"] or not whole["total_ha"]:
        return f"{len(hotspots)} places, in order of rank"
    edited = " when it was drawn" if len(hotspots) != hotspots.provenance.extra.get("top") else ""
    return (
        f"{len(hotspots)} places: the list held{edited} "
        f"{words.share(whole['n_listed'] / whole['n_incidents'])} of the incidents counted "
        f"({words.count(whole['n_listed'])} of {words.count(whole['n_incidents'])}) on "
        f"{words.share(whole['area_ha'] / whole['total_ha'])} of the ground "
        f"({words.count(whole['area_ha'], 0)} of {words.count(whole['total_ha'], 0)} hectares), "
        "in the period that chose it"
    )


def tell_method(hotspots: Hotspots, run: Mapping[str, Any]) -> tuple[str, ...]:
    """Say in five lines how the places were chosen, as far as the file and its manifest tell."""
    known, asked = hotspots.provenance, run.get("parameters", {})
    method = known.extra.get("method") or asked.get("method") or words.UNKNOWN
    size = f" of {asked['size_m']:g} m" if asked.get("size_m") else ""
    group = str(asked.get("group") or words.UNKNOWN).replace("-", " ")
    shape = f"{asked.get('shape') or words.UNKNOWN}{size}"
    return (
        f"Counted: {group}, {words.observed(known)}, by {asked.get('weight') or words.UNKNOWN}.",
        f"Places: {shape}; merged up to {words.count(asked.get('max_area_ha'))} ha.",
        f"Ranked by: {method}.",
        "Ranks the data allow: 95 of 100 redraws; where they overlap, places are not told apart.",
        "Not counted: what must not steer patrols, such as custody suites and domestic indoors.",
    )


def tell_run(run: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what ran on which files; nothing where no manifest is known."""
    if not run:
        return ()
    files = [f"Read {each['name']}, SHA-256 {each['sha256'][:16]}…" for each in run["inputs"]]
    return (f"Drawn by Footbeat {run['version']}.", *files)


def _edition(hotspots: Hotspots) -> str:
    edition = hotspots.provenance.harm_edition
    return f"harm: {edition}" if edition and hotspots.frame["harm_days"].notna().any() else ""


def _entry(
    hotspots: Hotspots, number: int, streets: Streets | None, standing: Mapping[str, str]
) -> Entry:
    row = hotspots.frame.iloc[number]
    harm = "" if pd.isna(row["harm_days"]) else f", {words.count(row['harm_days'])} days of harm"
    certainty = words.rank(int(row["rank"]), _known(row["rank_low"]), _known(row["rank_high"]))
    if not pd.isna(row["p_top"]):
        # A list shortened by hand was ranked for as many as were asked for.
        top = hotspots.provenance.extra.get("top", len(hotspots))
        certainty += f"; in the top {top} with probability {row['p_top']:.2f}"
    if str(row["hotspot_id"]) in standing:
        certainty += f"; its busiest cell {standing[str(row['hotspot_id'])]}"
    return Entry(
        rank=int(row["rank"]),
        name=str(row["name"]),
        hotspot_id=str(row["hotspot_id"]),
        certainty=certainty,
        counted=f"{words.count(row['n'])} incidents{harm}",
        ground=_ground(row),
        why=str(row["why"]),
        picture=_draw_picture(hotspots, number, streets),
        bar=draw_rank_bar(
            int(row["rank"]), _known(row["rank_low"]), _known(row["rank_high"]), _worst(hotspots)
        ),
        n=words.count(row["n"]),
        ranks=words.rank_range(_known(row["rank_low"]), _known(row["rank_high"])),
    )


def _worst(hotspots: Hotspots) -> int:
    frame = hotspots.frame
    return int(max(frame["rank"].max(), frame["rank_high"].fillna(0).max()))


def _ground(row: pd.Series[Any]) -> str:
    parts = [f"{row['area_ha']:.1f} ha"]
    if not pd.isna(row["street_m"]):
        parts += [f"{row['street_m']:,.0f} m of street", f"{row['walk_min']:.0f} min to walk"]
    return ", ".join(parts)


def _draw_overview(hotspots: Hotspots, streets: Streets | None, alt: str) -> str:
    frame = hotspots.frame
    sheet = fit_sheet(
        frame.total_bounds.tolist(), width=_OVERVIEW[0], height=_OVERVIEW[1], margin=0.08
    )
    pins = [_pin(row.geometry, int(row.rank)) for row in frame.itertuples()]
    # Each outline by itself: places that touch must not run into one.
    outlines = list(shapely.get_parts(frame.geometry.to_numpy()))
    everything: shapely.Geometry = shapely.MultiPolygon(outlines)
    return draw_place(sheet, everything, streets, pins=pins, is_overview=True, title=alt)


def _draw_picture(hotspots: Hotspots, number: int, streets: Streets | None) -> str:
    row = hotspots.frame.iloc[number]
    bounds = shapely.bounds(row.geometry).tolist()
    sheet = fit_sheet(bounds, width=_PICTURE[0], height=_PICTURE[1])
    others = hotspots.frame.geometry.drop(index=hotspots.frame.index[number])
    near = [shape for shape in others if shape.intersects(shapely.box(*sheet.bounds))]
    title = f"Map of hot spot {row['rank']}, {row['name']}."
    return draw_place(sheet, row.geometry, streets, others=near, title=title)


def _pin(shape: shapely.Geometry, rank: int) -> Pin:
    at = shapely.point_on_surface(shape)
    return Pin(float(shapely.get_x(at)), float(shapely.get_y(at)), str(rank), is_filled=True)


def _known(value: Any) -> float | None:  # noqa: ANN401 - pandas gives a number, NaN or NA
    return None if pd.isna(value) else float(value)
