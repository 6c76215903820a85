"""The first half of the loop on a synthetic town: records, hot spots, schedule, patrols.

Everything goes through the readers and steps that any force's data take, in a folder of files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from footbeat.areas import read_hotspots, read_polygons
from footbeat.grid import DEFAULT_SIZE_M
from footbeat.incidents.load import save_incidents
from footbeat.incidents.read import read_incidents
from footbeat.periods import Window
from footbeat.simulate.export import write_ground, write_pings, write_records, write_truth
from footbeat.simulate.happenings import draw_happenings
from footbeat.simulate.layout import CRS
from footbeat.simulate.movement import StreetNet
from footbeat.simulate.patrols import PatrolOptions, simulate_patrols
from footbeat.simulate.planted import (
    Truth,
    delivered_days,
    draw_trial,
    expected_counts,
    find_prevented,
    multipliers,
    planted_truth,
)
from footbeat.simulate.records import write_down
from footbeat.simulate.town import TIMEZONE, draw_town
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.save import save_found
from footbeat.targeting.select import SelectOptions
from footbeat.tasking.keys import SEED_BYTES
from footbeat.tasking.options import CHOSEN, ScheduleOptions
from footbeat.tasking.schedule import draw_schedule, save_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.trials.plan import PLAN_NAME, Plan, lock_plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents
    from footbeat.incidents.read import Rejects
    from footbeat.simulate.town import Town, TownOptions
    from footbeat.targeting.found import Found
    from footbeat.tasking.schedule import Schedule

SELECTION_DAYS = 365
PATROL_HOURS = Window(15 * 60, 23 * 60)
NO_EFFECT = "no-effect"
OUTCOME_GROUP = "violence"


@dataclass(frozen=True, slots=True)
class Streams:
    """One generator for each use of chance, so that none disturbs another."""

    town: np.random.Generator
    history: np.random.Generator
    clerks: np.random.Generator
    ranks: np.random.Generator
    draw: np.random.Generator
    patrols: np.random.Generator
    trial: np.random.Generator
    trial_clerks: np.random.Generator
    analysis: np.random.Generator
    coverage: np.random.Generator

    @classmethod
    def from_seed(cls, seed: int) -> Streams:
        """Split a seed."""
        return cls(*np.random.default_rng(seed).spawn(len(cls.__slots__)))


@dataclass(frozen=True, slots=True)
class Staged:
    """A town up to the end of its trial, before anybody has looked at the result.

    Attributes
    ----------
    folder
        Where its files are.
    incidents, n_rejected
        The history as read, and rows the reader rejected.
    found, hotspots
        What targeting found, and the hot spots read back from their file.
    schedule
        The schedule, sealed.
    truth
        What a trial of these patrols should find.
    """

    folder: Path
    town: Town
    incidents: Incidents
    n_rejected: int
    found: Found
    hotspots: Hotspots
    schedule: Schedule
    truth: Truth

    @property
    def options(self) -> TownOptions:
        """What was simulated."""
        return self.town.options


def stage_town(
    folder: Path,
    options: TownOptions,
    streams: Streams,
    *,
    step: Callable[[str], None] = lambda _: None,
) -> Staged:
    """Draw a town, choose its hot spots, draw a schedule, walk it, and write every file.

    Parameters
    ----------
    folder
        An empty folder.
    options
        What to simulate.
    streams
        Where chance comes from.
    step
        Told what is being done.
    """
    step("Drawing the town and its records")
    town = draw_town(streams.town, options)
    write_ground(town, folder)
    write_history(town, folder, streams)
    step("Reading the records and choosing places")
    incidents, rejects = read_records(folder, folder / "records-history.csv")
    save_incidents(incidents, folder / "incidents.parquet")
    found = choose_places(incidents, folder, options, streams.ranks)
    step("Drawing the schedule and walking the patrols")
    hotspots = read_hotspots(folder / "hotspots.gpkg")
    schedule = _draw_schedule(hotspots, folder, options, streams.draw)
    delivered = _walk(town, hotspots, schedule, folder, streams.patrols)
    expected = expected_counts(town, hotspots)
    truth = planted_truth(expected, schedule.arms, delivered, options)
    write_truth(town, truth, folder / "truth.json")
    step("Recording what happens during the trial")
    _write_trial(town, hotspots, delivered, folder, streams)
    return Staged(folder, town, incidents, len(rejects), found, hotspots, schedule, truth)


def choose_places(
    incidents: Incidents, folder: Path, options: TownOptions, rng: np.random.Generator
) -> Found:
    """Find hot spots on the last year of records, as Southend did, and save them."""
    case = CaseOptions(
        group=OUTCOME_GROUP,
        since=options.start - timedelta(days=SELECTION_DAYS),
        until=options.start - timedelta(days=1),
        hours=options.hours,
    )
    asked = FindOptions(case, select=SelectOptions(top=options.n_hotspots))
    area = read_polygons(folder / "boundary.gpkg", CRS).union_all()
    found = find_hotspots(incidents, asked, rng=rng, area=area)
    save_found(found, found.incidents, folder / "hotspots.gpkg")
    return found


def found_share(town: Town, hotspots: Hotspots) -> float:
    """Return the share of planted hot spots that were found.

    A planted hot spot counts as found when the centre of a chosen one lies within one cell's
    width of it.
    """
    centres = hotspots.frame.geometry.centroid
    apart = [np.hypot(centres.x - scene.x, centres.y - scene.y).min() for scene in town.planted]
    return float(np.mean(np.array(apart) <= DEFAULT_SIZE_M["hex"]))


def read_trial(staged: Staged, *, no_effect: bool = False) -> Incidents:
    """Read the records of the trial, with the effect or from the town without one."""
    at = staged.folder / NO_EFFECT if no_effect else staged.folder
    incidents, _ = read_records(staged.folder, at / "records-trial.csv")
    save_incidents(incidents, at / "incidents-trial.parquet")
    return incidents


def write_history(town: Town, folder: Path, streams: Streams) -> None:
    """Write what the records system holds on the morning the trial begins."""
    days = np.arange(town.options.history_days)
    events = draw_happenings(town, days, streams.history)
    records = write_down(town, events, town.options.history_days, rng=streams.clerks)
    write_records(records, folder / "records-history.csv")


def read_records(folder: Path, records: Path) -> tuple[Incidents, Rejects]:
    """Read an export by the town's own mapping, within its boundary."""
    return read_incidents([records], source=folder / "records.toml", area=folder / "boundary.gpkg")


def _draw_schedule(
    hotspots: Hotspots, folder: Path, options: TownOptions, rng: np.random.Generator
) -> Schedule:
    """Fix the analysis plan, draw a schedule that commits to it, and seal it."""
    plan = Plan(group=OUTCOME_GROUP, hours=str(options.hours))
    eve = datetime.combine(options.start, time(), tzinfo=UTC)
    asked = ScheduleOptions(
        start=options.start,
        n_days=options.n_days,
        mechanism=f"daily:{options.treat}",
        visits=VisitPlan(PATROL_HOURS),
        timezone=TIMEZONE,
        plan_hash=lock_plan(plan, folder, at=eve),
        seed_source=CHOSEN,
    )
    seed, nonce = rng.bytes(SEED_BYTES), rng.bytes(SEED_BYTES)
    schedule = draw_schedule(hotspots, asked, seed=seed, nonce=nonce)
    commitment = save_schedule(schedule, folder / "schedule")
    (folder / PLAN_NAME).rename(folder / "schedule" / PLAN_NAME)
    return replace(schedule, commitment=commitment)


def _walk(
    town: Town, hotspots: Hotspots, schedule: Schedule, folder: Path, rng: np.random.Generator
) -> NDArray[np.bool_]:
    streets, options = town.streets, town.options
    walked = simulate_patrols(
        hotspots,
        schedule.frame,
        PatrolOptions(
            delivered_share=options.delivered_share,
            usual_per_day=options.usual_per_day,
            timezone=TIMEZONE,
        ),
        rng=rng,
        streets=StreetNet(streets.x, streets.y, streets.start, streets.end),
    )
    write_pings(walked.pings, folder / "pings.csv")
    return delivered_days(walked.truth, hotspots, options)


def _write_trial(
    town: Town,
    hotspots: Hotspots,
    delivered: NDArray[np.bool_],
    folder: Path,
    streams: Streams,
) -> None:
    """Write the trial's records twice: as patrols left them, and as if there had been none."""
    drawn = draw_trial(town, streams.trial)
    clerks = int(streams.trial_clerks.integers(2**63))
    (folder / NO_EFFECT).mkdir()
    ratio = multipliers(delivered, town.options.effect, town.options.carry_over_days)
    for at, ratios in ((folder, ratio), (folder / NO_EFFECT, np.ones_like(ratio))):
        records = write_down(
            town,
            drawn[0],
            len(town.options.all_days),
            rng=np.random.default_rng(clerks),
            prevented=find_prevented(town, drawn, hotspots, ratios),
        )
        write_records(records, at / "records-trial.csv")
