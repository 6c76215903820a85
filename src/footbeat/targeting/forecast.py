"""Gradient boosting on what a place and its neighbours had, the calendar and the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.errors import EngineError
from footbeat.targeting.case import Scores

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from footbeat.targeting.case import Case

    FloatArray = NDArray[np.float64]

PERIOD_DAYS = 365.25 / 12

_YEAR_DAYS = 365.25
_WINDOWS = (1, 3, 6, 12)
_LEAST_OBSERVED = 0.5
_FEWEST_PERIODS = 3
_FEWEST_INCIDENTS = 20
_MOST_ROWS = 1_000_000


class Learned:
    """A model that has learned, and the mean count its numbers are multiples of."""

    __slots__ = ("booster", "n_periods", "unit")

    def __init__(self, booster: Any, unit: float, n_periods: int) -> None:  # noqa: ANN401 - LightGBM's own class, which may not be installed
        self.booster = booster
        self.unit = unit
        self.n_periods = n_periods

    def __str__(self) -> str:
        return f"a model of {self.n_periods} periods"

    def __deepcopy__(self, memo: dict[int, Any]) -> str:
        # Options are copied to be written down: of a model, what it learned from is.
        return str(self)


@dataclass(frozen=True, slots=True)
class ForecastOptions:
    """What is learned, and how finely.

    Attributes
    ----------
    period_days
        Length of the periods counted, and of the one foretold; where only the month is known
        the periods are the months.
    n_learned
        Latest periods that are learned from.
    n_trees, n_leaves, rate
        Size of the model and how fast it learns.
    learned
        A model; None: learned from the case.
    """

    period_days: float = PERIOD_DAYS
    n_learned: int = 12
    n_trees: int = 150
    n_leaves: int = 15
    rate: float = 0.05
    learned: Learned | None = None


@dataclass(frozen=True, slots=True)
class _History:
    """Counts by observed period, oldest first, shape (periods, places), and their middles.

    A period that the data cover in part counts as if they covered all of it.

    The middles, in days since 1970, have one more: that of the period to foretell.
    """

    counts: FloatArray
    middle: FloatArray
    period_days: float


def score_forecast(case: Case, options: ForecastOptions) -> Scores:
    """Score each place by the incidents expected in the next period.

    Only places are described: counts of the place and of those that touch it, the time of year,
    and distances to features where a file of them was given. It ranks places by past crime; it
    does not foretell who, and where patrols found the crime it sends them back. With fewer than
    three periods or twenty incidents there is nothing to learn: places are ranked by count.

    Raises
    ------
    EngineError
        When LightGBM is not installed.
    """
    options = settle_forecast(case, options)
    model = options.learned
    if model is None:
        return Scores(case.totals, said=("Too little to learn from: ranked by count.",))
    history = _count_periods(case, options.period_days)
    ground = _describe_ground(case)
    columns = _describe(case, history, len(history.counts), ground, model.unit)
    expected = np.asarray(model.booster.predict(columns, num_threads=1), dtype=np.float64)
    return Scores(expected * model.unit, said=(_say(model, columns.shape[1], case),))


def settle_forecast(case: Case, options: ForecastOptions) -> ForecastOptions:
    """Return the options with a model learned from the case, where there is enough of it."""
    if options.learned is not None:
        return options
    lightgbm = _load_lightgbm()
    history = _count_periods(case, options.period_days)
    n_periods = len(history.counts)
    if n_periods < _FEWEST_PERIODS or len(case) < _FEWEST_INCIDENTS:
        return options
    unit = float(history.counts.mean())
    n_learned = min(options.n_learned, n_periods - 1, max(2, _MOST_ROWS // len(case.places)))
    targets = range(n_periods - n_learned, n_periods)
    ground = _describe_ground(case)
    columns = [_describe(case, history, t, ground, unit) for t in targets]
    rows = np.concatenate(columns)
    wanted = np.concatenate([history.counts[t] for t in targets]) / unit
    data = lightgbm.Dataset(rows, wanted, params={"verbosity": -1, "num_threads": 1})
    booster = lightgbm.train(_parameters(options), data, num_boost_round=options.n_trees)
    return replace(options, learned=Learned(booster, unit, n_learned))


def _parameters(options: ForecastOptions) -> dict[str, Any]:
    return {
        "objective": "poisson",
        "learning_rate": options.rate,
        "num_leaves": options.n_leaves,
        "min_data_in_leaf": 20,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": 1,
        "verbosity": -1,
    }


def _count_periods(case: Case, period_days: float) -> _History:
    """Count by period, back from the end, as of a whole period; mostly missing ones are left out.

    Where only the month is known the periods are the months, whatever `period_days`.
    """
    spans = case.spans if case.observed.by_month else _even_spans(case, period_days)
    observed = np.array([case.observed.days(*span) for span in spans])
    kept = observed >= np.maximum(1e-9, _LEAST_OBSERVED * np.diff(spans, axis=1)[:, 0])
    spans, observed = spans[kept], observed[kept]
    at = np.searchsorted(spans[:, 0], case.day, side="right") - 1
    inside = (case.place >= 0) & (at >= 0)
    inside[inside] = case.day[inside] < spans[at[inside], 1]
    n_places = len(case.places)
    index = at[inside] * n_places + case.place[inside]
    held = np.bincount(index, case.weight[inside], len(spans) * n_places)
    counts = held.reshape(len(spans), n_places) * (period_days / observed)[:, None]
    middle = np.append(spans.mean(axis=1), case.end_day + period_days / 2)
    return _History(counts.astype(np.float64), middle, period_days)


def _even_spans(case: Case, period_days: float) -> FloatArray:
    n_periods = max(1, round((case.end_day - case.start_day) / period_days))
    ends = case.end_day - period_days * np.arange(n_periods)[::-1]
    return np.column_stack([ends - period_days, ends])


def _describe(
    case: Case, history: _History, period: int, ground: FloatArray, unit: float
) -> FloatArray:
    """Return what was known of each place before a period, shape (places, columns)."""
    touching = case.places.touching
    n_touching = np.maximum(touching.sum(axis=1), 1)
    past = history.counts[:period] / unit
    columns = []
    for n in (*_WINDOWS, period):
        mean = past[-n:].mean(axis=0)
        columns += [mean, (touching @ mean) / n_touching]
    columns.append(_year_before(history, period, unit))
    turn = 2 * np.pi * history.middle[period] / _YEAR_DAYS
    columns += [np.full(len(case.places), value) for value in (np.sin(turn), np.cos(turn))]
    return np.column_stack([*columns, ground])


def _year_before(history: _History, period: int, unit: float) -> FloatArray:
    """Return the counts of the same period a year earlier, NaN where it was not observed."""
    if period == 0:
        return np.full(history.counts.shape[1], np.nan)
    apart = np.abs(history.middle[:period] - (history.middle[period] - _YEAR_DAYS))
    nearest = int(np.argmin(apart))
    if apart[nearest] > history.period_days / 2:
        return np.full(history.counts.shape[1], np.nan)
    return np.asarray(history.counts[nearest] / unit)


def _describe_ground(case: Case) -> FloatArray:
    """Return each place's size and its distances to features, shape (places, columns)."""
    places, features = case.places, case.features
    known = features.known_at(case.end_day) if features else None
    kinds = known.kinds if known else ()
    away = [np.log1p(known.nearest_m(kind, places.x, places.y)) for kind in kinds] if known else []
    return np.column_stack([places.exposure, *away])


def _say(model: Learned, n_columns: int, case: Case) -> str:
    ground = "features of the ground" if case.features else "no features of the ground"
    return (
        f"Learned from {model.n_periods} periods: {n_columns} numbers a place (its counts, those "
        f"of its neighbours, the time of year, {ground})."
    )


def _load_lightgbm() -> ModuleType:
    try:
        import lightgbm
    except ImportError as error:
        raise EngineError(
            "`forecast` must have LightGBM.",
            found="It is not installed.",
            do="Install the extra `ml`: pip install footbeat[ml].",
        ) from error
    module: ModuleType = lightgbm
    return module
