"""The honesty panel: what could be wrong with a result, checked and said on every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.trials.inference import estimate_by_redraws, p_of_likeness, ratio_on
from footbeat.trials.results import Check

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.delivery import Delivery
    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel, Phase
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]

DOUBT = 0.05
_LEAST_DELIVERED = 0.8
_MOST_CONTAMINATED = 0.1
_BALANCE_DRAWS = 500
_SHIFT = 1.25
_NO_CONTROL = (
    "No group that patrols could not touch was planned; incidents at other hours are where crime "
    "may have moved, so they are no control."
)


def check_placebo(p: float | None) -> Check:
    """Check that tomorrow's patrol shows no effect on today."""
    if p is None:
        return Check("placebo-lead", None, None, "The placebo could not be computed.")
    word = "shows no effect on today, as it must" if p > DOUBT else "seems to act on today: doubt"
    return Check("placebo-lead", p > DOUBT, p, f"Tomorrow's patrol {word} (p {p:.2f}).")


def check_negative_control(placedays: Placedays, panel: Panel, draws: Draws) -> Check:
    """Check that incidents no patrol could prevent show no effect."""
    other = placedays.frame["n_other"].to_numpy(dtype=np.float64)
    name = "negative-control"
    if np.isnan(other).all():
        return Check(name, None, None, "There is no outcome that patrols could not touch.")
    if _is_elsewhen(placedays, other):
        return Check(name, None, None, _NO_CONTROL)
    found = estimate_by_redraws(panel, np.nan_to_num(other), draws)
    if found.p is None or found.ratio is None:
        return Check(name, None, None, "The outcome patrols could not touch has too few incidents.")
    n = int(np.nansum(other))
    word = "no effect, as it must" if found.p > DOUBT else "an effect: doubt"
    text = f"{n:,} incidents no patrol could prevent show {word} (ratio {found.ratio:.2f}, "
    return Check(name, found.p > DOUBT, found.p, f"{text}p {found.p:.2f}).")


def check_balance(panel: Panel, draws: Draws) -> Check:
    """Check that each place had about as many patrol days as the mechanism gives."""
    observed, drawn, counts = 0.0, np.zeros(_BALANCE_DRAWS), []
    for phase in panel.phases:
        day, place = np.nonzero(phase.counted)
        arms = np.concatenate(list(phase.redraw(day, place, n_draws=_BALANCE_DRAWS, rng=draws.rng)))
        excess = _excess(phase, day, place, phase.arms[day, place][None].astype(float))
        observed += float((excess**2).sum())
        drawn += (_excess(phase, day, place, arms.astype(float)) ** 2).sum(axis=1)
        counts += list(phase.arms.sum(axis=0))
    p = float((1 + (drawn >= observed - 1e-9).sum()) / (_BALANCE_DRAWS + 1))
    text = f"Patrol days a hot spot run from {min(counts)} to {max(counts)}"
    word = "as the draw gives" if p > DOUBT else "more uneven than the draw gives"
    return Check("balance", p > DOUBT, p, f"{text}, {word} (p {p:.2f}).")


def check_delivery(delivery: Delivery) -> tuple[Check, ...]:
    """Say how much was delivered, and how much on comparison days."""
    share, leak = delivery.delivered_share, delivery.contamination_share
    if share is None or leak is None:
        return (Check("delivered", None, None, "What was delivered is not known: no visits."),)
    return (
        Check(
            "delivered", share >= _LEAST_DELIVERED, share,
            f"{100 * share:.0f} % of patrol days had a visit of at least 10 minutes.",
        ),
        Check(
            "contamination", leak <= _MOST_CONTAMINATED, leak,
            f"{100 * leak:.0f} % of comparison days had one too.",
        ),
    )  # fmt: skip


def check_recording(placedays: Placedays, panel: Panel, draws: Draws) -> Check:
    """Check that incidents of both arms were recorded equally soon."""
    frame = placedays.frame
    delay = frame["delay_days"].to_numpy(dtype=np.float64)
    known = ~np.isnan(delay) & frame["mature"].to_numpy(dtype=bool)
    n = np.where(known, frame["n"].to_numpy(dtype=np.float64), 0.0)
    if n.sum() == 0:
        return Check("recording-delay", None, None, "When incidents were recorded is not known.")
    delay = np.nan_to_num(delay)
    treated = frame["assigned"].to_numpy() == 1
    means = [float((n * delay)[arm].sum() / max(n[arm].sum(), 1)) for arm in (treated, ~treated)]
    centred = n * (delay - np.average(delay, weights=n))
    p = p_of_likeness(panel, centred, draws)
    text = (
        f"Incidents were recorded after {means[0]:.1f} days on patrol days and {means[1]:.1f} on "
        f"comparison days (p {p:.2f})."
    )
    return Check("recording-delay", p > DOUBT, means[0] - means[1], text)


def check_leave_one_out(
    placedays: Placedays, panel: Panel, values: FloatArray
) -> tuple[Check, ...]:
    """Say how far the ratio moves without any one place, and without the fullest place-day."""
    whole = ratio_on(panel, values)
    if not whole:
        return ()
    ids = placedays.frame["hotspot_id"].to_numpy()
    ratios = [ratio_on(panel, np.where(ids == place, 0.0, values)) for place in np.unique(ids)]
    found = [ratio for ratio in ratios if ratio is not None]
    worst = max(found, key=lambda ratio: abs(np.log(max(ratio, 1e-9) / whole)), default=whole)
    enters = placedays.frame["mature"].to_numpy(dtype=bool)
    largest = values.copy()
    largest[int(np.argmax(values * enters))] = 0.0
    without = ratio_on(panel, largest)
    return (
        Check(
            "leave-one-place-out", _is_near(worst, whole), worst,
            f"Without any one place the ratio runs from {min(found):.2f} to {max(found):.2f}.",
        ),
        Check(
            "leave-largest-out", None if without is None else _is_near(without, whole), without,
            "Without the place-day with the most the ratio is "
            f"{'not known' if without is None else f'{without:.2f}'}.",
        ),
    )  # fmt: skip


def check_looks(n_looks: int) -> Check:
    """Say how often an effect was computed on these place-days."""
    times = "once" if n_looks == 1 else f"{n_looks} times"
    text = f"An effect of these place-days was computed {times}."
    if n_looks > 1:
        text += " The p of one look does not allow for it; the monitor does."
    return Check("looks", n_looks == 1, float(n_looks), text)


def check_plan(differences: tuple[str, ...] | None) -> Check:
    """Say whether this is the analysis that was fixed beforehand; None where none was."""
    passed = differences == ()
    if passed:
        text = "This is the analysis locked with the schedule."
    else:
        why = "; ".join(differences or ("no plan was locked before the trial",))
        only = bool(differences) and all(one.startswith("estimator") for one in differences or ())
        text = f"This is not the planned {'estimator' if only else 'outcome'}: {why}."
    return Check("planned", passed, None, text)


def _is_elsewhen(placedays: Placedays, other: FloatArray) -> bool:
    """Tell whether an outcome is the same incidents as those of the other hours."""
    if "n_else" not in placedays.frame:
        return False
    elsewhen = placedays.frame["n_else"].to_numpy(dtype=np.float64)
    return np.array_equal(other, elsewhen, equal_nan=True)


def _excess(
    phase: Phase, day: NDArray[np.int64], place: NDArray[np.int64], arms: FloatArray
) -> FloatArray:
    surplus = arms - phase.probability[day, place]
    places = np.eye(phase.arms.shape[1])[place]
    return np.asarray(surplus @ places)


def _is_near(ratio: float, whole: float) -> bool:
    return max(ratio, 1e-9) / whole < _SHIFT and whole / max(ratio, 1e-9) < _SHIFT
