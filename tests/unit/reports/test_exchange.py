import json
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import gpxpy
import icalendar
from shapely.geometry import LineString, Point, box

from footbeat.reports.exchange import (
    Appointment,
    whole_day,
    write_calendar,
    write_geojson,
    write_gpx,
    write_kml,
)

PLACE = gpd.GeoDataFrame(
    {"name": ["Pier Hill & <steps>"], "description": ["a"], "n": [float("nan")]},
    geometry=[box(588_000, 185_000, 588_200, 185_200)],
    crs="EPSG:27700",
)


def test_geojson_is_in_degrees_and_unknown_numbers_are_null(tmp_path: Path) -> None:
    write_geojson(PLACE, tmp_path / "a.geojson", attribution=["OGL"])
    content = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    longitude, latitude = content["features"][0]["geometry"]["coordinates"][0][0]
    assert 0.7 < longitude < 0.72
    assert 51.5 < latitude < 51.6
    assert content["features"][0]["properties"]["n"] is None
    assert content["attribution"] == ["OGL"]


def test_gpx_keeps_the_order_of_a_walk(tmp_path: Path) -> None:
    line = LineString([(588_000, 185_000), (588_100, 185_000), (588_100, 185_100)])
    walk = gpd.GeoDataFrame({"name": ["w"], "description": [""]}, geometry=[line], crs="EPSG:27700")
    write_gpx(walk, tmp_path / "a.gpx", name="Walks")
    route = gpxpy.parse((tmp_path / "a.gpx").read_text(encoding="utf-8")).routes[0]
    back = gpd.GeoSeries([Point(p.longitude, p.latitude) for p in route.points], crs="EPSG:4326")
    assert (
        back.to_crs("EPSG:27700")
        .distance(gpd.GeoSeries([Point(c) for c in line.coords], crs="EPSG:27700"))
        .max()
        < 0.01
    )


def test_kml_escapes_names(tmp_path: Path) -> None:
    write_kml(PLACE, tmp_path / "a.kml", name="Hot spots")
    text = (tmp_path / "a.kml").read_text(encoding="utf-8")
    assert "Pier Hill &amp; &lt;steps&gt;" in text
    assert "<Polygon" in text


def test_calendar_holds_timed_and_whole_day_entries(tmp_path: Path) -> None:
    start = datetime(2026, 11, 6, 19, 10, tzinfo=UTC)
    entries = [
        Appointment("a", start, start.replace(hour=20), "Patrol: Pier Hill; steps, top"),
        whole_day("b", date(2026, 11, 6), "Comparison day", "text"),
    ]
    write_calendar(entries, tmp_path / "a.ics", name="Week", stamp=start)
    events = icalendar.Calendar.from_ical((tmp_path / "a.ics").read_bytes()).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [
        "Patrol: Pier Hill; steps, top",
        "Comparison day",
    ]
    assert events[0].decoded("dtstart") == start
    assert events[1].decoded("dtend") == date(2026, 11, 7)
