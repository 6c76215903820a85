"""Could the arms have been drawn as said? Refused where they could not, said where hardly."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import MismatchError
from footbeat.tasking.mechanisms import Blocks, Constrained, Daily, Rerandomise, Runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism
    from footbeat.trials.phases import Panel, Phase

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

_IMPOSSIBLE = 1e-9
_LIKENESS_DRAWS = 500
_FAR = 4.0
_FEATURES = (
    "how many place-days are treated",
    "how evenly they fall on the days",
    "how evenly they fall on the hot spots",
    "how often a day repeats the one before",
)


def check_arms(phase: Phase, present: BoolArray) -> None:
    """Check what a mechanism never gives, among the place-days that are `present`.

    Runs and blocks are followed only through days that have their row; what may have happened
    on missing days is taken to fit.

    Raises
    ------
    MismatchError
        When the mechanism could not, or all but never, have drawn these arms.
    """
    _check_mechanism(phase.mechanism, phase, present)
    whole = present.all(axis=0)
    constant = whole & (phase.arms.all(axis=0) | ~phase.arms.any(axis=0))
    chance = np.where(phase.arms[0], phase.probability, 1 - phase.probability).prod(axis=0)
    stuck = np.flatnonzero(constant & (chance < _IMPOSSIBLE))
    if stuck.size and phase.mechanism.is_independent_by_day:
        arm = "treated" if phase.arms[0, stuck[0]] else "control"
        raise _mismatch(
            phase,
            f"{stuck.size} of {present.shape[1]} hot spots are {arm} on every day, which "
            f"that draw would all but never give.",
            "Leave those places out and name the mechanism of the others, or correct it.",
        )


def unlikely_draw_warnings(panel: Panel, rng: np.random.Generator) -> list[str]:
    """Say where the arms look like no draw of the mechanism: the interval rests on that draw.

    Arms are held against 500 redraws in number, by day, by place and from day to day.
    """
    found = []
    for phase in panel.phases:
        day, place = np.nonzero(phase.counted)
        redrawn = phase.redraw(day, place, n_draws=_LIKENESS_DRAWS, rng=rng)
        drawn = np.concatenate([_features(phase, day, place, part) for part in redrawn])
        seen = _features(phase, day, place, phase.arms[day, place][None])[0]
        outside = (seen < drawn.min(axis=0)) | (seen > drawn.max(axis=0))
        far = outside & (np.abs(seen - drawn.mean(axis=0)) > _FAR * drawn.std(axis=0))
        if far.any():
            what = ", ".join(name for name, odd in zip(_FEATURES, far, strict=True) if odd)
            found.append(
                f"The arms do not look drawn by `{phase.mechanism}` ({what}): if another draw "
                "was used, ratio, interval and p are wrong."
            )
    return found


def _features(
    phase: Phase, day: NDArray[np.int64], place: NDArray[np.int64], arms: BoolArray
) -> FloatArray:
    """Return the features of `_FEATURES`, shape (draws, 4)."""
    whole = np.zeros((len(arms), *phase.arms.shape), dtype=np.float32)
    whole[:, day, place] = arms - phase.probability[day, place]
    by_day, by_place = whole.sum(axis=2), whole.sum(axis=1)
    repeats = (whole[:, 1:] * whole[:, :-1]).sum(axis=(1, 2))
    return np.column_stack(
        [arms.sum(axis=1), (by_day**2).sum(axis=1), (by_place**2).sum(axis=1), repeats]
    ).astype(np.float64)


def _check_mechanism(mechanism: Mechanism, phase: Phase, present: BoolArray) -> None:
    match mechanism:
        case Daily():
            _check_daily(mechanism, phase, present)
        case Constrained():
            _check_daily(mechanism.quota, phase, present)
        case Rerandomise():
            _check_mechanism(mechanism.base, phase, present)
        case Runs():
            _check_runs(mechanism, phase, present)
        case Blocks():
            _check_blocks(mechanism, phase, present)
        case _:
            pass


def _check_daily(mechanism: Daily, phase: Phase, present: BoolArray) -> None:
    wrong = 0
    for code, quota in enumerate(mechanism.quotas(phase.roster)):
        members = phase.roster.codes == code
        whole = present[:, members].all(axis=1)
        wrong += int((phase.arms[:, members].sum(axis=1)[whole] != quota).sum())
    if wrong:
        raise _mismatch(
            phase,
            f"On {wrong:,} of {present.shape[0]:,} days another number of places is treated.",
            "Name the mechanism that was used, such as coin:0.4 when numbers vary by chance.",
        )


def _check_runs(mechanism: Runs, phase: Phase, present: BoolArray) -> None:
    follows = _follows(phase)
    longest_on = _longest_run(phase.arms & present, follows)
    longest_off = _longest_run(~phase.arms & present, follows)
    wrong = int(((longest_on > mechanism.on[1]) | (longest_off > mechanism.off[1])).sum())
    if wrong:
        raise _mismatch(
            phase,
            f"In {wrong:,} of {present.shape[1]:,} hot spots a run is longer: up to "
            f"{longest_on.max()} patrol days and {longest_off.max()} comparison days on end.",
        )
    low, high = mechanism.load
    a_day = phase.arms.sum(axis=1)[present.all(axis=1)]
    if high and ((a_day < low) | (a_day > high)).any():
        raise _mismatch(phase, f"{a_day.min()} to {a_day.max()} hot spots a day are treated.")


def _longest_run(held: BoolArray, follows: BoolArray) -> NDArray[np.int64]:
    length = np.zeros(held.shape[1], dtype=np.int64)
    longest = length
    for row, is_next in zip(held, follows, strict=True):
        length = np.where(row, length * is_next + 1, 0)
        longest = np.maximum(longest, length)
    return longest


def _check_blocks(mechanism: Blocks, phase: Phase, present: BoolArray) -> None:
    whole = present.all(axis=0) & _follows(phase)[1:].all()
    wrong = int((~_splits_into_blocks(phase.arms[:, whole], mechanism)).sum())
    if wrong:
        raise _mismatch(
            phase,
            f"In {wrong:,} of {present.shape[1]:,} hot spots no such blocks hold their share of "
            "patrol days.",
        )


def _splits_into_blocks(arms: BoolArray, mechanism: Blocks) -> BoolArray:
    """Tell of each place whether blocks can be laid over its days, the ends cut anywhere."""
    n_days, times = len(arms), range(mechanism.least, mechanism.most + 1)
    patrols = np.vstack([np.zeros((1, arms.shape[1]), np.int64), arms.cumsum(axis=0)])

    def fits_in_part(first: int, last: int) -> BoolArray:
        on = patrols[last] - patrols[first]
        off = last - first - on
        most = mechanism.most
        free = mechanism.days - mechanism.treated
        return np.asarray((on <= most * mechanism.treated) & (off <= most * free))

    begins = np.zeros((n_days + 1, arms.shape[1]), dtype=bool)
    for day in range(min(mechanism.most * mechanism.days, n_days) + 1):
        begins[day] = fits_in_part(0, day)
    ends = begins[n_days].copy()
    for day in range(n_days):
        ends |= begins[day] & fits_in_part(day, n_days)
        for size in times:
            last = day + size * mechanism.days
            if last <= n_days:
                held = patrols[last] - patrols[day] == size * mechanism.treated
                begins[last] |= begins[day] & held
    return np.asarray(ends | begins[n_days])


def _follows(phase: Phase) -> BoolArray:
    """Return whether each day is the one after the day before it in the roster."""
    steps = (later - day for day, later in pairwise(phase.roster.days))
    return np.array([False, *(step == timedelta(days=1) for step in steps)])


def _mismatch(
    phase: Phase, found: str, do: str = "Name the mechanism that was used."
) -> MismatchError:
    return MismatchError(
        f"The arms must have been drawn by `{phase.mechanism}`.", found=found, do=do
    )
