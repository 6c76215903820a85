"""Before and after with matched places, for forces that drew no schedule.

This is not an experiment. Places were chosen for patrol because of what happened there, so
they would have changed anyway; matching and trends before the start cannot rule that out.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.stats import f, t

from footbeat.errors import ColumnError, DataError
from footbeat.stats.poisson import TwoWayFit, fit_two_way

if TYPE_CHECKING:
    from datetime import date

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

CANNOT_SHOW = (
    "NOT AN EXPERIMENT. Patrolled places were chosen, not drawn: they would have changed anyway "
    "(bad years are followed by better ones), and no comparison of before and after can take "
    "that out. This cannot show that patrols worked; a randomised schedule can."
)
_TRENDS = (
    "The trends before the start already differ: the comparison is misleading.",
    "Trends before the start look alike, which few periods or few incidents also give.",
)
_LEAST_PERIODS = 4
_DOUBT = 0.10


@dataclass(frozen=True, slots=True)
class EventPeriod:
    """The ratio in one period against the last before the start; negative before it."""

    period: int
    start: str
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QuasiEffect:
    """A comparison of before and after, with what it cannot show.

    Attributes
    ----------
    says
        The statement that must stand above every use of it.
    ratio, low, high, p
        Change in patrolled places over change in matched ones.
    pre_trend_p
        Joint p of the periods before the start; small means the groups already diverged.
    event_study
        The ratio of each period.
    matched
        Pairs of patrolled and matched place.
    """

    says: str
    ratio: float
    low: float
    high: float
    p: float
    pre_trend_p: float | None
    warnings: tuple[str, ...]
    event_study: tuple[EventPeriod, ...]
    matched: tuple[tuple[str, str], ...]
    events_before: tuple[float, float]
    events_after: tuple[float, float]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each period."""
        return pd.DataFrame([asdict(row) for row in self.event_study])

    def plot(self) -> Figure:
        """Return the event study as a figure; `savefig` writes it."""
        from footbeat.trials.drawing import draw_event_study

        return draw_event_study(self.event_study, self.says)


def compare_before_after(
    frame: pd.DataFrame, start: date, *, period_days: int = 28, match: bool = True
) -> QuasiEffect:
    """Compare patrolled places with matched ones, before and after a start.

    Parameters
    ----------
    frame
        Columns `place, day, treated` (1 in places that were patrolled from the start on) and
        `n`; one row a place and day, days without incidents included.
    start
        First day of patrols.
    period_days
        Length of the periods of the event study, counted from the start.
    match
        Whether each patrolled place is matched with the unpatrolled one most like it in level
        and trend before the start; otherwise all unpatrolled places are used.

    Raises
    ------
    ColumnError
        When a column is missing.
    DataError
        When there are too few periods before the start, or no places to compare with.
    """
    counts, treated, places, periods = _lay_out(frame, start, period_days)
    before = periods < 0
    _check(before, treated)
    pairs = _match(counts[before], treated) if match else []
    kept = np.isin(np.arange(len(places)), np.ravel(pairs)) if match else np.ones(len(places), bool)
    counts, treated = counts[:, kept], treated[kept]
    seen = np.ones(counts.shape, dtype=bool)
    main = _fit(counts, (treated[None, :] * ~before[:, None])[None].astype(float), seen)
    labels = [p for p in periods if p != -1]
    terms = np.stack([np.outer(periods == p, treated) for p in labels]).astype(float)
    study = _fit(counts, terms, seen)
    pre = np.array([p < 0 for p in labels])
    pre_p = _joint_p(study, pre)
    ratio, low, high, p = _row(main, 0)
    diverged = pre_p is not None and pre_p < _DOUBT
    return QuasiEffect(
        CANNOT_SHOW, ratio, low, high, p, pre_p, (_TRENDS[0] if diverged else _TRENDS[1],),
        tuple(
            EventPeriod(
                int(label), _day_of(start, int(label), period_days), *_row(study, index)[:3]
            )
            for index, label in enumerate(labels)
        ),
        tuple((places[i], places[j]) for i, j in pairs),
        _totals(counts[before], treated), _totals(counts[~before], treated),
    )  # fmt: skip


def _lay_out(
    frame: pd.DataFrame, start: date, period_days: int
) -> tuple[FloatArray, FloatArray, list[str], NDArray[np.int64]]:
    absent = [name for name in ("place", "day", "treated", "n") if name not in frame]
    if absent:
        raise ColumnError(
            "The table must have the columns place, day, treated and n.",
            found=f"Not found: {', '.join(absent)}.",
            do="Name the columns so.",
        )
    days = (pd.to_datetime(frame["day"], format="ISO8601") - pd.Timestamp(start)).dt.days
    rows = frame.assign(period=np.floor_divide(days, period_days), place=frame["place"].astype(str))
    # A period that the data cover only in part would look like a fall.
    length = rows.groupby("period")["day"].nunique()
    whole = rows[rows["period"].map(length) == period_days]
    table = whole.pivot_table(index="period", columns="place", values="n", aggfunc="sum")
    arms = whole.groupby("place")["treated"].agg(["min", "max"])
    if (arms["min"] != arms["max"]).any() or table.isna().any().any():
        raise DataError(
            "Every place must be patrolled from the start on or not at all, and seen every day.",
            found="Some places change, or lack days.",
            do="For days that alternate use `footbeat trial effect`.",
        )
    treated = arms["max"].loc[table.columns].to_numpy(dtype=np.float64)
    return table.to_numpy(dtype=np.float64), treated, list(table.columns), table.index.to_numpy()


def _check(before: NDArray[np.bool_], treated: FloatArray) -> None:
    n_treated = int(treated.sum())
    if before.sum() < _LEAST_PERIODS or before.all() or not 2 <= n_treated <= len(treated) - 2:  # noqa: PLR2004 - a contrast
        raise DataError(
            "There must be four whole periods before the start, one after, and two places each.",
            found=f"{int(before.sum())} before, {int((~before).sum())} after; {n_treated} of "
            f"{len(treated)} places patrolled.",
            do="Give a longer history, shorter periods, or more places to compare with.",
        )


def _match(before: FloatArray, treated: FloatArray) -> list[tuple[int, int]]:
    level = np.log(before.sum(axis=0) + 1)
    steps = np.arange(len(before)) - (len(before) - 1) / 2
    slope = (steps @ before) / (steps @ steps) / (before.mean(axis=0) + 0.5)
    looks = np.column_stack([level / (level.std() or 1), slope / (slope.std() or 1)])
    ours, others = np.flatnonzero(treated == 1), np.flatnonzero(treated == 0)
    distance = np.linalg.norm(looks[ours][:, None] - looks[others][None], axis=2)
    rows, columns = linear_sum_assignment(distance)
    return [(int(ours[i]), int(others[j])) for i, j in zip(rows, columns, strict=True)]


def _fit(counts: FloatArray, terms: FloatArray, seen: NDArray[np.bool_]) -> TwoWayFit:
    fit = fit_two_way(counts, terms, seen, cluster="place")
    if fit is None:
        raise DataError(
            "There must be incidents in both groups, before and after.",
            found="A group or a period has none.",
            do="Give longer periods.",
        )
    return fit


def _row(fit: TwoWayFit, term: int) -> tuple[float, float, float, float]:
    coef, se = float(fit.coef[term]), math.sqrt(fit.robust[term, term])
    law = t(fit.n_clusters - 1)
    reach = float(law.ppf(0.975)) * se
    p = float(2 * law.sf(abs(coef) / se)) if se > 0 else 1.0
    return math.exp(coef), math.exp(coef - reach), math.exp(coef + reach), p


def _joint_p(fit: TwoWayFit, chosen: NDArray[np.bool_]) -> float | None:
    k, freedom = int(chosen.sum()), fit.n_clusters - 1
    if k == 0 or freedom <= k:
        return None
    coef, covariance = fit.coef[chosen], fit.covariance[np.ix_(chosen, chosen)]
    # The robust covariance of many terms from few places is singular; the model's is not.
    wald = float(coef @ np.linalg.solve(covariance * max(fit.pearson, 1.0), coef))
    return float(f.sf(wald / k, k, freedom))


def _day_of(start: date, period: int, period_days: int) -> str:
    return (pd.Timestamp(start) + pd.Timedelta(days=period * period_days)).date().isoformat()


def _totals(counts: FloatArray, treated: FloatArray) -> tuple[float, float]:
    return float(counts[:, treated == 1].sum()), float(counts[:, treated == 0].sum())
