"""The command `footbeat target backtest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, plain, table
from footbeat.cli.target.asked import (
    DEFAULT_SEED,
    AreaOption,
    AreasOption,
    FeaturesOption,
    GroupOption,
    IncidentsArgument,
    SeedOption,
    ShapeOption,
    SizeOption,
    StreetsOption,
    UntilOption,
    WeightOption,
    read_area,
    read_ground,
    read_places,
)
from footbeat.incidents.load import load_incidents
from footbeat.reports import words
from footbeat.streets import read_streets
from footbeat.targeting import backtest as judging
from footbeat.targeting.layout import CaseOptions

if TYPE_CHECKING:
    from footbeat.targeting.backtest import Backtest
    from footbeat.targeting.league import Judged

_COLUMNS = ("method", "held", "PAI", "PEI", "less the count, in points", "p", "beats it")


def backtest(
    incidents_file: IncidentsArgument,
    *,
    methods: Annotated[str, typer.Option(help="Methods, comma-separated, or all.")] = "all",
    top: Annotated[int, typer.Option(min=1, help="Places flagged.")] = 20,
    area_share: Annotated[
        float | None, typer.Option(help="Share of the cells flagged, 0 to 1, instead of --top.")
    ] = None,
    horizon_days: Annotated[
        int, typer.Option(min=1, help="Days that judge each origin; whole months for month data.")
    ] = 90,
    folds: Annotated[int, typer.Option(min=1, help="Origins.")] = 4,
    history_days: Annotated[int, typer.Option(min=1, help="Days a method may look back.")] = 1095,
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    weight: WeightOption = "count",
    group: GroupOption = None,
    until: UntilOption = None,
    area: AreaOption = None,
    areas: AreasOption = None,
    streets: StreetsOption = None,
    features: FeaturesOption = None,
    seed: SeedOption = DEFAULT_SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge methods on the months that followed, beside last year's count.

    Example: footbeat target backtest incidents.parquet --methods all --top 20
    """
    reply = Reply(as_json, quiet)
    incidents = load_incidents(incidents_file)
    crs = incidents.provenance.crs
    case = CaseOptions(
        shape, size_m, weight, group=group, until=until, history_days=history_days
    )  # fmt: skip
    names = tuple(name.strip() for name in methods.split(",") if name.strip())
    options = judging.BacktestOptions(case, names, top, area_share, horizon_days, folds)
    with reply.progress("Methods", len(judging.wanted_methods(names))) as advance:
        judged = judging.backtest(
            incidents,
            options,
            rng=np.random.default_rng(seed),
            area=read_area(area, crs),
            places=read_places(shape, areas, read_streets(streets, crs) if streets else None, crs),
            features=read_ground(features, crs),
            advance=advance,
        )
    for text in (*incidents.provenance.cautions, *judged.notes):
        reply.caution(text)
    _report(reply, judged)


def _report(reply: Reply, judged: Backtest) -> None:
    rows = [_row(each) for each in judged.methods if each.scored]
    title = (
        f"{judged.n_judged:,} incidents in {len(judged.folds)} periods; "
        f"{judged.n_flagged:,} of {judged.n_cells:,} places flagged"
    )
    absent = [(each.method, each.reason) for each in judged.methods if not each.scored]
    stayed = [
        (f"{c.low:.1f} to {c.high:.1f}", c.n_places, f"{c.expected:.2f}", f"{c.stayed:.2f}")
        for c in judged.calibration
    ]
    reply.finish(
        plain(judged),
        judged.verdict,
        table(title, _COLUMNS, rows),
        *([table("Not scored", ("method", "why"), absent)] if absent else []),
        table(
            "Of places given a probability of the next top, how many were in it",
            ("given", "places", "mean given", "were"),
            stayed,
        ),
    )


def _row(each: Judged) -> tuple[object, ...]:
    against = (
        "same ranking"
        if each.same_ranking
        else f"{100 * (each.difference or 0.0):+.2f} "
        f"({100 * (each.difference_low or 0.0):+.2f} to {100 * (each.difference_high or 0.0):+.2f})"
    )
    return (
        each.method,
        words.share(each.hit_rate),
        f"{each.pai:.1f} ({each.pai_low:.1f} to {each.pai_high:.1f})",
        words.UNKNOWN if each.pei is None else f"{each.pei:.2f}",
        "the baseline" if each.p is None else against,
        "" if each.p_adjusted is None else f"{each.p_adjusted:.3f}",
        "yes" if each.beats_count else "no",
    )
