"""Which of several designs to take, in words a superintendent can weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footbeat.tasking.prospects import Prospects

_LAG = 4
_CLEARLY_CLEANER = 1.5
_STEADY_SHARE = 0.6
_WORTH_LOSING = 0.05
_CLEANEST = (
    "Its comparison days are the cleanest, so that an effect that lasts for days can be told "
    "from no effect."
)
_SHARPEST = "None of the others leaves clearly more clean comparison days."


@dataclass(frozen=True, slots=True)
class Advice:
    """The design advised and why, in sentences."""

    mechanism: str
    why: tuple[str, ...]


def advise_design(reviews: Sequence[Prospects]) -> Advice:
    """Choose among designs by three rules, in this order.

    Workload first: a design whose busiest day asks for more than the average by over 60 % is
    left aside while another is steadier. Then carry-over: one with at least 1.5 times the share
    of comparison days four days clean is taken, unless it could detect only an effect larger by
    more than 5 points. Otherwise the one that detects the smallest effect.
    """
    steady = [review for review in reviews if _surge(review) <= _STEADY_SHARE]
    among = steady or list(reviews)
    sharpest = min(among, key=_detectable)
    cleanest = max(among, key=_clean)
    why = [_describe(review) for review in reviews]
    chosen = cleanest if _is_worth_it(cleanest, sharpest) else sharpest
    reason = _CLEANEST if chosen is cleanest is not sharpest else _SHARPEST
    if len(steady) < len(reviews):
        reason += " Designs whose busiest day far exceeds the average were left aside."
    return Advice(chosen.mechanism, (f"Take {chosen.mechanism}. {reason}", *why))


def _surge(review: Prospects) -> float:
    return review.workload.patrols_high / review.per_day - 1


def _clean(review: Prospects) -> float:
    return review.clean_control_share[_LAG].expected or 0.0


def _detectable(review: Prospects) -> float:
    held_out, selection = review.power.mde_held_out, review.power.mde_selection
    known = held_out if held_out is not None else selection
    return 1.0 if known is None else round(known, 2)


def _is_worth_it(cleanest: Prospects, sharpest: Prospects) -> bool:
    is_cleaner = _clean(cleanest) >= _CLEARLY_CLEANER * max(_clean(sharpest), 1e-9)
    return is_cleaner and _detectable(cleanest) - _detectable(sharpest) <= _WORTH_LOSING


def _describe(review: Prospects) -> str:
    load = review.workload
    patrols = (
        f"{load.patrols_low} patrols every day"
        if load.patrols_low == load.patrols_high
        else f"{load.patrols_low} to {load.patrols_high} patrols a day"
    )
    clean = round(_clean(review) * review.n_control)
    return (
        f"{review.mechanism}: {patrols}, {load.days_low} to {load.days_high} patrol days a place; "
        f"of {review.n_control:,} comparison days about {clean:,} come after {_LAG} days "
        "without a patrol."
    )
