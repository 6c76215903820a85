"""The command `footbeat target backtest`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
    table,
)
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
    refuse_idle_files,
)
from footbeat.cli.target.tuning import tune_each
from footbeat.incidents.load import load_incidents
from footbeat.manifest import Manifest, hash_files
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.plots import save
from footbeat.reports import words
from footbeat.reports.league import save_league_page
from footbeat.streets import read_streets
from footbeat.targeting import backtest as judging
from footbeat.targeting.layout import CaseOptions

if TYPE_CHECKING:
    from footbeat.tables import Provenance
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
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="METHOD.NAME=VALUE",
            help="Option of a method, such as kde.bandwidth_m=300; may be given again.",
        ),
    ] = None,
    bootstraps: Annotated[
        int, typer.Option(min=0, help="Draws behind each method's own P(top); 0 for none.")
    ] = 10,
    out: Annotated[
        Path | None, typer.Option(help="League table to write: HTML page or CSV.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Curves of capture to write: SVG, PNG or PDF.")
    ] = None,
    seed: SeedOption = DEFAULT_SEED,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Judge methods on the months that followed, beside last year's count.

    Example: footbeat target backtest incidents.parquet --methods all --top 20
    """
    reply = Reply(as_json, quiet)
    for path, suffixes in ((out, (".html", ".csv")), (plot, (".svg", ".png", ".pdf"))):
        if path:
            check_suffix(path, suffixes)
            check_writable(path, overwrite=overwrite)
    refuse_idle_files(shape, streets=streets)
    incidents = load_incidents(incidents_file)
    crs = incidents.provenance.crs
    case = CaseOptions(
        shape, size_m, weight, group=group, until=until, history_days=history_days
    )  # fmt: skip
    names = tuple(name.strip() for name in methods.split(",") if name.strip())
    options = judging.BacktestOptions(
        case, names, top, area_share, horizon_days, folds, bootstraps, tune_each(option)
    )
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
    inputs = [path for path in (incidents_file, area, areas, streets, features) if path]
    run = Run(incidents_file.name, incidents.provenance, inputs, plain(options), seed)
    _save(judged, out, plot, run, overwrite=overwrite)
    _report(reply, judged, [path for path in (out, plot) if path])


@dataclass(frozen=True, slots=True)
class Run:
    """What a back-test was made of, for its manifests."""

    name: str
    provenance: Provenance
    inputs: list[Path]
    parameters: dict[str, Any]
    seed: int


def _save(
    judged: Backtest, out: Path | None, plot: Path | None, run: Run, *, overwrite: bool
) -> None:
    info = run.provenance.as_json()
    if out and out.suffix == ".html":
        hashed = hash_files(run.inputs)
        manifest = Manifest("target backtest", run.parameters, hashed, (), info, run.seed)
        save_league_page(
            judged, out, run.provenance, name=run.name, manifest=manifest, overwrite=overwrite
        )
    elif out:
        with writing(out, overwrite=overwrite) as draft:
            judged.to_frame().to_csv(draft, index=False, lineterminator="\n")
    if plot:
        save(judged.plot(), plot, overwrite=overwrite)
    for path in (out, plot):
        if path:
            record_run(
                "target backtest", parameters=run.parameters, inputs=run.inputs, output=path,
                info=info, seed=run.seed,
            )  # fmt: skip


def _report(reply: Reply, judged: Backtest, files: list[Path]) -> None:
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
        {**plain(judged), "files": [path.name for path in files]},
        judged.verdict,
        table(title, _COLUMNS, rows),
        *([table("Not scored", ("method", "why"), absent)] if absent else []),
        table(
            "Of places given a probability of the next top, how many were in it",
            ("given", "places", "mean given", "were"),
            stayed,
        ),
        *(f"Wrote {path}." for path in files),
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
        "the baseline" if each.difference is None else against,
        "" if each.p_adjusted is None else f"{each.p_adjusted:.3f}",
        "yes" if each.beats_count else "no",
    )
