"""Files other programs open: GeoJSON, GPX, KML and calendars.

GeoJSON, GPX and KML are in longitude and latitude (WGS 84), as their standards ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import gpxpy.gpx
import icalendar
import shapely
import simplekml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import geopandas as gpd

_WGS84 = "EPSG:4326"
_PRODUCER = "-//Footbeat//schedule//EN"
_INK = "ff0c0c0b"  # KML writes alpha, blue, green, red
_FILL = "66a8763f"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry of a calendar: a span of time, or a whole day where `start` is a date.

    Attributes
    ----------
    key
        What makes it the same entry when the calendar is imported again.
    start, end
        Times with a zone, or dates; the end is not included.
    summary, description, location
        What it says.
    """

    key: str
    start: datetime | date
    end: datetime | date
    summary: str
    description: str = ""
    location: str = ""


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, attribution: Sequence[str] = ()) -> None:
    """Write shapes and their columns as GeoJSON (RFC 7946), outlines anticlockwise."""
    located = frame.to_crs(_WGS84)
    shapes = shapely.force_2d(located.geometry.to_numpy())
    rows = located.drop(columns=located.geometry.name).to_dict("records")
    features = [
        {
            "type": "Feature",
            "properties": {str(name): _plain(value) for name, value in row.items()},
            "geometry": json.loads(shapely.to_geojson(_anticlockwise(shape))),
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]
    content = {"type": "FeatureCollection", "features": features}
    if attribution:
        content["attribution"] = list(attribution)
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def write_gpx(lines: gpd.GeoDataFrame, path: Path, *, name: str, description: str = "") -> None:
    """Write lines as GPX routes, in order, each with its `name` and `description` columns."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator, gpx.name, gpx.description = "Footbeat", name, description
    for row in lines.to_crs(_WGS84).itertuples():
        route = gpxpy.gpx.GPXRoute(name=str(row.name), description=str(row.description))
        for x, y in shapely.get_coordinates(row.geometry):
            route.points.append(gpxpy.gpx.GPXRoutePoint(latitude=float(y), longitude=float(x)))
        gpx.routes.append(route)
    path.write_text(gpx.to_xml(), encoding="utf-8")


def write_kml(frame: gpd.GeoDataFrame, path: Path, *, name: str) -> None:
    """Write shapes as KML, each with its `name` and `description` columns."""
    kml = simplekml.Kml(name=name)
    for row in frame.to_crs(_WGS84).itertuples():
        for part in shapely.get_parts(row.geometry):
            _add_placemark(kml, part, str(row.name), str(row.description))
    path.write_text(kml.kml(), encoding="utf-8")


def write_calendar(
    appointments: Iterable[Appointment], path: Path, *, name: str, stamp: datetime
) -> None:
    """Write a calendar (RFC 5545) that Outlook, phones and command systems import.

    Parameters
    ----------
    appointments
        The entries.
    path
        The file.
    name
        What the calendar is called.
    stamp
        When the calendar was made, with a zone.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for item in appointments:
        event = icalendar.Event()
        event.add("uid", f"{item.key}@footbeat")
        event.add("dtstamp", stamp)
        event.add("dtstart", item.start)
        event.add("dtend", item.end)
        event.add("summary", item.summary)
        event.add("description", item.description)
        event.add("location", item.location)
        calendar.add_component(event)
    path.write_bytes(calendar.to_ical())


def whole_day(key: str, day: date, summary: str, description: str) -> Appointment:
    """Return an entry that lasts the whole calendar day."""
    return Appointment(key, day, day + timedelta(days=1), summary, description)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column may hold anything
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT differ from themselves
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _anticlockwise(shape: shapely.Geometry) -> shapely.Geometry:
    areal = isinstance(shape, (shapely.Polygon, shapely.MultiPolygon))
    return shapely.orient_polygons(shape) if areal else shape


def _add_placemark(kml: Any, part: shapely.Geometry, name: str, text: str) -> None:  # noqa: ANN401 - simplekml has no types
    if isinstance(part, shapely.Polygon):
        mark = kml.newpolygon(name=name, description=text)
        mark.outerboundaryis = shapely.get_coordinates(part.exterior).tolist()
        mark.innerboundaryis = [shapely.get_coordinates(r).tolist() for r in part.interiors]
        mark.style.polystyle.color = _FILL
    elif isinstance(part, shapely.Point):
        kml.newpoint(name=name, description=text, coords=[(part.x, part.y)])
        return
    else:
        mark = kml.newlinestring(name=name, description=text)
        mark.coords = shapely.get_coordinates(part).tolist()
    mark.style.linestyle.color, mark.style.linestyle.width = _INK, 2
