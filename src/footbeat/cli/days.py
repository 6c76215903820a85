"""Days as people type them: one reading and one error for every command."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def read_day(text: str, option: str) -> date:
    """Read an ISO date.

    Raises
    ------
    UsageError
        When it is not one.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} must be a day such as 2026-11-06.",
            found=f"It is “{text}”.",
            do="Write the year, month and day.",
        ) from error


def day_of(option: str) -> Callable[[str], date]:
    """Return the reader of one option, as `typer.Option(parser=…)` takes it."""

    def read(text: str) -> date:
        return read_day(text, option)

    return read
