"""What a design can find, effect by effect: in closed form, simulated, and what it costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from footbeat.periods import day_range
from footbeat.stats.power import days_needed, detection_power
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.calibration import CalibrationOptions, calibrate
from footbeat.trials.worlds import Design, World

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATIOS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerOptions:
    """A design and what is believed of its world.

    Attributes
    ----------
    n_hotspots, n_days, n_treated
        Hot spots, days, and hot spots patrolled each day (a fraction: by coin).
    rate
        Incidents a hot spot and day without patrol: the rate expected in the trial.
    dispersion
        Variance over mean of the counts.
    alpha, target
        Two-sided level, and the power asked for.
    patrol_cost
        What a patrol day costs; None where that is not known.
    place_shape, carry_over
        Simulation only: gamma shape by which places differ, and the ratio that yesterday's
        patrol puts on today.
    """

    n_hotspots: int
    n_days: int
    n_treated: float
    rate: float
    dispersion: float = 1.0
    alpha: float = 0.05
    target: float = 0.8
    patrol_cost: float | None = None
    place_shape: float = 2.0
    carry_over: float = 1.0


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """One true ratio.

    Attributes
    ----------
    effect
        The true rate ratio.
    power
        Chance of finding it with this design, in closed form.
    days_needed, cost_needed
        Days, and what they cost, for the power asked for; None where no number would do.
    simulated, simulated_se
        Share of simulated trials, analysed by redraws, that found it; None where none were.
    """

    effect: float
    power: float
    days_needed: int | None
    cost_needed: float | None
    simulated: float | None = None
    simulated_se: float | None = None


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """The chance of finding each effect, and the sentence that says for which design."""

    points: tuple[PowerPoint, ...]
    target: float
    says: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each effect."""
        return pd.DataFrame([asdict(point) for point in self.points])

    def plot(self) -> Figure:
        """Return the curve as a figure; `savefig` writes it."""
        from footbeat.trials.drawing import draw_power

        return draw_power(self.points, self.target, self.says)


def power_curve(
    options: PowerOptions,
    ratios: tuple[float, ...] = RATIOS,
    *,
    n_sims: int = 0,
    seed: int = 1,
    n_workers: int = 1,
) -> PowerCurve:
    """Return the chance of finding each ratio, simulated too when `n_sims` is above 0.

    The closed form takes places to be alike and patrols to be made as scheduled; simulated
    trials differ by place and day, may be over-dispersed and carry over, and are analysed by
    the very code that would analyse the trial.

    Examples
    --------
    >>> options = PowerOptions(n_hotspots=20, n_days=90, n_treated=8, rate=0.1)
    >>> [round(point.power, 2) for point in power_curve(options, (0.6, 0.85)).points]
    [0.81, 0.17]
    """
    points = tuple(
        _point(options, ratio, n_sims=n_sims, seed=seed, n_workers=n_workers) for ratio in ratios
    )
    says = (
        f"{options.n_treated:g} of {options.n_hotspots} hot spots a day, {options.n_days} days, "
        f"{options.rate:g} incidents a place-day"
    )
    return PowerCurve(points, options.target, says)


def design_of(options: PowerOptions) -> Design:
    """Return the design over invented places: exactly so many a day, or by coin."""
    ids = tuple(f"h{number:03}" for number in range(1, options.n_hotspots + 1))
    roster = Roster(ids, tuple(day_range(_ANY_DAY, options.n_days)))
    share = options.n_treated / options.n_hotspots
    is_whole = float(options.n_treated).is_integer()
    return Design(f"daily:{int(options.n_treated)}" if is_whole else f"coin:{share!r}", roster)


def simulate_power(
    options: PowerOptions, ratio: float, *, n_sims: int, seed: int, n_workers: int
) -> tuple[float, float, float]:
    """Return power, its Monte-Carlo error and size of the main estimate in simulated trials."""
    world = World(
        options.rate,
        ratio,
        options.place_shape,
        dispersion=options.dispersion,
        carry_over=options.carry_over,
    )
    chosen = CalibrationOptions(n_sims, n_workers=n_workers)
    main = calibrate(design_of(options), world, chosen, seed=seed)[0]
    return main.power, main.power_se, main.size


def _point(
    options: PowerOptions, ratio: float, *, n_sims: int, seed: int, n_workers: int
) -> PowerPoint:
    treated = options.n_days * options.n_treated
    control = options.n_days * options.n_hotspots - treated
    power = detection_power(
        treated,
        control,
        options.rate,
        ratio=ratio,
        dispersion=options.dispersion,
        alpha=options.alpha,
    )
    days = days_needed(
        options.n_hotspots,
        options.n_treated / options.n_hotspots,
        options.rate,
        ratio=ratio,
        dispersion=options.dispersion,
        alpha=options.alpha,
        power=options.target,
    )
    is_priced = options.patrol_cost is not None and days is not None
    cost = (options.patrol_cost or 0.0) * options.n_treated * (days or 0) if is_priced else None
    if not n_sims:
        return PowerPoint(ratio, power, days, cost)
    found, error, _ = simulate_power(options, ratio, n_sims=n_sims, seed=seed, n_workers=n_workers)
    return PowerPoint(ratio, power, days, cost, found, error)
