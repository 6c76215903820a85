"""Watch a running trial every day, for benefit and for harm, without fooling oneself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import UsageError
from footbeat.stats.eprocess import (
    BENEFIT_RATIOS,
    HARM_RATIOS,
    LEAST_EVENTS,
    AlwaysValidInterval,
    always_valid_interval,
    coin_log_evidence,
    mix_evidence,
    subset_log_evidence,
)
from footbeat.stats.power import minimum_detectable_reduction
from footbeat.tasking.mechanisms import Coin, Constrained, Daily
from footbeat.trials.describing import check_analysable, outcome_values

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism
    from footbeat.trials.panel import Panel, Phase
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]

_LARGEST_LOG = 700.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What the monitor knows after one day.

    Attributes
    ----------
    evidence_benefit, evidence_harm
        1 says nothing; 40 raises the alert at the default level.
    low, high
        Always-valid interval of the ratio; None where open or before 20 incidents.
    """

    day: str
    events: float
    evidence_benefit: float
    evidence_harm: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Monitor:
    """Evidence by day, valid however often it is read.

    Attributes
    ----------
    evidence_benefit, evidence_harm
        After the last day.
    alert
        ``benefit`` or ``harm`` from the first day either reached `threshold`; None before.
    alert_day
        That day.
    threshold
        2/α: two processes share the error.
    interval
        (low, high) after the last day; asymptotic.
    detectable
        Reduction, 0 to 1, that these place-days would find with 80 % power in one analysis at
        their end; None where none. A quiet monitor is not evidence of no effect.
    by_day
        Every day that entered, in order.
    says
        The state in one sentence.
    """

    evidence_benefit: float
    evidence_harm: float
    alert: str | None
    alert_day: str | None
    threshold: float
    interval: tuple[float | None, float | None]
    detectable: float | None
    events_treated: float
    events_control: float
    n_treated: int
    n_control: int
    by_day: tuple[Watched, ...]
    says: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each day."""
        names = Watched.__slots__
        return pd.DataFrame(
            [[getattr(row, name) for name in names] for row in self.by_day], columns=names
        )

    def plot(self) -> Figure:
        """Return evidence and interval by day as a figure; `savefig` writes it."""
        from footbeat.trials.drawing import draw_evidence

        return draw_evidence(self.by_day, self.threshold, self.says)


def watch(
    placedays: Placedays,
    panel: Panel,
    *,
    outcome: str = "n",
    harm_per_unit: float = 365.0,
    alpha: float = 0.05,
) -> Monitor:
    """Compute the evidence for benefit and for harm after every day.

    Two processes are followed, each at α/2; the grid of ratios they average over is fixed in
    the program, so nothing can be tuned to the data. Carry-over, late records, changing lists
    and changing numbers of patrols leave the error intact.

    Parameters
    ----------
    placedays, panel
        The table, and its layout.
    outcome
        ``n`` or ``harm_days``.
    harm_per_unit
        Days of harm counted as one unit, fixed when the plan was locked.
    alpha
        Chance of ever raising a false alert.

    Raises
    ------
    UsageError
        When the mechanism's chances of one day given the past cannot be computed.
    """
    check_analysable(panel)
    values = outcome_values(placedays, outcome)
    if outcome == "harm_days":
        values = values / harm_per_unit
    slopes = np.log([*BENEFIT_RATIOS, *HARM_RATIOS])
    parts = [_watch_phase(phase, phase.layer(values), slopes) for phase in panel.phases]
    evidence = np.concatenate([part.evidence for part in parts])
    flows = np.concatenate([part.flows for part in parts])
    half = len(BENEFIT_RATIOS)
    share = float(np.mean([phase.probability.mean() for phase in panel.phases]))
    paths = _Paths(
        [day for part in parts for day in part.days],
        flows,
        mix_evidence(evidence[:, :half]),
        mix_evidence(evidence[:, half:]),
        always_valid_interval(*flows.T, share=share, alpha=alpha),
    )
    return _conclude(paths, panel, panel.layer(values), 2 / alpha)


@dataclass(frozen=True)
class _Part:
    """One phase: its days, log evidence by b, and (treated, control, events) of each day."""

    days: list[str]
    evidence: FloatArray
    flows: FloatArray


@dataclass(frozen=True)
class _Paths:
    """All days: log evidence of both processes, and the interval."""

    days: list[str]
    flows: FloatArray
    benefit: FloatArray
    harm: FloatArray
    interval: AlwaysValidInterval

    def first_crossing(self, threshold: float) -> tuple[str | None, str | None]:
        """Return which process first reached the threshold, and on which day."""
        crossed = {
            name: int(np.argmax(path >= math.log(threshold)))
            for name, path in (("harm", self.harm), ("benefit", self.benefit))
            if (path >= math.log(threshold)).any()
        }
        alert = min(crossed, key=lambda name: crossed[name], default=None)
        return alert, self.days[crossed[alert]] if alert else None

    def rows(self) -> tuple[Watched, ...]:
        """Return what is known after each day."""
        events = self.flows[:, 2].cumsum()
        return tuple(
            Watched(
                self.days[i], float(events[i]), _plain(self.benefit[i]), _plain(self.harm[i]),
                _open(self.interval.low[i]), _open(self.interval.high[i]),
            )
            for i in range(len(self.days))
        )  # fmt: skip


def _watch_phase(phase: Phase, outcome: FloatArray, slopes: FloatArray) -> _Part:
    whole = np.asarray(phase.counted.all(axis=1))
    evidence = phase_evidence(phase, outcome[whole], phase.arms[whole], slopes)
    chance, arms, seen = phase.probability[whole], phase.arms[whole], outcome[whole]
    flow = np.column_stack(
        [
            np.where(arms, seen / chance, 0.0).sum(axis=1),
            np.where(arms, 0.0, seen / (1 - chance)).sum(axis=1),
            seen.sum(axis=1),
        ]
    )
    days = [day.isoformat() for day, kept in zip(phase.roster.days, whole, strict=True) if kept]
    return _Part(days, evidence, flow)


def phase_evidence(
    phase: Phase, outcome: FloatArray, arms: NDArray[np.bool_], slopes: FloatArray
) -> FloatArray:
    """Return the log evidence of each day and b, shape (days, B), strata added up.

    Raises
    ------
    UsageError
        When the mechanism's chances of one day given the past cannot be computed.
    """
    mechanism = phase.mechanism
    if isinstance(mechanism, Coin):
        return coin_log_evidence(outcome, arms, mechanism.share, slopes)
    if isinstance(mechanism, Daily):
        total = np.zeros((len(outcome), slopes.size))
        for code, quota in enumerate(mechanism.quotas(phase.roster)):
            members = phase.roster.codes == code
            total += subset_log_evidence(
                np.ascontiguousarray(outcome[:, members]),
                np.ascontiguousarray(arms[:, members]),
                int(quota),
                slopes,
            )
        return total
    raise UsageError(
        "A trial can be monitored only when the chance of every set of places a day is at hand.",
        found=_why_not(mechanism),
        do="Wait for the end and use `footbeat trial effect`; `daily` and `coin` can be monitored.",
    )


def _why_not(mechanism: Mechanism) -> str:
    if isinstance(mechanism, Constrained):
        return (
            f"`{mechanism}` leaves out sets with near places: its days are drawn alone, but the "
            "sum over the sets that remain is not computed."
        )
    return f"`{mechanism}` draws days together or redraws until a rule holds."


def _conclude(paths: _Paths, panel: Panel, outcome: FloatArray, threshold: float) -> Monitor:
    alert, day = paths.first_crossing(threshold)
    rows = paths.rows()
    arms, counted = panel.arms * panel.counted, panel.counted
    events = float((outcome * arms).sum()), float((outcome * (counted - arms)).sum())
    numbers = int(arms.sum()), int(counted.sum() - arms.sum())
    detectable = minimum_detectable_reduction(*numbers, events[1] / max(numbers[1], 1))
    return Monitor(
        rows[-1].evidence_benefit,
        rows[-1].evidence_harm,
        alert,
        day,
        threshold,
        (rows[-1].low, rows[-1].high),
        detectable,
        *events,
        *numbers,
        rows,
        _says(alert, day or "", detectable, sum(events)),
    )


def _says(alert: str | None, day: str, detectable: float | None, events: float) -> str:
    if alert == "harm":
        return f"ALERT on {day}: more happens on patrol days. Stop and look before the next patrol."
    if alert == "benefit":
        return f"Since {day} there is evidence that less happens on patrol days."
    if detectable is None:
        return (
            f"Quiet, but {events:,.6g} events could not show any reduction: this says nothing yet."
        )
    early = "" if events >= LEAST_EVENTS else " No interval before 20 events."
    return (
        f"Quiet. That is not evidence of no effect: place-days so far would find a reduction of "
        f"{100 * detectable:.0f} % in four of five trials, smaller ones less often.{early}"
    )


def _plain(log_evidence: float) -> float:
    return math.exp(min(log_evidence, _LARGEST_LOG))


def _open(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
