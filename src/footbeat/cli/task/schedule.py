"""`footbeat task schedule`: compare designs, or draw one schedule and seal it."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footbeat.areas import read_hotspots
from footbeat.cli.days import read_day
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.cli.task.arguments import now, split_list
from footbeat.errors import UsageError
from footbeat.manifest import hash_file
from footbeat.outputs import check_writable
from footbeat.reports import words
from footbeat.reports.assignments import write_assignment_calendar, write_assignment_workbook
from footbeat.tasking.advice import advise_design
from footbeat.tasking.keys import SEED_BYTES, seed_from_text
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.tasking.options import CHOSEN, FROM_SYSTEM, ScheduleOptions
from footbeat.tasking.phases import read_phase_before
from footbeat.tasking.presets import load_preset
from footbeat.tasking.prospects import Prospects, review_design
from footbeat.tasking.rates import ExpectedRates, expect_rates, read_cells
from footbeat.tasking.requests import Request, settle_request
from footbeat.tasking.rosters import build_roster, read_strata
from footbeat.tasking.schedule import PUBLIC, Schedule, draw_schedule, save_schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from footbeat.areas import Hotspots


def schedule(
    hotspots: Annotated[Path, typer.Argument(help="Hot spots.", metavar="HOTSPOTS")],
    *,
    start: Annotated[str, typer.Option(help="First operational day, YYYY-MM-DD.")],
    out: Annotated[Path | None, typer.Option(help="New folder for the sealed schedule.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3660, help="Calendar days the phase spans.")
    ] = None,
    treat: Annotated[str, typer.Option(help="Hot spots a day: 8, or A:6,B:2 by stratum.")] = "",
    share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of hot spots a day, 0 to 1.")
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(help="Mechanism; several are compared and nothing is drawn."),
    ] = None,
    preset: Annotated[
        str, typer.Option(help="Defaults of a trial: southend, op-rowan or thames-valley.")
    ] = "",
    strata: Annotated[str, typer.Option(help="Column of HOTSPOTS to draw within.")] = "",
    apart_m: Annotated[float, typer.Option(help="Pairs nearer than this count as near.")] = 500.0,
    weekdays: Annotated[str, typer.Option(help="Days with patrols: fri,sat.")] = "",
    skip: Annotated[str, typer.Option(help="Dates left out, with commas between.")] = "",
    visits_per_day: Annotated[
        str, typer.Option(help="Visits a patrol day: 2, or A:2,B:1 by stratum.")
    ] = "",
    window: Annotated[str, typer.Option(help="Hours of the visits.")] = "14:00-22:00",
    visit_window_min: Annotated[int, typer.Option(help="Minutes of one visit's window.")] = 90,
    minutes: Annotated[
        str, typer.Option(help="Minutes of one visit: 15, or A:20,B:10 by stratum.")
    ] = "",
    shifts: Annotated[
        int, typer.Option(min=1, max=24, help="Parts of the window a latin design balances.")
    ] = 1,
    continues: Annotated[
        Path | None, typer.Option(help="Folder of the phase that this one continues.")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Analysis plan to commit to."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0, help="Incidents a hot spot and day to expect.")
    ] = None,
    seed: Annotated[str, typer.Option(help="Chosen seed; recorded, and warned about.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Draw which hot spot is patrolled on which day, and seal it before day one.

    Example: footbeat task schedule hotspots.gpkg --start 2026-11-06 --preset southend --out s1
    """
    reply, places = Reply(as_json, quiet), read_hotspots(hotspots)
    first = read_day(start, "--start")
    before = read_phase_before(continues, first) if continues else None
    request = Request(
        start=first,
        n_days=days,
        treat=treat,
        share=share,
        preset=preset,
        strata_column=strata,
        strata=read_strata(hotspots, strata) if strata else {},
        apart_m=apart_m,
        weekdays=split_list(weekdays),
        skip=tuple(read_day(day, "--skip") for day in split_list(skip)),
        window=window,
        visit_window_min=visit_window_min,
        visits_per_day=visits_per_day,
        dose_min=minutes,
        n_shifts=shifts,
        phase=before.phase + 1 if before else 1,
        previous=before.commitment if before else "",
        plan_hash=hash_file(plan).sha256 if plan else "",
        seed_source=CHOSEN if seed else FROM_SYSTEM,
    )
    options = [settle_request(request, name, places) for name in design or ["daily"]]
    _check_distinct([each.terms for each in options])
    rates = expect_rates(places, read_cells(hotspots), given=rate)
    _say_choices(reply, request, options[0], places)
    if len(options) > 1:
        _compare(reply, places, options, rates)
        return
    folder = _free_folder(out, overwrite=overwrite)
    secret = seed_from_text(seed) if seed else secrets.token_bytes(SEED_BYTES)
    drawn = draw_schedule(places, options[0], seed=secret, nonce=secrets.token_bytes(SEED_BYTES))
    commitment = _seal(drawn, folder, overwrite=overwrite)
    record_run(
        "task schedule",
        parameters=drawn.options.as_json(),
        inputs=[hotspots],
        output=folder / PUBLIC,
        info=drawn.provenance.as_json(),
    )
    _report(reply, drawn, rates, folder, commitment)


def _check_distinct(terms: list[str]) -> None:
    if len(set(terms)) < len(terms):
        raise UsageError(
            "Designs to compare must differ.",
            found=f"They are {', '.join(terms)}.",
            do="Name each --design once.",
        )


def _free_folder(out: Path | None, *, overwrite: bool) -> Path:
    if out is None:
        raise UsageError(
            "A schedule must be given a folder.", found="--out is missing.", do="Add --out FOLDER."
        )
    check_writable(out, overwrite=overwrite)
    return out


def _seal(drawn: Schedule, folder: Path, *, overwrite: bool) -> str:
    exports: dict[str, Callable[[Schedule, Path], None]] = {
        "schedule.xlsx": write_assignment_workbook,
        "schedule.ics": partial(write_assignment_calendar, stamp=now()),
    }
    return save_schedule(drawn, folder, exports=exports, overwrite=overwrite)


def _say_choices(
    reply: Reply, request: Request, options: ScheduleOptions, places: Hotspots
) -> None:
    for text in places.provenance.cautions:
        reply.caution(text)
    if request.preset:
        reply.note(f"Preset {request.preset}: {load_preset(request.preset).cite}.")
    visits = options.visits
    for name, dose in visits.doses.items() or [("", visits.of(""))]:
        reply.note(
            f"{f'Stratum {name}: v' if name else 'V'}isits of {dose.dose_min:g} min, "
            f"{dose.visits_per_day} a patrol day, due within {visits.length_min} min drawn at "
            f"random from {visits.hot}, {options.timezone}."
        )
    if request.seed_source == CHOSEN:
        reply.caution(
            "The seed was chosen by a person and can be guessed: anyone who tries seeds can "
            "foresee the patrols. This is recorded with the schedule."
        )


def _review(places: Hotspots, options: ScheduleOptions, rates: ExpectedRates) -> Prospects:
    mechanism = parse_mechanism(options.mechanism)
    return review_design(mechanism, build_roster(places, options), options.visits, rates)


def _compare(
    reply: Reply, places: Hotspots, options: list[ScheduleOptions], rates: ExpectedRates
) -> None:
    reviews = [_review(places, each, rates) for each in options]
    advice = advise_design(reviews)
    rows = [
        (
            review.mechanism.partition(":")[0],
            f"{review.n_treated:,}",
            f"{review.workload.patrols_low}–{review.workload.patrols_high}",
            f"{review.workload.days_low}–{review.workload.days_high}",
            words.share(review.clean_control_share[4].expected),
            words.share(review.power.mde_held_out),
            words.share(review.power.mde_selection),
        )
        for review in reviews
    ]
    heads = ("design", "patrol days", "a day", "a place", "4 days clean", "detects", "inflated")
    reply.finish(
        {"designs": reviews, "phase": options[0].phase, "advice": advice},
        table("Designs, rehearsed 200 times; nothing was drawn", heads, rows),
        *advice.why,
        rates.how,
    )


def _report(
    reply: Reply, drawn: Schedule, rates: ExpectedRates, folder: Path, commitment: str
) -> None:
    review = review_design(
        parse_mechanism(drawn.mechanism),
        drawn.roster,
        drawn.options.visits,
        rates,
        arms=drawn.arms,
    )
    values: dict[str, Any] = {
        "n_treated": review.n_treated,
        "n_control": review.n_control,
        "per_day": review.per_day,
        "phase": drawn.phase,
        "commitment": commitment,
        "mechanism": drawn.mechanism,
        "seed_source": drawn.options.seed_source,
        "clean_control_share": review.clean_control_share,
        "workload": review.workload,
        "near_pairs": review.near_pairs,
        "power": review.power,
        "folder": str(folder),
        "cautions": drawn.provenance.cautions,
    }
    reply.finish(values, *_texts(review, drawn, folder, commitment))


def _texts(review: Prospects, drawn: Schedule, folder: Path, commitment: str) -> list[Any]:
    load, power = review.workload, review.power
    rows = [
        ("Hot spots × days", f"{len(drawn.hotspot_ids)} × {drawn.n_days}"),
        ("Patrol days, comparison days", f"{review.n_treated:,} and {review.n_control:,}"),
        ("Patrols a day", f"{load.patrols_low}–{load.patrols_high}"),
        ("Patrol days of one hot spot", f"{load.days_low}–{load.days_high}"),
        ("Visits; officer-hours", f"{load.visits:,}; {words.count(load.officer_minutes / 60)}"),
        ("Pairs nearer than apart-m", review.near_pairs),
        ("Detectable at the rate to expect", _detectable(power.mde_held_out)),
        ("Detectable at the inflated rate", _detectable(power.mde_selection)),
        ("Days that would find 20 % fewer", words.count(power.days_needed)),
    ]
    clean = [
        (lag, words.share(share.expected), words.share(share.realised))
        for lag, share in review.clean_control_share.items()
    ]
    return [
        table(f"Schedule {drawn.mechanism}, phase {drawn.phase}", ("", ""), rows),
        table(
            "Comparison days without a patrol in the days before",
            ("days before", "expected", "in this draw"),
            clean,
        ),
        power.rates.how,
        f"Commitment {commitment}",
        f"Written: {folder}. Keep {folder / 'sealed'} with one named person.",
        f"Next: lodge the commitment somewhere dated, then footbeat task lodge {folder} --where …",
    ]


def _detectable(reduction: float | None) -> str:
    return "not known or none" if reduction is None else f"{words.share(reduction)} fewer or more"
