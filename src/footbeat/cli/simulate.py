"""The commands `footbeat simulate …`: towns that do not exist, with a known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, plain, table
from footbeat.manifest import Manifest, hash_files, save_manifest
from footbeat.outputs import writing_folder
from footbeat.reports import words
from footbeat.simulate.staging import Staged, Streams, stage_town
from footbeat.simulate.town import LABEL, TownOptions

app = typer.Typer(
    help="Simulate: synthetic towns with a known truth, labelled as such.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DEFAULT_SEED = 1


@app.callback()
def simulate() -> None:
    """Simulate towns whose truth is known, to learn on and to test with."""


@app.command()
def town(
    *,
    out: Annotated[Path, typer.Option(help="New folder for the town's files.", metavar="DIR")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything.")] = DEFAULT_SEED,
    hotspots: Annotated[int, typer.Option(min=2, max=60, help="Hot spots to plant.")] = 20,
    days: Annotated[int, typer.Option(min=7, max=730, help="Days of the trial.")] = 90,
    treat: Annotated[int, typer.Option(min=1, help="Hot spots patrolled a day.")] = 8,
    effect: Annotated[
        float, typer.Option(min=0, max=2, help="Planted ratio on a delivered patrol day.")
    ] = 0.7,
    carry_over: Annotated[
        int, typer.Option(min=0, max=30, help="Days over which the effect fades afterwards.")
    ] = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write a synthetic town: records, streets, hot spots, schedule, pings and the truth.

    Example: footbeat simulate town --out town --seed 7
    """
    reply = Reply(as_json, quiet)
    options = TownOptions(
        n_hotspots=hotspots, n_days=days, treat=treat, effect=effect, carry_over_days=carry_over
    )
    reply.caution(LABEL)
    with writing_folder(out, overwrite=overwrite) as draft:
        staged = stage_town(draft, options, Streams.from_seed(seed), step=reply.note)
        record_folder("simulate town", draft, plain(options), seed)
        files = list_files(draft, out)
    _report(reply, staged, out, files)


def record_folder(command: str, folder: Path, parameters: dict[str, object], seed: int) -> None:
    """Write the manifest of a whole folder into it."""
    made = Manifest(
        command=command,
        parameters=parameters,
        inputs=(),
        outputs=hash_files([folder]),
        info={"is_synthetic": True, "label": LABEL},
        seed=seed,
    )
    save_manifest(made, folder / command.rsplit(maxsplit=1)[-1])


def list_files(folder: Path, out: Path) -> dict[str, str]:
    """Return what lies in a folder: the name of each file or subfolder, and its path to be."""
    return {
        path.name: (out / path.name).as_posix()
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
    }


def _report(reply: Reply, staged: Staged, out: Path, files: dict[str, str]) -> None:
    truth = staged.truth
    rows = [
        ("planted", words.difference(truth.ratio) + " on a delivered patrol day"),
        ("a trial should find", words.difference(truth.intention_to_treat)),
        ("hot spots planted", f"{staged.options.n_hotspots:,}"),
        ("records before the trial", f"{len(staged.incidents):,}"),
    ]
    reply.finish(
        {"files": files, "truth": truth, "label": LABEL},
        table("A SYNTHETIC town", ("", ""), rows),
        f"Written: {out}. Everything known only because it is simulated stands in truth.json.",
        f"Next: footbeat incidents read {out}/records-history.csv --source {out}/records.toml "
        f"--area {out}/boundary.gpkg --out incidents.parquet",
    )
