"""The papers of one operational day: a shift sheet and one A4 page a hot spot."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import shapely

from footbeat.errors import DataError
from footbeat.reports import words
from footbeat.reports.placemap import Pin, Sheet, Walk, draw_place, fit_sheet
from footbeat.reports.typeset import save_pdf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from footbeat.streets import Streets
    from footbeat.tasking.schedule import Schedule
    from footbeat.tasking.walks import Walk as FoundWalk

_MAP_MM, _OVERVIEW_MM = (110, 120), (92, 92)
_NEIGHBOURS = 4
_AROUND_M = 250.0
_SPACE = "\N{NO-BREAK SPACE}"
NOT_KNOWN = words.UNKNOWN


@dataclass(frozen=True, slots=True)
class Extras:
    """What people and earlier days add to a briefing, by hot spot; all of it may be missing.

    Attributes
    ----------
    look_for
        What to look for, in the analyst's words.
    last_done
        When the place was last visited, for how long, and what was done.
    units
        Call signs of the units that go, one a visit with a comma between.
    walks
        The walk to draw and to describe, as (walk, sentence).
    officers
        The named officer of a place, where the list does not say.
    """

    look_for: Mapping[str, str] = field(default_factory=dict)
    last_done: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    walks: Mapping[str, tuple[Walk, str]] = field(default_factory=dict)
    officers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """One hot spot's page, in words.

    Attributes
    ----------
    hotspot_id, number, name
        Which place.
    arm
        ``treated`` or ``control``.
    due, dose, visits
        When a visit is due, its minutes, and both in one sentence.
    why, walk, look_for, last_done, ask_for
        The facts beside the map.
    neighbours
        The nearest other hot spots and what they have today.
    unit, who
        Call signs in the order of the visits, or empty; and each with the time it is due.
    map, map_alt, has_walk
        Name of the map, what it shows in words, and whether a walk is drawn.
    """

    hotspot_id: str
    number: int
    name: str
    arm: str
    due: str
    dose: str
    visits: str
    why: str
    walk: str
    look_for: str
    last_done: str
    ask_for: str
    neighbours: tuple[dict[str, Any], ...]
    unit: str
    who: str
    map: str
    map_alt: str
    has_walk: bool


@dataclass(frozen=True, slots=True)
class Briefing:
    """The papers of one operational day, ready to set.

    Attributes
    ----------
    title, heading, day, marking, attribution
        What every page carries.
    hours, phase
        Hours of the visits, and the phase.
    patrols, comparisons
        Every hot spot of the day by arm, in the order of the list.
    places
        Those that get a page.
    cautions, is_synthetic, has_streets
        What must be said about the data.
    maps
        SVG texts by name; the overview is ``overview``.
    overview_alt
        The overview in words.
    """

    title: str
    heading: str
    day: str
    marking: str
    attribution: str
    hours: str
    phase: int
    patrols: tuple[Place, ...]
    comparisons: tuple[Place, ...]
    places: tuple[Place, ...]
    cautions: tuple[str, ...]
    is_synthetic: bool
    has_streets: bool
    maps: Mapping[str, str]
    overview_alt: str


def brief_day(
    schedule: Schedule,
    day: date,
    ground: Streets | None = None,
    *,
    extras: Extras | None = None,
    with_comparison: bool = False,
) -> Briefing:
    """Return the papers of one operational day.

    Parameters
    ----------
    schedule
        The sealed schedule.
    day
        The operational day.
    ground
        Streets to draw; without them maps show outlines only, and say so.
    extras
        What people and earlier days add.
    with_comparison
        Whether comparison places get a page too; it says that they get no extra patrol.

    Raises
    ------
    DataError
        When the schedule has no such day.
    """
    rows = _rows(schedule, day)
    extras = _without_walks_elsewhere(extras or Extras(), rows)
    shapes = dict(zip(schedule.hotspot_ids, schedule.hotspots.frame.geometry, strict=True))
    places = tuple(_place(row, rows, shapes, extras) for row in rows)
    patrols = tuple(place for place in places if place.arm == "treated")
    comparisons = tuple(place for place in places if place.arm == "control")
    shown = places if with_comparison else patrols
    provenance = schedule.provenance
    maps = {place.map: _site_map(place, places, shapes, ground, extras) for place in shown}
    maps["overview"], alt = _overview(places, shapes, ground)
    attribution = (*provenance.attribution, *(ground.attribution if ground else ()))
    hours = str(schedule.options.visits.hot).replace("-", "–")
    return Briefing(
        title=f"Patrol briefing, {words.day(day)}",
        heading=f"{words.day(day)}, {hours}",
        day=words.day(day),
        marking=f"{provenance.marking}{' · SYNTHETIC' if provenance.is_synthetic else ''}",
        attribution=" · ".join(dict.fromkeys(attribution)),
        hours=hours,
        phase=schedule.phase,
        patrols=patrols,
        comparisons=comparisons,
        places=shown,
        cautions=provenance.cautions,
        is_synthetic=provenance.is_synthetic,
        has_streets=ground is not None,
        maps=maps,
        overview_alt=alt,
    )


def briefing_bounds(schedule: Schedule) -> tuple[float, float, float, float]:
    """Return the part of the plane the day's maps may show: xmin, ymin, xmax, ymax."""
    xmin, ymin, xmax, ymax = schedule.hotspots.frame.total_bounds
    pad = max(_AROUND_M, 0.4 * max(xmax - xmin, ymax - ymin))
    return float(xmin - pad), float(ymin - pad), float(xmax + pad), float(ymax + pad)


def describe_walk(walk: FoundWalk) -> tuple[Walk, str]:
    """Return a walk as it is drawn, and in one sentence."""
    letters = words.listed([chr(ord("A") + number) for number in range(len(walk.stands))])
    start = f" {walk.streets[0]}" if walk.streets else ""
    seen = f"; be seen at {letters}" if letters else ""
    sentence = (
        f"{words.count(round(walk.length_m, -1))}{_SPACE}m, {walk.minutes:.0f}{_SPACE}min, "
        f"starts and ends at ▲{start}{seen}."
    )
    return Walk(walk.line, walk.stands), sentence


def write_briefing_pdf(briefing: Briefing, path: Path) -> None:
    """Set the papers as a tagged PDF: the shift sheet, then one page a hot spot."""
    facts = {item.name: getattr(briefing, item.name) for item in fields(briefing)}
    for name in ("patrols", "comparisons", "places"):
        facts[name] = [asdict(place) for place in facts[name]]
    save_pdf("briefing.typ", facts, path)


def _without_walks_elsewhere(extras: Extras, rows: Sequence[Mapping[str, Any]]) -> Extras:
    # A walk on the paper of a comparison place would invite people to it.
    treated = {str(row["hotspot_id"]) for row in rows if row["arm"] == "treated"}
    kept = {spot: walk for spot, walk in extras.walks.items() if spot in treated}
    return replace(extras, walks=kept)


def _rows(schedule: Schedule, day: date) -> list[dict[str, Any]]:
    rows = schedule.frame[schedule.frame["day"] == day]
    if rows.empty:
        raise DataError(
            "A briefing must be for a day of the schedule.",
            found=f"It runs {schedule.days[0]} to {schedule.days[-1]}; {day} is not in it.",
            do="Choose another day.",
        )
    places = schedule.hotspots.frame.drop(columns="geometry")
    merged = rows.merge(places, on="hotspot_id").sort_values("rank", kind="stable")
    return [{str(key): value for key, value in row.items()} for row in merged.to_dict("records")]


def _place(
    row: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    shapes: Mapping[str, shapely.Geometry],
    extras: Extras,
) -> Place:
    spot, visits = str(row["hotspot_id"]), str(row["due"]).split(", ")
    dose = f"{row['dose_min']:g}"
    how_often = "Once" if len(visits) == 1 else f"{len(visits)} times"
    spans = (visit.replace("–", f"{_SPACE}and{_SPACE}") for visit in visits)
    between = " and ".join(f"between{_SPACE}{span}" for span in spans)
    officer = extras.officers.get(spot) or row["named_officer"]
    return Place(
        hotspot_id=spot,
        number=int(row["rank"]),
        name=str(row["name"]),
        arm=str(row["arm"]),
        due=str(row["due"]),
        dose=dose,
        visits=f"{how_often} {between}, {dose}{_SPACE}min",
        why=str(row["why"]) or NOT_KNOWN,
        walk=extras.walks[spot][1] if spot in extras.walks else "",
        look_for=extras.look_for.get(spot, ""),
        last_done=extras.last_done.get(spot, NOT_KNOWN),
        ask_for=str(officer) if isinstance(officer, str) and officer else NOT_KNOWN,
        neighbours=_neighbours(spot, rows, shapes),
        unit=extras.units.get(spot, ""),
        who=_who(extras.units.get(spot, ""), visits),
        map=f"place-{int(row['rank'])}",
        map_alt=f"Map of {row['name']} with its outline, the streets around it and a scale bar.",
        has_walk=spot in extras.walks,
    )


def _who(unit: str, visits: Sequence[str]) -> str:
    """Set each call sign beside its time where several visits have one each."""
    units = unit.split(", ")
    if len(visits) == 1 or len(units) != len(visits):
        return unit
    return ", ".join(f"{sign}{_SPACE}{due}" for sign, due in zip(units, visits, strict=True))


def _neighbours(
    spot: str, rows: Sequence[Mapping[str, Any]], shapes: Mapping[str, shapely.Geometry]
) -> tuple[dict[str, Any], ...]:
    gaps = [
        (shapely.distance(shapes[spot], shapes[str(row["hotspot_id"])]), row)
        for row in rows
        if row["hotspot_id"] != spot
    ]
    nearest = sorted(gaps, key=lambda pair: (pair[0], pair[1]["rank"]))[:_NEIGHBOURS]
    return tuple(
        {
            "number": int(row["rank"]),
            "name": str(row["name"]),
            "arm": str(row["arm"]),
            "due": str(row["due"]),
            "distance": "touches" if gap < 1 else f"{words.count(round(gap, -1))} m",
        }
        for gap, row in nearest
    )


def _site_map(
    place: Place,
    places: Sequence[Place],
    shapes: Mapping[str, shapely.Geometry],
    ground: Streets | None,
    extras: Extras,
) -> str:
    spot = shapes[place.hotspot_id]
    width, height = (10.0 * mm for mm in _MAP_MM)
    sheet = fit_sheet(shapely.bounds(spot).tolist(), width=width, height=height)
    near = [
        other
        for other in places
        if other is not place
        and shapely.intersects(shapes[other.hotspot_id], shapely.box(*sheet.bounds))
    ]
    walk = extras.walks.get(place.hotspot_id)
    return draw_place(
        sheet,
        spot,
        ground,
        others=[shapes[other.hotspot_id] for other in near],
        pins=_pins_in_view(near, shapes, sheet),
        walk=walk[0] if walk else None,
        title=place.map_alt,
    )


def _overview(
    places: Sequence[Place], shapes: Mapping[str, shapely.Geometry], ground: Streets | None
) -> tuple[str, str]:
    everything = shapely.union_all(list(shapes.values()))
    width, height = (10.0 * mm for mm in _OVERVIEW_MM)
    sheet = fit_sheet(shapely.bounds(everything).tolist(), width=width, height=height, margin=0.08)
    pins = [_pin(place, shapes[place.hotspot_id]) for place in places]
    patrols = [str(place.number) for place in places if place.arm == "treated"]
    alt = f"Map of all hot spots. Patrols today: numbers {words.listed(patrols)}."
    return draw_place(sheet, everything, ground, pins=pins, is_overview=True, title=alt), alt


def _pins_in_view(
    near: Sequence[Place], shapes: Mapping[str, shapely.Geometry], sheet: Sheet
) -> list[Pin]:
    """Return discs for the parts of other hot spots that a sheet shows enough of."""
    room = 60 / sheet.scale
    view = shapely.buffer(shapely.box(*sheet.bounds), -room, join_style="mitre")
    cut = [(other, shapely.intersection(shapes[other.hotspot_id], view)) for other in near]
    return [_pin(other, part) for other, part in cut if shapely.area(part) > room**2]


def _pin(place: Place, shape: shapely.Geometry) -> Pin:
    at = shapely.point_on_surface(shape)
    (x, y), *_ = shapely.get_coordinates(at)
    return Pin(float(x), float(y), str(place.number), is_filled=place.arm == "treated")
