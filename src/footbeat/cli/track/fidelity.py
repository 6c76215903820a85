"""`footbeat track fidelity`: delivered against assigned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.outputs import check_suffix, writing
from footbeat.plots import save
from footbeat.reports.fidelity_page import save_fidelity_page
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.events import list_events
from footbeat.tracking.fidelity import Fidelity, measure_fidelity
from footbeat.tracking.visits import load_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.tables import Provenance

_MOST_LINES = 10
_LEDGER = ("hot spot", "day", "minutes", "override", "reason")


def fidelity(
    visits: Annotated[Path, typer.Argument(help="File of visits.", metavar="F.parquet")],
    *,
    schedule: Annotated[Path, typer.Option(help="Folder of the schedule.")],
    out: Annotated[Path | None, typer.Option(help="Write every place-day: .csv.")] = None,
    chart: Annotated[
        Path | None,
        typer.Option(help="A chart (.svg, .png, .pdf) or a page with the ledger (.html)."),
    ] = None,
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
    _write(measured, out, [visits], overwrite=overwrite)
    if chart:
        _draw(measured, chart, found.provenance, [visits], overwrite=overwrite)
    for text in found.provenance.cautions:
        reply.caution(text)
    if measured.uncovered:
        reply.caution(f"{measured.uncovered:,} place-days lie on days without any ping.")
    reply.finish(
        _values(measured),
        table("Fidelity", ("", "value"), _rows(measured)),
        table("Patrol on comparison days", _LEDGER, _ledger(measured)),
    )


def _write(measured: Fidelity, out: Path | None, inputs: list[Path], *, overwrite: bool) -> None:
    if out:
        check_suffix(out, (".csv",))
        with writing(out, overwrite=overwrite) as draft:
            measured.to_frame().to_csv(draft, index=False)
        record_run("track fidelity", parameters={}, inputs=inputs, output=out)


def _draw(
    measured: Fidelity, chart: Path, known: Provenance, inputs: list[Path], *, overwrite: bool
) -> None:
    if check_suffix(chart, (".svg", ".png", ".pdf", ".html")) == ".html":
        save_fidelity_page(measured, chart, known, name=inputs[0].stem, overwrite=overwrite)
    else:
        save(measured.plot(), chart, overwrite=overwrite)
    record_run("track fidelity", parameters={}, inputs=inputs, output=chart)


def _ledger(measured: Fidelity) -> Iterator[tuple[object, ...]]:
    """Yield the comparison days that were not left alone, the longest visits first."""
    worst = measured.ledger.sort_values("longest_min", ascending=False).head(_MOST_LINES)
    for row in worst.itertuples():
        reason = row.reason if isinstance(row.reason, str) else "not recorded"
        override = "yes" if row.event == "override" else "none recorded"
        yield row.hotspot_id, row.day, row.said, override, reason


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
