"""Did crime move? Around the place, next door, to other hours, to the day after: rows for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.trials.inference import estimate_after, estimate_by_redraws
from footbeat.trials.models import estimate_lags
from footbeat.trials.results import Check
from footbeat.trials.spillover import estimate_spillover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.trials.inference import Draws
    from footbeat.trials.models import LagFit
    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.results import Estimate
    from footbeat.trials.spillover import Pairs

    FloatArray = NDArray[np.float64]

SAME, RING = "same-place-same-day", "ring-around"
OTHER_HOURS, NEXT_DAY = "time-other-hours", "time-next-day"
_DOUBT = 0.05
_WHERE = {OTHER_HOURS: "other hours of the same day", NEXT_DAY: "the day after"}


def estimate_time_displacement(
    placedays: Placedays,
    panel: Panel,
    values: FloatArray,
    draws: Draws,
    *,
    ratio: float | None,
    lag_fit: LagFit | None = None,
) -> tuple[Estimate, ...]:
    """Estimate what a patrol does at its own place at other times.

    Parameters
    ----------
    placedays, panel, values, draws
        The trial, the outcome of each row, the redraws.
    ratio
        The same-day ratio, which is taken out of the day after.
    lag_fit
        Where days are drawn together, the model whose first lag stands for the day after.

    Returns
    -------
    tuple
        ``time-other-hours``, where the trial counts hours of the day and incidents outside them
        are known: patrol days against comparison days. ``time-next-day``: days after a patrol
        against days after none. Above 1 crime moved there; below 1 the benefit lasts. The
        second is no other than a patrol's carry-over: both look alike from outside.
    """
    frame = placedays.frame
    found = []
    other = frame["n_else"].to_numpy(dtype=np.float64) if "n_else" in frame else np.array([np.nan])
    if not np.isnan(other).all() and np.nansum(other) > 0:
        counts = _counts(frame["assigned"].to_numpy() == 1, np.nan_to_num(other), "patrol days")
        note = f"Outside {placedays.about.hours or 'the hours counted'}: {counts}."
        found.append(
            estimate_by_redraws(panel, np.nan_to_num(other), draws, name=OTHER_HOURS, note=note)
        )
    if panel.is_independent_by_day:
        after = estimate_after(panel, values, draws, days=1, ratio=ratio, name=NEXT_DAY)
        found += [after] if after else []
    elif lag_fit:
        found.append(lag_fit.after(1, NEXT_DAY))
    return tuple(found)


def find_moved(
    placedays: Placedays, panel: Panel, draws: Draws, near: Sequence[Pairs] | None = None
) -> tuple[Estimate, ...]:
    """Estimate day by day where and when crime may have moved, what can be known of it.

    Returns
    -------
    tuple
        ``same-place-same-day`` (the effect itself), ``ring-around`` (where a ring was counted),
        ``spillover-near-patrol`` (where hot spots are near each other), ``time-other-hours``
        and ``time-next-day``.
    """
    frame = placedays.frame
    values = frame["n"].to_numpy(dtype=np.float64)
    treated = frame["assigned"].to_numpy() == 1
    main = estimate_by_redraws(
        panel, values, draws, name=SAME, note=f"{_counts(treated, values, 'patrol days')}."
    )
    ring = frame["n_buffer"].to_numpy(dtype=np.float64)
    around: tuple[Estimate, ...] = ()
    if not np.isnan(ring).all():
        ring = np.nan_to_num(ring)
        note = f"{_counts(treated, ring, 'patrol days')}."
        around = (estimate_by_redraws(panel, ring, draws, name=RING, note=note),)
    return (
        main,
        *around,
        *estimate_spillover(panel, values, draws, near)[:1],
        *estimate_time_displacement(
            placedays, panel, values, draws, ratio=main.ratio, lag_fit=estimate_lags(panel, values)
        ),
    )


def check_time(estimates: Sequence[Estimate]) -> Check:
    """Say whether crime shows signs of having moved in time; below 1 it has not."""
    known = [one for one in estimates if one.name in _WHERE and one.ratio and one.p is not None]
    if not known:
        return Check("time-displacement", None, None, "Whether crime moved in time is not known.")
    moved = [one for one in known if (one.ratio or 0) > 1 and (one.p or 0) <= _DOUBT]
    parts = [f"{_WHERE[one.name]} ratio {one.ratio:.2f} (p {one.p:.2f})" for one in known]
    word = "Crime may have moved in time" if moved else "No sign that crime moved in time"
    worst = max(known, key=lambda one: one.ratio or 0.0)
    return Check("time-displacement", not moved, worst.ratio, f"{word}: {'; '.join(parts)}.")


def _counts(treated: NDArray[np.bool_], values: FloatArray, label: str) -> str:
    there, elsewhere = values[treated].sum(), values[~treated].sum()
    return f"{there:,.0f} incidents on {label}, {elsewhere:,.0f} on comparison days"
