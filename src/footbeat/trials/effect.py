"""The effect of a schedule, estimated from its place-days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import ColumnError, DataError
from footbeat.stats.rates import Counted, exact_ratio, rate_ratio
from footbeat.tasking.schedule import Schedule
from footbeat.trials.carryover import clean_control_curve
from footbeat.trials.inference import Draws, estimate_by_redraws, placebo_p
from footbeat.trials.models import estimate_by_models, estimate_lags
from footbeat.trials.panel import lay_out
from footbeat.trials.results import Effect, Estimate, Lag
from footbeat.trials.wording import (
    OUTCOME_LABELS,
    SAME_DAY,
    SAME_DAY_AND_CARRY_OVER,
    bound_warnings,
    carry_over_warning,
    data_warnings,
    few_events_warning,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.trials.models import LagFit
    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]

__all__ = ["Effect", "Estimate", "estimate_effect", "estimate_ratio"]

N_DRAWS = 10_000
LEAD = -1


def estimate_effect(
    placedays: Placedays,
    schedule: Schedule | Sequence[Schedule] | None = None,
    *,
    outcome: str = "n",
    n_draws: int = N_DRAWS,
    rng: np.random.Generator,
) -> Effect:
    """Estimate the effect of being scheduled for patrol.

    The main estimate redraws the mechanism that was used, `n_draws` times; its p of 1 is exact
    under no effect of any kind. Models with place and day effects stand beside it.

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
    rng
        The generator of the redraws.

    Raises
    ------
    MismatchError
        When the arms do not follow the mechanism.
    ColumnError
        When the table has no such outcome.
    DataError
        When there are not two hot spots, or no place-day is old enough.
    """
    values = outcome_values(placedays, outcome)
    panel = _panel(placedays, schedule)
    draws = Draws(n_draws, rng)
    base = describe(placedays, panel, values, outcome)
    main = estimate_by_redraws(panel, values, draws)
    models = estimate_by_models(panel, values)
    lag_fit = estimate_lags(panel, values)
    curve = clean_control_curve(panel, values, draws)
    placebo = _placebo(panel, values, draws, main, lag_fit)
    grave, sentence = carry_over_warning(models[0], lag_fit.same_day if lag_fit else None, curve)
    warnings = [
        *bound_warnings(main, base.events_treated, base.events_control),
        *few_events_warning(base.events_treated + base.events_control),
        *data_warnings(placedays),
    ]
    return replace(
        base,
        ratio=main.ratio,
        low=main.low,
        high=main.high,
        p=main.p,
        n_draws=n_draws,
        estimators=(main, *models, *_given_lags(lag_fit), *_totals(base)),
        lags=lag_fit.lags if lag_fit else (),
        clean_control=curve,
        placebo_p=placebo,
        warnings=(sentence, *warnings) if grave else (*warnings, sentence),
    )


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


def outcome_values(placedays: Placedays, outcome: str) -> FloatArray:
    """Return the outcome of each place-day.

    Raises
    ------
    ColumnError
        When the table has no such outcome, or it is unknown on a place-day that enters.
    """
    frame = placedays.frame
    known = outcome in OUTCOME_LABELS and outcome in frame
    if not known or frame.loc[frame["mature"], outcome].isna().any():
        raise ColumnError(
            f"The place-days must have the outcome `{outcome}`.",
            found="It is missing or empty.",
            do=f"Choose one of {', '.join(OUTCOME_LABELS)}, or build place-days that have it.",
        )
    return np.asarray(np.nan_to_num(frame[outcome].to_numpy(dtype=np.float64)))


def check_analysable(panel: Panel) -> None:
    """Raise DataError when there is nothing to compare."""
    n_places = max(phase.arms.shape[1] for phase in panel.phases)
    if n_places < 2:  # noqa: PLR2004 - a comparison takes two
        raise DataError(
            "A trial must have at least two hot spots.",
            found="There is one.",
            do="A single place cannot be compared with others on the same day.",
        )
    arms, counted = panel.arms, panel.counted
    if not (arms[counted] == 1).any() or not (arms[counted] == 0).any():
        raise DataError(
            "Both arms must have place-days that are old enough.",
            found=f"{int(counted.sum()):,} place-days enter.",
            do="Wait until the settling time is over, or give a later data cut.",
        )


def describe(placedays: Placedays, panel: Panel, values: FloatArray, outcome: str) -> Effect:
    """Return the effect's counts, exposure and description, before any estimate."""
    frame, about, known = placedays.frame, placedays.about, placedays.provenance
    enters = frame["mature"].to_numpy(dtype=bool)
    treated = enters & (frame["assigned"].to_numpy() == 1)
    control = enters & ~treated
    hours = frame["exposure_h"].to_numpy(dtype=np.float64)
    days = frame.loc[enters, "day"]
    same_day = panel.is_independent_by_day
    return Effect(
        outcome=outcome,
        outcome_label=OUTCOME_LABELS[outcome],
        estimand=SAME_DAY if same_day else SAME_DAY_AND_CARRY_OVER,
        ratio=None,
        low=None,
        high=None,
        p=None,
        n_treated=int(treated.sum()),
        n_control=int(control.sum()),
        events_treated=float(values[treated].sum()),
        events_control=float(values[control].sum()),
        exposure_treated_h=float(hours[treated].sum()),
        exposure_control_h=float(hours[control].sum()),
        n_hotspots=int(frame["hotspot_id"].nunique()),
        n_days=int(days.nunique()),
        start=days.min().isoformat(),
        end=days.max().isoformat(),
        mechanism=about.mechanism,
        n_draws=0,
        data_cut=about.data_cut,
        settle_days=about.settle_days,
        hours=about.hours,
        planned=bool(about.plan_hash),
        plan_hash=about.plan_hash,
        commitments=about.commitments,
        half_harm_incidents=about.half_harm_incidents if outcome == "harm_days" else None,
        cautions=known.cautions,
        is_synthetic=known.is_synthetic,
        marking=known.marking,
        attribution=known.attribution,
    )


def _panel(placedays: Placedays, schedule: Schedule | Sequence[Schedule] | None) -> Panel:
    schedules = [schedule] if isinstance(schedule, Schedule) else list(schedule or ())
    panel = lay_out(placedays, [one.roster for one in schedules] or None)
    check_analysable(panel)
    return panel


def _placebo(
    panel: Panel, values: FloatArray, draws: Draws, main: Estimate, lag_fit: LagFit | None
) -> float | None:
    if panel.is_independent_by_day:
        return placebo_p(panel, values, draws, ratio=main.ratio)
    leads: list[Lag] = [lag for lag in lag_fit.lags if lag.days == LEAD] if lag_fit else []
    return leads[0].p if leads else None


def _given_lags(lag_fit: LagFit | None) -> tuple[Estimate, ...]:
    return (lag_fit.same_day, lag_fit.long_run) if lag_fit else ()


def _totals(base: Effect) -> tuple[Estimate, ...]:
    if base.outcome != "n":
        return ()
    treated = Counted(int(base.events_treated), base.n_treated)
    control = Counted(int(base.events_control), base.n_control)
    exact = exact_ratio(treated, control)
    note = "From the totals only: places and days are not compared with themselves."
    ratio = rate_ratio(treated, control)
    return (Estimate("exact-totals", ratio, exact.low, exact.high, exact.p, note=note),)
