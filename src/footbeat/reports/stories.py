"""What the incidents of each hot spot say: its picture, its facts, its months and hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from markupsafe import Markup

from footbeat.periods import held_months
from footbeat.reports import words
from footbeat.reports.placemap import draw_place, fit_sheet
from footbeat.reports.svg import INK, RULE, SECONDARY, drawing, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footbeat.streets import Streets
    from footbeat.targeting.found import Found

_PICTURE = (560.0, 420.0)
_MOST = 5
_MONTHS = (300.0, 80.0)
_HOUR, _LEFT, _TOP = 11.0, 34.0, 16.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EXACT = {
    "A": "exactly",
    "B": "to about 10 m",
    "C": "to the street or about 100 m",
    "D": "only to a default or a whole area",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One hot spot, explained.

    Attributes
    ----------
    key, name, why
        Which place, and the one sentence.
    picture
        Its map.
    facts
        Terms and what is known of each.
    months, hours
        Drawings of incidents by month, and by hour and weekday; no hours where they are not
        known.
    """

    key: str
    name: str
    why: str
    picture: Markup
    facts: tuple[tuple[str, str], ...]
    months: Markup
    hours: Markup


def tell_stories(found: Found, streets: Streets | None = None) -> tuple[Story, ...]:
    """Return every hot spot explained, in order of rank."""
    frame = found.hotspots.frame
    top = int(found.params.get("top") or len(frame))
    known = found.hotspots.provenance
    held = held_months(known.start, known.end, known.missing_months) if known.start else []
    return tuple(
        Story(
            key=str(row["rank"]),
            name=str(row["name"]),
            why=str(row["why"]),
            picture=_draw_picture(found, number, streets),
            facts=_facts(row, found.details[row["hotspot_id"]], top),
            months=_draw_months(
                dict.fromkeys(held, 0) | found.details[row["hotspot_id"]]["months"],
                str(row["name"]),
            ),
            hours=_draw_hours(found.details[row["hotspot_id"]]["hours"], str(row["name"])),
        )
        for number, row in enumerate(frame.to_dict("records"))
    )


def _facts(
    row: Mapping[Any, Any], told: Mapping[str, Any], top: int
) -> tuple[tuple[str, str], ...]:
    facts = {
        "Offences": _counted(told["offences"]),
        "Streets": _counted(told["streets"]),
        "Points with two or more": _counted(told["repeats"]) or "none",
        "Distinct points": f"{words.count(told['n_points'])}",
        "Known": _exactness(told["grades"]),
        f"Among the top {top}": _years(told),
        "Rank": words.rank(int(row["rank"]), _known(row["rank_low"]), _known(row["rank_high"])),
        "Heaviest incident": f"{words.share(told['one_incident_share'])} of what counted",
        "By count, by harm": _standing(told),
        "Next hot spot": _distance(told["next_m"]),
    }
    if told["one_harm_share"] is not None:
        facts["Gravest incident"] = f"{words.share(told['one_harm_share'])} of the harm"
    return tuple((term, text) for term, text in facts.items() if text)


def _counted(pairs: Sequence[tuple[str, int]]) -> str:
    more = f", {len(pairs) - _MOST:,} more" if len(pairs) > _MOST else ""
    return ", ".join(f"{name} {n:,}" for name, n in pairs[:_MOST]) + more


def _exactness(grades: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {_EXACT.get(grade, grade)}" for grade, n in grades.items())


def _years(told: Mapping[str, Any]) -> str:
    held, observed = told["years_in_top"], told["years_observed"]
    if held is None:
        return f"{words.UNKNOWN} by year"
    span = words.listed([str(year) for year in observed])
    return f"{words.listed([str(year) for year in held]) or 'never'} (observed: {span})"


def _standing(told: Mapping[str, Any]) -> str:
    if told["harm_rank"] is None:
        return ""
    return f"{words.ordinal(told['count_rank'])}, {words.ordinal(told['harm_rank'])}"


def _distance(metres: float | None) -> str:
    if metres is None:
        return ""
    return "beside it" if metres < 1 else f"{words.count(metres, 0)} m away"


def _known(value: Any) -> float | None:  # noqa: ANN401 - pandas gives a number, NaN or NA
    return None if value is None or value != value else float(value)  # noqa: PLR0124 - NaN


def _draw_picture(found: Found, number: int, streets: Streets | None) -> Markup:
    frame = found.hotspots.frame
    row = frame.iloc[number]
    sheet = fit_sheet(
        shapely.bounds(row.geometry).tolist(), width=_PICTURE[0], height=_PICTURE[1]
    )  # fmt: skip
    others = frame.geometry.drop(index=frame.index[number])
    near = [shape for shape in others if shape.intersects(shapely.box(*sheet.bounds))]
    title = f"Map of hot spot {row['rank']}, {row['name']}."
    return Markup(draw_place(sheet, row.geometry, streets, others=near, title=title))  # noqa: S704 - drawn by us, escaped there


def _draw_months(months: Mapping[str, int], name: str) -> Markup:
    if not months:
        return Markup()
    names, numbers = list(months), np.array(list(months.values()), dtype=float)
    width, height = _MONTHS
    # Months without data have no bar; where they are missing one width is left free.
    skipped = np.diff(np.array(names, "datetime64[M]").astype(int), prepend=np.nan) > 1
    slots = np.arange(len(names)) + np.cumsum(skipped)
    step, tall = min(width / (slots[-1] + 1), 40.0), height - 36
    bars = [
        tag("rect", x=k * step + 1, y=16 + tall * (1 - n / numbers.max()), width=max(step - 2, 1.0),
            height=tall * n / numbers.max(), fill=INK)
        for k, n in zip(slots.tolist(), numbers, strict=True)
    ]  # fmt: skip
    look: dict[str, str | float] = {"font_size": 13, "fill": SECONDARY}
    said = ", ".join(f"{words.month(month)} {n:,}" for month, n in months.items())
    ends = [tag("text", words.month(names[0]), x=0, y=height - 4, **look)]
    if len(names) > 1:
        at = max((slots[-1] + 1) * step, 140.0)
        ends.append(
            tag("text", words.month(names[-1]), x=at, y=height - 4, text_anchor="end", **look)
        )
    runs = np.split(slots, np.flatnonzero(skipped))
    line = "".join(f"M{a[0] * step:.0f} {height - 20:.0f}H{(a[-1] + 1) * step:.0f}" for a in runs)
    base = tag("path", d=line, stroke=RULE)
    gap = "; gap: no data" if skipped.any() else ""
    most = tag("text", f"{numbers.max():,.0f} in the busiest month{gap}", x=0, y=12, **look)
    title = f"Incidents by month observed, {name}: {said}."
    return drawing(width, height, *bars, base, most, *ends, title=title, font_family="inherit")


def _draw_hours(hours: Sequence[Sequence[int]] | None, name: str) -> Markup:
    """Return a square for each hour of the week, its area the incidents: legible in black only."""
    if hours is None:
        return Markup()
    table = np.asarray(hours, dtype=float)
    side = (_HOUR - 1) * np.sqrt(table / max(table.max(), 1.0))
    look: dict[str, str | float] = {"font_size": 12, "fill": SECONDARY}
    squares = [
        tag("rect", x=_LEFT + (h + 0.5) * _HOUR - side[d, h] / 2,
            y=_TOP + (d + 0.5) * _HOUR - side[d, h] / 2, width=side[d, h], height=side[d, h],
            fill=INK)
        for d, h in zip(*np.nonzero(table), strict=True)
    ]  # fmt: skip
    days = [
        tag("text", day, x=0, y=_TOP + (k + 0.8) * _HOUR, **look) for k, day in enumerate(_DAYS)
    ]
    clock = [tag("text", f"{h:02}:00", x=_LEFT + h * _HOUR, y=11, **look) for h in (0, 6, 12, 18)]
    by_day = ", ".join(f"{day} {n:,.0f}" for day, n in zip(_DAYS, table.sum(axis=1), strict=True))
    title = f"Incidents by hour and operational weekday, {name}: {by_day}."
    size = (_LEFT + 24 * _HOUR, _TOP + 7 * _HOUR)
    return drawing(*size, *squares, *days, *clock, title=title, font_family="inherit")
