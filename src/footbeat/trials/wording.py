"""The sentences that must stand beside a result, the gravest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.results import CleanControl, Estimate, Lag

NO_CARRY_OVER = (
    "The interval assumes that a patrol acts on its own place and day only: no carry-over to "
    "later days, no spill-over to other places."
)
SAME_DAY = "same-day effect of being scheduled (intention to treat)"
SAME_DAY_AND_CARRY_OVER = (
    "effect of being scheduled (intention to treat): same day plus carry-over from the days before"
)
OUTCOME_LABELS = {
    "n": "incidents",
    "harm_days": "days of harm",
    "n_fractional": "incidents, uncertain times in parts",
    "n_other": "incidents outside the outcome",
    "n_buffer": "incidents in the ring around",
}
MOVED = 0.10
_NO_INCIDENT = (
    "No incident fell on a {} day: the ratio cannot be bounded by redraws; the exact interval of "
    "the totals, open on one side, is listed beside it."
)
_CHECKED_DAYS = 3
_SURE = 0.01
_FEW_EVENTS = 10
_LEAST_P = 0.001


def bound_warnings(main: Estimate, events_treated: float, events_control: float) -> list[str]:
    """Say in words why a ratio or a bound is missing."""
    if not events_treated and not events_control:
        return ["Nothing happened in either arm: there is no ratio to estimate."]
    if not events_treated or not events_control:
        arm = "comparison" if events_treated else "patrol"
        return [_NO_INCIDENT.format(arm)]
    sides = [("below", main.low), ("above", main.high)]
    return [
        f"The interval is open {side}: with so few incidents no ratio that way can be ruled out."
        for side, bound in sides
        if bound is None
    ]


def carry_over_warning(
    plain: Estimate | None,
    given_lags: Estimate | None,
    lags: Sequence[Lag],
    curve: Sequence[CleanControl],
) -> tuple[bool, str]:
    """Return whether carry-over may matter, and the sentence on it."""
    moves = [
        (1.0, f"a patrol {_days_before(lag.days)} shows a ratio of {lag.ratio:.2f} ({_p(lag.p)})")
        for lag in lags
        if lag.days > 0 and lag.ratio and lag.p is not None and lag.p < _SURE
    ]
    if plain and given_lags and plain.ratio and given_lags.ratio:
        moves.append(_move("earlier patrols are held fixed", plain.ratio, given_lags.ratio))
    usable = [row for row in curve[: _CHECKED_DAYS + 1] if row.ratio and row.events_control]
    if len(usable) > 1 and usable[0].ratio and usable[-1].ratio:
        label = f"comparison days within {usable[-1].days} days of a patrol are left out"
        moves.append(_move(label, usable[0].ratio, usable[-1].ratio))
    grave = [text for change, text in moves if abs(change) > MOVED]
    if not grave:
        return False, NO_CARRY_OVER
    return True, f"{NO_CARRY_OVER} Here it may not hold: {'; '.join(grave)}."


def data_warnings(placedays: Placedays) -> list[str]:
    """Say what is missing from the place-days themselves."""
    about, frame = placedays.about, placedays.frame
    found = []
    if placedays.n_immature:
        found.append(
            f"{placedays.n_immature:,} of {len(frame):,} place-days are left out: not yet "
            f"{about.settle_days} days old at the data cut, or not covered by the data."
        )
    if about.n_outside:
        found.append(
            f"{_count(about.n_outside, 'incident')} in the hot spots fell on no day of the "
            "schedule."
        )
    if about.n_visits_outside:
        found.append(
            f"{_count(about.n_visits_outside, 'visit')} to no place-day of the schedule: not part "
            "of what was delivered."
        )
    return found


def gap_warnings(placedays: Placedays, panel: Panel) -> list[str]:
    """Say which place-days and days are not in the table at all."""
    found = []
    absent = sum(int((phase.rows < 0).sum()) for phase in panel.phases)
    if absent:
        found.append(f"{_count(absent, 'place-day')} without a row: missing, not zero.")
    spans = [
        (one.roster.days[0], one.roster.days[-1], len(one.roster.days)) for one in panel.phases
    ]
    gaps = sum((last - first).days + 1 - n_days for first, last, n_days in spans)
    if gaps and not placedays.about.commitments:
        found.append(
            f"{_count(gaps, 'day')} between the first and the last without any row: missing, not "
            "zero."
        )
    return found


def few_events_warning(events: float) -> list[str]:
    """Say when the total rests on a handful of incidents."""
    if 0 < events < _FEW_EVENTS:
        return [f"All of this rests on {_count(events, 'incident')}: one more or less changes it."]
    return []


def _count(number: float, name: str) -> str:
    return f"{round(number, 2):,.12g} {name}{'' if number == 1 else 's'}"


def _move(label: str, before: float, after: float) -> tuple[float, str]:
    change = math.exp(abs(math.log(after / before))) - 1
    return change, f"the ratio goes from {before:.2f} to {after:.2f} when {label}"


def _days_before(days: int) -> str:
    return "the day before" if days == 1 else f"{days} days before"


def _p(p: float) -> str:
    return "p < 0.001" if p < _LEAST_P else f"p {p:.3f}"
