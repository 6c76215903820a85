"""Results as matplotlib figures, for notebooks and files: shapes before colour, log axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Interval(Protocol):
    """A ratio with its interval; a bound that is None is open."""

    @property
    def name(self) -> str:
        """Name of the estimator."""

    @property
    def ratio(self) -> float | None:
        """Ratio of rates."""

    @property
    def low(self) -> float | None:
        """Lower bound."""

    @property
    def high(self) -> float | None:
        """Upper bound."""


class Looked(Protocol):
    """Evidence after one day."""

    @property
    def evidence_benefit(self) -> float:
        """Evidence that less happens on patrol days."""

    @property
    def evidence_harm(self) -> float:
        """Evidence that more happens on patrol days."""

    @property
    def low(self) -> float | None:
        """Lower bound."""

    @property
    def high(self) -> float | None:
        """Upper bound."""


class Chance(Protocol):
    """The chance of finding one effect."""

    @property
    def effect(self) -> float:
        """True ratio."""

    @property
    def power(self) -> float:
        """Chance in closed form."""

    @property
    def simulated(self) -> float | None:
        """Share of simulated trials that found it."""

    @property
    def simulated_se(self) -> float | None:
        """Its Monte-Carlo error."""


class Period(Protocol):
    """The ratio of one period."""

    @property
    def period(self) -> int:
        """Number of the period, negative before the start."""

    @property
    def ratio(self) -> float:
        """Ratio of rates."""

    @property
    def low(self) -> float:
        """Lower bound."""

    @property
    def high(self) -> float:
        """Upper bound."""


_INK, _SECOND, _BLUE, _GREEN = "#0B0C0C", "#505A5F", "#12436D", "#28A197"
_WIDE = (8.0, 4.5)
_MARKS = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0)


def draw_effect(estimators: Sequence[Interval], title: str) -> Figure:
    """Draw the ratio of every estimator with its interval, the main one on top."""
    known = [one for one in estimators if one.ratio]
    figure, axes = _blank(height=1.6 + 0.35 * len(known))
    for row, one in enumerate(reversed(known)):
        ratio = one.ratio or 1.0
        is_main = row == len(known) - 1
        low, high = one.low or ratio, one.high or ratio
        axes.plot([low, high], [row, row], color=_BLUE, lw=5 if is_main else 3, alpha=0.5)
        axes.plot(ratio, row, "o", color=_BLUE, ms=8 if is_main else 6)
        for bound, mark in ((one.low, "<"), (one.high, ">")):
            if bound is None:
                axes.plot(ratio, row, mark, color=_INK, ms=10, fillstyle="none")
    axes.set_yticks(range(len(known)), [one.name for one in reversed(known)])
    axes.axvline(1, color=_INK, lw=0.8)
    _mark_ratios(axes, "x")
    axes.set_xlabel("Rate on patrol days over that on comparison days, 95 % intervals")
    axes.set_title(title, loc="left", fontsize=9, wrap=True)
    return figure


def draw_evidence(by_day: Sequence[Looked], threshold: float, says: str) -> Figure:
    """Draw the evidence for benefit and harm by day, and the always-valid interval below."""
    figure, (axes, below) = _pair()
    days = range(1, len(by_day) + 1)
    lines = (
        ("benefit", [row.evidence_benefit for row in by_day], _BLUE, "-"),
        ("harm", [row.evidence_harm for row in by_day], _GREEN, "--"),
    )
    for label, values, colour, style in lines:
        axes.plot(days, values, color=colour, ls=style)
        axes.annotate(f" {label}", (len(values), values[-1]), color=colour, va="center")
    axes.axhline(threshold, color=_INK, lw=0.8)
    axes.set_yscale("log")
    axes.set_ylabel(f"Evidence (alert at {threshold:.0f})")
    axes.set_title(says.split(". ", maxsplit=1)[0], loc="left", fontsize=10, wrap=True)
    low, high = ([row.low for row in by_day], [row.high for row in by_day])
    known = [day for day, one, other in zip(days, low, high, strict=True) if one and other]
    below.fill_between(
        known, [low[day - 1] or 0 for day in known], [high[day - 1] or 0 for day in known],
        color=_BLUE, alpha=0.3, lw=0,
    )  # fmt: skip
    below.axhline(1, color=_INK, lw=0.8)
    _mark_ratios(below, "y")
    below.set_ylabel("Ratio, from 20 events")
    below.set_xlabel("Days that entered")
    return figure


def draw_power(points: Sequence[Chance], target: float, says: str) -> Figure:
    """Draw the chance of finding each effect, in closed form and simulated."""
    figure, axes = _blank()
    fewer = [100 * (1 - point.effect) for point in points]
    axes.plot(fewer, [point.power for point in points], color=_BLUE)
    simulated = [(x, p) for x, p in zip(fewer, points, strict=True) if p.simulated is not None]
    if simulated:
        axes.errorbar(
            [x for x, _ in simulated],
            [point.simulated or 0.0 for _, point in simulated],
            yerr=[2 * (point.simulated_se or 0.0) for _, point in simulated],
            fmt="o", color=_GREEN, capsize=3,
        )  # fmt: skip
    axes.axhline(target, color=_SECOND, lw=0.8, ls="--")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("True reduction, %")
    axes.set_ylabel("Chance of finding it")
    marks = "; dots: simulated trials, with two errors" if simulated else ""
    axes.set_title(f"{says}{marks}", loc="left", fontsize=9, wrap=True)
    return figure


def draw_event_study(rows: Sequence[Period], says: str) -> Figure:
    """Draw the ratio by period, the statement of what it cannot show on top."""
    figure, axes = _blank()
    ratios = [row.ratio for row in rows]
    below = [row.ratio - row.low for row in rows]
    above = [row.high - row.ratio for row in rows]
    axes.errorbar(
        [row.period for row in rows], ratios, yerr=[below, above], fmt="o", color=_BLUE, capsize=3
    )
    axes.axhline(1, color=_INK, lw=0.8)
    axes.axvline(-0.5, color=_SECOND, lw=0.8, ls="--")
    _mark_ratios(axes, "y")
    axes.set_title(says.split(":", maxsplit=1)[0], loc="left", fontsize=9, wrap=True)
    axes.set_xlabel("Periods since the start of patrols; the last one before is the base")
    axes.set_ylabel("Ratio against matched places")
    return figure


def _blank(height: float = _WIDE[1]) -> tuple[Figure, Axes]:
    figure = _canvas(height)
    return figure, figure.add_subplot()


def _pair() -> tuple[Figure, tuple[Axes, Axes]]:
    figure = _canvas(6.0)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    return figure, (upper, lower)


def _canvas(height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDE[0], height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _mark_ratios(axes: Axes, which: str, marks: Sequence[float] = _MARKS) -> None:
    axes.set(**{f"{which}scale": "log"})
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    shown = [mark for mark in marks if low <= mark <= high]
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    set_ticks(shown, [f"{mark:g}" for mark in shown])
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.minorticks_off()
