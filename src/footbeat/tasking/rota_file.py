"""The file of a rota, so that it can be planned again when a unit is lost."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from footbeat.errors import StoreError
from footbeat.manifest import canonical_json
from footbeat.periods import Window
from footbeat.tasking.rota import Rota, Stop, minutes_of
from footbeat.tasking.rota_options import RotaOptions

if TYPE_CHECKING:
    from pathlib import Path

NO_UNIT = "no unit"


def save_rota(rota: Rota, path: Path) -> None:
    """Write a rota as JSON."""
    content = asdict(rota) | {"day": rota.day.isoformat(), "options": _write(rota.options)}
    path.write_bytes((canonical_json(content, indent=2) + "\n").encode())


def load_rota(path: Path) -> Rota:
    """Read a rota that `footbeat task rota` wrote.

    Raises
    ------
    StoreError
        When it is no such file.
    """
    try:
        content = json.loads(path.read_bytes())
        stops = {
            str(name): tuple(Stop(**stop) for stop in each)
            for name, each in content["stops"].items()
        }
        return Rota(
            day=date.fromisoformat(content["day"]),
            stops=stops,
            unserved=tuple((str(spot), str(due)) for spot, due in content["unserved"]),
            binding=tuple(content["binding"]),
            travel_min={str(name): float(m) for name, m in content["travel_min"].items()},
            gap=float(content["gap"]),
            options=_read(content.get("options")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"`{path.name}` must be a rota.",
            found="It is not there." if not path.exists() else "It is something else.",
            do="Make one with `footbeat task rota DIR --day D --units N --out rota.json`.",
        ) from error


def _write(options: RotaOptions | None) -> dict[str, Any] | None:
    if options is None:
        return None
    rest = str(options.break_window) if options.break_window else None
    return asdict(options) | {"shift": str(options.shift), "break_window": rest}


def _read(content: dict[str, Any] | None) -> RotaOptions | None:
    if content is None:
        return None
    rest, base = content["break_window"], content["base"]
    changed = {
        "units": tuple(content["units"]),
        "shift": Window.parse(content["shift"]),
        "break_window": Window.parse(rest) if rest else None,
        "base": (float(base[0]), float(base[1])) if base else None,
    }
    return RotaOptions(**(content | changed))


def units_by_place(rota: Rota) -> dict[str, str]:
    """Return the call signs that go to each hot spot, one a visit, in the order of the visits.

    A visit that nobody makes says `no unit`, so that the others stay beside their own times.
    """
    made = [
        (stop.hotspot_id, stop.begin, unit)
        for unit, stops in rota.stops.items()
        for stop in stops
        if stop.hotspot_id
    ]
    left = [(spot, minutes_of(Window.parse(due))[0], NO_UNIT) for spot, due in rota.unserved]
    found: dict[str, list[str]] = {}
    for spot, _, unit in sorted(made + left, key=itemgetter(1)):
        found.setdefault(spot, []).append(unit)
    return {spot: ", ".join(units) for spot, units in found.items()}
