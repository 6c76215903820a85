"""`footbeat track keep`: raw pings that are due are deleted, with a certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply
from footbeat.tracking.layouts import PingLayout, load_layout
from footbeat.tracking.retention import KEEP_DAYS, delete_due, list_due


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
    """Delete files whose last fix is older than the days to keep; write a certificate.

    Example: footbeat track keep pings --days 31
    """
    reply, now = Reply(as_json, quiet), datetime.now(UTC)
    columns = load_layout(layout) if layout else PingLayout()
    pings, others = list_due(folder, columns, timezone=timezone, now=now, keep_days=days)
    due = [file.path.name for file in pings if file.is_due]
    if dry_run:
        reply.finish({"due": due, "deleted": []}, f"{len(due)} files are due: {', '.join(due)}")
        return
    done = delete_due(folder, pings, others, now=now, keep_days=days)
    for name in done.passed_over:
        reply.note(f"Left alone, no pings: {name}")
    said = f"Certificate: {done.certificate}" if done.certificate else "Nothing was due."
    reply.finish(
        {
            "due": due,
            "deleted": [file.name for file in done.deleted],
            "kept": done.kept,
            "passed_over": done.passed_over,
            "certificate": done.certificate,
        },
        f"{len(done.deleted)} files deleted, {len(done.kept)} kept.",
        said,
    )
