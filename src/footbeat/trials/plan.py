"""The analysis plan: what will be counted and how, fixed before the first day.

`plan.json` stands in the schedule's folder. Its SHA-256 is part of the schedule's commitment
(`footbeat task schedule --plan`) or, at the latest, an entry of the schedule's journal.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from footbeat.errors import DataError, StoreError, TamperedError, UsageError
from footbeat.manifest import canonical_json, hash_file
from footbeat.outputs import writing
from footbeat.periods import Window
from footbeat.tasking.journal import append_entry, read_journal
from footbeat.tasking.schedule import PUBLIC, load_public

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from footbeat.tasking.journal import Entry
    from footbeat.trials.placedays import About

PLAN_NAME = "plan.json"
OUTCOMES = ("n", "harm_days")
RANDOMISATION = "randomisation"
ESTIMATORS = (RANDOMISATION, "poisson-place-day", "poisson-place-day-robust")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be counted and how.

    Attributes
    ----------
    outcome
        ``n`` or ``harm_days``.
    group
        Offence group.
    hours
        Window of the day that counts; empty for the whole operational day.
    settle_days
        Age at which a place-day enters.
    negative_group
        Offence group no patrol could prevent; empty for incidents outside the hours.
    estimator
        The one whose answer is the answer.
    subgroups
        Comparisons planned beyond the main one, in words.
    harm_per_unit
        Days of harm that count as one unit in the monitor, fixed now.
    """

    outcome: str = "n"
    group: str = "serious-violence"
    hours: str = ""
    settle_days: int = 28
    negative_group: str = ""
    estimator: str = RANDOMISATION
    subgroups: tuple[str, ...] = ()
    harm_per_unit: float = 365.0

    def __post_init__(self) -> None:
        if self.hours:
            Window.parse(self.hours)
        sound = self.outcome in OUTCOMES and self.estimator in ESTIMATORS
        if not sound or self.settle_days < 0 or self.harm_per_unit <= 0:
            raise UsageError(
                "A plan must name an outcome, an estimator and a settling time.",
                found=f"It names {self.outcome}, {self.estimator}, {self.settle_days} days.",
                do=f"Outcomes: {', '.join(OUTCOMES)}; estimators: {', '.join(ESTIMATORS)}.",
            )

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from plain values, ignoring fields of a newer version."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content.items()
            if name in known
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class LockedPlan:
    """A plan, its hash, and when it was locked; empty where it was part of the commitment.

    `after_look` tells that a result had been looked at by then.
    """

    plan: Plan
    plan_hash: str
    locked_at: str = ""
    after_look: bool = False


class Look(NamedTuple):
    """One result that was looked at: place-days by hash, outcome, estimator of the answer."""

    placedays: str
    outcome: str
    estimator: str = RANDOMISATION


def lock_plan(plan: Plan, folder: Path, *, at: datetime) -> str:
    """Write the plan into a folder and return its hash.

    In a schedule's folder its hash also enters the journal. In any other folder it waits to be
    committed to: `footbeat task schedule … --plan FOLDER/plan.json`.

    Raises
    ------
    DataError
        When a result has been looked at, or the schedule's commitment holds another plan: the
        plan can no longer change.
    StoreError
        When the folder cannot be written.
    """
    path = folder / PLAN_NAME
    scheduled = (folder / PUBLIC).is_file()
    text = canonical_json(asdict(plan), indent=2) + "\n"
    plan_hash = hashlib.sha256(text.encode()).hexdigest()
    if scheduled:
        _check_changeable(folder, plan_hash)
    with writing(path, overwrite=True) as draft:
        draft.write_bytes(text.encode())
    if scheduled:
        commitment = str(load_public(folder)["commitment"])
        append_entry(folder, commitment, "plan", {"sha256": plan_hash}, at=at)
    return plan_hash


def load_locked_plan(folder: Path) -> LockedPlan | None:
    """Read the plan of a schedule; None where there is none.

    Raises
    ------
    TamperedError
        When the plan is not the one that was locked.
    """
    public = load_public(folder)
    committed = str(public["options"].get("plan_hash", ""))
    entries = read_journal(folder, str(public["commitment"]))
    locked = {str(e.body["sha256"]): e for e in entries if e.kind == "plan"}
    path = folder / PLAN_NAME
    if not path.is_file():
        _check_none_locked(committed, list(locked))
        return None
    plan_hash = hash_file(path).sha256
    binding = committed or _last_locked(entries)
    if plan_hash != binding:
        raise TamperedError(
            "The analysis plan must be the one that was locked.",
            found=f"`{PLAN_NAME}` has another hash than the schedule's journal.",
            do="Restore it; a new plan is locked with `footbeat trial plan` before any result.",
        )
    if committed:
        return LockedPlan(_read(path), plan_hash)
    entry = locked[plan_hash]
    looked = any(e.kind == "look" and e.number < entry.number for e in entries)
    return LockedPlan(_read(path), plan_hash, entry.at, looked)


def looks_with(folder: Path, look: Look) -> int:
    """Return how many different results were looked at once this one is.

    The same outcome of the same place-days by the same estimator is no new look.
    """
    return len({*_looks(folder), look})


def record_look(folder: Path, look: Look, *, at: datetime) -> None:
    """Note in the journal that an effect was computed, unless it says so already."""
    if look not in _looks(folder):
        commitment = str(load_public(folder)["commitment"])
        append_entry(folder, commitment, "look", look._asdict(), at=at)


def count_looks(folder: Path) -> int:
    """Return how many different results of a schedule were looked at."""
    return len(set(_looks(folder)))


def differences_from(
    locked: LockedPlan, about: About, outcome: str, estimator: str = RANDOMISATION
) -> tuple[str, ...]:
    """Return how an analysis differs from the plan, in words; empty where it follows it.

    A plan that was locked after a look differs whatever it says.
    """
    plan = locked.plan
    pairs = [
        ("outcome", plan.outcome, outcome),
        ("offence group", plan.group, about.group),
        ("hours", plan.hours or "all day", about.hours or "all day"),
        ("settling days", plan.settle_days, about.settle_days),
        ("estimator", plan.estimator, estimator),
    ]
    others = [
        f"{name} {found}, planned {planned}" for name, planned, found in pairs if planned != found
    ]
    late = ["the plan was locked after a result was looked at"] if locked.after_look else []
    return (*others, *late)


def late_plan_warnings(locked: LockedPlan | None, start: str) -> list[str]:
    """Say that a plan was locked when the trial was already running."""
    day = locked.locked_at[:10] if locked else ""
    if day <= start:
        return []
    return [f"The plan was locked on {day}, after the first day: the days before it could be seen."]


def choose_estimator(plan: Plan | None, asked: str | None) -> str:
    """Return the estimator whose answer is the answer: the one asked for, or else the plan's.

    Raises
    ------
    UsageError
        When it is none that may be the answer.
    """
    chosen = asked or (plan.estimator if plan else RANDOMISATION)
    if chosen not in ESTIMATORS:
        raise UsageError(
            "The answer must come from an estimator that may be the answer.",
            found=f"It is `{chosen}`.",
            do=f"Choose one of {', '.join(ESTIMATORS)}; the others are printed beside it.",
        )
    return chosen


def _looks(folder: Path) -> list[Look]:
    entries = read_journal(folder, str(load_public(folder)["commitment"]))
    return [Look(**entry.body) for entry in entries if entry.kind == "look"]


def _check_changeable(folder: Path, plan_hash: str) -> None:
    looks, committed = count_looks(folder), str(load_public(folder)["options"].get("plan_hash", ""))
    if looks:
        raise DataError(
            "A plan must not change once a result was looked at.",
            found=f"An effect of this schedule was computed {looks} time{'s'[: looks > 1]}.",
            do="Analyse as planned; anything else is reported as not planned.",
        )
    if committed not in {"", plan_hash}:
        raise DataError(
            "A plan must be the one the schedule was drawn with.",
            found="The schedule's commitment holds another plan.",
            do=f"Restore that `{PLAN_NAME}`; anything else is reported as not planned.",
        )


def _last_locked(entries: list[Entry]) -> str:
    plans = [str(entry.body["sha256"]) for entry in entries if entry.kind == "plan"]
    return plans[-1] if plans else ""


def _read(path: Path) -> Plan:
    try:
        return Plan.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"`{path.name}` must be an analysis plan.",
            found="It cannot be read as one.",
            do="Write it with `footbeat trial plan`.",
        ) from error


def _check_none_locked(committed: str, locked: list[str]) -> None:
    if committed or locked:
        raise TamperedError(
            "The analysis plan must stand in the schedule's folder.",
            found=f"A plan was locked, but there is no `{PLAN_NAME}`.",
            do=f"Copy it there as {PLAN_NAME}.",
        )
