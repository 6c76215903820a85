"""Charts of counts in columns: by month, with the missing ones marked, and by hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.reports import words
from footbeat.reports.charts import fluid
from footbeat.reports.svg import PLACES, RULE, SECONDARY, WASH, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_HEIGHT = 150.0
_FOOT = 24.0
_HEAD = 22.0
_MOST_LABELS = 8
# Labels nearer to a side than this, in per cent of the width, are set flush with it.
_EDGE = 5.0


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its label below, its count, or None where it is not known."""

    label: str
    n: int | None


def draw_columns(columns: Sequence[Column], *, spoken: str) -> Markup:
    """Return counts as columns from zero; one not known is a grey field as high as the chart.

    Labels stand under some columns only, evenly, so that they can be read.
    """
    most = max((column.n or 0 for column in columns), default=0) or 1
    step = 100.0 / max(len(columns), 1)
    every = -(-len(columns) // _MOST_LABELS)
    parts = [_column(column, i * step, step, _HEIGHT / most) for i, column in enumerate(columns)]
    labels = [
        _label(columns[i].label, (i + 0.5) * step, is_minor=place % 2 == 1)
        for place, i in enumerate(range(0, len(columns), every))
    ]
    foot = _HEAD + _HEIGHT
    base = tag("line", x1=0, x2="100%", y1=foot, y2=foot, stroke=SECONDARY)
    top = tag("text", words.count(most), x=0, y=_HEAD - 8, font_size=14, fill=SECONDARY)
    return fluid(foot + _FOOT, spoken, top, *parts, base, *labels)


def _column(column: Column, x: float, step: float, scale: float) -> Markup:
    at: dict[str, str | float] = {"x": f"{x + step / 20:.3f}%", "width": f"{step * 0.9:.3f}%"}
    if column.n is None:
        return tag("rect", y=_HEAD, height=_HEIGHT, fill=WASH, stroke=RULE, **at)
    height = column.n * scale
    return tag("rect", y=_HEAD + _HEIGHT - height, height=height, fill=PLACES[2], **at)


def _label(text: str, middle: float, *, is_minor: bool) -> Markup:
    """Return a label below; on a phone the minor ones make way."""
    anchor = "start" if middle < _EDGE else "end" if middle > 100 - _EDGE else "middle"
    at = {"start": "0%", "end": "100%"}.get(anchor, f"{middle:.3f}%")
    label = tag(
        "text",
        text,
        x=at,
        y=_HEAD + _HEIGHT + 18,
        text_anchor=anchor,
        font_size=14,
        fill=SECONDARY,
    )
    return tag("g", label, **{"class": "minor"}) if is_minor else label
