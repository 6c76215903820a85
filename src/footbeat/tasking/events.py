"""What happened to a schedule: patrols that could not be made, overrides, closures.

Nothing here changes an arm. An override is never blocked: people are protected first, and the
analysis is told afterwards. A closed hot spot stays in the analysis to the end of the phase,
unless whoever closed it had seen no results.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa

from footbeat.errors import DataError, UsageError
from footbeat.tables import EVENTS, check_table
from footbeat.tasking.journal import append_entry, read_journal
from footbeat.tasking.schedule import load_public, roster_from_public

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Kind = Literal["abstraction", "override", "closure"]

REASONS: dict[str, tuple[str, ...]] = {
    "abstraction": (
        "emergency call",
        "major incident",
        "event policing",
        "custody or constant watch",
        "court or training",
        "sickness",
        "vehicle or equipment",
        "weather",
        "other duty",
    ),
    "override": ("extra patrol here anyway (public safety)",),
    "closure": ("place no longer exists", "building or street works", "community request", "other"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes
    ----------
    kind
        abstraction, override or closure.
    day, hotspot_id
        When and where; a closure holds from that day on.
    reason
        One of the fixed list of its kind.
    by
        Rank or role of who decided, never a name.
    saw_results
        For a closure, whether they had seen results; None where it does not matter.
    """

    kind: Kind
    day: date
    hotspot_id: str
    reason: str
    by: str
    saw_results: bool | None = None


def record_event(folder: Path, event: Event, *, at: datetime) -> int:
    """Enter an event in a schedule's journal and return how many events there are.

    Raises
    ------
    UsageError
        When the reason is not of the fixed list, or a closure does not say who decided and
        whether they had seen results.
    DataError
        When the schedule has no such hot spot or day.
    """
    _check_words(event)
    _check_place_day(folder, event)
    body = asdict(event) | {"day": event.day.isoformat()}
    append_entry(folder, load_public(folder)["commitment"], "event", body, at=at)
    return len(read_events(folder))


def read_events(folder: Path) -> pd.DataFrame:
    """Return the events of a schedule as the `events` contract, oldest first."""
    entries = read_journal(folder, load_public(folder)["commitment"])
    rows: list[dict[str, Any]] = [
        {**entry.body, "at": pd.Timestamp(entry.at)} for entry in entries if entry.kind == "event"
    ]
    frame = pd.DataFrame(rows, columns=[*EVENTS.names])
    frame["day"] = pd.Series([date.fromisoformat(day) for day in frame["day"]], dtype=object)
    frame["at"] = pd.to_datetime(frame["at"], utc=True).astype("datetime64[us, UTC]")
    table = pa.Table.from_pandas(frame, schema=EVENTS.schema, preserve_index=False)
    return pd.DataFrame(check_table(table, EVENTS).to_pandas())


def _check_words(event: Event) -> None:
    reasons = REASONS[event.kind]
    if event.reason not in reasons:
        raise UsageError(
            f"The reason of an {event.kind} must be one of the list."
            if event.kind[0] in "ao"
            else f"The reason of a {event.kind} must be one of the list.",
            found=f"It is “{event.reason}”.",
            do=f"Give one of: {'; '.join(reasons)}.",
        )
    if not event.by.strip():
        raise UsageError(
            "An event must say who decided.",
            found="--by is empty.",
            do="Give a rank or role, such as “sergeant”, never a name.",
        )
    if event.kind == "closure" and event.saw_results is None:
        raise UsageError(
            "A closure must say whether whoever decided had seen results.",
            found="It does not.",
            do="Pass --saw-results or --blind.",
        )


def _check_place_day(folder: Path, event: Event) -> None:
    roster = roster_from_public(load_public(folder))
    if event.hotspot_id not in roster.hotspot_ids:
        raise DataError(
            "An event must be at a hot spot of the schedule.",
            found=f"{event.hotspot_id} is none of its {len(roster.hotspot_ids)}.",
            do="Check the identifier on the briefing.",
        )
    if event.day not in roster.days:
        raise DataError(
            "An event must be on a day of the schedule.",
            found=f"{event.day} is not; it runs {roster.days[0]} to {roster.days[-1]}.",
            do="Check the day; after midnight it is still the day before.",
        )
