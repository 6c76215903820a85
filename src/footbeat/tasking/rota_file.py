"""The file of a rota, so that it can be planned again when a unit is lost."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from footbeat.errors import StoreError
from footbeat.manifest import canonical_json
from footbeat.periods import Window
from footbeat.tasking.rota import Rota, Stop
from footbeat.tasking.rota_options import RotaOptions

if TYPE_CHECKING:
    from pathlib import Path


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
    """Return the call sign that goes to each hot spot; several with a comma between."""
    found: dict[str, list[str]] = {}
    for unit, stops in rota.stops.items():
        for stop in stops:
            if stop.hotspot_id and unit not in found.setdefault(stop.hotspot_id, []):
                found[stop.hotspot_id].append(unit)
    return {spot: ", ".join(units) for spot, units in found.items()}
