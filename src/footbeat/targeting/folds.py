"""Rolling origins: what a method may see, and the period after it that judges it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from footbeat.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.targeting.case import Case

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_FEWEST_BLOCKS = 12
_EPOCH = date(1970, 1, 1)
_MONTH_DAYS = 30.44
_CURVE_POINTS = 41


@dataclass(frozen=True, slots=True)
class Fold:
    """One origin.

    Attributes
    ----------
    start_day, cut_day, end_day
        Days since 1970: what lies before the cut may be seen, what follows judges.
    """

    start_day: float
    cut_day: float
    end_day: float

    def describe(self) -> str:
        """Return the judging period as text."""
        first, last = (_EPOCH + pd.Timedelta(days=day) for day in (self.cut_day, self.end_day - 1))
        return f"{first.isoformat()} to {last.isoformat()}"


@dataclass(frozen=True)
class Course:
    """The origins every method runs over, and the blocks of time that are drawn again.

    Attributes
    ----------
    case
        All incidents.
    folds
        The origins.
    n_flagged
        Places a method may flag.
    by_month
        Whether times are known to the month only.
    """

    case: Case
    folds: tuple[Fold, ...]
    n_flagged: int
    by_month: bool

    def before(self, fold: Fold) -> Case:
        """Return what a method may see."""
        return self.case.between(fold.start_day, fold.cut_day)

    def after(self, fold: Fold) -> Case:
        """Return what judges it."""
        return self.case.between(fold.cut_day, fold.end_day)

    def exposure_ratio(self, fold: Fold) -> float:
        """Return the days observed after the cut over those observed before it."""
        return self.after(fold).observed_days / self.before(fold).observed_days

    def flag(self, order: IntArray) -> IntArray:
        """Return the first places of an order that cover no more than was agreed.

        That is `n_flagged` places of average size, so that a method gains nothing by flagging
        large places, and at least one.
        """
        area = self.case.places.area_ha
        budget = self.n_flagged * area.mean() * (1 + 1e-9)
        n_places = int(np.searchsorted(np.cumsum(area[order]), budget, side="right"))
        return order[: max(n_places, 1)]

    @cached_property
    def curve_shares(self) -> FloatArray:
        """Shares of the area at which curves of capture are read, to five times what is flagged."""
        most = min(1.0, 5 * self.n_flagged / len(self.case.places))
        return np.linspace(0.0, most, _CURVE_POINTS)

    def capture(self, order: IntArray, came: FloatArray) -> FloatArray:
        """Return the share of what came that the first places catch, at each share of the area."""
        area = self.case.places.area_ha[order]
        covered = np.concatenate([[0.0], np.cumsum(area) / area.sum()])
        held = np.concatenate([[0.0], np.cumsum(came[order]) / max(came.sum(), 1e-12)])
        return np.asarray(np.interp(self.curve_shares, covered, held), dtype=np.float64)

    def best_curve(self) -> FloatArray:
        """Return the curve of a list drawn with what came already known."""
        area = self.case.places.area_ha
        came = [self.after(fold).totals for fold in self.folds]
        curves = [self.capture(np.argsort(-each / area, kind="stable"), each) for each in came]
        return np.asarray(np.mean(curves, axis=0), dtype=np.float64)

    def compactness_m(self, flagged: Sequence[IntArray]) -> float:
        """Return metres of area a metre of edge, of the ground flagged, the mean over origins."""
        grounds = [shapely.union_all(self.case.places.shapes_of(places)) for places in flagged]
        return float(np.mean([ground.area / ground.length for ground in grounds]))

    def area_share(self, flagged: Sequence[IntArray]) -> float:
        """Return the share of the area that flagged places cover, the mean over origins."""
        area = self.case.places.area_ha
        return float(np.mean([area[places].sum() for places in flagged]) / area.sum())

    @cached_property
    def _blocks(self) -> tuple[list[IntArray], list[int], bool]:
        """Return the block of each judging incident by origin, their numbers, and if weeks."""
        weeks = [
            np.floor((self.after(fold).day - fold.cut_day) / 7).astype(np.int64)
            for fold in self.folds
        ]
        n_weeks = [int(week.max()) + 1 for week in weeks]
        if not self.by_month and sum(n_weeks) >= _FEWEST_BLOCKS:
            return weeks, n_weeks, True
        each = [np.arange(week.size) for week in weeks]
        return each, [block.size for block in each], False

    def caught(self, number: int, flagged: IntArray) -> FloatArray:
        """Return the weight that places flagged at one origin caught, by block."""
        after = self.after(self.folds[number])
        is_caught = np.isin(after.place, flagged)
        blocks, sizes, _ = self._blocks
        weight = np.where(is_caught, after.weight, 0.0)
        return np.bincount(blocks[number], weight, sizes[number]).astype(np.float64)

    def by_origin(self, blocks: FloatArray) -> FloatArray:
        """Return the sums of values by block over the blocks of each origin, shape (origins,)."""
        _, sizes, _ = self._blocks
        return np.array([part.sum() for part in np.split(blocks, np.cumsum(sizes)[:-1])])

    def totals(self) -> FloatArray:
        """Return the weight in each block, over all origins in turn."""
        everywhere = np.arange(len(self.case.places))
        parts = [self.caught(number, everywhere) for number in range(len(self.folds))]
        return np.concatenate(parts)

    def draw_blocks(self, n_draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw how often each block enters, shape (n_draws, blocks)."""
        _, sizes, are_weeks = self._blocks
        n_blocks = sum(sizes)
        if are_weeks:
            return rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_draws)
        return rng.poisson(1.0, size=(n_draws, n_blocks))


def roll_origin(
    case: Case,
    months: Sequence[str],
    *,
    horizon_days: int,
    n_folds: int,
    history_days: int,
    by_month: bool,
) -> list[Fold]:
    """Return origins, the earliest first, whose judging periods end with the data.

    Parameters
    ----------
    case
        All incidents.
    months
        Months observed (``2024-01``). A judging period never spans one that was not.
    horizon_days
        Length of a judging period; for month data the whole months nearest to it.
    n_folds
        Origins wanted; fewer where the data are too short.
    history_days
        How far back a method may see; where nothing was observed so far back, all there is.
    by_month
        Whether times are known to the month only.

    Raises
    ------
    DataError
        When not even one origin has incidents before and after it.
    """
    periods = (
        _month_periods(months, max(1, round(horizon_days / _MONTH_DAYS)))
        if by_month
        else _day_periods(case, horizon_days)
    )
    folds: list[Fold] = []
    for cut, end in periods:
        if len(folds) == n_folds:
            break
        fold = _fold(case, cut, end, history_days)
        if fold is not None:
            folds.append(fold)
    if not folds:
        raise DataError(
            "A back-test must have incidents before and after a cut-off.",
            found=f"There are {len(months)} months with {len(case):,} incidents.",
            do="Give more months, or a shorter --horizon-days.",
        )
    return folds[::-1]


def _day_periods(case: Case, horizon_days: int) -> list[tuple[float, float]]:
    """Return the periods observed throughout, the latest first."""
    periods = []
    for start, end in case.spans[::-1].tolist():
        for number in range(int((end - start) / horizon_days + 1e-9)):
            last = end - number * horizon_days
            periods.append((last - horizon_days, last))
    return [(cut, end) for cut, end in periods if cut > case.start_day]


def _month_periods(months: Sequence[str], n_months: int) -> list[tuple[float, float]]:
    ordinals = [pd.Period(month, "M") for month in months]
    periods, last = [], len(ordinals)
    while last >= n_months:
        run = ordinals[last - n_months : last]
        if (run[-1] - run[0]).n == n_months - 1:
            periods.append((_day_of(run[0]), _day_of(run[-1] + 1)))
            last -= n_months
        else:
            last -= 1
    return periods


def _fold(case: Case, cut: float, end: float, history_days: int) -> Fold | None:
    if len(case.between(cut, end)) == 0:
        return None
    for start in (max(case.start_day, cut - history_days), case.start_day):
        if len(case.between(start, cut)):
            return Fold(start, cut, end)
    return None


def _day_of(month: pd.Period) -> float:
    return float((month.start_time.date() - _EPOCH).days)
