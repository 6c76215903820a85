"""`footbeat track fidelity`: delivered against assigned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.incidents.files import check_apart
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.plots import save
from footbeat.reports.fidelity_page import save_fidelity_page
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.events import list_events
from footbeat.tracking.fidelity import Fidelity, measure_fidelity
from footbeat.tracking.fidelity_plot import label_place
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import load_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.tables import Provenance

_MOST_LINES = 10
_DEFAULTS = VisitOptions()
_CHARTS = (".svg", ".png", ".pdf", ".html")
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
    delivered_min: Annotated[
        float, typer.Option(help="Shortest visit that delivers a patrol day, in minutes.")
    ] = _DEFAULTS.delivered_min,
    return_min: Annotated[
        float | None,
        typer.Option(
            help="Shortest visit that the monthly return counts, in minutes: 15, or "
            "--delivered-min where that is longer."
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Compare what was delivered with what was assigned, place-day by place-day.

    Example: footbeat track fidelity v.parquet --schedule s1
    """
    reply = Reply(as_json, quiet)
    _check_outputs(visits, out, chart, overwrite=overwrite)
    found = load_visits(visits)
    drawn = load_schedule(schedule)
    events = list_events(schedule, drawn.commitment)
    stay_min = float(found.provenance.extra.get("stay_min", _DEFAULTS.stay_min))
    least = max(delivered_min, _DEFAULTS.return_min) if return_min is None else return_min
    options = VisitOptions(stay_min, delivered_min, least)
    places = drawn.hotspots.frame
    names = dict(zip(places["hotspot_id"], places["name"], strict=True))
    measured = measure_fidelity(found, drawn.frame, options, events=events, names=names)
    _write(measured, out, [visits], overwrite=overwrite)
    if chart:
        _draw(measured, chart, found.provenance, [visits], overwrite=overwrite)
    warnings = [*found.provenance.cautions, *_cautions(measured)]
    for text in warnings:
        reply.caution(text)
    reply.finish(
        _values(measured) | {"warnings": warnings},
        table("Fidelity", ("", "value"), _rows(measured)),
        table("Patrol on comparison days", _LEDGER, _ledger(measured)),
    )


def _check_outputs(visits: Path, out: Path | None, chart: Path | None, *, overwrite: bool) -> None:
    """Refuse either output before anything is read or written."""
    for path, endings in ((out, (".csv",)), (chart, _CHARTS)):
        if path:
            check_suffix(path, endings)
            check_writable(path, overwrite=overwrite)
    check_apart([visits], filter(None, [out, chart]))


def _cautions(measured: Fidelity) -> Iterator[str]:
    if measured.uncovered:
        yield (
            f"{measured.uncovered:,} place-days lie on days without any record: "
            "what happened on them is not known."
        )


def _parameters(measured: Fidelity) -> dict[str, float]:
    return {"delivered_min": measured.delivered_min, "return_min": measured.return_min}


def _write(measured: Fidelity, out: Path | None, inputs: list[Path], *, overwrite: bool) -> None:
    if out:
        with writing(out, overwrite=overwrite) as draft:
            measured.to_frame().to_csv(draft, index=False)
        record_run("track fidelity", parameters=_parameters(measured), inputs=inputs, output=out)


def _draw(
    measured: Fidelity, chart: Path, known: Provenance, inputs: list[Path], *, overwrite: bool
) -> None:
    if check_suffix(chart, _CHARTS) == ".html":
        save_fidelity_page(measured, chart, known, name=inputs[0].stem, overwrite=overwrite)
    else:
        save(measured.plot(), chart, overwrite=overwrite)
    record_run("track fidelity", parameters=_parameters(measured), inputs=inputs, output=chart)


def _ledger(measured: Fidelity) -> Iterator[tuple[object, ...]]:
    """Yield the comparison days that were not left alone, the longest visits first."""
    worst = measured.ledger.sort_values("longest_min", ascending=False).head(_MOST_LINES)
    for row in worst.itertuples():
        reason = row.reason if isinstance(row.reason, str) else "not recorded"
        override = "yes" if row.event == "override" else "none recorded"
        yield label_place(str(row.hotspot_id), str(row.name)), row.day, row.said, override, reason


def _values(measured: Fidelity) -> dict[str, object]:
    names = (
        "assigned",
        "delivered",
        "delivered_share",
        "early",
        "late",
        "short",
        "missed",
        "in_return",
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
        "delivered_min",
        "return_min",
    )
    known = measured.ledger.astype(object)
    ledger = known.where(known.notna(), None).to_dict("records")
    return {name: getattr(measured, name) for name in names} | {"ledger": ledger}


def _rows(measured: Fidelity) -> Iterator[tuple[str, str]]:
    def share(part: float | None) -> str:
        return "not known" if part is None else f"{part:.0%}"

    def minutes(mean: float | None) -> str:
        return "not known" if mean is None else f"{mean:.1f}"

    contaminated = int((measured.placedays["outcome"] == "contaminated").sum())
    yield "patrol days assigned", f"{measured.assigned:,}"
    yield "delivered", f"{measured.delivered:,} ({share(measured.delivered_share)})"
    yield "of which before the window", f"{measured.early:,}"
    yield "of which after the window", f"{measured.late:,}"
    yield "short", f"{measured.short:,}"
    yield "missed", f"{measured.missed:,} ({measured.abstractions:,} abstracted)"
    yield f"with a visit of {measured.return_min:g} minutes", f"{measured.in_return:,}"
    yield "comparison days", f"{measured.comparison_days:,}"
    yield "with a patrol all the same", f"{contaminated:,} ({share(measured.contamination_share)})"
    yield "not known, no record that day", f"{measured.uncovered:,}"
    yield "overrides recorded", f"{measured.overrides:,}"
    yield "patrol-minutes a patrol day", minutes(measured.minutes_treated)
    yield "patrol-minutes a comparison day", minutes(measured.minutes_control)
