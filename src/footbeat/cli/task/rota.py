"""`footbeat task rota`: units in a shift, and what to do when one is lost."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
from pyproj import Transformer

from footbeat.cli.days import read_day
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.cli.task.arguments import FolderArgument
from footbeat.errors import ColumnError, StoreError, UsageError
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.periods import Window
from footbeat.reports import words
from footbeat.reports.briefing import briefing_bounds
from footbeat.reports.workbook import Sheet, write_workbook
from footbeat.streets import read_streets
from footbeat.tasking.releases import check_intact
from footbeat.tasking.rota import Rota, clock, minutes_of, plan_rota, replan_rota
from footbeat.tasking.rota_file import load_rota, save_rota
from footbeat.tasking.rota_options import RotaOptions
from footbeat.tasking.schedule import PUBLIC, Schedule, load_schedule

if TYPE_CHECKING:
    from footbeat.streets import Streets

_FAR_M = 100_000.0
_POLE = 90.0


def rota(
    folder: FolderArgument,
    *,
    day: Annotated[str, typer.Option(help="Operational day, YYYY-MM-DD.")],
    units: Annotated[int, typer.Option(help="Number of units, or name them with --unit.")] = 0,
    unit: Annotated[
        list[str] | None, typer.Option(help="Call sign, KB21, or KB21@north to keep to a district.")
    ] = None,
    shift: Annotated[
        str, typer.Option(help="Hours of the shift; the hot window if left out.")
    ] = "",
    break_min: Annotated[int, typer.Option(help="Break of each unit, 0 for none.")] = 45,
    break_window: Annotated[str, typer.Option(help="Hours the breaks must lie in.")] = "",
    most_places: Annotated[int, typer.Option(help="Most visits a unit, 0 for no limit.")] = 0,
    travel_kmh: Annotated[float, typer.Option(help="Speed between places.")] = 20.0,
    districts: Annotated[Path | None, typer.Option(help="CSV: hotspot_id, district.")] = None,
    base: Annotated[
        str, typer.Option(help="Station: 52.205,0.119 or metres x,y; the middle if left out.")
    ] = "",
    balance: Annotated[
        float, typer.Option(min=0, help="Minutes of travel that a minute of fairness is worth.")
    ] = 0.5,
    streets: Annotated[Path | None, typer.Option(help="Streets to travel on.")] = None,
    previous: Annotated[
        Path | None, typer.Option(help="Rota to plan again, .json; its terms hold again.")
    ] = None,
    lose: Annotated[str, typer.Option(help="Unit that is lost; only the future changes.")] = "",
    at: Annotated[str, typer.Option(help="Clock time at which it is lost.")] = "",
    out: Annotated[Path | None, typer.Option(help="File: .json (to plan again) or .xlsx.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Say which unit makes which visit; if not all can be made, which limit binds.

    Example: footbeat task rota s1 --day 2026-11-06 --units 3 --streets streets.gpkg --out r.json
    """
    reply = Reply(as_json, quiet)
    if out:
        check_suffix(out, (".json", ".xlsx"))
        check_writable(out, overwrite=overwrite)
    check_intact(folder)
    sealed = load_schedule(folder)
    before = load_rota(previous) if previous else None
    if before is not None and before.options is not None and lose:
        _check_alone(units, unit, shift, base)
        options = before.options
    else:
        names, unit_district = _units(units, unit, before)
        options = RotaOptions(
            units=names,
            shift=Window.parse(shift) if shift else sealed.options.visits.hot,
            break_min=break_min,
            break_window=Window.parse(break_window) if break_window else None,
            most_places=most_places,
            travel_kmh=travel_kmh,
            districts=_read_districts(districts) if districts else None,
            unit_district=unit_district,
            balance=balance,
            base=_near(read_place(base, sealed.provenance.crs), sealed) if base else None,
        )
    planned = _plan(sealed, options, day, before, lose, at, _streets(streets, sealed))
    if out:
        with writing(out, overwrite=overwrite) as draft:
            _write(planned, sealed, draft)
        inputs = [folder / PUBLIC, *(file for file in (districts, streets, previous) if file)]
        parameters = {"day": day, "lose": lose, "at": at, "options": options}
        info = sealed.provenance.as_json()
        record_run("task rota", parameters=parameters, inputs=inputs, output=out, info=info)
    _report(reply, planned, sealed, out)


def _check_alone(units: int, unit: list[str] | None, shift: str, base: str) -> None:
    if units or unit or shift or base:
        raise UsageError(
            "When a unit is lost, the rota is planned again on its own terms.",
            found="Units, a shift or a base were given as well.",
            do="Leave them out, or plan a new rota without --lose.",
        )


def read_place(text: str, crs: str) -> tuple[float, float]:
    """Read a place: latitude and longitude, or metres in `crs`.

    Raises
    ------
    UsageError
        When it is not two numbers.
    """
    try:
        one, other = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            "--base must be two numbers with a comma between.",
            found=f"It is “{text}”.",
            do="Give latitude and longitude, 52.205,0.119, or metres, 545000,258000.",
        ) from error
    if abs(one) <= _POLE and abs(other) <= 2 * _POLE:
        one, other = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(other, one)
    return float(one), float(other)


def _near(place: tuple[float, float], sealed: Schedule) -> tuple[float, float]:
    x, y = place
    xmin, ymin, xmax, ymax = sealed.hotspots.frame.total_bounds
    away_m = math.hypot(max(xmin - x, x - xmax, 0.0), max(ymin - y, y - ymax, 0.0))
    if not away_m <= _FAR_M:
        raise UsageError(
            f"--base must be within {_FAR_M / 1000:g} km of the hot spots.",
            found=f"It is {away_m / 1000:,.0f} km away from them.",
            do="Give latitude and longitude, 52.205,0.119, or metres, 545000,258000.",
        )
    return place


def _units(
    units: int, named: list[str] | None, before: Rota | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    if named:
        parts = [name.partition("@") for name in named]
        return tuple(name for name, _, _ in parts), {name: d for name, _, d in parts if d}
    if before:
        return tuple(before.stops), {}
    return tuple(f"unit {number + 1}" for number in range(units)), {}


def _plan(  # noqa: PLR0917 - a rota and its re-plan take the same facts
    sealed: Schedule,
    options: RotaOptions,
    day: str,
    before: Rota | None,
    lose: str,
    at: str,
    streets: Streets | None,
) -> Rota:
    if not lose:
        return plan_rota(sealed, read_day(day, "--day"), options, streets)
    if before is None or not at:
        raise UsageError(
            "To lose a unit, the rota so far and the time must be given.",
            found="--previous is missing." if before is None else "--at is missing.",
            do="Add --previous rota.json --at 18:30.",
        )
    minute, _ = minutes_of(Window.parse(f"{at}-{clock(_clock_minutes(at) + 1)}"))
    return replan_rota(before, sealed, options, lost=lose, at=minute, streets=streets)


def _clock_minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes.isdigit()):
        raise UsageError("--at must be a clock time.", found=f"It is “{text}”.", do="Give 18:30.")
    return int(hours) * 60 + int(minutes)


def _streets(path: Path | None, sealed: Schedule) -> Streets | None:
    return read_streets(path, sealed.provenance.crs, briefing_bounds(sealed)) if path else None


def _read_districts(path: Path) -> dict[str, str]:
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV file in UTF-8.",
            found="It cannot be read as one.",
            do="Save it again as “CSV UTF-8”.",
        ) from error
    if not {"hotspot_id", "district"} <= set(frame.columns):
        raise ColumnError(
            f"`{path.name}` must have the columns hotspot_id and district.",
            found=f"It has {', '.join(frame.columns)}.",
            do="Name the columns so.",
        )
    return dict(zip(frame["hotspot_id"], frame["district"], strict=True))


def _rows(planned: Rota, sealed: Schedule) -> list[dict[str, Any]]:
    names = dict(zip(sealed.hotspot_ids, sealed.hotspots.frame["name"], strict=True))
    return [
        {
            "unit": unit,
            "hotspot_id": stop.hotspot_id or None,
            "name": names.get(stop.hotspot_id, "break"),
            "arrive": clock(stop.begin),
            "leave": clock(stop.end),
        }
        for unit, stops in planned.stops.items()
        for stop in stops
    ]


def _write(planned: Rota, sealed: Schedule, draft: Path) -> None:
    if draft.suffix.lower() == ".json":
        save_rota(planned, draft)
        return
    title = f"{sealed.provenance.marking} · Rota {words.day(planned.day)}"
    frame = pd.DataFrame(_rows(planned, sealed)).drop(columns="hotspot_id")
    notes = (title, "A rota names units; it never changes which place has a patrol.")
    write_workbook([Sheet("Rota", frame, notes)], draft, title=title)


def _report(reply: Reply, planned: Rota, sealed: Schedule, out: Path | None) -> None:
    rows = _rows(planned, sealed)
    by_unit = [
        {
            "unit": unit,
            "visits": [row for row in rows if row["unit"] == unit],
            "minutes": sum(stop.end - stop.begin for stop in stops if stop.hotspot_id),
            "travel_min": planned.travel_min.get(unit),
        }
        for unit, stops in planned.stops.items()
    ]
    unserved = [{"hotspot_id": spot, "due": due} for spot, due in planned.unserved]
    shown = [(row["unit"], row["arrive"], row["leave"], row["name"]) for row in rows]
    reply.finish(
        {
            "units": by_unit,
            "unserved": unserved,
            "binding": planned.binding,
            "gap": planned.gap,
            "file": out,
        },
        table(f"Rota {words.day(planned.day)}", ("unit", "arrive", "leave", "where"), shown),
        *(f"! Nobody can make {spot}, due {due}." for spot, due in planned.unserved),
        *planned.binding,
        *([f"Written: {out}"] if out else []),
    )
