"""What was delivered, and the effect on the days that were patrolled because scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.permute import keep_range, mix_p
from footbeat.trials.inference import replay_layers, sum_phases
from footbeat.trials.results import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]
    Triple = tuple[float | None, float | None, float | None]

_GRID = np.exp(np.linspace(-6, 4, 161))
_LEAST_DIFFERENCE = 0.05


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was done on the place-days that entered and whose visits are known.

    Attributes
    ----------
    delivered_share
        Share of patrol days with a visit of at least 10 minutes; None where nothing is known.
    contamination_share
        The same on comparison days.
    minutes_treated, minutes_control
        Mean patrol-minutes a place-day.
    """

    delivered_share: float | None
    contamination_share: float | None
    minutes_treated: float | None
    minutes_control: float | None


def describe_delivery(placedays: Placedays) -> Delivery:
    """Summarise what was delivered in each arm."""
    enters = placedays.frame[placedays.frame["mature"]]
    treated, control = (enters[enters["assigned"] == arm] for arm in (1, 0))
    return Delivery(
        _mean(treated, "delivered"),
        _mean(control, "delivered"),
        _mean(treated, "patrol_minutes"),
        _mean(control, "patrol_minutes"),
    )


def estimate_complier_ratio(
    placedays: Placedays, panel: Panel, values: FloatArray, draws: Draws
) -> Estimate | None:
    """Estimate the ratio on days patrolled when scheduled and only then.

    With D the delivery, the ratio is 1 + CACE/E[Y₀ | complier], where CACE is the difference
    of the arms' means over the difference of their delivered shares. It is r when the mean of
    Y + (r−1)·Y·(1−D) is the same in both arms; the interval holds every r for which redrawing
    the mechanism does not reject that. It assumes that being scheduled matters only through
    the patrol itself.

    Returns
    -------
    Estimate or None
        None where visits are not known on every place-day that enters, or the delivered
        shares hardly differ.
    """
    frame = placedays.frame
    done = frame["delivered"].to_numpy(dtype=np.float64)
    if np.isnan(done[frame["mature"].to_numpy(dtype=bool)]).any():
        return None
    without = values * (1 - np.nan_to_num(done))
    shares, outcomes, undelivered = (
        _arm_means(panel, layer) for layer in (np.nan_to_num(done), values, without)
    )
    difference = shares[0] - shares[1]
    baseline = undelivered[1] - undelivered[0]
    if difference < _LEAST_DIFFERENCE:
        return None
    percent = [f"{100 * share:.0f} %" for share in shares]
    note = f"Delivered on {percent[0]} of patrol and {percent[1]} of comparison days."
    if baseline <= 0:
        return Estimate("complier", None, note=note)
    ratio = 1 + (outcomes[0] - outcomes[1]) / baseline
    sums = sum_phases(
        panel,
        lambda phase: replay_layers(phase, phase.layer(values), phase.layer(without), draws),
    )
    low, high = keep_range(lambda r: mix_p(sums, 1.0, r - 1) > 0.05, _GRID)  # noqa: PLR2004 - 95 %
    return Estimate("complier", max(ratio, 0.0), low, high, mix_p(sums, 1.0, 0.0), note=note)


def prevented(
    ratio: Triple, rate_control: float, delivery: Delivery
) -> tuple[Triple, Triple | None]:
    """Return incidents prevented for each 100 patrol days, and for each hour of patrol.

    Parameters
    ----------
    ratio
        Low, estimate, high.
    rate_control
        Outcome a comparison place-day.
    delivery
        Minutes in each arm; the extra ones are the patrol.

    Returns
    -------
    tuple
        (low, estimate, high) for each, None where a bound is open; negative means caused. The
        second is None where minutes are not known or patrol days had no more of them.
    """
    per_day: Triple = _turned(ratio, rate_control)
    hundred: Triple = _scaled(per_day, 100.0)
    if delivery.minutes_treated is None or delivery.minutes_control is None:
        return hundred, None
    hours = (delivery.minutes_treated - delivery.minutes_control) / 60
    return hundred, _scaled(per_day, 1 / hours) if hours > 0 else None


def _turned(ratio: Triple, rate: float) -> Triple:
    low, middle, high = (None if value is None else rate * (1 - value) for value in ratio)
    return high, middle, low


def _scaled(values: Triple, factor: float) -> Triple:
    low, middle, high = (None if value is None else value * factor for value in values)
    return low, middle, high


def _mean(frame: pd.DataFrame, column: str) -> float | None:
    known = frame[column].dropna()
    return float(known.mean()) if len(known) else None


def _arm_means(panel: Panel, values: FloatArray) -> tuple[float, float]:
    """Return the inverse-probability weighted mean of a layer in each arm."""
    counted = panel.counted
    chance = panel.join([phase.probability for phase in panel.phases])[counted]
    arms, outcome = panel.arms[counted], panel.layer(values)[counted]
    treated, control = arms / chance, (1 - arms) / (1 - chance)
    return (
        float((treated * outcome).sum() / treated.sum()),
        float((control * outcome).sum() / control.sum()),
    )
