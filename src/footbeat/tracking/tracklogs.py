"""GPX and GeoJSON: tracks as phones and handheld devices save them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gpxpy
import pyarrow as pa
from gpxpy.gpx import GPXException

from footbeat.errors import ColumnError
from footbeat.tracking.files import PingFile, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from footbeat.tracking.layouts import PingLayout

_LINE_TIMES = ("coordTimes", "times")
_SCHEMA = pa.schema(
    [
        ("unit_id", pa.string()),
        ("time", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("accuracy_m", pa.float64()),
    ]
)
LON_LAT = {"unit_id": "unit_id", "time": "time", "x": "lon", "y": "lat"}
"""The headers these formats stand for: coordinates are longitude and latitude by definition."""


class GpxPings(PingFile):
    """A GPX file; the unit is the track's name, or the file's where the track has none."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the points of every track."""
        yield self._points(_read_text(self.path, "GPX"))

    def headers(self) -> list[str]:
        """Return nothing: what a GPX file may hold is fixed."""
        return []

    def salvage(self) -> Iterator[pa.Table]:
        """Yield the points of tracks that are whole."""
        before, end, _ = _read_text(self.path, "GPX", errors="replace").rpartition("</trkpt>")
        if end:
            yield self._points(f"{before}{end}</trkseg></trk></gpx>")

    def _points(self, text: str) -> pa.Table:
        # A document type can make a small file expand without end; GPX needs none.
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise unreadable(self.path, "GPX")
        try:
            tracks = gpxpy.parse(text).tracks
        except GPXException as error:
            raise unreadable(self.path, "GPX") from error
        return _as_table(
            {
                "unit_id": track.name or self.path.stem,
                "time": point.time.isoformat() if point.time else None,
                "x": point.longitude,
                "y": point.latitude,
                "accuracy_m": None,
            }
            for track in tracks
            for segment in track.segments
            for point in segment.points
        )


class GeoJsonPings(PingFile):
    """A GeoJSON file of points, or of lines whose property `coordTimes` holds the times."""

    def __init__(self, path: Path, layout: PingLayout) -> None:
        super().__init__(path, LON_LAT)
        self._layout = layout
        self._properties: set[str] = set()

    def tables(self) -> Iterator[pa.Table]:
        """Yield the points of every feature."""
        try:
            features = json.loads(_read_text(self.path, "GeoJSON"))["features"]
        except (ValueError, KeyError, TypeError) as error:
            raise unreadable(self.path, "GeoJSON") from error
        yield self._points(features)

    def headers(self) -> list[str]:
        """Return the properties of the features that were read."""
        return sorted(self._properties)

    def salvage(self) -> Iterator[pa.Table]:
        """Yield the points of the features that are whole."""
        yield self._points(_whole_features(_read_text(self.path, "GeoJSON", errors="replace")))

    def _points(self, features: Iterable[Mapping[str, Any]]) -> pa.Table:
        try:
            return _as_table(row for feature in features for row in self._rows(feature))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise unreadable(self.path, "GeoJSON") from error

    def _rows(self, feature: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        known, geometry = feature["properties"] or {}, feature["geometry"]
        self._properties.update(known)
        if geometry["type"] not in {"Point", "LineString"}:
            raise ColumnError(
                f"`{self.path.name}` must hold points or lines.",
                found=f"It holds a {geometry['type']}.",
                do="Leave the other shapes out.",
            )
        line = geometry["type"] == "LineString"
        points = geometry["coordinates"] if line else [geometry["coordinates"]]
        times: list[Any] = next((known[name] for name in _LINE_TIMES if name in known), [])
        headers = ["x", "y", *known, *(["time"] if line else [])]
        chosen = self._layout.choose(headers, self.path.name)
        for place, point in enumerate(points):
            yield {
                "unit_id": _said(known, chosen.get("unit_id")),
                "time": _at(times, place) if line else _said(known, chosen.get("time")),
                "x": float(point[0]),
                "y": float(point[1]),
                "accuracy_m": _number(known.get(chosen.get("accuracy_m", ""))),
            }


def _whole_features(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the features of a collection up to where it breaks off."""
    text = text.partition('"features"')[2].partition("[")[2]
    while text := text.lstrip(", \r\n\t"):
        try:
            feature, end = json.JSONDecoder().raw_decode(text)
        except json.JSONDecodeError:
            return
        yield feature
        text = text[end:]


def _as_table(rows: Iterator[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=_SCHEMA)


def _said(known: Mapping[str, Any], name: str | None) -> str | None:
    value = known.get(name) if name else None
    return None if value is None else str(value)


def _at(times: list[Any], place: int) -> str | None:
    return str(times[place]) if place < len(times) and times[place] is not None else None


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _read_text(path: Path, kind: str, *, errors: str = "strict") -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors=errors)
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, kind) from error
