"""The papers of the demonstration: map, briefing, trial report, and where to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.areas import read_polygons
from footbeat.manifest import Manifest, hash_files
from footbeat.reports.briefing import brief_day, briefing_bounds, write_briefing_pdf
from footbeat.reports.ground import read_ground
from footbeat.reports.maps import Ground, render_map_page
from footbeat.reports.trial import save_trial_report
from footbeat.simulate.layout import CRS
from footbeat.simulate.town import LABEL, TOWN_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.simulate.loop import LoopResult

_PLACE = f"{TOWN_NAME} (synthetic)"

_START_HERE = """{label}

The whole loop, as footbeat demo ran it. Each line is a file and the command that makes one
like it from your own data.

records-history.csv, records-trial.csv, records.toml   the records system's exports and mapping
incidents.parquet    footbeat incidents read records-history.csv --source records.toml
                     --area boundary.gpkg --out incidents.parquet
hotspots.gpkg        footbeat target find incidents.parquet --since {since} --until {until}
                     --hours {hours} --area boundary.gpkg --top {top} --out hotspots.gpkg
map.html             the same list as a page; opens with no network
schedule             footbeat task schedule hotspots.gpkg --start {start} --days {days}
                     --treat {treat} --window {window} --out schedule
briefing.pdf         footbeat task brief schedule --day {start} --streets streets.gpkg
                     --out briefing.pdf
visits.parquet       footbeat track visits pings.csv --hotspots hotspots.gpkg
                     --schedule schedule --out visits.parquet
placedays.parquet    footbeat trial placedays incidents-trial.parquet --schedule schedule
                     --hotspots hotspots.gpkg --visits visits.parquet --hours {hours}
                     --out placedays.parquet
report.html, .pdf    footbeat trial report
no-effect            the same town, days and patrols; the patrols prevented nothing
truth.json           what is known only because the town is simulated
"""


def write_papers(result: LoopResult, folder: Path, seed: int) -> None:
    """Write map, briefing, report and a guide into the folder of the demonstration."""
    made = Manifest("demo", {"seed": seed}, hash_files([folder / "records-trial.csv"]), ())
    _write_map(result, folder, made)
    _write_briefing(result, folder)
    for name in ("report.html", "report.pdf"):
        save_trial_report(result.trial.effect, folder / name, place=_PLACE, manifest=made)
    twin = folder / "no-effect" / "report.html"
    save_trial_report(result.no_effect.effect, twin, place=f"{_PLACE}, no effect", manifest=made)
    (folder / "START-HERE.txt").write_text(_guide(result), encoding="utf-8", newline="\n")


def _write_map(result: LoopResult, folder: Path, made: Manifest) -> None:
    streets = result.staged.town.streets.to_frame()
    boundary = read_polygons(folder / "boundary.gpkg", CRS).union_all()
    page = render_map_page(
        result.staged.found,
        place=_PLACE,
        ground=Ground(streets=streets, boundary=boundary),
        manifest=made,
    )
    (folder / "map.html").write_text(page, encoding="utf-8")


def _write_briefing(result: LoopResult, folder: Path) -> None:
    schedule = result.staged.schedule
    ground = read_ground(
        folder / "streets.gpkg", CRS, briefing_bounds(schedule), attribution="Simulated streets."
    )
    briefing = brief_day(schedule, schedule.start, ground)
    write_briefing_pdf(briefing, folder / "briefing.pdf")


def _guide(result: LoopResult) -> str:
    options, schedule = result.staged.options, result.staged.schedule
    period = result.staged.hotspots.provenance
    return _START_HERE.format(
        label=LABEL,
        since=period.start,
        until=period.end,
        hours=options.hours,
        top=options.n_hotspots,
        start=schedule.start,
        days=options.n_days,
        treat=options.treat,
        window=schedule.options.visits.hot,
    )
