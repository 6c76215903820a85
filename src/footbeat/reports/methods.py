"""What follows page one of a trial report: how it was estimated, carry-over, checks, appendix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.reports import words
from footbeat.reports.charts import REFERENCES, Ratio, draw_ratios, speak_ratios
from footbeat.reports.page import Cell, Figure, Heading, Row, Twin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footbeat.trials.results import Effect, Estimate

_ESTIMATORS = {
    "randomisation": "Randomisation inference on the mechanism drawn",
    "poisson-place-day": "Poisson with place and day effects",
    "poisson-place-day-robust": "The same, errors by day or place (robust)",
    "negative-binomial-place-day": "Negative binomial with place and day effects",
    "poisson-given-lags": "Poisson, earlier patrols held fixed",
    "long-run": "Patrols day after day (long run)",
    "exact-totals": "Exact comparison of the two totals",
    "spillover-near-patrol": "Comparison days with a patrol near",
    "effect-none-near": "Effect where no patrol was near",
    "same-place-same-day": "The place itself, the same day",
    "ring-around": "The ring around the place",
    "time-other-hours": "Other hours of the same day",
    "time-next-day": "The day after a patrol",
    "complier": "Effect where a patrol was made (complier ratio)",
    "harm-winsorised": "Harm, the largest values capped",
    "harm-square-root": "Harm, square root",
    "harm-leave-largest-out": "Harm, without the largest incident",
}
_VERDICTS = {True: "passes", False: "LOOK", None: "for information"}

# What was compared, its ratio, low, high and p, and a note.
_Line = tuple[str, float | None, float | None, float | None, float | None, str]


@dataclass(frozen=True, slots=True)
class Section:
    """One section after page one: words, then a figure, then its table."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    figure: Figure | None = None
    twin: Twin | None = None


def name_estimator(name: str) -> str:
    """Return what an estimator is called before people."""
    return _ESTIMATORS.get(name, name.replace("-", " ").capitalize())


def describe_methods(effect: Effect) -> tuple[Section, ...]:
    """Return the sections after page one, those without anything to say left out."""
    parts = (
        _describe_prevented(effect),
        _describe_estimators(effect) if effect.estimators else None,
        _describe_lags(effect) if effect.lags else None,
        _describe_clean(effect) if effect.clean_control else None,
        _describe_since(effect) if effect.days_since else None,
        _describe_checks(effect) if effect.checks else None,
        _describe_places(effect) if effect.places else None,
        _describe_specification(effect) if effect.specification else None,
    )
    return (*(part for part in parts if part), _describe_references())


def _describe_references() -> Section:
    return Section(
        "Published results in the picture",
        tuple(f"{item.label.strip()}: {item.citation}." for item in REFERENCES),
    )


def _describe_prevented(effect: Effect) -> Section | None:
    measures = (
        (effect.prevented_per_100, "for each 100 patrol days"),
        (effect.prevented_per_hour, "for each hour of patrol"),
    )
    lines = []
    for values, unit in measures:
        if values is not None:
            lines.append(f"{words.prevented(values, effect.outcome_label)} {unit}.")
    return Section("What that comes to", tuple(lines)) if lines else None


def _describe_estimators(effect: Effect) -> Section:
    redrawn = (
        f"{effect.n_draws:,} redraws of the same lottery that chose the days: it asks how often "
        "chance alone would have given so large a difference, and needs no model of crime"
    )
    source = (
        f"The answer comes from {redrawn}."
        if effect.estimator == "randomisation"
        else f"The answer comes from the first row, which is a model of crime. Below it stand "
        f"{redrawn}."
    )
    text = f"{source} Other rows assume other things; where they disagree, trust the answer less."
    lines = [
        (name_estimator(one.name), one.ratio, one.low, one.high, one.p, one.note)
        for one in effect.estimators
    ]
    twin = tabulate_ratios("estimators", "The effect by every estimator, the main one first", lines)
    return Section("How it was estimated", (text,), twin=twin)


def _describe_lags(effect: Effect) -> Section:
    drawn = [
        Ratio(_lag_words(lag.days), lag.ratio, lag.low, lag.high, is_main=lag.days == 0)
        for lag in effect.lags
    ]
    figure = _figure(
        "Does a patrol still act on later days?",
        f"Ratio of {effect.outcome_label} for a patrol so many days ago, given the other days, "
        "with 95 % intervals. Patrols still to come should show nothing.",
        drawn,
    )
    lines = [(_lag_words(lag.days), lag.ratio, lag.low, lag.high, lag.p, "") for lag in effect.lags]
    text = f"Test on patrols still to come (placebo): {words.p_value(effect.placebo_p)}."
    return Section(
        "Carry-over", (text,), figure, tabulate_ratios("lags", "Carry-over by day", lines)
    )


def _describe_clean(effect: Effect) -> Section:
    text = (
        "If the effect of a patrol lasts, comparison days soon after one are not clean, and the "
        "answer is too small."
    )
    lines: list[_Line] = [
        (
            _clean_words(item.days),
            item.ratio,
            item.low,
            item.high,
            None,
            words.counted(item.events_control, effect.outcome_label, item.n_control),
        )
        for item in effect.clean_control
    ]
    drawn = [
        Ratio(_clean_words(item.days), item.ratio, item.low, item.high, is_main=item.days == 0)
        for item in effect.clean_control
    ]
    figure = _figure(
        "Does the effect grow as comparison days get cleaner?",
        f"Ratio of {effect.outcome_label} against comparison days without a patrol just before.",
        drawn,
    )
    caption = "Effect by how clean the comparison days are"
    twin = tabulate_ratios("clean", caption, lines, has_p=False)
    return Section("Against cleaner comparison days", (text,), figure, twin)


def _describe_since(effect: Effect) -> Section:
    text = (
        "Comparison days only: those whose last patrol was so many days before, against those "
        f"with none in the {len(effect.days_since)} days before. Ratios below 1 that come back "
        "to 1 are a benefit that lasts and wears off; ratios above 1 are crime put off."
    )
    lines: list[_Line] = [
        (
            f"Last patrol {item.days} day{'s' if item.days > 1 else ''} before",
            item.ratio,
            item.low,
            item.high,
            None,
            words.counted(item.events, effect.outcome_label, item.n_placedays),
        )
        for item in effect.days_since
    ]
    twin = tabulate_ratios("since", "Comparison days by days since a patrol", lines, has_p=False)
    return Section("Days since the last patrol", (text,), twin=twin)


def _describe_checks(effect: Effect) -> Section:
    rows = [Row((Cell(check.text), Cell(_VERDICTS[check.passed]))) for check in effect.checks]
    headings = (Heading("Check"), Heading("Verdict", "word"))
    twin = Twin("checks", "What would make this answer doubtful", headings, rows)
    return Section("Checks", twin=twin)


def _describe_places(effect: Effect) -> Section:
    text = (
        "Each place's ratio is drawn towards the common one, because few incidents fall in any "
        "one of them. They are not a ranking."
    )
    lines: list[_Line] = [
        (
            place.name or place.hotspot_id,
            place.ratio,
            place.low,
            place.high,
            None,
            words.evidence(
                place.events_treated,
                place.n_treated,
                place.events_control,
                place.n_control,
                label=effect.outcome_label,
            ),
        )
        for place in effect.places
    ]
    twin = tabulate_ratios("by-place", "Effect by place", lines, has_p=False)
    return Section("Place by place", (text,), twin=twin)


def _describe_specification(effect: Effect) -> Section:
    text = (
        "Other reasonable ways to analyse these data, so that a reader can see that the answer "
        "was not picked from among them."
    )
    lines = [
        (one.name, one.ratio, one.low, one.high, one.p, one.note) for one in effect.specification
    ]
    known = [one for one in effect.specification if one.ratio is not None]
    drawn = [
        Ratio(f"{one.name}, {one.note}" if one.note else one.name, one.ratio, one.low, one.high)
        for one in sorted(known, key=_ratio)
    ]
    figure = _figure(
        "How far the answer depends on the way it is analysed",
        f"Ratio of {effect.outcome_label} with its interval by specification, lowest first.",
        drawn,
    )
    twin = tabulate_ratios("specification", "Effect by specification", lines)
    return Section("Appendix: other ways to analyse it", (text,), figure, twin)


def _figure(finding: str, measure: str, drawn: Sequence[Ratio]) -> Figure:
    return Figure(finding, measure, draw_ratios(drawn), spoken=speak_ratios(drawn))


def _ratio(one: Estimate) -> float:
    return one.ratio or 0.0


def tabulate_ratios(name: str, caption: str, lines: Sequence[_Line], *, has_p: bool = True) -> Twin:
    """Return ratios with their intervals in words as a table, notes as second lines."""
    headings = [
        Heading("What was compared"),
        Heading("Ratio", "number"),
        Heading("Difference, with 95 % interval"),
        *([Heading("p", "number")] if has_p else []),
    ]
    rows = [
        Row(
            (
                Cell(label, note=note),
                Cell(words.UNKNOWN if ratio is None else f"{ratio:.2f}", ratio),
                Cell(words.change(ratio, low, high)),
                *([Cell(_p(p), p)] if has_p else []),
            )
        )
        for label, ratio, low, high, p, note in lines
    ]
    return Twin(name, caption, headings, rows)


def _p(p: float | None) -> str:
    return words.p_value(p).removeprefix("p ").removeprefix("= ")


def _lag_words(days: int) -> str:
    if days == 0:
        return "Patrol today"
    size = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"Patrol {size} ago" if days > 0 else f"Patrol {size} ahead (placebo)"


def _clean_words(days: int) -> str:
    if days == 0:
        return "All comparison days"
    return f"No patrol in the {days} day{'s' if days > 1 else ''} before"
