"""Reading of what people type: folders and lists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the schedule.", metavar="DIR")]


def split_list(text: str) -> tuple[str, ...]:
    """Split ``a, b`` into its parts, in lower case."""
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def now() -> datetime:
    """Return the time now, to the second, UTC."""
    return datetime.now(UTC).replace(microsecond=0)
