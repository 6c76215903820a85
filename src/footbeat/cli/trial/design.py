"""Commands that come before the first day: what a design can find."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    record_run,
    table,
)
from footbeat.cli.trial.figures import FIGURES, save_figure
from footbeat.cli.trial.levels import check_level
from footbeat.errors import UsageError
from footbeat.outputs import check_suffix, check_writable
from footbeat.stats.power import (
    days_needed,
    detection_power,
    minimum_detectable_reduction,
    placedays_needed,
)
from footbeat.trials.power import PowerOptions, power_curve, simulate_power

if TYPE_CHECKING:
    from rich.table import Table

    from footbeat.trials.power import PowerCurve

EXPECTED_RATIO = 0.85


def power(
    *,
    hotspots: Annotated[int, typer.Option(min=2, help="Hot spots in the draw.")],
    days: Annotated[int, typer.Option(min=1, help="Days of the trial.")],
    treat: Annotated[float, typer.Option(help="Hot spots patrolled each day.")],
    rate: Annotated[float, typer.Option(help="Incidents a hot spot and day without patrol.")],
    dispersion: Annotated[float, typer.Option(help="Variance over mean; 1 is Poisson.")] = 1.0,
    effect: Annotated[
        float, typer.Option(help="Rate ratio to look for; 0.85 is about what reviews report.")
    ] = EXPECTED_RATIO,
    alpha: Annotated[float, typer.Option(help="Two-sided significance level.")] = 0.05,
    target_power: Annotated[float, typer.Option("--power", help="Power asked for.")] = 0.8,
    patrol_cost: Annotated[
        float | None, typer.Option(help="Pounds a patrol day costs, for the cost of an answer.")
    ] = None,
    sims: Annotated[
        int, typer.Option(min=0, help="Simulate as many trials, analysed as they would be.")
    ] = 0,
    place_shape: Annotated[
        float, typer.Option(help="Simulation: gamma shape by which places differ.")
    ] = 2.0,
    carry_over: Annotated[
        float, typer.Option(help="Simulation: ratio of yesterday's patrol on today.")
    ] = 1.0,
    whole_curve: Annotated[
        bool, typer.Option("--whole-curve", help="Simulation: every point of the curve too.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Chance of finding each effect, PNG or SVG.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Simulation: seed.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Say what a design can detect, before a patrol is paid for.

    Example: footbeat trial power --hotspots 20 --days 90 --treat 8 --rate 0.1
    """
    reply = Reply(as_json, quiet)
    _check(hotspots, treat, rate, effect, dispersion)
    check_level(alpha)
    _check_power(target_power, alpha)
    if plot:
        check_suffix(plot, FIGURES)
        check_writable(plot, overwrite=overwrite)
    treated, control = days * treat, days * (hotspots - treat)
    share = treat / hotspots
    settings = {"dispersion": dispersion, "alpha": alpha}
    asked = PowerOptions(
        n_hotspots=hotspots, n_days=days, n_treated=treat, rate=rate, target=target_power,
        patrol_cost=patrol_cost, place_shape=place_shape, carry_over=carry_over, **settings,
    )  # fmt: skip
    workers = os.cpu_count() or 1
    curve = power_curve(asked, n_sims=sims if whole_curve else 0, seed=seed, n_workers=workers)
    mde = minimum_detectable_reduction(treated, control, rate, power=target_power, **settings)
    needed = {"ratio": effect, "power": target_power, **settings}
    n_days = days_needed(hotspots, share, rate, **needed)
    total = placedays_needed(share, rate, **needed)
    values: dict[str, Any] = {
        "mde": mde,
        "power": detection_power(treated, control, rate, ratio=effect, **settings),
        "days_needed": n_days,
        "hotspots_needed": None if total is None else math.ceil(total / days - 1e-9),
        "effect": effect,
        "n_treated": treated,
        "n_control": control,
        "curve": curve.points,
        "cost": None if patrol_cost is None else patrol_cost * treated,
        "cost_needed": None
        if patrol_cost is None or n_days is None
        else patrol_cost * treat * n_days,
        "simulated": None,
    }
    if sims:
        found, error, size = simulate_power(
            asked, effect, n_sims=sims, seed=seed, n_workers=workers
        )
        values["simulated"] = {"power": found, "power_se": error, "size": size, "sims": sims}
    if plot:
        save_figure(curve.plot(), plot, overwrite=overwrite)
        record_run("trial power", parameters=asdict(asked), inputs=[], output=plot, seed=seed)
    reply.caution("Use the rate expected in the trial: the one the places were chosen by is high.")
    values["files"] = [plot] if plot else []
    reply.finish(values, _words(values, rate), _rows(values), _curve_rows(curve))


def _check(hotspots: int, treat: float, rate: float, effect: float, dispersion: float) -> None:
    if not 0 < treat < hotspots:
        raise UsageError(
            "Some hot spots must be patrolled each day and some not.",
            found=f"{treat:g} of {hotspots} are.",
            do=f"Give --treat between 1 and {hotspots - 1}.",
        )
    if not all(0 < value < math.inf for value in (rate, effect, dispersion)):
        raise UsageError(
            "The rate, the ratio and the dispersion must be numbers above 0.",
            found=f"The rate is {rate:g}, the ratio {effect:g}, the dispersion {dispersion:g}.",
            do="Give for example --rate 0.05 --effect 0.85.",
        )


def _check_power(target_power: float, alpha: float) -> None:
    if not alpha < target_power < 1:
        raise UsageError(
            "The power asked for must lie between the significance level and 1.",
            found=f"It is {target_power:g}, the level {alpha:g}.",
            do="Give for example --power 0.8.",
        )


def _words(values: dict[str, Any], rate: float) -> str:
    placedays = f"{values['n_treated']:,.0f} patrol and {values['n_control']:,.0f} comparison"
    base = f"With {placedays} place-days and {rate:g} incidents on each,"
    if values["mde"] is None:
        return f"{base} no reduction could be told from chance: even none at all rests on too few."
    return f"{base} the smallest reduction likely to be found is {100 * values['mde']:.0f} %."


def _rows(values: dict[str, Any]) -> Table:
    effect = values["effect"] or 1.0
    kind = f"{abs(1 - effect) * 100:.0f} % {'fewer' if effect < 1 else 'more'}"
    chance = f"{100 * (values['power'] or 0):.0f} %"
    names = ["chance with this design", "or days needed", "or hot spots needed"]
    row = [chance, values["days_needed"], values["hotspots_needed"]]
    if values["cost_needed"] is not None:
        names.append("which cost £")
        row.append(f"{values['cost_needed']:,.0f}")
    if values["simulated"]:
        names.append("chance simulated")
        row.append(f"{100 * values['simulated']['power']:.0f} %")
    return table(f"To find {kind} incidents", names, [row])


def _curve_rows(curve: PowerCurve) -> Table:
    priced = any(point.cost_needed is not None for point in curve.points)
    names = ["true ratio", "chance", "days needed", *(["which cost £"] if priced else [])]
    rows = [
        [
            f"{point.effect:g}",
            f"{100 * point.power:.0f} %",
            point.days_needed,
            *(
                [None if point.cost_needed is None else f"{point.cost_needed:,.0f}"]
                if priced
                else []
            ),
        ]
        for point in curve.points
    ]
    return table("Effect by effect", names, rows)
