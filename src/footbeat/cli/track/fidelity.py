"""`footbeat track fidelity`: delivered against assigned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.outputs import check_suffix, writing
from footbeat.reports.dosage import draw_fidelity
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.events import list_events
from footbeat.tracking.fidelity import Fidelity, measure_fidelity
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import load_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_LINES = 10
_LEDGER = ("hot spot", "day", "minutes", "why")


def fidelity(
    visits: Annotated[Path, typer.Argument(help="File of visits.", metavar="F.parquet")],
    *,
    schedule: Annotated[Path, typer.Option(help="Folder of the schedule.")],
    out: Annotated[Path | None, typer.Option(help="Write every place-day: .csv.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Draw the minutes: .svg, .png.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Compare what was delivered with what was assigned, place-day by place-day.

    Example: footbeat track fidelity v.parquet --schedule s1
    """
    reply = Reply(as_json, quiet)
    found = load_visits(visits)
    drawn = load_schedule(schedule)
    events = list_events(schedule, drawn.commitment)
    measured = measure_fidelity(found, drawn.frame, events=events)
    _write(measured, out, chart, [visits], overwrite=overwrite)
    for text in found.provenance.cautions:
        reply.caution(text)
    if measured.uncovered:
        reply.caution(f"{measured.uncovered:,} place-days lie outside the days the pings cover.")
    reply.finish(
        _values(measured),
        table("Fidelity", ("", "value"), _rows(measured)),
        table(
            "Patrol on comparison days", ("hot spot", "day", "minutes", "why"), _ledger(measured)
        ),
    )


def _write(
    measured: Fidelity, out: Path | None, chart: Path | None, inputs: list[Path], *, overwrite: bool
) -> None:
    if out:
        check_suffix(out, (".csv",))
        with writing(out, overwrite=overwrite) as draft:
            measured.to_frame().to_csv(draft, index=False)
    if chart:
        target = VisitOptions().return_min
        draw_fidelity(measured, chart, target_min=target, overwrite=overwrite)
    for path in (out, chart):
        if path:
            record_run("track fidelity", parameters={}, inputs=inputs, output=path)


def _ledger(measured: Fidelity) -> Iterator[tuple[object, ...]]:
    """Yield the comparison days that were not left alone, the longest visits first."""
    worst = measured.ledger.sort_values("longest_min", ascending=False).head(_MOST_LINES)
    for row in worst.itertuples():
        reason = row.reason if isinstance(row.reason, str) else "not recorded"
        yield row.hotspot_id, row.day, row.said, reason


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
