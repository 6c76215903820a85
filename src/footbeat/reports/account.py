"""The account of a trial in plain English: what was found, how sure, what it cannot say.

One account serves the page, the PDF and the document, so that no two of them can differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from footbeat.reports import words
from footbeat.reports.charts import REFERENCES, Ratio, draw_ratios, speak_ratios
from footbeat.reports.methods import Section, describe_methods
from footbeat.reports.page import Cell, Figure, Heading, Imprint, Row, Twin

if TYPE_CHECKING:
    from footbeat.manifest import Manifest
    from footbeat.trials.effect import Effect


@dataclass(frozen=True, slots=True)
class Account:
    """A trial as its reader meets it.

    Attributes
    ----------
    imprint
        Marking, subject, cautions (the gravest first), sources, manifest.
    answer
        The answer in one sentence, with counts, exposure and interval.
    figure
        The one picture: ratio and interval beside published ones.
    counts
        The counts table: one row an arm.
    limits
        What this cannot say, in three sentences.
    delivered
        Delivery and contamination in one line.
    design
        Design, data cut, plan and commitments, by name.
    sections
        Methods and tables.
    """

    imprint: Imprint
    answer: str
    figure: Figure
    counts: Twin
    limits: tuple[str, str, str]
    delivered: str
    design: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def describe_trial(effect: Effect, *, place: str = "", manifest: Manifest | None = None) -> Account:
    """Return the account of an effect; `place` names the force or town in its head."""
    span = words.period(effect.start, effect.end)
    imprint = Imprint(
        subject=" · ".join(part for part in ("Trial report", place, span) if part),
        marking=effect.marking,
        cautions=tuple(dict.fromkeys((*effect.warnings, *effect.cautions))),
        attribution=effect.attribution,
        is_synthetic=effect.is_synthetic,
        manifest=manifest,
    )
    return Account(
        imprint=imprint,
        answer=answer(effect),
        figure=_picture(effect, span),
        counts=_tabulate_counts(effect),
        limits=_limits(effect),
        delivered=_delivery(effect),
        design=_design(effect),
        sections=describe_methods(effect),
    )


def answer(effect: Effect) -> str:
    """Return the answer in one sentence: never a percentage without counts and interval."""
    counted = words.evidence(
        effect.events_treated,
        effect.n_treated,
        effect.events_control,
        effect.n_control,
        label=effect.outcome_label,
    )
    if effect.ratio is None:
        return f"The effect on {effect.outcome_label} cannot be told: {counted}."
    size = words.difference(effect.ratio)
    span = words.interval(effect.low, effect.high)
    if _shows_no_difference(effect):
        return (
            f"The trial was too small to tell: {size} {effect.outcome_label} on patrol days "
            f"({span}), {counted}."
        )
    return f"{_opened(size)} {effect.outcome_label} on patrol days ({span}): {counted}."


def _shows_no_difference(effect: Effect) -> bool:
    return (effect.low or 0.0) <= 1 <= (effect.high or float("inf"))


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def _picture(effect: Effect, span: str) -> Figure:
    line = Ratio("This trial", effect.ratio, effect.low, effect.high, is_main=True)
    return Figure(
        finding=_finding(effect),
        measure=(
            f"Rate of {effect.outcome_label} on patrol days over that on comparison days, with "
            f"its 95 % interval; {effect.n_hotspots} hot spots, {span}. Dotted, to hold it "
            "against: national evaluation, first year; Youth Endowment Fund (YEF), 44 studies; "
            "Braga and Weisburd 2022."
        ),
        drawing=draw_ratios([line], REFERENCES),
        spoken=speak_ratios([line]),
    )


def _finding(effect: Effect) -> str:
    if effect.ratio is None:
        return "No ratio can be formed from these counts"
    if _shows_no_difference(effect):
        return "The interval holds both fewer and more: the trial cannot tell which"
    where = "below" if effect.ratio < 1 else "above"
    return f"The whole interval lies {where} “no difference”"


def _tabulate_counts(effect: Effect) -> Twin:
    arms = (
        ("Patrol days", effect.n_treated, effect.events_treated, effect.exposure_treated_h),
        ("Comparison days", effect.n_control, effect.events_control, effect.exposure_control_h),
    )
    headings = [
        Heading("Days", is_sortable=False),
        Heading("Place-days", "number", is_sortable=False),
        Heading(effect.outcome_label.capitalize(), "number", is_sortable=False),
        Heading("For each 1,000 place-days", "number", is_sortable=False),
        Heading("Hours counted", "number", is_sortable=False),
    ]
    rows = [
        Row(
            (
                Cell(name),
                Cell(words.count(n_days)),
                Cell(words.count(events)),
                Cell(words.per_thousand(events, n_days)),
                Cell(words.count(hours, 0)),
            )
        )
        for name, n_days, events, hours in arms
    ]
    return Twin("counts", f"Counts behind the answer, {_hours(effect)}", headings, rows)


def _limits(effect: Effect) -> tuple[str, str, str]:
    where = (
        f"Whether it holds elsewhere or later: it speaks for these {effect.n_hotspots} places, "
        f"{words.period(effect.start, effect.end)}, and for a patrol being scheduled that day."
    )
    spill = (
        "Whether incidents moved: the interval assumes that a patrol changes neither the days "
        "after it nor the places around it."
    )
    if _shows_no_difference(effect):
        how_sure = (
            "That patrols do nothing: with these counts anything from "
            f"{words.interval(effect.low, effect.high)} fits."
        )
    else:
        how_sure = (
            "What about the patrols made the difference: officers, hour and length were not "
            "drawn by lot, only the days were."
        )
    return where, spill, how_sure


def _delivery(effect: Effect) -> str:
    made, stray = effect.delivered_share, effect.contamination_share
    if made is None:
        return (
            "Delivery is not known: no record of patrols was given, so this is the effect of "
            "scheduling them."
        )
    delivered = f"{_part(made, effect.n_treated)} patrols due ({words.share(made)})"
    if stray is None:
        return f"Delivered: {delivered}. Patrols on comparison days: not known."
    extra = f"{_part(stray, effect.n_control)} comparison days ({words.share(stray)})"
    return f"Delivered: {delivered}. Contamination: a patrol on {extra}."


def _part(share: float, whole: int) -> str:
    return f"{round(share * whole):,} of {whole:,}"


def _design(effect: Effect) -> tuple[tuple[str, str], ...]:
    planned = "as planned" if effect.planned else "not the planned outcome, or no plan was locked"
    looks = "once" if effect.n_looks == 1 else f"{effect.n_looks} times"
    return (
        (
            "Design",
            f"{', '.join(effect.mechanism)}: {effect.n_hotspots} places, {effect.n_days} days",
        ),
        ("What is estimated", effect.estimand),
        ("Hours counted", _hours(effect)),
        ("Data cut", f"{_cut(effect)}; place-days enter {effect.settle_days} days after"),
        ("Analysis", f"{planned}; computed {looks}"),
        ("Plan", effect.plan_hash or "none locked"),
        ("Schedule", ", ".join(effect.commitments) or "commitment not known"),
    )


def _cut(effect: Effect) -> str:
    return words.day(date.fromisoformat(effect.data_cut[:10])) if effect.data_cut else words.UNKNOWN


def _hours(effect: Effect) -> str:
    return (
        f"{words.clock(effect.hours)} each day"
        if effect.hours
        else "whole operational days (06:00 to 05:59)"
    )
