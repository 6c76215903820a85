"""Charts of counts in columns: by month, with the missing ones marked, and by hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.reports import words
from footbeat.reports.svg import FONT, PLACES, SECONDARY, WASH, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_WIDTH = 760.0
_HEIGHT = 150.0
_FOOT = 24.0
_HEAD = 22.0
_MOST_LABELS = 8


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
    step = _WIDTH / max(len(columns), 1)
    every = -(-len(columns) // _MOST_LABELS)
    parts = [
        _column(column, i * step, step, _HEIGHT / most, is_labelled=i % every == 0)
        for i, column in enumerate(columns)
    ]
    base = tag("line", x1=0, x2=_WIDTH, y1=_HEAD + _HEIGHT, y2=_HEAD + _HEIGHT, stroke=SECONDARY)
    top = tag("text", words.count(most), x=0, y=_HEAD - 8, font_size=14, fill=SECONDARY)
    return tag(
        "svg",
        top,
        *parts,
        base,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_label=spoken,
        viewBox=f"0 0 {_WIDTH:g} {_HEAD + _HEIGHT + _FOOT:g}",
        width="100%",
        font_family=FONT,
    )


def _column(column: Column, x: float, step: float, scale: float, *, is_labelled: bool) -> Markup:
    gap = min(step * 0.2, 3.0)
    looks: dict[str, str | float] = {"x": x + gap / 2, "width": max(step - gap, 0.5)}
    if column.n is None:
        body = tag("rect", x=x, width=step, y=_HEAD, height=_HEIGHT, fill=WASH)
    else:
        height = column.n * scale
        body = tag("rect", y=_HEAD + _HEIGHT - height, height=height, fill=PLACES[2], **looks)
    if not is_labelled:
        return body
    middle = x + step / 2
    anchor = "start" if middle < 30 else "end" if middle > _WIDTH - 30 else "middle"  # noqa: PLR2004 - half a label
    at = 0.0 if anchor == "start" else _WIDTH if anchor == "end" else middle
    label = tag(
        "text",
        column.label,
        x=at,
        y=_HEAD + _HEIGHT + 18,
        text_anchor=anchor,
        font_size=14,
        fill=SECONDARY,
    )
    return tag("g", body, label)
