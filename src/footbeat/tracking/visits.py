"""Match pings to hot spots: visits with error bars, passes, and a count of every ping.

A visit is a stay of at least `stay_min` minutes. A stay over the start of an operational day
is matched first and split after, so that no minute is lost at six in the morning.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.errors import ColumnError, DataError, StoreError, UsageError
from footbeat.incidents.personal import name_personal_values
from footbeat.outputs import writing
from footbeat.periods import day_bounds, operational_days
from footbeat.tables import VISITS, Provenance, check_table, provenance_of, with_provenance
from footbeat.tracking.dosage import minutes_between
from footbeat.tracking.kernel import VisitKernel
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.zones import prepare_zones

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.areas import Hotspots

_ENDS = ("arrive", "leave", "arrive_low", "arrive_high", "leave_low", "leave_high")
_REJECTED = "rejected: "
_LEFT_OUT = ("duplicate", "teleport")
_MANY_STAYS = 10
_CALENDAR = ("1970-01-02", "2100-01-01")


@dataclass(frozen=True, slots=True)
class Tags:
    """What every visit of a file is known to be.

    Attributes
    ----------
    source
        gps, app or keyed.
    agency
        Who employs the units.
    funding
        Who pays: additional or usual.
    theme
        Theme of the programme.
    officers
        Officers in every unit.
    """

    source: str = "gps"
    agency: str | None = None
    funding: str | None = None
    theme: str | None = None
    officers: int | None = None

    def __post_init__(self) -> None:
        if self.officers is not None and self.officers < 1:
            raise UsageError(
                "A unit must have officers.",
                found=f"It has {self.officers}.",
                do="Give --officers 1 or more, or leave it out where they are not known.",
            )
        if self.funding not in {None, "additional", "usual"}:
            raise UsageError(
                "Funding must be additional or usual.",
                found="It is another word.",
                do="Give --funding additional for patrols paid for by the programme, else usual.",
            )
        for name, value in (("agency", self.agency), ("theme", self.theme)):
            if value and (what := name_personal_values([value])):
                raise UsageError(
                    f"The {name} must not be about a person.",
                    found=f"It looks like {what}.",
                    do=f"Give --{name} a word for the service or the programme.",
                )


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits and what became of every ping.

    Attributes
    ----------
    table
        The `visits` contract, ordered by arrival.
    provenance
        Coordinate system, time zone, the days the pings cover, cautions.
    n_pings
        Pings read; every one is used, left out or rejected.
    n_passes
        Crossings of a hot spot without a fix inside.
    n_brief
        Stays too short to be visits.
    left_out
        Pings the matching left out, by reason (duplicate, teleport).
    rejects
        Pings rejected in reading, by reason.
    n_frozen
        Pings that repeat a position after the signal was lost: used, but sure of nothing.
    empty_days
        Days between the first and the last that hold no ping, or no keyed row.
    n_alternating
        Units with ten stays too brief to be visits in one hot spot within an hour.
    """

    table: pa.Table = field(repr=False)
    provenance: Provenance
    n_pings: int = 0
    n_passes: int = 0
    n_brief: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    rejects: Mapping[str, int] = field(default_factory=dict)
    n_frozen: int = 0
    empty_days: tuple[str, ...] = ()
    n_alternating: int = 0

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the visits as a pandas frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame


def make_kernel(hotspots: Hotspots, options: VisitOptions) -> VisitKernel:
    """Return the kernel that finds stays in these hot spots."""
    zones = prepare_zones(list(hotspots.frame.geometry))
    return VisitKernel(zones, options, _day_starts(options.timezone))


def match_visits(
    pings: pa.Table,
    hotspots: Hotspots,
    options: VisitOptions | None = None,
    *,
    schedule: pd.DataFrame | None = None,
    tags: Tags | None = None,
) -> Visits:
    """Match pings to hot spots, in memory: the definition every engine must equal.

    Parameters
    ----------
    pings
        The `pings` contract in the hot spots' metres, in any order, with a column `rejected`
        where they were read by :func:`footbeat.tracking.pings.read_pings`.
    hotspots
        Polygons in metres; holes, parts and overlaps allowed. A unit in two overlapping hot
        spots visits both.
    options
        The thresholds.
    schedule
        The `schedule` contract, to tell whether a visit was due that day.
    tags
        What every visit is known to be.

    Returns
    -------
    Visits
        Minutes are an estimate between `minutes_low` and `minutes_high`: quote them together.
        Without a schedule `is_scheduled` is missing.
    """
    chosen = options or VisitOptions()
    if "rejected" not in pings.column_names:
        pings = pings.append_column("rejected", pa.nulls(pings.num_rows, pa.string()))
    found = make_kernel(hotspots, chosen)(pings)
    return visits_from_stays(found, hotspots, chosen, schedule=schedule, tags=tags)


def visits_from_stays(
    found: pa.Table,
    hotspots: Hotspots,
    options: VisitOptions,
    *,
    schedule: pd.DataFrame | None = None,
    tags: Tags | None = None,
) -> Visits:
    """Turn what the kernel found, in any order, into visits and counts."""
    frame = found.to_pandas()
    what = frame["what"]
    stays = frame[what == "stay"]
    is_long = minutes_between(stays["arrive"], stays["leave"]) >= options.stay_min
    rows = split_days(_measured(stays[is_long], hotspots), options.timezone)
    counts = frame.groupby("what")["n_pings"].sum()
    rejects = {n.removeprefix(_REJECTED): int(c) for n, c in counts.items() if _REJECTED in str(n)}
    covered, empty = _covered(frame[what == "day"], options.timezone, rejects)
    known = hotspots.provenance
    known = replace(known, extra=known.extra | {"stay_min": options.stay_min})
    return Visits(
        _as_table(rows, schedule, tags or Tags()),
        replace(known, timezone=options.timezone, start=covered[0], end=covered[1]),
        int(frame.loc[what == "day", "n_pings"].sum()) + sum(rejects.values()),
        int((what == "pass").sum()),
        int((~is_long).sum()),
        {name: int(counts[name]) for name in _LEFT_OUT if name in counts},
        rejects,
        int(counts.get("frozen", 0)),
        empty,
        _count_alternating(stays[~is_long]),
    )


def _count_alternating(brief: pd.DataFrame) -> int:
    """Return how many units are in and out of one hot spot as nobody walks."""
    rows = brief.sort_values(["unit_id", "zone", "arrive"])
    earlier = rows.groupby(["unit_id", "zone"])["arrive"].shift(_MANY_STAYS - 1)
    return int(rows.loc[rows["arrive"] - earlier < pd.Timedelta(hours=1), "unit_id"].nunique())


def save_visits(visits: Visits, path: Path, *, overwrite: bool = False) -> None:
    """Write visits as Parquet, whole or not at all.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    known = visits.provenance
    known = replace(known, extra=known.extra | {"empty_days": list(visits.empty_days)})
    with writing(path, overwrite=overwrite) as draft:
        pq.write_table(with_provenance(visits.table, known), draft, compression="zstd")


def load_visits(path: Path) -> Visits:
    """Read a file of visits that `footbeat track` wrote.

    Raises
    ------
    StoreError
        When the file is not there or is not Parquet.
    ColumnError
        When it is not a table of visits.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(
            f"`{path.name}` must be a Parquet file of visits.",
            found="It is something else." if path.exists() else "It is not there.",
            do="Make one with `footbeat track visits PINGS --hotspots F.gpkg --out F.parquet`.",
        ) from error
    provenance = provenance_of(table.schema)
    if provenance is None:
        raise ColumnError(
            f"`{path.name}` must carry Footbeat's note of its coordinate system and days.",
            found="It is a Parquet file without one.",
            do="Make it with `footbeat track visits` or `footbeat track log`.",
        )
    empty = tuple(provenance.extra.get("empty_days", ()))
    return Visits(check_table(table, VISITS), provenance, empty_days=empty)


@lru_cache(maxsize=4)
def _day_starts(timezone: str) -> NDArray[np.float64]:
    starts, _ = day_bounds([d.date() for d in pd.date_range(*_CALENDAR)], timezone)
    return np.asarray(starts.as_unit("us").asi8 / 1e6)


def _measured(stays: pd.DataFrame, hotspots: Hotspots) -> pd.DataFrame:
    ids = np.array(hotspots.ids, dtype=object)
    rows = stays.assign(hotspot_id=ids[stays["zone"].to_numpy(dtype=np.int64)])
    return rows.drop(columns=["what", "zone"])


def split_days(stays: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Give each operational day its part of a stay, and measure the parts, in the same order."""
    first = operational_days(pd.DatetimeIndex(stays["arrive"]), timezone)
    # A stay that ends exactly as a day begins has no part in it.
    last_moment = pd.DatetimeIndex(stays["leave"]) - pd.Timedelta(microseconds=1)
    last = operational_days(last_moment, timezone)
    n_days = np.maximum(np.asarray((last - first).days), 0) + 1
    parts = stays.loc[stays.index.repeat(n_days)].reset_index(drop=True)
    step = np.arange(len(parts)) - np.repeat(np.cumsum(n_days) - n_days, n_days)
    parts["day"] = (first.repeat(n_days) + pd.to_timedelta(step, unit="D")).date
    _clip(parts, np.repeat(n_days > 1, n_days), timezone)
    return _with_minutes(parts)


def _clip(parts: pd.DataFrame, is_split: NDArray[np.bool_], timezone: str) -> None:
    """Cut the parts of split stays, which are few, to their own day."""
    begin, end = day_bounds(parts.loc[is_split, "day"], timezone)
    for name in _ENDS:
        times = pd.DatetimeIndex(parts.loc[is_split, name])
        inside = times.where(times > begin, begin).where(times < end, end)
        parts.loc[is_split, name] = inside


def _with_minutes(parts: pd.DataFrame) -> pd.DataFrame:
    return parts.assign(
        minutes=minutes_between(parts["arrive"], parts["leave"]),
        minutes_low=minutes_between(parts["arrive_high"], parts["leave_low"]).clip(lower=0.0),
        minutes_high=minutes_between(parts["arrive_low"], parts["leave_high"]),
    )


def _as_table(rows: pd.DataFrame, schedule: pd.DataFrame | None, tags: Tags) -> pa.Table:
    rows = rows.sort_values(["arrive", "unit_id", "hotspot_id"], ignore_index=True)
    named = rows.assign(
        visit_id=name_visits(rows),
        source=tags.source,
        agency=tags.agency,
        funding=tags.funding,
        theme=tags.theme,
        officers=pd.array([tags.officers] * len(rows), dtype="Int64"),
        is_scheduled=np.array(is_due(rows, schedule), dtype=object),
    )
    return check_table(
        pa.Table.from_pandas(named[list(VISITS.names)], VISITS.schema, preserve_index=False), VISITS
    )


def name_visits(rows: pd.DataFrame) -> list[str]:
    """Return identifiers that depend only on unit, hot spot, day and arrival."""
    columns = [rows[name].tolist() for name in ("unit_id", "hotspot_id", "day")]
    arrived = pd.DatetimeIndex(rows["arrive"]).as_unit("us").asi8.tolist()
    return [
        "v-" + hashlib.sha256(f"{u}|{h}|{d}|{a}".encode()).hexdigest()[:16]
        for u, h, d, a in zip(*columns, arrived, strict=True)
    ]


def is_due(rows: pd.DataFrame, schedule: pd.DataFrame | None) -> list[bool | None]:
    """Tell for each visit whether its hot spot was due a patrol that day; None off the schedule."""
    if schedule is None:
        return [None] * len(rows)
    due = {
        (hotspot, day): arm == "treated"
        for hotspot, day, arm in zip(
            schedule["hotspot_id"], pd.to_datetime(schedule["day"]).dt.date, schedule["arm"],
            strict=True,
        )
    }  # fmt: skip
    return [due.get(key) for key in zip(rows["hotspot_id"], rows["day"], strict=True)]


def _covered(
    days: pd.DataFrame, timezone: str, rejects: Mapping[str, int]
) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Return the first and last operational day with a ping, and those between without one."""
    if days.empty:
        reasons = ", ".join(f"{reason} ({n:,})" for reason, n in rejects.items())
        raise DataError(
            "There must be pings that can be used.",
            found=f"Every row was rejected: {reasons}." if reasons else "There are no rows.",
            do="Check that the export holds rows, and that its times and places can be read.",
        )
    first = operational_days(pd.DatetimeIndex(days["arrive"]), timezone)
    last = operational_days(pd.DatetimeIndex(days["leave"]), timezone)
    return cover_days({d.date() for d in first.union(last)})


def cover_days(present: set[date]) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Return the first and last of some days, and those between that are not among them."""
    first, last = min(present), max(present)
    days = [day.date() for day in pd.date_range(first, last)]
    missing = tuple(day.isoformat() for day in days if day not in present)
    return (first.isoformat(), last.isoformat()), missing
