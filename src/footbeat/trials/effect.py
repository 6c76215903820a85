"""The effect of a schedule, estimated from its place-days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footbeat.stats.rates import Counted, exact_ratio, rate_ratio
from footbeat.tasking.schedule import Schedule
from footbeat.trials import checks
from footbeat.trials.arms import unlikely_draw_warnings
from footbeat.trials.carryover import clean_control_curve, days_since_curve
from footbeat.trials.delivery import describe_delivery, estimate_complier_ratio, prevented
from footbeat.trials.describing import check_analysable, describe, outcome_values
from footbeat.trials.harm import COVERAGE, estimate_harm
from footbeat.trials.inference import Draws, estimate_by_redraws, placebo_p
from footbeat.trials.models import estimate_by_models, estimate_lags
from footbeat.trials.moved import check_time, estimate_time_displacement
from footbeat.trials.panel import lay_out
from footbeat.trials.places import estimate_places
from footbeat.trials.plan import choose_estimator, differences_from, late_plan_warnings
from footbeat.trials.results import Check, Effect, Estimate, PlaceEffect
from footbeat.trials.specification import specify
from footbeat.trials.spillover import estimate_spillover, near_places
from footbeat.trials.wording import (
    bound_warnings,
    carry_over_warning,
    data_warnings,
    few_events_warning,
    gap_warnings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from footbeat.trials.delivery import Delivery
    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.plan import LockedPlan
    from footbeat.trials.spillover import Pairs

    FloatArray = NDArray[np.float64]

__all__ = ["Effect", "Estimate", "estimate_effect", "estimate_ratio"]

N_DRAWS = 10_000
HARM = "harm_days"


@dataclass(frozen=True)
class _Case:
    """One analysis: the place-days laid out, the outcome, the redraws."""

    placedays: Placedays
    panel: Panel
    values: FloatArray
    draws: Draws
    near: tuple[Pairs, ...] | None


def estimate_effect(
    placedays: Placedays,
    schedule: Schedule | Sequence[Schedule] | None = None,
    *,
    outcome: str = "n",
    n_draws: int = N_DRAWS,
    plan: LockedPlan | None = None,
    estimator: str | None = None,
    n_looks: int = 1,
    rng: np.random.Generator,
) -> Effect:
    """Estimate the effect of being scheduled for patrol.

    The main estimate is the plan's; without a plan it redraws the mechanism that was used,
    `n_draws` times, and its p of 1 is exact under no effect of any kind. The others stand
    beside it.

    Parameters
    ----------
    placedays
        The analysis table.
    schedule
        The schedule of each phase; left out, places and days are those of the table, which is
        the same unless near places were kept apart.
    outcome
        ``n``, ``harm_days``, ``n_fractional`` or ``n_other``.
    n_draws
        Redraws of the mechanism.
    plan
        The analysis plan that was locked; None where there was none.
    estimator
        The estimator whose answer is the answer; left out, the plan's, or else randomisation.
        Another than the plan's is reported as not planned.
    n_looks
        How many results of this schedule were looked at, this one included.
    rng
        The generator of the redraws.

    Raises
    ------
    MismatchError
        When the arms do not follow the mechanism.
    ColumnError
        When the table has no such outcome.
    UsageError
        When no such estimator may be the answer.
    DataError
        When there are not two hot spots, or no place-day is old enough.
    """
    values, panel = outcome_values(placedays, outcome), _panel(placedays, schedule)
    case = _Case(placedays, panel, values, Draws(n_draws, rng), near_places(_as_list(schedule)))
    base = replace(
        describe(placedays, panel, values, outcome),
        n_draws=n_draws,
        n_looks=n_looks,
        estimator=choose_estimator(plan.plan if plan else None, estimator),
        plan_hash=plan.plan_hash if plan else "",
    )
    differences = differences_from(plan, placedays.about, outcome, base.estimator) if plan else None
    found = _judge(_estimate(case, base), case, differences)
    warnings = (*found.warnings, *late_plan_warnings(plan, base.start))
    return replace(found, places=_name_places(found.places, schedule), warnings=warnings)


def estimate_ratio(
    placedays: Placedays,
    schedule: Schedule | Sequence[Schedule] | None = None,
    *,
    outcome: str = "n",
    n_draws: int = N_DRAWS,
    rng: np.random.Generator,
) -> Estimate:
    """Return the main estimate alone: a fraction of the time, for simulations.

    Everything is as in :func:`estimate_effect`.
    """
    values, panel = outcome_values(placedays, outcome), _panel(placedays, schedule)
    return estimate_by_redraws(panel, values, Draws(n_draws, rng))


def _estimate(case: _Case, base: Effect) -> Effect:
    panel, values, draws = case.panel, case.values, case.draws
    redrawn = estimate_by_redraws(panel, values, draws)
    models = estimate_by_models(panel, values, wide=base.outcome != HARM)
    main, *beside = sorted((redrawn, *models), key=lambda one: one.name != base.estimator)
    lag_fit = estimate_lags(panel, values)
    curve = clean_control_curve(panel, values, draws)
    delivery = describe_delivery(case.placedays)
    complier = estimate_complier_ratio(case.placedays, panel, values, draws)
    harm = estimate_harm(case.placedays, panel, values, draws) if base.outcome == HARM else ()
    lags = lag_fit.lags if lag_fit else ()
    grave, sentence = carry_over_warning(
        models[0], lag_fit.same_day if lag_fit else None, lags, curve
    )
    warnings = [
        *bound_warnings(main, base.events_treated, base.events_control),
        *few_events_warning(base.events_treated + base.events_control),
        *data_warnings(case.placedays),
        *gap_warnings(case.placedays, panel),
        *([COVERAGE] if base.outcome == HARM else []),
    ]
    hundred, hour = prevented(
        (main.low, main.ratio, main.high), base.events_control / base.n_control, delivery
    )
    return replace(
        _with_delivery(base, delivery),
        ratio=main.ratio,
        low=main.low,
        high=main.high,
        p=main.p,
        estimators=(
            main,
            *beside,
            *((lag_fit.same_day, lag_fit.long_run) if lag_fit else ()),
            *harm,
            *((complier,) if complier else ()),
            *estimate_spillover(panel, values, draws, case.near),
            *estimate_time_displacement(
                case.placedays, panel, values, draws, ratio=redrawn.ratio, lag_fit=lag_fit
            ),
            *_totals(base),
        ),
        lags=lags,
        clean_control=curve,
        days_since=days_since_curve(panel, values, draws),
        placebo_p=placebo_p(panel, values, draws, ratio=redrawn.ratio),
        prevented_per_100=hundred,
        prevented_per_hour=hour,
        places=estimate_places(panel, values) if base.outcome != HARM else (),
        warnings=(sentence, *warnings) if grave else (*warnings, sentence),
    )


def _judge(found: Effect, case: _Case, differences: tuple[str, ...] | None) -> Effect:
    placedays, panel, draws = case.placedays, case.panel, case.draws
    planned = checks.check_plan(differences)
    panel_of_checks: tuple[Check, ...] = (
        planned,
        checks.check_looks(found.n_looks),
        checks.check_placebo(found.placebo_p),
        checks.check_negative_control(placedays, panel, draws),
        checks.check_balance(panel, draws),
        *checks.check_delivery(describe_delivery(placedays)),
        checks.check_recording(placedays, panel, draws),
        check_time(found.estimators),
        *checks.check_leave_one_out(placedays, panel, case.values),
    )
    # A generator of its own: what is drawn here must move no other number.
    unlikely = unlikely_draw_warnings(panel, draws.rng.spawn(1)[0])
    told = () if planned.passed else (planned.text,)
    return replace(
        found,
        checks=panel_of_checks,
        specification=specify(placedays, panel, case.values, draws),
        planned=bool(planned.passed),
        warnings=(*unlikely, *found.warnings, *told),
    )


def _with_delivery(base: Effect, delivery: Delivery) -> Effect:
    return replace(
        base,
        delivered_share=delivery.delivered_share,
        contamination_share=delivery.contamination_share,
    )


def _name_places(
    places: tuple[PlaceEffect, ...], schedule: Schedule | Sequence[Schedule] | None
) -> tuple[PlaceEffect, ...]:
    names: dict[str, str] = {}
    for one in _as_list(schedule):
        frame = one.hotspots.frame
        names |= dict(zip(frame["hotspot_id"], frame["name"].fillna(""), strict=True))
    return tuple(replace(place, name=names.get(place.hotspot_id, "")) for place in places)


def _as_list(schedule: Schedule | Sequence[Schedule] | None) -> list[Schedule]:
    return [schedule] if isinstance(schedule, Schedule) else list(schedule or ())


def _panel(placedays: Placedays, schedule: Schedule | Sequence[Schedule] | None) -> Panel:
    panel = lay_out(placedays, [one.roster for one in _as_list(schedule)] or None)
    check_analysable(panel)
    return panel


def _totals(base: Effect) -> tuple[Estimate, ...]:
    if base.outcome != "n":
        return ()
    treated = Counted(int(base.events_treated), base.n_treated)
    control = Counted(int(base.events_control), base.n_control)
    exact = exact_ratio(treated, control)
    note = "From the totals only: places and days are not compared with themselves."
    ratio = rate_ratio(treated, control)
    return (Estimate("exact-totals", ratio, exact.low, exact.high, exact.p, note=note),)
