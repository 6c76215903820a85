"""The one screen the demonstration ends in, and the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from footbeat.cli.frame import table
from footbeat.cli.simulate import DEFAULT_SEED
from footbeat.reports import words
from footbeat.simulate.loop import holds
from footbeat.simulate.town import TOWN_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from footbeat.simulate.loop import LoopResult, Trial
    from footbeat.targeting.found import LeftOut
    from footbeat.trials.results import Effect

_NEXT = (
    "Next: footbeat try FILES with a data.police.uk download, or footbeat incidents read with "
    "your own export."
)


def tell_json(result: LoopResult, files: dict[str, str], seed: int) -> dict[str, Any]:
    """Return what `footbeat demo --json` prints; shares and ratios are never percentages."""
    staged, naive, power = result.staged, result.naive, result.prospects.power
    n_planted = staged.options.n_hotspots
    return {
        "is_synthetic": True,
        "seed": seed,
        "hotspots_planted": n_planted,
        "hotspots_found": round(result.overlap * n_planted),
        "overlap": result.overlap,
        "set_aside": set_aside(result),
        "power": {"mde_held_out": power.mde_held_out, "mde_selection": power.mde_selection},
        "truth": staged.truth,
        "effect": _effect(result.trial.effect, staged.truth.intention_to_treat),
        "no_effect": _effect(result.no_effect.effect, 1.0),
        "naive": {
            "placedays_last_year": naive.placedays_last_year,
            "placedays_this_year": naive.placedays_this_year,
            "last_year": naive.last_year,
            "this_year": naive.this_year,
            "ratio": naive.ratio,
            "this_year_no_effect": naive.this_year_no_effect,
            "ratio_no_effect": naive.ratio_no_effect,
        },
        "coverage": result.coverage,
        "delivered_share": result.fidelity.delivered_share,
        "contamination_share": result.fidelity.contamination_share,
        "files": files,
    }


def draw_screen(result: LoopResult, out: Path, seed: int) -> tuple[Table | str, ...]:
    """Return the screen: a title, one table, the files, the next command."""
    rows = [
        ("Places", _places(result)),
        ("Set aside", _set_aside(result)),
        ("Schedule", _schedule(result)),
        ("Delivered", _delivered(result)),
        ("Planted", _planted(result)),
        ("Effect", _found_effect(result)),
        ("No effect", _found_nothing(result)),
        ("This year against last", _years(result)),
        (f"{result.coverage.sims:,} towns", _coverage(result)),
    ]
    origin = "the default, not picked for its result" if seed == DEFAULT_SEED else "as asked"
    title = f"{TOWN_NAME}, a SYNTHETIC town · seed {seed}, {origin}"
    return (
        table(title, ("", ""), rows),
        "",
        f"Written: {out}. Begin with START-HERE.txt, map.html and report.html in it.",
        _NEXT,
    )


def set_aside(result: LoopResult) -> list[LeftOut]:
    """Return the places that closed premises alone would have put on the list, best first."""
    return [place for place in result.staged.found.left_out if "premises: " in place.reason]


def _effect(effect: Effect, truth: float) -> dict[str, Any]:
    return {
        "ratio": effect.ratio,
        "low": effect.low,
        "high": effect.high,
        "p": effect.p,
        "truth": truth,
        "covered": holds(effect, truth),
        "n_treated": effect.n_treated,
        "n_control": effect.n_control,
        "events_treated": effect.events_treated,
        "events_control": effect.events_control,
        "data_cut": effect.data_cut,
    }


def _places(result: LoopResult) -> str:
    staged = result.staged
    n_planted, spread = staged.options.n_hotspots, staged.found.concentration
    period = staged.hotspots.provenance
    return (
        f"{round(result.overlap * n_planted)} of {n_planted} planted hot spots found (centre "
        f"within 250 m). The {len(staged.hotspots)} chosen are {words.share(spread.area_share)} "
        f"of the town and held {words.share(spread.incident_share)} of its "
        f"{staged.found.n_incidents:,} counted incidents in the year that chose them, "
        f"{words.period(period.start, period.end)}."
    )


def _set_aside(result: LoopResult) -> str:
    said = []
    for place in set_aside(result):
        counts, _, kind = place.reason.partition(": premises: ")
        said.append(
            f"{place.place} ({kind.replace('-', ' ')}) would have ranked "
            f"{words.ordinal(place.rank)}: {counts}."
        )
    return " ".join(said) or "Nothing that would have made the list."


def _schedule(result: LoopResult) -> str:
    options, prospects = result.staged.options, result.prospects
    mde = prospects.power.mde_held_out
    can = (
        "no fall, however large, with 80 % power"
        if mde is None
        else f"a fall of {words.share(mde)} or more with 80 % power; a smaller one may be there "
        "and not be seen"
    )
    return (
        f"{options.treat} of {len(result.staged.hotspots)} places drawn each day for "
        f"{options.n_days} days: {prospects.n_treated:,} patrol days, {prospects.n_control:,} "
        f"comparison days. It can detect {can}."
    )


def _delivered(result: LoopResult) -> str:
    done = result.fidelity
    stray = round((done.contamination_share or 0) * done.comparison_days)
    return (
        f"{done.delivered:,} of {done.assigned:,} patrol days saw ten minutes or more, by "
        f"tracker ({words.share(done.delivered_share)}); so did {stray:,} of "
        f"{done.comparison_days:,} comparison days ({words.share(done.contamination_share)})."
    )


def _planted(result: LoopResult) -> str:
    truth = result.staged.truth
    hours = str(result.staged.options.hours).replace("-", "–")
    return (
        f"{words.difference(truth.ratio)} on a day with a delivered patrol, in the hours counted "
        f"({hours}). With what was missed and what strayed, patrol days "
        f"should show {words.difference(truth.intention_to_treat)}."
    )


def _found_effect(result: LoopResult) -> str:
    truth = words.difference(result.staged.truth.intention_to_treat)
    return f"{_counts(result.trial)} Interval holds {truth}: {_yes(covered=result.covered)}."


def _found_nothing(result: LoopResult) -> str:
    covered = holds(result.no_effect.effect, 1.0)
    return (
        f"The same town, days and patrols, which prevent nothing: {_counts(result.no_effect)} "
        f"Interval holds no difference: {_yes(covered=covered)}."
    )


def _counts(trial: Trial) -> str:
    found = trial.effect
    evidence = words.evidence(
        found.events_treated, found.n_treated, found.events_control, found.n_control
    )
    return f"{words.change(found.ratio, found.low, found.high)}: {evidence}."


def _years(result: LoopResult) -> str:
    naive = result.naive
    fell = naive.ratio_no_effect is not None and naive.ratio_no_effect < 1
    lesson = (
        "places chosen in a bad year look better by themselves"
        if fell
        else "years differ by themselves, and the comparison cannot tell"
    )
    n_days = naive.placedays_this_year
    return (
        f"The chosen places against the year that chose them, per day: "
        f"{words.difference(naive.ratio)} with the effect ({naive.this_year:,} incidents on "
        f"{n_days:,} place-days, {naive.last_year:,} on {naive.placedays_last_year:,} the year "
        f"before), and {words.difference(naive.ratio_no_effect)} WITHOUT any "
        f"({naive.this_year_no_effect:,} on {n_days:,}): {lesson}."
    )


def _coverage(result: LoopResult) -> str:
    towns = result.coverage
    return (
        f"The trial repeated in other towns of this design: {towns.covered:,} of {towns.sims:,} "
        f"intervals held their truth; in {towns.detected:,} the "
        "interval lay wholly below no difference."
    )


def _yes(*, covered: bool) -> str:
    return "yes" if covered else "NO"
