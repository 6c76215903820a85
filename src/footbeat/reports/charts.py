"""Charts as vector drawings, the same for the page, the print and the PDF.

An interval is a bar with a dot, never a bare dot; ratios stand on a log axis whose marks are
labelled in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.reports import words
from footbeat.reports.svg import FONT, INK, PAPER, PLACES, RULE, SECONDARY, drawing, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_RANK_WIDTH = 120.0
_RANK_HEIGHT = 16.0
_CHART_WIDTH = 760.0
_LINE_PX = 44.0
_DENSE_PX, _FEW = 34.0, 6
_REFERENCE_PX = 19.0

# Ratio, its words, and whether it gives way on a narrow screen.
_MARKS = (
    (0.125, "an eighth", False),
    (0.25, "a quarter", True),
    (0.5, "half", False),
    (0.7, "30 % fewer", True),
    (1.0, "no difference", False),
    (1.4, "40 % more", True),
    (2.0, "twice", False),
    (4.0, "four times", True),
    (8.0, "eight times", False),
)
_LEAST, _MOST = _MARKS[0][0], _MARKS[-1][0]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of a ratio chart.

    Attributes
    ----------
    label
        What was compared.
    ratio, low, high
        Ratio of rates and its interval; a bound that is None is drawn as an arrow.
    note
        Words after the interval.
    is_main
        Whether it is the line the chart is about.
    """

    label: str
    ratio: float | None
    low: float | None
    high: float | None
    note: str = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """One bar of a chart of shares: its label, its share with counts in `note`, its interval."""

    label: str
    share: float
    note: str
    low: float | None = None
    high: float | None = None
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A published ratio, drawn as a faint line to hold the result against."""

    ratio: float
    label: str
    citation: str


# Weisburd and others compare hot spot policing with other policing, not patrol days with
# comparison days: these marks say where a result lies, they do not test it.
REFERENCES = (
    Reference(
        0.93,
        "national −7 % ",
        "Home Office evaluation of hot spot policing, first year: violence and robbery 7 % lower "
        "on patrol days; no difference shown in the second year",
    ),
    Reference(
        0.86,
        "YEF −14 % ",
        "Youth Endowment Fund toolkit, 44 studies of hot spot policing: violent crime 14 % lower",
    ),
    Reference(
        0.84,
        "Braga 2022 −16 % ",
        "Braga and Weisburd (2022), meta-analysis by rate ratio: all crime 16 % lower",
    ),
)


def draw_rank_bar(rank: int, low: float | None, high: float | None, worst: int) -> Markup:
    """Return a rank as a dot in the bar of ranks the data allow, on a log axis from 1."""
    middle, at = _RANK_HEIGHT / 2, _rank_px(rank, worst)
    axis = tag("line", x1=5, x2=_rank_px(worst, worst), y1=middle, y2=middle, stroke=RULE)
    parts = [axis]
    if low is not None and high is not None:
        parts.append(_bar(_rank_px(low, worst), _rank_px(high, worst), middle, PLACES[2]))
    dot = tag("circle", cx=at, cy=middle, r=4, fill=INK)
    return drawing(_RANK_WIDTH, _RANK_HEIGHT, *parts, dot, width=_RANK_WIDTH, height=_RANK_HEIGHT)


def draw_ratios(lines: Sequence[Ratio], references: Sequence[Reference] = ()) -> Markup:
    """Return ratios with their intervals on a log axis, published ones as faint marks.

    Places across are percentages and type keeps its size, so the chart fills whatever width it
    is given, on a phone as in print.
    """
    axis = _LogAxis.around(lines, references)
    step = _LINE_PX if len(lines) <= _FEW else _DENSE_PX
    head = _REFERENCE_PX * len(references) + 8
    foot = head + step * len(lines)
    parts = [
        *_axis(axis, head, foot),
        *(_reference(axis, item, i, foot) for i, item in enumerate(references)),
        *(_line(axis, item, head + step * i, step) for i, item in enumerate(lines)),
    ]
    return fluid(foot + 44, speak_ratios(lines), *parts)


def speak_ratios(lines: Sequence[Ratio]) -> str:
    """Return in words what :func:`draw_ratios` draws."""
    return "; ".join(
        f"{line.label}: {words.change(line.ratio, line.low, line.high)}" for line in lines
    )


def draw_shares(shares: Sequence[Share], *, most: float | None = None) -> Markup:
    """Return shares as bars from zero, each with its words above it.

    The longest bar fills the drawing, or one of share `most`: charts side by side need one scale.
    """
    most = most or max(item.high or item.share for item in shares)
    bars = [
        _share_bar(item, _LINE_PX * i, 92.0 / most if most else 0.0)
        for i, item in enumerate(shares)
    ]
    return fluid(_LINE_PX * len(shares) + 4, speak_shares(shares), *bars)


def speak_shares(shares: Sequence[Share]) -> str:
    """Return in words what :func:`draw_shares` draws."""
    return "; ".join(f"{item.label}: {words.share(item.share)}, {item.note}" for item in shares)


def _share_bar(item: Share, top: float, scale: float) -> Markup:
    text = f"{item.label}: {words.share(item.share)} ({item.note})"
    weight = "bold" if item.is_main else None
    parts = [
        _text(text, "0", top + 17, fill=INK, weight=weight, size=14),
        tag(
            "rect",
            x=0,
            y=top + 24,
            width=_percent(scale * item.share),
            height=14,
            fill=PLACES[2] if item.is_main else PLACES[1],
        ),
    ]
    if item.low is not None and item.high is not None:
        parts.append(_whisker(scale * item.low, scale * item.high, top + 31))
    return tag("g", *parts)


def _whisker(low: float, high: float, y: float) -> Markup:
    across = tag(
        "line", x1=_percent(low), x2=_percent(high), y1=y, y2=y, stroke=INK, stroke_width=2
    )
    ends = [_upright(at, y - 5, y + 5, INK, 2) for at in (low, high)]
    return tag("g", across, *ends)


def fluid(height: float, spoken: str, *parts: Markup) -> Markup:
    """Return a drawing as wide as its place whose letters keep their size: x in per cent."""
    return tag(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=spoken,
        width=_CHART_WIDTH,
        height=height,
        font_family=FONT,
        **{"class": "fluid"},
    )


@dataclass(frozen=True, slots=True)
class _LogAxis:
    low: float
    high: float

    @classmethod
    def around(cls, lines: Sequence[Ratio], references: Sequence[Reference]) -> _LogAxis:
        shown = [value for line in lines for value in (line.ratio, line.low, line.high) if value]
        shown += [item.ratio for item in references]
        low = max((mark for mark, *_ in _MARKS if mark <= min([0.5, *shown])), default=_LEAST)
        high = min((mark for mark, *_ in _MARKS if mark >= max([2.0, *shown])), default=_MOST)
        return cls(low, high)

    def at(self, ratio: float | None, *, open_end: float = 0.0) -> float:
        """Return the place of a ratio as a percentage across; an open bound is at `open_end`."""
        if not ratio:
            return open_end
        share = math.log(ratio / self.low) / math.log(self.high / self.low)
        return 7 + 84 * min(max(share, -0.07), 1.09)


def _axis(axis: _LogAxis, head: float, foot: float) -> list[Markup]:
    parts = []
    for ratio, label, is_minor in _MARKS:
        if axis.low <= ratio <= axis.high:
            is_one = ratio == 1
            line = _upright(
                axis.at(ratio), head, foot + 6, INK if is_one else RULE, 1.5 if is_one else 0.75
            )
            x = _percent(axis.at(ratio))
            number = _text(f"{ratio:g}", x, foot + 22, fill=INK, anchor="middle")
            words = _text(label, x, foot + 38, fill=SECONDARY, anchor="middle", size=13)
            parts.append(
                tag("g", line, number, words, **{"class": "minor" if is_minor else "mark"})
            )
    return parts


def _reference(axis: _LogAxis, item: Reference, index: int, foot: float) -> Markup:
    x, y = axis.at(item.ratio), 14.0 + _REFERENCE_PX * index
    line = _upright(x, y + 4, foot, SECONDARY, 1.25, dashes="2 4")
    label = _text(item.label, _percent(x), y, fill=SECONDARY, anchor="end", size=13)
    return tag("g", line, label)


def _line(axis: _LogAxis, item: Ratio, top: float, step: float) -> Markup:
    low, high = axis.at(item.low, open_end=4.0), axis.at(item.high, open_end=96.0)
    y, weight = top + step - 11, "bold" if item.is_main else None
    size = 15 if step == _LINE_PX else 13
    label = _text(item.label, "0", y - 12, fill=INK, weight=weight, size=size, has_halo=True)
    if item.ratio is None:
        return tag("g", label, _text(words.UNKNOWN, _percent(axis.at(1.0)), y, fill=SECONDARY))
    bar = tag(
        "rect",
        x=_percent(low),
        y=y - 5,
        width=_percent(max(high - low, 0.2)),
        height=10,
        fill=PLACES[2] if item.is_main else PLACES[1],
    )
    ends = [
        _arrow(at, y, way)
        for bound, at, way in ((item.low, low, -1), (item.high, high, 1))
        if not bound
    ]
    colour = PLACES[4] if item.is_main else PLACES[3]
    dot = tag("circle", cx=_percent(axis.at(item.ratio, open_end=low)), cy=y, r=6, fill=colour)
    return tag("g", label, bar, *ends, dot)


def _arrow(at: float, y: float, way: int) -> Markup:
    head = tag("path", d=f"M0 -9l{9 * way} 9l{-9 * way} 9z", fill=INK)
    return tag("svg", head, x=_percent(at), y=y, overflow="visible")


def _upright(
    at: float, top: float, bottom: float, colour: str, width: float, *, dashes: str | None = None
) -> Markup:
    x = _percent(at)
    return tag(
        "line",
        x1=x,
        x2=x,
        y1=top,
        y2=bottom,
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dashes,
    )


def _text(
    text: str,
    x: str,
    y: float,
    *,
    fill: str,
    anchor: str | None = None,
    size: int = 15,
    weight: str | None = None,
    has_halo: bool = False,
) -> Markup:
    halo = {"paint_order": "stroke", "stroke": PAPER, "stroke_width": "4"} if has_halo else {}
    return tag(
        "text",
        text,
        x=x,
        y=y,
        fill=fill,
        text_anchor=anchor,
        font_size=size,
        font_weight=weight,
        **halo,
    )


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _bar(start: float, end: float, y: float, colour: str) -> Markup:
    return tag("rect", x=start, y=y - 4, width=max(end - start, 1.0), height=8, fill=colour)


def _rank_px(rank: float, worst: int) -> float:
    return 5 + (_RANK_WIDTH - 10) * math.log(rank) / math.log(max(worst, 2))
