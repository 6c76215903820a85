"""Reading of what people type: days and lists."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from footbeat.errors import UsageError

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the schedule.", metavar="DIR")]


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


def split_list(text: str) -> tuple[str, ...]:
    """Split ``a, b`` into its parts, in lower case."""
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def now() -> datetime:
    """Return the time now, to the second, UTC."""
    return datetime.now(UTC).replace(microsecond=0)
