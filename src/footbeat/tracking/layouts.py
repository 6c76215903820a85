"""A ping layout: how one tracker's export becomes our columns, written as a small TOML file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from footbeat.errors import ColumnError, StoreError
from footbeat.periods import load_zone
from footbeat.tables import PINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HEADERS: Mapping[str, tuple[str, ...]] = {
    "unit_id": ("unit_id", "unit", "device_id", "device", "callsign", "issi", "vehicle"),
    "time": ("time", "timestamp", "datetime", "fix_time", "gps_time", "date_time", "utc"),
    "x": ("x", "x_m", "easting", "lon", "lng", "long", "longitude"),
    "y": ("y", "y_m", "northing", "lat", "latitude"),
    "accuracy_m": ("accuracy_m", "accuracy", "horizontal_accuracy", "hacc", "h_accuracy"),
    "speed_ms": ("speed_ms", "speed_mps"),
}  # fmt: skip
_DEGREES = {"lon", "lng", "long", "longitude", "lat", "latitude"}
_OF_TRACKERS = re.compile(
    r"(heading|bearing|course|direction|azimuth|alt|ele|elevation|altitude|height|speed|velocity|"
    r"battery|satellites|n?sats|fix|gps|signal|rssi|accuracy)[a-z0-9]*|[hpvtg]?dop|provider|source|"
    r"quality|valid|id|pingid|rowid|index|seq|sequence|ignition|odometer|(is)?moving|date|name|"
    r"times|coordtimes|unnamed[0-9]*|"
)
_NEEDED = ("unit_id", "time", "x", "y")
_SECTIONS = {"name", "columns", "crs", "format"}


@dataclass(frozen=True, slots=True)
class PingLayout:
    """How to read one tracker's export.

    Attributes
    ----------
    columns
        Our column to the headers it may have, best first.
    crs
        Coordinate system of the fixes; empty where the headers say it (lon, lat) or the hot
        spots' own is meant.
    timezone
        Time zone of times that state none; empty for the hot spots' own.
    is_day_first
        Whether 3/4/2026 is the third of April.
    speed_to_ms
        What a stated speed is multiplied by to give metres a second.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: HEADERS)
    crs: str = ""
    timezone: str = ""
    is_day_first: bool = True
    speed_to_ms: float = 1.0

    def choose(self, headers: Iterable[str], name: str) -> dict[str, str]:
        """Return our column to the header of this file that holds it.

        Headers are compared without case, spaces or punctuation.

        Raises
        ------
        ColumnError
            When no header can be the unit, the time, or either coordinate.
        """
        known = {_plain(header): header for header in headers}
        chosen = {}
        for column, names in self.columns.items():
            found = next((known[_plain(n)] for n in names if _plain(n) in known), None)
            if found is not None:
                chosen[column] = found
        absent = [column for column in _NEEDED if column not in chosen]
        if absent:
            raise ColumnError(
                f"`{name}` must hold the columns {', '.join(_NEEDED)}.",
                found=f"None of its {len(known)} headers can be {' or '.join(absent)}.",
                do="Name its columns in a layout: --layout LAYOUT.toml.",
            )
        return chosen

    def strangers(self, headers: Iterable[str]) -> list[str]:
        """Return the headers that trackers do not write; none where the layout has its own.

        A table of incidents can have a unit, a time and a place as well: what else it holds
        tells it from pings.
        """
        if self.columns != HEADERS:
            return []
        ours = {_plain(name) for names in HEADERS.values() for name in names}
        others = [name for name in headers if _plain(name) not in ours]
        return [name for name in others if not _OF_TRACKERS.fullmatch(_plain(name))]


def are_degrees(chosen: Mapping[str, str]) -> bool:
    """Tell whether the chosen headers say that coordinates are longitude and latitude."""
    return _plain(chosen["x"]) in _DEGREES and _plain(chosen["y"]) in _DEGREES


def load_layout(path: Path) -> PingLayout:
    """Read a layout file.

    The sections are ``[columns]`` (ours → theirs), ``[crs]`` with ``input``, and ``[format]``
    with ``timezone``, ``day_first`` and ``speed`` (``ms``, ``kmh``, ``mph`` or ``knots``).

    Raises
    ------
    StoreError
        When the file cannot be read as TOML.
    ColumnError
        When it names a column or section that does not exist.
    UsageError
        When there is no such time zone.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StoreError(
            f"`{path.name}` must be a TOML file.",
            found="It cannot be read as one." if path.exists() else "It is not there.",
            do="Write it as the how-to on tracking shows.",
        ) from error
    _check_names(path.name, content, _SECTIONS)
    for section in _SECTIONS - {"name"}:
        _check_section(path.name, section, content.get(section, {}))
    columns = content.get("columns", {})
    _check_names(path.name, columns, PINGS.names)
    form = content.get("format", {})
    _check_names(path.name, form, {"timezone", "day_first", "speed"})
    if form.get("timezone"):
        load_zone(form["timezone"])
    return PingLayout(
        {**HEADERS, **{ours: _listed(theirs) for ours, theirs in columns.items()}},
        content.get("crs", {}).get("input", ""),
        form.get("timezone", ""),
        form.get("day_first", True),
        _speed_factor(path.name, form.get("speed", "ms")),
    )


def _check_section(name: str, section: str, found: object) -> None:
    values = found.values() if isinstance(found, dict) else [None]
    texts = [one for value in values for one in (value if isinstance(value, list) else [value])]
    if not all(isinstance(text, str | bool) for text in texts):
        raise ColumnError(
            f"`[{section}]` in `{name}` must be a section of texts.",
            found="It holds something else.",
            do="Write it as the how-to on tracking shows.",
        )


def _speed_factor(name: str, unit: str) -> float:
    factors = {"ms": 1.0, "kmh": 1 / 3.6, "mph": 0.44704, "knots": 0.514444}
    if unit not in factors:
        raise ColumnError(
            f"`speed` in `{name}` must be one of {', '.join(factors)}.",
            found=f"It is “{unit}”.",
            do="Change it.",
        )
    return factors[unit]


def _check_names(name: str, found: Mapping[str, Any], allowed: Iterable[str]) -> None:
    unknown = sorted(set(found) - set(allowed))
    if unknown:
        raise ColumnError(
            f"`{name}` must name only {', '.join(sorted(allowed))}.",
            found=f"It also names {', '.join(unknown)}.",
            do="Take those out.",
        )


def _listed(theirs: str | list[str]) -> tuple[str, ...]:
    return (theirs,) if isinstance(theirs, str) else tuple(theirs)


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.casefold())
