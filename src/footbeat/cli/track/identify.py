"""`footbeat track identify`: whose pseudonym it is, once the question is logged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.cli.track.visits import default_key
from footbeat.errors import UsageError
from footbeat.tracking.identify import check_receipt, identify_units, log_of, read_uses
from footbeat.tracking.sheets import read_lines
from footbeat.tracking.units import load_key


def identify(
    pseudonyms: Annotated[
        list[str] | None, typer.Argument(help="Pseudonyms to find.", metavar="U…")
    ] = None,
    *,
    units: Annotated[Path | None, typer.Option(help="Call signs to try, one a line.")] = None,
    by: Annotated[str, typer.Option(help="Who asks: a rank and role. Logged.")] = "",
    reason: Annotated[str, typer.Option(help="Why. Logged.")] = "",
    key: Annotated[Path | None, typer.Option(help="File of the unit key.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check and list the log.")] = False,
    receipt: Annotated[str, typer.Option(help="With --check: an entry that must be there.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find units again: refused without a reason, and logged with the key before it is answered.

    Example: footbeat track identify u-1f… --units signs.txt --by "Insp, duties" --reason "MP 4/26"
    """
    reply = Reply(as_json, quiet)
    key_path = key or default_key()
    secret, log = load_key(key_path, is_made=False), log_of(key_path)
    if check:
        _list_uses(reply, log, secret, receipt)
        return
    if not pseudonyms or units is None:
        raise UsageError(
            "`track identify` must have pseudonyms and call signs to try.",
            found="One of them is missing.",
            do="Name pseudonyms of a file of visits, and --units FILE; or pass --check.",
        )
    done = identify_units(
        secret, pseudonyms, read_lines(units), by=by, reason=reason, log=log, at=datetime.now(UTC)
    )
    rows = [*done.found.items(), *((name, "none of these") for name in done.unknown)]
    reply.finish(
        {
            "found": dict(done.found),
            "unknown": done.unknown,
            "number": done.use.number,
            "receipt": done.use.receipt,
        },
        table("Units found again", ("pseudonym", "unit"), rows),
        f"Logged in {log.name} as entry {done.use.number}. Keep the receipt: {done.use.receipt}",
    )


def _list_uses(reply: Reply, log: Path, key: bytes, receipt: str) -> None:
    uses = read_uses(log, key)
    if receipt:
        check_receipt(uses, receipt, log)
    rows = [
        (use.number, use.at[:16], use.by, use.reason, len(use.asked), use.n_found) for use in uses
    ]
    names = ("number", "at", "by", "reason", "asked", "found")
    reply.finish(
        {"uses": [dict(zip(names, row, strict=True)) for row in rows], "valid": True},
        table(f"Uses of {log.stem}: every seal holds", names, rows),
    )
