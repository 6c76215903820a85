"""The papers of the demonstration: map, briefing, trial report, and where to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.areas import read_polygons
from footbeat.manifest import Manifest, hash_files
from footbeat.reports.briefing import brief_day, briefing_bounds, write_briefing_pdf
from footbeat.reports.ground import lay_streets
from footbeat.reports.maps import render_map_page
from footbeat.reports.trial import save_trial_report
from footbeat.simulate.layout import CRS
from footbeat.simulate.staging import OUTCOME_GROUP
from footbeat.simulate.town import LABEL, TOWN_NAME
from footbeat.streets import read_streets

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.simulate.loop import LoopResult

_PLACE = f"{TOWN_NAME} (synthetic)"

_START_HERE = """{label}

The whole loop, as footbeat demo ran it: each file here, and the command that makes one like it.
Run them in a copy of this folder with --overwrite, then with your own export. A schedule drawn
anew differs, because its seed comes from the operating system.

records-history.csv   the records system's export on the eve of the trial
records-trial.csv     its export five weeks after the trial
records.toml          how to read both

incidents.parquet
    footbeat incidents read records-history.csv --source records.toml --area boundary.gpkg
    --out incidents.parquet
hotspots.gpkg, map.html
    footbeat target find incidents.parquet --group {group} --since {since} --until {until}
    --hours {hours} --area boundary.gpkg --top {top} --out hotspots.gpkg
schedule
    footbeat trial plan . --group {group} --hours {hours}
    footbeat task schedule hotspots.gpkg --start {start} --days {days} --treat {treat}
    --window {window} --plan plan.json --out schedule
briefing.pdf
    footbeat task brief schedule --day {start} --streets streets.gpkg --out briefing.pdf
visits.parquet
    footbeat track visits pings.csv --hotspots hotspots.gpkg --schedule schedule
    --out visits.parquet
incidents-trial.parquet, placedays.parquet
    footbeat incidents read records-trial.csv --source records.toml --area boundary.gpkg
    --out incidents-trial.parquet
    footbeat trial placedays incidents-trial.parquet --schedule schedule
    --hotspots hotspots.gpkg --visits visits.parquet --out placedays.parquet
effect.json, report.html, report.pdf
    footbeat trial effect placedays.parquet --schedule schedule --out effect.json
    footbeat trial report . --out report.pdf

no-effect    the same town, days and patrols; the patrols prevented nothing
truth.json   what is known only because the town is simulated
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
    found = result.staged.found
    boundary = read_polygons(folder / "boundary.gpkg", CRS).union_all()
    ground = lay_streets(folder / "streets.gpkg", found.hotspots.frame, boundary)
    page = render_map_page(found, place=_PLACE, ground=ground, manifest=made)
    (folder / "map.html").write_text(page, encoding="utf-8")


def _write_briefing(result: LoopResult, folder: Path) -> None:
    schedule = result.staged.schedule
    streets = read_streets(folder / "streets.gpkg", CRS, briefing_bounds(schedule))
    briefing = brief_day(schedule, schedule.start, streets)
    write_briefing_pdf(briefing, folder / "briefing.pdf")


def _guide(result: LoopResult) -> str:
    options, schedule = result.staged.options, result.staged.schedule
    period = result.staged.hotspots.provenance
    return _START_HERE.format(
        label=LABEL,
        group=OUTCOME_GROUP,
        since=period.start,
        until=period.end,
        hours=options.hours,
        top=options.n_hotspots,
        start=schedule.start,
        days=options.n_days,
        treat=options.treat,
        window=schedule.options.visits.hot,
    )
