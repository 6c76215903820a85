"""`footbeat track keep`: raw pings that are due are deleted, with a certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply
from footbeat.tracking.layouts import PingLayout, load_layout
from footbeat.tracking.retention import (
    KEEP_DAYS,
    DueFile,
    delete_due,
    list_due,
    may_hold_pings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def keep(
    folder: Annotated[Path, typer.Argument(help="Folder of raw pings.", metavar="DIR")],
    *,
    days: Annotated[int, typer.Option(help="Days a fix may be kept.")] = KEEP_DAYS,
    layout: Annotated[Path | None, typer.Option(help="The tracker's columns, as TOML.")] = None,
    timezone: Annotated[str, typer.Option(help="Zone of times that state none.")] = "Europe/London",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is due.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Delete files whose last fix is older than the days to keep, sub-folders too; certify it.

    Example: footbeat track keep pings --days 31
    """
    reply, now = Reply(as_json, quiet), datetime.now(UTC)
    columns = load_layout(layout) if layout else PingLayout()
    pings, others = list_due(folder, columns, timezone=timezone, now=now, keep_days=days)
    due = [file.path.relative_to(folder).as_posix() for file in pings if file.is_due]
    unsure = [path.relative_to(folder).as_posix() for path in others if may_hold_pings(path)]
    warnings = [*_cautions(folder, pings), *map(_doubt, unsure)]
    for text in warnings:
        reply.caution(text)
    if dry_run:
        values = {"due": due, "deleted": [], "may_hold_pings": unsure, "warnings": warnings}
        reply.finish(values, f"{len(due)} files are due: {', '.join(due)}")
        return
    done = delete_due(folder, pings, others, now=now, keep_days=days)
    for name in sorted(set(done.passed_over) - set(unsure)):
        reply.note(f"Left alone, no pings or a link: {name}")
    said = f"Certificate: {done.certificate}" if done.certificate else "Nothing was due."
    reply.finish(
        {
            "due": due,
            "deleted": [file.name for file in done.deleted],
            "kept": done.kept,
            "passed_over": done.passed_over,
            "may_hold_pings": unsure,
            "certificate": done.certificate,
            "warnings": warnings,
        },
        f"{len(done.deleted)} files deleted, {len(done.kept)} kept.",
        said,
    )


def _cautions(folder: Path, pings: list[DueFile]) -> Iterator[str]:
    """Yield what a file's age could not be told from."""
    for file in pings:
        name = file.path.relative_to(folder).as_posix()
        if file.n_future:
            yield f"{name}: {file.n_future:,} fixes are stamped in the future and do not count."
        if not file.is_whole or file.last_fix is None:
            yield f"{name}: not every fix can be read, so its modification time counts as well."


def _doubt(name: str) -> str:
    return (
        f"{name} may hold pings, and was left alone: describe it with --layout, unpack it, or "
        "delete it yourself."
    )
