"""The map of hot spots as an offline page: a drawing, and the table that says the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from footbeat.outputs import check_suffix, writing
from footbeat.reports import words
from footbeat.reports.cartography import (
    WIDTH,
    Classes,
    Mark,
    View,
    draw_areas,
    draw_hatched,
    draw_marks,
    draw_names,
    draw_north,
    draw_scale,
)
from footbeat.reports.charts import draw_rank_bar
from footbeat.reports.ground import Ground, draw_ground, lay_streets, name_streets
from footbeat.reports.page import Cell, Heading, Imprint, Row, Twin, render_page
from footbeat.reports.stories import tell_stories
from footbeat.reports.svg import FONT, INK, PAPER, SECONDARY, drawing, tag
from footbeat.streets import Streets

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from markupsafe import Markup

    from footbeat.manifest import Manifest
    from footbeat.tables import Provenance
    from footbeat.targeting.found import Found

MOST_CELLS = 5_000

_SURE = 0.995
_VIEW_BOX = re.compile(r'viewBox="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a map's key: a swatch and its words."""

    swatch: Markup
    text: str


@dataclass(frozen=True, slots=True)
class Map:
    """A map ready for a page.

    Attributes
    ----------
    ground, marks
        Its two drawings.
    key
        What the colours mean.
    layers
        Layers a reader may switch: class name, words, whether it is shown at first.
    label
        What a screen reader says it is.
    metres, place_units
        Metres across, and the width of a place in units of the drawing, for the page's script.
    """

    ground: Markup
    marks: Markup
    key: tuple[Key, ...]
    layers: tuple[tuple[str, str, bool], ...]
    label: str
    metres: float
    place_units: float

    def to_drawing(self, width_px: float = 640.0) -> Markup:
        """Return ground and marks as one drawing, for print and documents."""
        _, _, wide, tall = (float(n) for n in _VIEW_BOX.findall(self.ground)[0].split())
        size = {"width": width_px, "height": width_px * tall / wide}
        return tag(
            "svg",
            tag("svg", self.ground, **size),
            tag("svg", self.marks, **size),
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_label=self.label,
            font_family=FONT,
            **size,
        )


def render_map_page(
    found: Found,
    *,
    place: str = "",
    ground: Ground | None = None,
    manifest: Manifest | None = None,
) -> str:
    """Return the hot spots as one offline page: map, table twin, what was left out.

    `place` names the force or town, `ground` what lies under the list. The same facts stand in
    the table for whoever cannot use the map, in the same order. Read
    the rank ranges before the ranks: places whose ranges overlap cannot be told apart.
    """
    provenance = found.hotspots.provenance
    subject = subject_of(provenance, place)
    ground = ground or Ground()
    imprint = Imprint.around(provenance, subject, notes=found.notes, manifest=manifest)
    thanks = tuple(dict.fromkeys((*imprint.attribution, *ground.attribution)))
    return render_page(
        "map.html.jinja",
        title=f"Hot spots, {subject.replace(' · ', ', ')}",
        imprint=replace(imprint, attribution=thanks),
        headline=headline(found, place or "the area"),
        map=draw_map(found, ground),
        twin=tabulate_hotspots(found),
        left_out=tabulate_left_out(found),
        found=found,
        stories=tell_stories(
            found, None if ground.streets is None else Streets(ground.streets, ())
        ),
    )


def save_map_page(
    found: Found,
    path: Path,
    *,
    place: str = "",
    streets: Path | None = None,
    boundary: shapely.Geometry | None = None,
    manifest: Manifest | None = None,
    overwrite: bool = False,
) -> None:
    """Write the page of :func:`render_map_page`, on the streets of a file where one is given.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or the streets cannot be read.
    """
    check_suffix(path, (".html",))
    spots = found.hotspots.frame
    ground = lay_streets(streets, spots, boundary) if streets else Ground(boundary=boundary)
    with writing(path, overwrite=overwrite) as draft:
        page = render_map_page(found, place=place, ground=ground, manifest=manifest)
        draft.write_text(page, encoding="utf-8")


def subject_of(provenance: Provenance, place: str = "") -> str:
    """Return what an output is about: place or source, and the period observed."""
    parts = (place or provenance.source, words.observed(provenance))
    return " · ".join(part for part in parts if part)


def headline(found: Found, place: str = "the area") -> str:
    """Return the finding as one sentence, shares with their counts."""
    held = found.concentration
    n_held = round(held.incident_share * found.n_incidents)
    return (
        f"{len(found.hotspots)} places, {words.share(held.area_share)} of {place} "
        f"({words.count(held.area_ha, 0)} of {words.count(held.total_ha, 0)} hectares), hold "
        f"{words.share(held.incident_share)} of its {_counted(found)} "
        f"({words.count(n_held)} of {words.count(found.n_incidents)})"
    )


def _counted(found: Found) -> str:
    group = str(found.params.get("group") or "all").replace("-", " ")
    return "incidents" if group == "all" else f"incidents of {group}"


def tabulate_hotspots(found: Found) -> Twin:
    """Return the hot spots as the table twin of their map."""
    frame = found.hotspots.frame
    has_harm = bool(frame["harm_days"].notna().any())
    worst = _worst_rank(frame)
    headings = [
        Heading("Rank", "number"),
        Heading("Place and why"),
        Heading("Incidents", "number"),
        *([Heading("Harm, days", "number")] if has_harm else []),
        Heading("Ranks the data allow", "drawing"),
    ]
    rows = [
        Row(_cells(spot, has_harm=has_harm, worst=worst), place=key)
        for key, spot in zip(_keys(frame), frame.to_dict("records"), strict=True)
    ]
    caption = f"Hot spots in order of rank; bars run from 1st to {words.ordinal(worst)}, log scale"
    return Twin("places", caption, headings, rows)


def tabulate_left_out(found: Found, *, most: int = 50) -> Twin | None:
    """Return what was passed over and why, best first, or None where nothing was."""
    if not found.left_out:
        return None
    headings = [Heading("Would be", "number"), Heading("Place"), Heading("Why it is not listed")]
    rows = [
        Row((Cell(words.ordinal(item.rank), item.rank), Cell(item.place), Cell(item.reason)))
        for item in found.left_out[:most]
    ]
    return Twin("left-out", "What is not on the list, best first", headings, rows)


def draw_map(found: Found, ground: Ground) -> Map:
    """Return the map of a list: ground, cells, hot spots, numbers, scale and north."""
    frame = found.hotspots.frame
    view = View.around(frame.total_bounds)
    classes = Classes.of(frame["n"].to_numpy(float))
    has_boundary = ground.boundary is not None
    if not has_boundary:
        ground = replace(ground, boundary=_busy_ground(found.cells))
    layers = [*draw_ground(ground, view), _draw_cells(found.cells, view)]
    excluded = [
        each.outline for each in found.excluded if shapely.intersects(each.outline, view.box)
    ]
    if excluded:
        layers.append(draw_hatched(excluded, view, name="excluded"))
    layers.append(_draw_places(frame, classes, view))
    place_m = float(np.sqrt(frame.area.median()))
    marks = _marks(frame)
    middles = np.array([(mark.x, mark.y) for mark in marks])
    names = [*_name_excluded(found), *(ground.names or name_streets(ground, frame.geometry))]
    return Map(
        ground=drawing(WIDTH, view.height, *layers, **{"class": "ground"}),
        marks=tag(
            "svg",
            draw_names(names, view, around=middles, place_m=place_m),
            tag("g", draw_marks(marks, view, place_m), **{"class": "discs"}),
            draw_scale(view),
            draw_north(),
            width="100%",
            height="100%",
            role="group",
            aria_label=f"Map of {len(frame)} hot spots; the table holds the same facts",
            **{"class": "marks"},
        ),
        key=(*_key(classes), *_key_of_ground(found, has_boundary=has_boundary)),
        layers=_layers(ground, has_names=bool(names), has_excluded=bool(excluded)),
        label=f"Map of {len(frame)} hot spots",
        metres=view.metres,
        place_units=place_m * view.scale,
    )


def _busy_ground(cells: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the ground with incidents, gaps no wider than a cell or two closed."""
    shapes = cells.geometry[(cells["n"] > 0).to_numpy()]
    reach = float(np.sqrt(shapes.area.median()))
    return shapely.buffer(shapely.buffer(shapely.union_all(shapes.to_numpy()), reach), -reach)


def _name_excluded(found: Found) -> list[tuple[str, float, float]]:
    named = [each for each in found.excluded if each.name]
    points = shapely.get_coordinates(shapely.point_on_surface([each.outline for each in named]))
    return [(f"Excluded: {each.name}", x, y) for each, (x, y) in zip(named, points, strict=True)]


def _key_of_ground(found: Found, *, has_boundary: bool) -> tuple[Key, ...]:
    outline = tag("rect", x=1, y=1, width=24, height=14, fill=PAPER, stroke=SECONDARY)
    hatched = tag("rect", x=1, y=1, width=24, height=14, fill="url(#hatch)", stroke=INK)
    told = "boundary" if has_boundary else "ground with incidents"
    key = [Key(drawing(26, 16, outline, width=26, height=16), told)]
    if found.excluded:
        which = words.listed(list(dict.fromkeys(each.name for each in found.excluded if each.name)))
        said = f"excluded by decision: {which}" if which else "excluded by decision"
        key.append(Key(drawing(26, 16, hatched, width=26, height=16), said))
    return tuple(key)


def _draw_cells(cells: gpd.GeoDataFrame, view: View) -> Markup:
    near = cells[cells.intersects(view.box) & (cells["n"] > 0)].head(MOST_CELLS)
    values = near["n"].to_numpy(float)
    classes = Classes.of(values)
    index = classes.index(values)
    paths = [
        draw_areas(list(near.geometry[index == i]), view, name="cell", fill=colour, stroke=None)
        for i, colour in enumerate(classes.colours)
    ]
    return tag("g", *paths, display="none", **{"class": "cells"})


def _draw_places(frame: gpd.GeoDataFrame, classes: Classes, view: View) -> Markup:
    index = classes.index(frame["n"].to_numpy(float))
    paths = [
        draw_areas([shape], view, name="place", fill=classes.colours[colour], key=key)
        for key, shape, colour in zip(_keys(frame), frame.geometry, index, strict=True)
    ]
    return tag("g", *paths, **{"class": "hotspots"})


def _marks(frame: gpd.GeoDataFrame) -> list[Mark]:
    middles = frame.representative_point()
    return [
        Mark(
            key,
            str(spot["rank"]),
            f"{spot['rank']}, {spot['name']}: {words.count(spot['n'])} incidents",
            middle.x,
            middle.y,
        )
        for key, spot, middle in zip(_keys(frame), frame.to_dict("records"), middles, strict=True)
    ]


def _cells(spot: dict[str, Any], *, has_harm: bool, worst: int) -> list[Cell]:
    place, low, high = int(spot["rank"]), _whole(spot["rank_low"]), _whole(spot["rank_high"])
    p_top = _whole(spot["p_top"])
    is_sure = p_top is None or p_top >= _SURE
    chance = "" if is_sure else f"On the list in {words.share(p_top)} of redraws"
    harm = _whole(spot["harm_days"])
    return [
        Cell(str(place), place),
        Cell(spot["name"], note=spot["why"], link=f"#mark-{place}"),
        Cell(words.count(spot["n"]), spot["n"]),
        *([Cell(words.count(harm, 0), harm)] if has_harm else []),
        Cell(
            words.rank_range(low, high),
            place if high is None else high,
            note=chance,
            drawing=draw_rank_bar(place, low, high, worst),
        ),
    ]


def _key(classes: Classes) -> tuple[Key, ...]:
    highs = [*classes.breaks[1:], None]
    return tuple(
        Key(_swatch(colour), _span(low, classes.high if high is None else high - 1))
        for low, high, colour in zip(classes.breaks, highs, classes.colours, strict=True)
    )


def _span(low: float, high: float) -> str:
    return words.count(low) if high <= low else f"{words.count(low)} to {words.count(high)}"


def _swatch(colour: str) -> Markup:
    box = tag("rect", x=1, y=1, width=24, height=14, fill=colour, fill_opacity=0.6, stroke=INK)
    return drawing(26, 16, box, width=26, height=16)


def _layers(
    ground: Ground, *, has_names: bool, has_excluded: bool
) -> tuple[tuple[str, str, bool], ...]:
    has_streets = ground.streets is not None or ground.anchors is not None
    streets = "Streets" if ground.streets is not None else "Street anchors"
    return (
        ("hotspots", "Hot spots", True),
        ("cells", "All cells", False),
        *((("excluded", "Excluded ground", True),) if has_excluded else ()),
        *((("streets", streets, True),) if has_streets else ()),
        *((("names", "Names", True),) if has_names else ()),
    )


def _keys(frame: pd.DataFrame) -> list[str]:
    return [str(rank) for rank in frame["rank"]]


def _worst_rank(frame: pd.DataFrame) -> int:
    return int(np.nanmax([*frame["rank"], *frame["rank_high"].fillna(0)], initial=1))


def _whole(value: Any) -> float | None:  # noqa: ANN401 - pandas gives None, NaN or NA
    return None if value is None or value != value else float(value)  # noqa: PLR0124 - NaN
