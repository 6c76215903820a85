"""What a trial found: the effect, its estimators, its checks, each with counts and interval."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from footbeat.errors import StoreError
from footbeat.manifest import canonical_json
from footbeat.outputs import writing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimator's rate ratio.

    Attributes
    ----------
    name
        Name of the estimator, such as ``randomisation`` or ``poisson-place-day``.
    ratio
        Rate on patrol days over rate on comparison days; None where it has no value.
    low, high
        95 % interval; None where it is open on that side or cannot be had.
    p
        Two-sided p-value of a ratio of 1.
    coef, se
        Natural logarithm of the ratio and its standard error, where the estimator has them.
    note
        What to know before reading it, empty where nothing.
    """

    name: str
    ratio: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    coef: float | None = None
    se: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lag:
    """The ratio for a patrol `days` ago, given today's arm and the other lags.

    Attributes
    ----------
    days
        0 is today; a negative number is a patrol still to come, the placebo.
    """

    days: int
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class CleanControl:
    """The effect against comparison days without a patrol in the `days` before.

    Attributes
    ----------
    days
        Days before a comparison day that had to be free of patrols; 0 keeps every one.
    n_control
        Comparison place-days left.
    events_control
        Incidents on them.
    """

    days: int
    ratio: float | None
    low: float | None
    high: float | None
    n_control: int
    events_control: float


@dataclass(frozen=True, slots=True)
class DaysSince:
    """Comparison days whose last patrol was `days` before, against those long without one.

    Attributes
    ----------
    days
        Days since the last patrol.
    n_placedays, events
        Those comparison place-days, and incidents on them.
    """

    days: int
    ratio: float | None
    low: float | None
    high: float | None
    n_placedays: int
    events: float


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the honesty panel.

    Attributes
    ----------
    name
        Fixed key, such as ``placebo-lead`` or ``balance``.
    passed
        Whether it gives no cause for doubt; None where it could not be made or has no verdict.
    value
        The number checked.
    text
        The line in plain English.
    """

    name: str
    passed: bool | None
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class PlaceEffect:
    """One hot spot's ratio, drawn towards the common one; never a rank, never a percentage."""

    hotspot_id: str
    ratio: float
    low: float
    high: float
    events_treated: float
    events_control: float
    n_treated: int
    n_control: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a randomised schedule, with everything needed to judge it.

    The main ratio is the one of `estimand`, by `estimator`: unless a plan says otherwise, by
    randomisation inference on the mechanism that was drawn. `low` or `high` is None where the
    interval is open; `warnings` says so in words.

    Attributes
    ----------
    outcome, outcome_label
        Column analysed (``n``, ``harm_days``) and its name in prose (``incidents``).
    n_treated, n_control
        Place-days in each arm; `events_treated`, `events_control` what happened on them and
        `exposure_treated_h`, `exposure_control_h` their hours.
    mechanism
        Grammar of each phase's mechanism.
    estimator
        The estimator whose answer is the answer: the plan's, unless another was asked for.
    estimators
        Every estimator, the main one first.
    lags, placebo_p, clean_control, days_since
        The carry-over checks.
    prevented_per_100
        Incidents prevented for each 100 patrol days (low, estimate, high; negative: caused).
    prevented_per_hour
        The same for each hour of patrol, where minutes are known.
    half_harm_incidents
        How many incidents carry half the harm, for a harm outcome.
    planned
        Whether outcome, hours and settling time are those of a plan locked with the schedule.
    n_looks
        How many times an effect was computed on these place-days, this time included.
    warnings
        Sentences that must stand beside the result, the gravest first.
    cautions
        Cautions of the data, repeated on every output.
    """

    outcome: str
    outcome_label: str
    estimand: str
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    n_treated: int
    n_control: int
    events_treated: float
    events_control: float
    exposure_treated_h: float
    exposure_control_h: float
    n_hotspots: int
    n_days: int
    start: str
    end: str
    mechanism: tuple[str, ...]
    n_draws: int
    data_cut: str
    settle_days: int
    estimator: str = "randomisation"
    estimators: tuple[Estimate, ...] = ()
    lags: tuple[Lag, ...] = ()
    clean_control: tuple[CleanControl, ...] = ()
    days_since: tuple[DaysSince, ...] = ()
    placebo_p: float | None = None
    delivered_share: float | None = None
    contamination_share: float | None = None
    prevented_per_100: tuple[float | None, float | None, float | None] | None = None
    prevented_per_hour: tuple[float | None, float | None, float | None] | None = None
    half_harm_incidents: int | None = None
    checks: tuple[Check, ...] = ()
    places: tuple[PlaceEffect, ...] = ()
    specification: tuple[Estimate, ...] = ()
    hours: str = ""
    planned: bool = False
    plan_hash: str = ""
    commitments: tuple[str, ...] = ()
    n_looks: int = 1
    warnings: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    is_synthetic: bool = False
    marking: str = ""
    attribution: tuple[str, ...] = ()

    @property
    def rate_treated(self) -> float:
        """Outcome for each 1,000 patrol place-days."""
        return 1000 * self.events_treated / self.n_treated

    @property
    def rate_control(self) -> float:
        """Outcome for each 1,000 comparison place-days."""
        return 1000 * self.events_control / self.n_control

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each estimator."""
        return pd.DataFrame([asdict(estimate) for estimate in self.estimators])

    def plot(self) -> Figure:
        """Return every estimator with its interval as a figure; `savefig` writes it."""
        from footbeat.trials.drawing import draw_effect

        return draw_effect(self.estimators, str(self))

    def __str__(self) -> str:
        return (
            f"ratio {_worded(self.ratio)} ({_worded(self.low)} to {_worded(self.high)}): "
            f"{self.events_treated:,.6g} {self.outcome_label} on {self.n_treated:,} patrol days, "
            f"{self.events_control:,.6g} on {self.n_control:,} comparison days"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the fields as plain values; :meth:`from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from :meth:`as_json`, ignoring fields of a newer version."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content.items()
            if name in known
        }
        for name, row in _ROWS.items():
            values[name] = tuple(row(**item) for item in values.get(name, ()))
        return cls(**values)


_ROWS: dict[str, type] = {
    "estimators": Estimate,
    "lags": Lag,
    "clean_control": CleanControl,
    "days_since": DaysSince,
    "checks": Check,
    "places": PlaceEffect,
    "specification": Estimate,
}


def save_effect(effect: Effect, path: Path, *, overwrite: bool = False) -> None:
    """Write an effect as JSON, whole or not at all.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    with writing(path, overwrite=overwrite) as draft:
        draft.write_text(canonical_json(effect.as_json(), indent=2) + "\n", encoding="utf-8")


def load_effect(path: Path) -> Effect:
    """Read an effect that :func:`save_effect` wrote.

    Raises
    ------
    StoreError
        When the file is not there or is something else.
    """
    try:
        return Effect.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(
            f"`{path.name}` must be a result of `footbeat trial effect`.",
            found="It cannot be read as one." if path.exists() else "It is not there.",
            do="Write it again with --out.",
        ) from error


def _worded(value: float | None) -> str:
    return "open" if value is None else f"{value:.2f}"
