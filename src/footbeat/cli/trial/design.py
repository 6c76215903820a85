"""Commands that come before the first day: what a design can find."""

from __future__ import annotations

import math
import os
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.errors import UsageError
from footbeat.periods import day_range
from footbeat.stats.power import (
    days_needed,
    detection_power,
    minimum_detectable_reduction,
    placedays_needed,
)
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.calibration import CalibrationOptions, calibrate
from footbeat.trials.worlds import Design, World

if TYPE_CHECKING:
    from rich.table import Table

EXPECTED_RATIO = 0.85
CURVE = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_ANY_DAY = date(2026, 1, 1)


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
    seed: Annotated[int, typer.Option(help="Simulation: seed.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a design can detect, before a patrol is paid for.

    Example: footbeat trial power --hotspots 20 --days 90 --treat 8 --rate 0.1
    """
    reply = Reply(as_json, quiet)
    _check(hotspots, treat, rate, effect, dispersion)
    treated, control = days * treat, days * (hotspots - treat)
    share = treat / hotspots
    settings = {"dispersion": dispersion, "alpha": alpha}
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
        "curve": [
            {"effect": r, "power": detection_power(treated, control, rate, ratio=r, **settings)}
            for r in CURVE
        ],
        "cost": None if patrol_cost is None else patrol_cost * treated,
        "cost_needed": None
        if patrol_cost is None or n_days is None
        else patrol_cost * treat * n_days,
        "simulated": None,
    }
    if sims:
        world = World(rate, effect, place_shape, dispersion=dispersion, carry_over=carry_over)
        values["simulated"] = _simulate(_design(hotspots, days, treat), world, sims, seed)
    reply.caution("Use the rate expected in the trial: the one the places were chosen by is high.")
    reply.finish(values, _words(values, rate), _rows(values))


def _design(hotspots: int, days: int, treat: float) -> Design:
    ids = tuple(f"h{number:03}" for number in range(1, hotspots + 1))
    roster = Roster(ids, tuple(day_range(_ANY_DAY, days)))
    whole = float(treat).is_integer()
    return Design(f"daily:{int(treat)}" if whole else f"coin:{treat / hotspots!r}", roster)


def _simulate(design: Design, world: World, sims: int, seed: int) -> dict[str, float]:
    workers = os.cpu_count() or 1
    found = calibrate(design, world, CalibrationOptions(sims, n_workers=workers), seed=seed)
    main = found[0]
    return {"power": main.power, "power_se": main.power_se, "size": main.size, "sims": sims}


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
