"""Phases: how one schedule continues another, and how long the present one still runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.tasking.releases import check_intact
from footbeat.tasking.schedule import load_public, roster_from_public

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

WARN_DAYS = (28, 14, 7)


@dataclass(frozen=True, slots=True)
class PhaseBefore:
    """The phase a schedule continues.

    Attributes
    ----------
    phase
        Its number.
    commitment
        What the next phase names, so that the commitments form a chain.
    last_day
        Its last operational day.
    """

    phase: int
    commitment: str
    last_day: date


def read_phase_before(folder: Path, start: date) -> PhaseBefore:
    """Return the phase that one beginning on `start` continues; its sealed part is not needed.

    Raises
    ------
    TamperedError
        When the folder is not what was committed to.
    UsageError
        When the new phase would begin before the last one has ended.
    """
    check_intact(folder)
    public = load_public(folder)
    last_day = roster_from_public(public).days[-1]
    if start <= last_day:
        raise UsageError(
            "A phase must begin after the one it continues has ended.",
            found=f"Phase {public['options']['phase']} runs to {last_day}; this begins {start}.",
            do="Begin later, for one place-day cannot have two draws.",
        )
    return PhaseBefore(int(public["options"]["phase"]), str(public["commitment"]), last_day)


def days_left(days: tuple[date, ...], today: date) -> int:
    """Return how many operational days of a schedule are still to come, today included."""
    return sum(1 for day in days if day >= today)


def warn_of_end(days: tuple[date, ...], today: date) -> str:
    """Return a warning when 28, 14 or 7 calendar days or fewer are left, else nothing.

    Examples
    --------
    >>> from datetime import date
    >>> warn_of_end((date(2026, 11, 6), date(2026, 11, 20)), date(2026, 11, 10))
    '14 days or fewer are left, to 2026-11-20: draw the next phase with --continues.'
    """
    left = (days[-1] - today).days + 1
    if left < 1:
        return f"The phase ended on {days[-1]}: no patrol after it has a known chance."
    within = [limit for limit in WARN_DAYS if left <= limit]
    if not within:
        return ""
    return (
        f"{min(within)} days or fewer are left, to {days[-1]}: "
        "draw the next phase with --continues."
    )
