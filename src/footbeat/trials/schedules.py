"""Schedules as a trial trusts them: opened, and found to be what was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.errors import TamperedError
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.schedule import load_schedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from footbeat.tasking.schedule import Schedule


def open_schedules(folders: Iterable[Path]) -> list[Schedule]:
    """Read the schedule of each phase, first phase first, after checking its commitment.

    Raises
    ------
    TamperedError
        When a schedule was changed after it was locked.
    StoreError
        When a folder holds no schedule, or not its sealed part.
    """
    for folder in folders:
        verification = verify_schedule(folder)
        if not verification.valid:
            raise TamperedError(
                f"The schedule in `{folder.name}` must be the one that was locked.",
                found=" ".join(verification.problems),
                do="Restore the copy that was lodged: an edited schedule has no known chances.",
            )
    return sorted((load_schedule(folder) for folder in folders), key=lambda one: one.phase)
