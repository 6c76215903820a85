"""The data's faults on one page, before somebody else finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.incidents.near import NEAR_M, NEAR_MIN
from footbeat.incidents.quality import EXACT_MIN, LATE_H
from footbeat.periods import WEEKDAYS, draw_together
from footbeat.reports import words
from footbeat.reports.charts import Share, draw_shares, speak_shares
from footbeat.reports.columns import Column, draw_columns
from footbeat.reports.page import Cell, Figure, Heading, Imprint, Row, Twin, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footbeat.incidents.quality import Measured, Quality
    from footbeat.incidents.week import WeekHours
    from footbeat.manifest import Manifest
    from footbeat.tables import Provenance

_SPAN_H = 4
_GRADES = {
    "A": "exact",
    "B": "to about 10 m",
    "C": "to the street or about 100 m",
    "D": "a default or a whole area",
    "X": "unusable",
}
_MEASURES = (
    ("Incidents", ""),
    ("Time known within the hour", "exact_time_share"),
    ("Exactly at midnight, of those", "midnight_share"),
    ("Recorded more than a day later", "recorded_late_share"),
    ("On a stacked point", "stacked_share"),
)


def render_quality_page(
    quality: Quality, provenance: Provenance, *, name: str, manifest: Manifest | None = None
) -> str:
    """Return the page: what the data are good for, places, times, copies, delays."""
    period = words.period(
        provenance.start, provenance.end, by_month=provenance.precision == "month"
    )
    subject = f"{name} · {period}"
    return render_page(
        "quality.html.jinja",
        title=f"Quality of {name}",
        imprint=Imprint.around(provenance, subject, manifest=manifest),
        headline=headline(quality),
        findings=_findings(quality),
        figures=_figures(quality, provenance),
        measures=_tabulate_measures(quality),
        stacks=_tabulate_stacks(quality) if quality.stacked else None,
        week=_tabulate_week(quality.week) if quality.week else None,
        gaps=_tabulate_gaps(quality),
        excluded=_tabulate(quality.excluded_by_reason, "excluded", "Kept but excluded, by reason"),
        rejects=_tabulate(
            quality.rejects_by_reason, "rejects", "Not kept, by reason", counted="Rows"
        ),
        kinds=_tabulate(quality.by_kind, "kinds", "Kinds of record"),
    )


def headline(quality: Quality) -> str:
    """Return what the data can and cannot be used for, in one sentence."""
    n = words.count(quality.n)
    timed = quality.exact_time_share or 0.0
    exact = sum(quality.by_grade[grade] for grade in ("A", "B"))
    where = (
        "their places are exact enough to choose corners"
        if exact >= quality.n / 2
        else "their places are known to the street: choose areas by them, not corners"
    )
    when = (
        f"{words.share(timed)} have a time known within the hour"
        if timed > 0
        else "none has a time of day, so they cannot time a patrol"
    )
    return f"{n} incidents: {where}, and {when}."


def _findings(quality: Quality) -> list[str]:
    copies = quality.duplicates
    near = "not known, since times are too coarse" if copies.near is None else f"{copies.near:,}"
    rows = words.count(copies.rows_with_repeated_ids)
    found = [
        f"Identifiers on several rows: {copies.repeated_ids:,} ({rows} rows).",
        f"Rows like another, same offence, within {NEAR_M:g} m and {NEAR_MIN} minutes: {near}.",
        f"Rows that name a record they count once with: {copies.linked:,}.",
    ]
    if quality.delay_h_median is not None and quality.delay_h_p90 is not None:
        found.append(
            f"From end to recording: half within {words.count(quality.delay_h_median)} hours, "
            f"nine in ten within {words.count(quality.delay_h_p90)}."
        )
    if quality.n_recorded_early:
        early = words.count(quality.n_recorded_early)
        found.append(f"Recorded before they can have begun: {early}; one of the times is wrong.")
    left_out = sum(quality.rejects_by_reason.values())
    if left_out:
        found.append(f"Rows of the export that could not be kept: {words.count(left_out)}.")
    removed = sum(sum(kinds.values()) for kinds in quality.personal_values_removed.values())
    if removed:
        columns = ", ".join(quality.personal_values_removed)
        found.append(f"Single values blanked as personal: {words.count(removed)}, in {columns}.")
    return found


def _figures(quality: Quality, provenance: Provenance) -> list[Figure]:
    source = f"{provenance.source or 'the export'}, {words.count(quality.n)} incidents"
    figures = [_draw_grades(quality, source), _draw_months(quality, source)]
    return [*figures, _draw_hours(quality, source)] if quality.by_hour else figures


def _draw_grades(quality: Quality, source: str) -> Figure:
    shares = [
        Share(
            f"{grade}, {meaning}",
            quality.by_grade[grade] / max(quality.n, 1),
            words.count(quality.by_grade[grade]),
        )
        for grade, meaning in _GRADES.items()
        if quality.by_grade[grade]
    ]
    best = max(_GRADES, key=lambda grade: quality.by_grade[grade])
    finding = f"Most places are known {_GRADES[best]}"
    return Figure(finding, f"Share of incidents by grade of location; {source}",
                  draw_shares(shares), speak_shares(shares))  # fmt: skip


def _draw_months(quality: Quality, source: str) -> Figure:
    columns = [Column(words.month(month), n) for month, n in quality.by_month.items()]
    missing = [month for month, n in quality.by_month.items() if n is None]
    finding = (
        f"Of {words.count(len(columns))} months {words.count(len(missing))} are not known"
        if missing
        else "Every month of the period is known"
    )
    spoken = "; ".join(f"{column.label}: {words.count(column.n)}" for column in columns)
    measure = f"Incidents a month, grey where missing; {source}"
    return Figure(finding, measure, draw_columns(columns, spoken=spoken), spoken)


def _draw_hours(quality: Quality, source: str) -> Figure:
    columns = [Column(f"{hour:02}:00", n) for hour, n in enumerate(quality.by_hour)]
    busiest = max(range(24), key=lambda hour: quality.by_hour[hour])
    share = words.share(quality.by_hour[busiest] / max(sum(quality.by_hour), 1))
    finding = f"The fullest hour is {busiest:02}:00, with {share}"
    spoken = "; ".join(f"{column.label}: {words.count(column.n)}" for column in columns)
    timed = f"{words.count(sum(quality.by_hour))} incidents with a time known within {EXACT_MIN}"
    measure = f"By local hour: {timed} minutes; from {source}"
    return Figure(finding, measure, draw_columns(columns, spoken=spoken), spoken)


def _tabulate_measures(quality: Quality) -> Twin:
    sets = (quality.everything, quality.exact_places)
    rows = [
        Row([Cell(name), *(_measure(part, field) for part in sets)]) for name, field in _MEASURES
    ]
    headings = (
        Heading("Measure"),
        Heading("All incidents", "number"),
        Heading("Places of grade A and B only", "number"),
    )
    caption = f"With and without places of grade C and D; late means more than {LATE_H} hours"
    return Twin("measures", caption, headings, rows)


def _measure(part: Measured, field: str) -> Cell:
    if not field:
        return Cell(words.count(part.n), part.n)
    share: float | None = getattr(part, field)
    return Cell(words.share(share), share)


def _tabulate_week(week: WeekHours) -> Twin:
    """Tabulate weekdays by spans of four hours; the single hours are in the JSON."""
    blocks = np.asarray(week.weights).reshape(7, 6, -1).sum(axis=2)
    spans = [f"{hour:02}–{hour + _SPAN_H:02}" for hour in range(0, 24, _SPAN_H)]
    rows = [
        Row([Cell(day.title()), *(Cell(words.count(round(n)), float(n)) for n in block)])
        for day, block in zip(WEEKDAYS, blocks, strict=True)
    ]
    caption = (
        f"By weekday and local hour: {words.count(week.n_counted)} incidents, each spread over the "
        f"time it can have happened in; {words.share(week.excluded_share)} of all are left out, "
        f"known to no better than {week.cap_h:g} hours"
    )
    headings = (Heading("Weekday"), *(Heading(span, "number") for span in spans))
    return Twin("week", caption, headings, rows)


def _tabulate_stacks(quality: Quality) -> Twin:
    headings: Sequence[Heading] = (
        Heading("Location"),
        Heading("Incidents", "number"),
        Heading("May be"),
        Heading("Label"),
    )
    rows = [
        Row(
            [
                Cell(
                    stack.location or "no text",
                    note=f"{words.count(round(stack.x))} east, {words.count(round(stack.y))} north",
                ),
                Cell(words.count(stack.n), stack.n, note=f"{words.share(stack.share)} of all"),
                Cell(stack.guess or "not known"),
                Cell(stack.label or "none yet"),
            ]
        )
        for stack in quality.stacked
    ]
    return Twin("stacks", "Points that hold many incidents, fullest first", headings, rows)


def _tabulate_gaps(quality: Quality) -> Twin | None:
    gaps = quality.missing_months_by_force
    if not gaps:
        return None
    rows = [Row([Cell(force), Cell(draw_together(months))]) for force, months in gaps.items()]
    caption = "Months without data, force by force: missing, not zero"
    return Twin("gaps", caption, (Heading("Force"), Heading("Months without data")), rows)


def _tabulate(
    counts: Mapping[str, int], name: str, caption: str, *, counted: str = "Incidents"
) -> Twin | None:
    if not counts:
        return None
    rows = [Row([Cell(label), Cell(words.count(n), n)]) for label, n in counts.items()]
    return Twin(name, caption, (Heading("What"), Heading(counted, "number")), rows)
