"""Draw a schedule: which hot spot is patrolled on which day, and when a visit is due.

A schedule's folder::

    schedule.json   public: the commitment, the terms, the hash of every sealed file
    sealed/         seed, nonce, the schedule and the hot spots; kept by one named person
    released/       what was handed out, seven days at a time
    opened/         the sealed part and its record, once `footbeat task reveal` opened it
    journal.jsonl   what happened since the draw
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat import plots
from footbeat.areas import Hotspots
from footbeat.errors import StoreError
from footbeat.manifest import VERSION, canonical_json
from footbeat.outputs import writing_folder
from footbeat.tables import SCHEDULE, Provenance, check_table
from footbeat.tasking.journal import JOURNAL
from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.rosters import build_roster
from footbeat.tasking.sealing import blinded_hash, commit
from footbeat.tasking.windows import draw_windows, due_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism

FORMAT = "footbeat-schedule/1"
PUBLIC, SEALED, OPENED, RECORD = "schedule.json", "sealed", "opened", "record.json"
_ARMS = ("control", "treated")


@dataclass(frozen=True)
class Schedule:
    """A drawn schedule.

    Attributes
    ----------
    frame
        The `schedule` contract, ordered by day and then by the order of the list.
    mechanism
        The mechanism in the written grammar; `parse_mechanism` reads it.
    roster
        Places, days, strata and near pairs the draw was made over.
    options
        What was fixed before the draw.
    hotspots
        The hot spots, as they stood at the draw.
    seed, nonce
        32 bytes each; sealed until the schedule is opened.
    commitment
        The published hash, empty until the schedule is saved.
    """

    frame: pd.DataFrame
    mechanism: str
    roster: Roster
    options: ScheduleOptions
    hotspots: Hotspots
    seed: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    commitment: str = ""

    @property
    def hotspot_ids(self) -> tuple[str, ...]:
        """The identifiers, in the order of the list."""
        return self.roster.hotspot_ids

    @property
    def days(self) -> tuple[date, ...]:
        """The operational days, in order."""
        return self.roster.days

    @property
    def start(self) -> date:
        """The first operational day of the phase."""
        return self.options.start

    @property
    def n_days(self) -> int:
        """The number of operational days drawn."""
        return len(self.roster.days)

    @property
    def phase(self) -> int:
        """1 for a first phase."""
        return self.options.phase

    @property
    def timezone(self) -> str:
        """The local time zone."""
        return self.options.timezone

    @property
    def provenance(self) -> Provenance:
        """What is known of the data behind the hot spots."""
        return self.hotspots.provenance

    @cached_property
    def arms(self) -> NDArray[np.bool_]:
        """Which place-days are treated, shape (days, places)."""
        treated = (self.frame["arm"] == "treated").to_numpy(dtype=bool)
        return np.asarray(treated.reshape(self.roster.shape))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw which place is treated on which day."""
        title = f"{self.n_treated:,} of {self.arms.size:,} place-days are for patrol"
        ax = plots.begin(ax, title, f"{self.mechanism}, from {self.start}")
        day, place = np.nonzero(self.arms)
        ax.plot(day + 1, place, "s", color=plots.SERIES[0], ms=3)
        ax.set(xlim=(0, self.n_days + 1), ylim=(len(self.hotspot_ids) - 0.5, -0.5), xlabel="day")
        ax.set_yticks(range(len(self.hotspot_ids)), self.hotspots.frame["name"])
        return ax

    @property
    def n_treated(self) -> int:
        """Place-days treated."""
        return int(self.arms.sum())

    @property
    def n_control(self) -> int:
        """Comparison place-days."""
        return int(self.arms.size - self.arms.sum())

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the schedule's table."""
        return self.frame.copy()

    def on(self, days: Sequence[date]) -> pd.DataFrame:
        """Return the rows of some days, with the name and rank of each hot spot."""
        rows = self.frame[self.frame["day"].isin(list(days))]
        names = pd.DataFrame(self.hotspots.frame[["hotspot_id", "name", "rank"]])
        return rows.merge(names, on="hotspot_id", how="left")

    def replay(
        self,
        day: NDArray[np.int64],
        place: NDArray[np.int64],
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Return arms at listed place-days under fresh draws; see `Mechanism.replay`."""
        mechanism = parse_mechanism(self.mechanism)
        return mechanism.replay(self.roster, day, place, n_draws=n_draws, rng=rng)


def draw_schedule(
    hotspots: Hotspots, options: ScheduleOptions, *, seed: bytes, nonce: bytes
) -> Schedule:
    """Draw one schedule over the hot spots from a sealed seed.

    The same hot spots, options and seed give the same schedule on every machine; the nonce
    only blinds the commitment.

    Raises
    ------
    UsageError
        When the mechanism cannot be drawn over these hot spots and days.
    """
    roster = build_roster(hotspots, options)
    mechanism = parse_mechanism(options.mechanism)
    frame = draw_rows(roster, mechanism, options, seed=seed)
    return Schedule(frame, options.terms, roster, options, hotspots, seed, nonce)


def draw_rows(
    roster: Roster, mechanism: Mechanism, options: ScheduleOptions, *, seed: bytes
) -> pd.DataFrame:
    """Return the rows that `seed` draws over `roster`: what a verifier recomputes."""
    mechanism.check(roster)
    keys = roster.sealed(seed)
    arms = mechanism.draw(keys, roster)
    windows = draw_windows(keys, roster, options.visits, options.timezone, mechanism)
    n_days, n_places = roster.shape
    columns: dict[str, Any] = {
        "hotspot_id": np.tile(np.array(roster.hotspot_ids, dtype=object), n_days),
        "day": np.repeat(np.array(roster.days, dtype="datetime64[D]"), n_places),
        "arm": np.where(arms.ravel(), _ARMS[1], _ARMS[0]),
        "probability": mechanism.probabilities(roster).ravel(),
        "window_start": _utc(windows.start[:, :, 0]),
        "window_end": _utc(windows.last_end),
        "stratum": np.tile(np.array(roster.strata, dtype=object), n_days),
        "phase": np.full(arms.size, options.phase, dtype=np.int64),
        "due": due_texts(windows, options.timezone),
        "dose_min": np.tile([options.visits.of(name).dose_min for name in roster.strata], n_days),
    }
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return pd.DataFrame(check_table(table, SCHEDULE).to_pandas())


def save_schedule(
    schedule: Schedule,
    folder: Path,
    *,
    exports: Mapping[str, Callable[[Schedule, Path], None]] | None = None,
    overwrite: bool = False,
) -> str:
    """Seal a schedule in a new folder and return its commitment.

    Parameters
    ----------
    schedule
        What was drawn.
    folder
        Where; must not exist yet.
    exports
        Writers of further sealed files by name, such as ``{"schedule.xlsx": write_workbook}``.
    overwrite
        Whether an earlier folder of that name may be replaced.

    Raises
    ------
    StoreError
        When the folder exists and `overwrite` is false, or cannot be written.
    """
    with writing_folder(folder, overwrite=overwrite) as draft:
        sealed = draft / SEALED
        sealed.mkdir()
        (draft / "released").mkdir()
        (draft / JOURNAL).touch()
        _write_sealed(schedule, sealed)
        for name, write in (exports or {}).items():
            write(schedule, sealed / name)
        public = _public(schedule, sealed)
        commitment = commit(public, seed=schedule.seed, nonce=schedule.nonce)
        (draft / PUBLIC).write_bytes(public_bytes(public | {"commitment": commitment}))
    return commitment


def load_schedule(folder: Path) -> Schedule:
    """Read a schedule back, its sealed part included, or what was opened of it.

    Raises
    ------
    StoreError
        When the folder holds no schedule, or its sealed part is kept elsewhere.
    """
    public = load_public(folder)
    sealed = next(secret_folders(folder), folder / SEALED)
    try:
        frame = check_table(pq.read_table(sealed / "schedule.parquet"), SCHEDULE)
        shapes = gpd.read_parquet(sealed / "hotspots.parquet")
        seed, nonce = (read_secret(sealed / name) for name in ("seed.txt", "nonce.txt"))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError(
            f"`{folder.name}` must hold the sealed part of its schedule.",
            found="The sealed part is missing or cannot be read.",
            do="Ask whoever keeps it, or check it with `footbeat task verify`.",
        ) from error
    options = ScheduleOptions.from_json(public["options"])
    return Schedule(
        frame=pd.DataFrame(frame.to_pandas()),
        mechanism=public["mechanism"],
        roster=roster_from_public(public),
        options=options,
        hotspots=Hotspots(shapes, Provenance.from_json(public["provenance"])),
        seed=seed,
        nonce=nonce,
        commitment=public["commitment"],
    )


def secret_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders that hold the seed: the sealed part, and what was opened of it."""
    yield from (part for part in (folder / SEALED, folder / OPENED) if part.is_dir())


def check_folder(folder: Path) -> None:
    """Raise StoreError when `folder` holds no `schedule.json`."""
    if not (folder / PUBLIC).is_file():
        raise StoreError(
            f"`{folder.name}` must be a schedule's folder.",
            found=f"It holds no {PUBLIC}.",
            do="Give the folder that `footbeat task schedule --out` wrote.",
        )


def load_public(folder: Path) -> dict[str, Any]:
    """Return what `schedule.json` says.

    Raises
    ------
    StoreError
        When it is not there or is not a JSON object.
    """
    check_folder(folder)
    try:
        content = json.loads((folder / PUBLIC).read_bytes())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise StoreError(
            f"`{PUBLIC}` must be as it was written.",
            found=f"{PUBLIC} cannot be read.",
            do="Restore it from the copy that was lodged.",
        )
    return content


def roster_from_public(public: Mapping[str, Any]) -> Roster:
    """Rebuild the roster from what `schedule.json` says."""
    places = public["places"]
    return Roster(
        tuple(place["hotspot_id"] for place in places),
        ScheduleOptions.from_json(public["options"]).days,
        tuple(place["stratum"] for place in places),
        tuple((int(i), int(j)) for i, j in public["near"]),
    )


def public_bytes(public: Mapping[str, Any]) -> bytes:
    """Return the exact bytes of `schedule.json`."""
    return (canonical_json(public, indent=2) + "\n").encode()


def read_secret(path: Path) -> bytes:
    """Return the 32 bytes a sealed file holds as one line of hexadecimal.

    Raises
    ------
    ValueError
        When the file holds anything else.
    """
    content = path.read_bytes()
    secret = bytes.fromhex(content.decode("ascii"))
    if content != _secret_line(secret):
        raise ValueError(path.name)
    return secret


def _secret_line(secret: bytes) -> bytes:
    return f"{secret.hex()}\n".encode("ascii")


def _write_sealed(schedule: Schedule, sealed: Path) -> None:
    (sealed / "seed.txt").write_bytes(_secret_line(schedule.seed))
    (sealed / "nonce.txt").write_bytes(_secret_line(schedule.nonce))
    table = check_table(pa.Table.from_pandas(schedule.frame, preserve_index=False), SCHEDULE)
    pq.write_table(table, sealed / "schedule.parquet", compression="zstd")
    schedule.frame.to_csv(sealed / "schedule.csv", index=False, lineterminator="\n")
    schedule.hotspots.frame.to_parquet(sealed / "hotspots.parquet")


def _public(schedule: Schedule, sealed: Path) -> dict[str, Any]:
    roster = schedule.roster
    places = zip(roster.hotspot_ids, roster.strata, strict=True)
    files = sorted(path for path in sealed.iterdir() if path.name != "nonce.txt")
    return {
        "format": FORMAT,
        "footbeat": VERSION,
        "sampler": "sha256-keys/1",
        "draws": 1,
        "mechanism": schedule.mechanism,
        "options": schedule.options.as_json(),
        "places": [{"hotspot_id": place, "stratum": stratum} for place, stratum in places],
        "near": [list(pair) for pair in roster.near],
        "provenance": schedule.provenance.as_json(),
        "files": {f"sealed/{path.name}": blinded_hash(path, schedule.nonce) for path in files},
    }


def _utc(times: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times.ravel()).tz_localize("UTC")
