"""`footbeat track fidelity`: delivered against assigned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.events import list_events
from footbeat.tracking.fidelity import Fidelity, measure_fidelity
from footbeat.tracking.visits import load_visits

if TYPE_CHECKING:
    from collections.abc import Iterator


def fidelity(
    visits: Annotated[Path, typer.Argument(help="File of visits.", metavar="F.parquet")],
    *,
    schedule: Annotated[Path, typer.Option(help="Folder of the schedule.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare what was delivered with what was assigned, place-day by place-day.

    Example: footbeat track fidelity v.parquet --schedule s1
    """
    reply = Reply(as_json, quiet)
    found = load_visits(visits)
    drawn = load_schedule(schedule)
    events = list_events(schedule, drawn.commitment)
    measured = measure_fidelity(found, drawn.frame, events=events)
    for text in found.provenance.cautions:
        reply.caution(text)
    if measured.uncovered:
        reply.caution(f"{measured.uncovered:,} place-days lie outside the days the pings cover.")
    reply.finish(_values(measured), table("Fidelity", ("", "value"), _rows(measured)))


def _values(measured: Fidelity) -> dict[str, object]:
    names = (
        "assigned",
        "delivered",
        "delivered_share",
        "late",
        "short",
        "missed",
        "comparison_days",
        "contamination_share",
        "visited_share",
        "minutes_treated",
        "minutes_control",
        "officer_minutes_treated",
        "officer_minutes_control",
        "overrides",
        "abstractions",
        "uncovered",
    )
    ledger = measured.ledger.to_dict("records")
    return {name: getattr(measured, name) for name in names} | {"ledger": ledger}


def _rows(measured: Fidelity) -> Iterator[tuple[str, str]]:
    def share(part: float | None) -> str:
        return "not known" if part is None else f"{part:.0%}"

    def minutes(mean: float | None) -> str:
        return "not known" if mean is None else f"{mean:.1f}"

    contaminated = int((measured.placedays["outcome"] == "contaminated").sum())
    yield "patrol days assigned", f"{measured.assigned:,}"
    yield "delivered", f"{measured.delivered:,} ({share(measured.delivered_share)})"
    yield "of which late", f"{measured.late:,}"
    yield "short", f"{measured.short:,}"
    yield "missed", f"{measured.missed:,} ({measured.abstractions:,} abstracted)"
    yield "comparison days", f"{measured.comparison_days:,}"
    yield "with a patrol all the same", f"{contaminated:,} ({share(measured.contamination_share)})"
    yield "overrides recorded", f"{measured.overrides:,}"
    yield "patrol-minutes a patrol day", minutes(measured.minutes_treated)
    yield "patrol-minutes a comparison day", minutes(measured.minutes_control)
