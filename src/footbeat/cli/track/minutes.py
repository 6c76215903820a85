"""`footbeat track minutes`: patrol-minutes and officer-minutes, by whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.errors import UsageError
from footbeat.incidents.files import check_apart
from footbeat.outputs import check_suffix, writing
from footbeat.tracking.dosage import join_visits, measure_dosage, officer_minutes, patrol_minutes
from footbeat.tracking.visits import load_visits

KEYS = (
    "hotspot_id", "day", "agency", "source", "funding", "theme", "mode", "is_scheduled", "unit_id",
)  # fmt: skip
_MOST_LINES = 40


def minutes(
    visits: Annotated[list[Path], typer.Argument(help="Files of visits.", metavar="F.parquet…")],
    *,
    by: Annotated[str, typer.Option(help=f"Any of {', '.join(KEYS)}.")] = "agency,source",
    out: Annotated[Path | None, typer.Option(help="Write the minutes: .csv.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Measure presence: minutes with anyone there, and minutes summed over officers, kept apart.

    Example: footbeat track minutes gps.parquet keyed.parquet --by agency,is_scheduled
    """
    reply, keys = Reply(as_json, quiet), _keys(by)
    found = [load_visits(path) for path in visits]
    frame, n_repeated = join_visits([one.table for one in found])
    measured = measure_dosage(frame, by=keys)
    if out:
        check_suffix(out, (".csv",))
        check_apart(visits, [out])
        with writing(out, overwrite=overwrite) as draft:
            measured.to_csv(draft, index=False)
        record_run("track minutes", parameters={"by": keys}, inputs=visits, output=out)
    warnings = list(dict.fromkeys(text for one in found for text in one.provenance.cautions))
    if n_repeated:
        warnings.append(f"{n_repeated:,} visits stand in more than one file: each counts once.")
    for text in warnings:
        reply.caution(text)
    rows = [[_shown(value) for value in row] for row in measured.itertuples(index=False)]
    reply.finish(
        {
            "patrol_minutes": patrol_minutes(frame),
            "officer_minutes": officer_minutes(frame),
            "n_visits": len(frame),
            "by": measured.astype(object).where(measured.notna(), None).to_dict("records"),
            "warnings": warnings,
        },
        table("Minutes of presence", list(measured.columns), rows[:_MOST_LINES]),
        f"Written: {out}." if out else "",
    )


def _keys(by: str) -> list[str]:
    keys = [key.strip() for key in by.split(",") if key.strip()]
    unknown = [key for key in keys if key not in KEYS]
    if unknown or not keys:
        raise UsageError(
            f"--by must name some of {', '.join(KEYS)}.",
            found=f"It names {', '.join(unknown) or 'nothing'}.",
            do="Name one or more, with commas between.",
        )
    return list(dict.fromkeys(keys))


def _shown(value: object) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - only NaN differs from itself
        return "not known"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
