"""Judge methods on the months that followed, beside last year's count."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from footbeat.errors import FootbeatError, UsageError
from footbeat.targeting.calibrate import Calibration, calibrate_top
from footbeat.targeting.folds import Course, roll_origin
from footbeat.targeting.held import observed_months
from footbeat.targeting.judged import describe_judged
from footbeat.targeting.layout import EVER_DAYS, CaseOptions, lay_out
from footbeat.targeting.league import (
    BASELINE,
    Judged,
    Tried,
    judge_methods,
    try_method,
    word_verdict,
)
from footbeat.targeting.league_plot import plot_capture
from footbeat.targeting.methods import METHODS, MODEL_CAUTION, Method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import shapely
    from matplotlib.axes import Axes

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.case import Case
    from footbeat.targeting.features import Features
    from footbeat.targeting.places import Places

ALL = ("all",)


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """What is judged, and how.

    Attributes
    ----------
    case
        Which incidents count, and the cells.
    methods
        Names of methods, or ``all``; the count is always among them.
    top
        Places flagged.
    area_share
        Share of the cells flagged instead, where given.
    horizon_days, n_folds
        Length of a judging period, and how many.
    n_bootstraps
        How often incidents are drawn again for each method's own probability of the top; 0 for
        none.
    method_options
        Options by name of the method, where not its defaults.
    """

    case: CaseOptions = field(default_factory=CaseOptions)
    methods: tuple[str, ...] = ALL
    top: int = 20
    area_share: float | None = None
    horizon_days: int = 90
    n_folds: int = 4
    n_bootstraps: int = 10
    method_options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backtest:
    """The league table.

    Attributes
    ----------
    folds
        The judging periods, as text.
    methods
        Scored ones by hit rate, then those that could not be scored.
    calibration
        Of places given a probability of being in the next period's top, how many were.
    verdict
        What to conclude; when nothing beats the count, that first.
    n_flagged, n_cells, area_share
        Places flagged of how many, as a share of their area.
    n_judged
        Incidents in the judging periods.
    notes
        What was chosen, in sentences.
    judged_on
        The incidents, places and options that were judged: a model's list must be of the same.
    curve_shares, best_curve
        Shares of the area at which every method's curve is read, and what a list drawn with
        hindsight would have caught there.
    """

    folds: tuple[str, ...]
    methods: tuple[Judged, ...]
    calibration: tuple[Calibration, ...]
    verdict: str
    n_flagged: int
    n_cells: int
    area_share: float
    n_judged: int
    notes: tuple[str, ...]
    curve_shares: tuple[float, ...] = ()
    best_curve: tuple[float, ...] = ()
    judged_on: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return the league table, a row a method."""
        rows = [asdict(each) for each in self.methods]
        return pd.DataFrame(rows).drop(columns=["curve", "calibration"])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the curve of capture of every method, the count thick and hindsight dashed.

        Where the curves lie in one bundle, methods differ less than their names.
        """
        return plot_capture(self, ax)


def backtest(
    incidents: Incidents,
    options: BacktestOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
    places: Places | None = None,
    features: Features | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Backtest:
    """Score each method on what it could have seen, and judge it on what followed.

    Two methods that catch the same incidents are compared on those incidents: differences are
    paired. With few periods the interval holds only for a future like them.

    Parameters
    ----------
    incidents, options
        What was read, and what is judged.
    rng
        Source of chance for the intervals.
    area
        The ground that can be chosen.
    places
        Areas or street segments to choose among, instead of cells.
    features
        Features of the ground; at each origin only those that stood by then are seen.
    advance
        Called after each method, for a progress bar.

    Raises
    ------
    DataError
        When there are too few months to judge by.
    UsageError
        When there is no such method.
    """
    layout = lay_out(
        incidents,
        replace(options.case, history_days=EVER_DAYS),
        area=area,
        places=places,
        features=features,
    )
    months, by_month = observed_months(incidents), incidents.provenance.precision == "month"
    folds = roll_origin(
        layout.case,
        months,
        horizon_days=options.horizon_days,
        n_folds=options.n_folds,
        history_days=options.case.history_days,
        by_month=by_month,
    )
    course = Course(layout.case, tuple(folds), _n_flagged(layout.case, options), by_month)
    # A stream of its own: intervals must not hang on how many bootstraps were asked for.
    draw = partial(
        try_method,
        course,
        rng=rng.spawn(1)[0],
        n_bootstraps=options.n_bootstraps,
        options=options.method_options,
    )
    tried, judged = _try_all(course, wanted_methods(options.methods), draw, advance)
    league = judge_methods(course, tried, rng)
    n_cells = len(layout.case.places)
    return Backtest(
        folds=tuple(fold.describe() for fold in folds),
        methods=(*league, *judged),
        calibration=calibrate_top(course, rng),
        verdict=word_verdict(league, course),
        n_flagged=course.n_flagged,
        n_cells=n_cells,
        area_share=course.n_flagged / n_cells,
        n_judged=sum(len(course.after(fold)) for fold in folds),
        notes=(*layout.notes, *_size_note(course), *_model_note(tried)),
        curve_shares=tuple(course.curve_shares.round(8).tolist()),
        best_curve=tuple(course.best_curve().round(6).tolist()),
        judged_on={
            **describe_judged(layout, {name: options.method_options.get(name) for name in tried}),
            "top": course.n_flagged,
            "horizon_days": options.horizon_days,
            "history_days": options.case.history_days,
        },
    )


def wanted_methods(names: Sequence[str]) -> list[Method]:
    """Return the methods of those names, the count first.

    Raises
    ------
    UsageError
        When there is no such method.
    """
    if tuple(names) == ALL:
        return list(METHODS.values())
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise UsageError(
            "`--methods` must list methods Footbeat has, or be all.",
            found=f"“{unknown[0]}” is none.",
            do=f"Choose among {', '.join(METHODS)}.",
        )
    return [METHODS[name] for name in dict.fromkeys([BASELINE, *names])]


def why_unscored(method: Method, course: Course) -> str:
    """Return why the data do not allow a method, or nothing where they do."""
    shape = course.case.places.shape
    if shape not in method.shapes:
        return f"It works on {' and '.join(sorted(method.shapes))}, not on {shape}."
    if method.needs_days and course.by_month:
        return "It needs the day of each incident; these data know only the month."
    return ""


def _try_all(
    course: Course,
    methods: Sequence[Method],
    attempt: Callable[[Method], Tried],
    advance: Callable[[], None],
) -> tuple[dict[str, Tried], list[Judged]]:
    tried: dict[str, Tried] = {}
    unscored = []
    for method in methods:
        reason = why_unscored(method, course)
        if not reason:
            try:
                tried[method.name] = attempt(method)
            except FootbeatError as error:
                reason = str(error)
        if reason:
            unscored.append(Judged(method.name, scored=False, reason=reason))
        advance()
    return tried, unscored


def _size_note(course: Course) -> tuple[str, ...]:
    if course.case.places.grid is not None:
        return ()
    ground = f"as much ground as {course.n_flagged:,} average places"
    return (f"Places differ in size: every method flags {ground}, totals by hectare or metre.",)


def _model_note(tried: Mapping[str, Tried]) -> tuple[str, ...]:
    models = [name for name in tried if METHODS[name].is_model]
    return (f"{', '.join(models)}: {MODEL_CAUTION[0].lower()}{MODEL_CAUTION[1:]}",) * bool(models)


def _n_flagged(case: Case, options: BacktestOptions) -> int:
    if options.area_share is None:
        return min(options.top, len(case.places))
    if not 0 < options.area_share <= 1:
        raise UsageError(
            "`--area-share` must be above 0 and at most 1.",
            found=f"It is {options.area_share:g}.",
            do="Pass 0.02 for 2 % of the ground.",
        )
    return max(1, int(options.area_share * len(case.places)))
