"""What is done with a sealed schedule: verify it, lodge it, release a week of it, open it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.days import read_day
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.cli.task.arguments import FolderArgument, now
from footbeat.errors import DataError
from footbeat.outputs import check_suffix, writing
from footbeat.reports.assignments import (
    list_assignments,
    write_assignment_calendar,
    write_assignment_pdf,
    write_assignment_workbook,
)
from footbeat.tasking.commitment import verify_schedule
from footbeat.tasking.journal import append_entry
from footbeat.tasking.releases import check_intact, list_week, release_file
from footbeat.tasking.reveal import reveal_schedule
from footbeat.tasking.schedule import OPENED, PUBLIC, RECORD, load_public, load_schedule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from footbeat.tasking.schedule import Schedule


def verify(
    folder: FolderArgument, *, as_json: JsonOption = False, quiet: QuietOption = False
) -> None:
    """Recompute the commitment, the draw and the hash of every file; exit 11 if one fails.

    Example: footbeat task verify s1
    """
    outcome = verify_schedule(folder)
    what = "recomputed from the seed" if outcome.opened else "checked without the sealed part"
    verdict = f"The schedule holds: {what}." if outcome.valid else "The schedule does NOT hold."
    lodged = [f"Lodged {entry['at']}: {entry['where']}" for entry in outcome.lodged]
    Reply(as_json, quiet).finish(
        {
            "valid": outcome.valid,
            "opened": outcome.opened,
            "commitment": outcome.commitment,
            "lodged": outcome.lodged,
            "problems": outcome.problems,
        },
        verdict,
        *(f"! {problem}" for problem in outcome.problems),
        f"Commitment {outcome.commitment}",
        *(lodged or ["Not lodged anywhere yet."]),
    )
    if not outcome.valid:
        raise typer.Exit(DataError.exit_code)


def lodge(
    folder: FolderArgument,
    *,
    where: Annotated[str, typer.Option(help="Where the commitment can be seen, and its date.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Record where the commitment was lodged, such as a registry or a dated e-mail.

    Example: footbeat task lodge s1 --where "osf.io/abcde, registered 1 Nov 2026"
    """
    commitment = load_public(folder)["commitment"]
    entry = append_entry(folder, commitment, "lodged", {"where": where}, at=now())
    Reply(as_json, quiet).finish(
        {"commitment": commitment, "lodged": {"at": entry.at, "where": where}},
        f"Lodged {commitment} at {where}.",
    )


def reveal(
    folder: FolderArgument,
    *,
    early: Annotated[
        str, typer.Option(help="Why it is opened before its last day is over; recorded.")
    ] = "",
    today: Annotated[str, typer.Option(help="Operational day it is opened on; today.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Open the seal after the phase: write the record from which anyone can recompute it.

    Example: footbeat task reveal s1
    """
    reply = Reply(as_json, quiet)
    day = read_day(today, "--today") if today else now().date()
    if early:
        reply.caution("Opened early: whoever reads the record knows the days still to come.")
    entry = reveal_schedule(folder, at=now(), today=day, early=early)
    outcome = verify_schedule(folder)
    record = folder / OPENED / RECORD
    reply.finish(
        {
            "record": record,
            "valid": outcome.valid,
            "commitment": outcome.commitment,
            "opened": {"at": entry.at, "early": early or None},
            "problems": outcome.problems,
        },
        f"Opened. {record} holds the seed, the nonce and every arm; the draw was recomputed.",
        f"Commitment {outcome.commitment}",
        "Publish the folder without `sealed`; anyone can run footbeat task verify on it.",
    )
    if not outcome.valid:
        raise typer.Exit(DataError.exit_code)


def week(
    folder: FolderArgument,
    *,
    start: Annotated[str, typer.Option("--from", help="First of seven days, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File to hand out: .xlsx, .pdf or .ics.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Release seven days of the schedule, and enter the file in its journal.

    Example: footbeat task week s1 --from 2026-11-06 --out week1.xlsx
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".xlsx", ".pdf", ".ics"))
    check_intact(folder)
    sealed = load_schedule(folder)
    days = list_week(sealed, read_day(start, "--from"))
    for text in sealed.provenance.cautions:
        reply.caution(text)
    with writing(out, overwrite=overwrite) as draft:
        _write_week(sealed, draft, days)
    release_file(sealed, folder, out, days, at=now())
    record_run(
        "task week",
        parameters={"from": start},
        inputs=[folder / PUBLIC],
        output=out,
        info=sealed.provenance.as_json(),
    )
    assignments = list_assignments(sealed, days)
    patrols = [row for row in assignments if row["arm"] == "treated"]
    rows = [(row["day"], row["hotspot_id"], row["name"], row["due"]) for row in patrols]
    reply.finish(
        {"assignments": assignments, "file": out},
        table("Patrols released", ("day", "hot spot", "name", "due"), rows),
        f"Written: {out}. Every other hot spot has a comparison day.",
    )


def _write_week(sealed: Schedule, draft: Path, days: Sequence[date]) -> None:
    if draft.suffix.lower() == ".xlsx":
        write_assignment_workbook(sealed, draft, days)
    elif draft.suffix.lower() == ".ics":
        write_assignment_calendar(sealed, draft, days, stamp=now())
    else:
        write_assignment_pdf(sealed, draft, days)
