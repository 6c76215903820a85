"""Commands that come before the first day: what a design can find."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.errors import UsageError
from footbeat.stats.power import (
    days_needed,
    detection_power,
    minimum_detectable_reduction,
    placedays_needed,
)

if TYPE_CHECKING:
    from rich.table import Table

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
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a design can detect, before a patrol is paid for.

    Example: footbeat trial power --hotspots 20 --days 90 --treat 8 --rate 0.1
    """
    reply = Reply(as_json, quiet)
    _check(hotspots, treat, rate, effect)
    treated, control = days * treat, days * (hotspots - treat)
    share = treat / hotspots
    settings = {"dispersion": dispersion, "alpha": alpha}
    mde = minimum_detectable_reduction(treated, control, rate, power=target_power, **settings)
    needed = {"ratio": effect, "power": target_power, **settings}
    n_days = days_needed(hotspots, share, rate, **needed)
    total = placedays_needed(share, rate, **needed)
    values = {
        "mde": mde,
        "power": detection_power(treated, control, rate, ratio=effect, **settings),
        "days_needed": n_days,
        "hotspots_needed": None if total is None else math.ceil(total / days - 1e-9),
        "effect": effect,
        "n_treated": treated,
        "n_control": control,
    }
    reply.caution("Use the rate expected in the trial: the one the places were chosen by is high.")
    reply.finish(values, _words(values, rate), _rows(values))


def _check(hotspots: int, treat: float, rate: float, effect: float) -> None:
    if not 0 < treat < hotspots:
        raise UsageError(
            "Some hot spots must be patrolled each day and some not.",
            found=f"{treat:g} of {hotspots} are.",
            do=f"Give --treat between 1 and {hotspots - 1}.",
        )
    if rate <= 0 or effect <= 0:
        raise UsageError(
            "The rate and the ratio must be above 0.",
            found=f"The rate is {rate:g}, the ratio {effect:g}.",
            do="Give for example --rate 0.05 --effect 0.85.",
        )


def _words(values: dict[str, float | None], rate: float) -> str:
    placedays = f"{values['n_treated']:,.0f} patrol and {values['n_control']:,.0f} comparison"
    base = f"With {placedays} place-days and {rate:g} incidents on each,"
    if values["mde"] is None:
        return f"{base} no reduction could be told from chance: even none at all rests on too few."
    return f"{base} the smallest reduction likely to be found is {100 * values['mde']:.0f} %."


def _rows(values: dict[str, float | None]) -> Table:
    effect = values["effect"] or 1.0
    kind = f"{abs(1 - effect) * 100:.0f} % {'fewer' if effect < 1 else 'more'}"
    chance = f"{100 * (values['power'] or 0):.0f} %"
    return table(
        f"To find {kind} incidents",
        ["chance with this design", "or days needed", "or hot spots needed"],
        [[chance, values["days_needed"], values["hotspots_needed"]]],
    )
