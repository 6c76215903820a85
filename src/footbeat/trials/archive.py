"""The deposit of a trial: everything to recompute its headline in year five, and no point."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from footbeat.errors import StoreError, TamperedError
from footbeat.manifest import VERSION, canonical_json
from footbeat.outputs import writing
from footbeat.tables import PLACEDAYS, Provenance, check_table
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.inference import Draws, estimate_by_redraws
from footbeat.trials.models import estimate_by_models
from footbeat.trials.panel import lay_out
from footbeat.trials.placedays import About, Placedays
from footbeat.trials.plan import RANDOMISATION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footbeat.trials.effect import Effect
    from footbeat.trials.plan import LockedPlan
    from footbeat.trials.results import Estimate

FORMAT = "footbeat-deposit/1"
LISTING = "deposit.json"
_FIXED_DATE = (2000, 1, 1, 0, 0, 0)
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class ArchiveCheck:
    """What a deposit was found to be.

    Attributes
    ----------
    valid
        Whether every file has its listed hash and the headline was recomputed.
    ratio, p
        Recomputed from the place-days.
    stated_ratio, stated_p
        As the deposit states them.
    problems
        What does not hold, one sentence each.
    """

    valid: bool
    ratio: float | None
    p: float | None
    stated_ratio: float | None
    stated_p: float | None
    problems: tuple[str, ...]


def save_archive(
    placedays: Placedays,
    effect: Effect,
    path: Path,
    *,
    rosters: Sequence[Roster],
    seed: int,
    plan: LockedPlan | None = None,
    publics: Sequence[dict[str, Any]] = (),
    overwrite: bool = False,
) -> None:
    """Write the deposit as a ZIP: place-days, codebook, plan, schedule, headline, two scripts.

    Hot spots go by their identifiers only: no points, no unit and no name is in it. The same
    trial gives the same bytes.

    Parameters
    ----------
    placedays, effect
        The table and its headline.
    path
        The ZIP to write.
    rosters
        Places, days, strata and near pairs of each phase.
    seed
        Seed of the redraws behind the headline.
    plan
        The analysis plan, where there was one.
    publics
        The public part of each phase's schedule.
    """
    parts = {
        "placedays.csv": _as_csv(placedays.frame),
        "codebook.csv": _codebook(),
        "headline.json": canonical_json(_headline(effect, seed), indent=2),
        "headline.dcf": _dcf(effect),
        "effect.json": canonical_json(effect.as_json(), indent=2),
        "about.json": canonical_json(
            {"about": asdict(placedays.about), "provenance": placedays.provenance.as_json()},
            indent=2,
        ),
        "rosters.json": canonical_json([_plain_roster(roster) for roster in rosters], indent=2),
        "recompute.py": _script("recompute.py.txt"),
        "recompute.R": _script("recompute.R"),
    }
    if plan:
        parts["plan.json"] = canonical_json(asdict(plan.plan), indent=2)
    for number, public in enumerate(publics, 1):
        parts[f"schedule-{number}.json"] = canonical_json(public, indent=2)
    listing = {
        "format": FORMAT,
        "version": VERSION,
        "files": {n: _hash(t) for n, t in parts.items()},
    }
    with writing(path, overwrite=overwrite) as draft, zipfile.ZipFile(draft, "w") as archive:
        for name, text in (*parts.items(), (LISTING, canonical_json(listing, indent=2))):
            info = zipfile.ZipInfo(name, _FIXED_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode())


def verify_archive(path: Path) -> ArchiveCheck:
    """Recompute the hashes and the headline of a deposit.

    Raises
    ------
    StoreError
        When the file is not a deposit.
    """
    parts = _read(path)
    listing = json.loads(parts[LISTING])["files"]
    problems = [f"{name} is missing." for name in sorted(set(listing) - set(parts))]
    problems += [f"{name} is not listed." for name in sorted(set(parts) - set(listing) - {LISTING})]
    problems += [
        f"{name} is not what was deposited."
        for name in sorted(set(listing) & set(parts))
        if _hash(parts[name]) != listing[name]
    ]
    try:
        headline = json.loads(parts["headline.json"])
        found = {one.name: one for one in _recompute(parts, headline)}
        main = found[headline["estimator"]]
        redrawn, stated = found[RANDOMISATION], headline[RANDOMISATION]
    except (KeyError, ValueError, TypeError) as error:
        raise TamperedError(
            "A deposit must hold what its headline rests on.",
            found="Its place-days or headline cannot be read.",
            do="Ask whoever deposited it for the original.",
        ) from error
    pairs = [(main.ratio, headline["ratio"]), (main.p, headline["p"])]
    pairs += [(redrawn.ratio, stated["ratio"]), (redrawn.p, stated["p"])]
    if not all(_same(*pair) for pair in pairs):
        problems.append("The place-days give another headline.")
    return ArchiveCheck(
        not problems, main.ratio, main.p, headline["ratio"], headline["p"], tuple(problems)
    )


def _recompute(parts: dict[str, str], headline: dict[str, Any]) -> tuple[Estimate, ...]:
    """Estimate again, by redraws and by the models that may be the answer."""
    from io import StringIO

    note = json.loads(parts["about.json"])
    frame = pd.read_csv(StringIO(parts["placedays.csv"]), dtype={"hotspot_id": str, "stratum": str})
    frame["day"] = pd.to_datetime(frame["day"]).dt.date
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), PLACEDAYS)
    placedays = Placedays(
        table.replace_schema_metadata(None).to_pandas(),
        Provenance.from_json(note["provenance"]),
        About.from_json(note["about"]),
    )
    panel = lay_out(placedays, [_read_roster(one) for one in json.loads(parts["rosters.json"])])
    values = np.nan_to_num(placedays.frame[headline["outcome"]].to_numpy(dtype=np.float64))
    draws = Draws(headline["n_draws"], np.random.default_rng(headline["seed"]))
    redrawn = estimate_by_redraws(panel, values, draws)
    return redrawn, *estimate_by_models(panel, values, wide=False)


def _headline(effect: Effect, seed: int) -> dict[str, Any]:
    names = (
        "outcome", "ratio", "low", "high", "p", "n_treated", "n_control", "events_treated",
        "events_control", "mechanism", "n_draws", "data_cut", "plan_hash", "commitments",
        "estimator",
    )  # fmt: skip
    redrawn = _stated(_by_name(effect)[RANDOMISATION])
    return {name: getattr(effect, name) for name in names} | {"seed": seed, RANDOMISATION: redrawn}


def _by_name(effect: Effect) -> dict[str, Estimate]:
    return {one.name: one for one in effect.estimators}


def _stated(one: Estimate) -> dict[str, float | None]:
    return {name: getattr(one, name) for name in ("ratio", "low", "high", "p")}


def _dcf(effect: Effect) -> str:
    poisson = _by_name(effect).get("poisson-place-day")
    fields = {
        "outcome": effect.outcome,
        "mechanism": effect.mechanism[0],
        "estimator": effect.estimator,
        **_stated(_by_name(effect)[RANDOMISATION]),
        "poisson": poisson.ratio if poisson else None,
    }
    return "".join(f"{name}: {'NA' if v is None else v}\n" for name, v in fields.items())


def _as_csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _codebook() -> str:
    rows = [
        {"column": c.name, "type": str(c.type), "unit": c.unit, "meaning": c.meaning}
        for c in PLACEDAYS.columns
    ]
    return _as_csv(pd.DataFrame(rows))


def _plain_roster(roster: Roster) -> dict[str, Any]:
    return {
        "hotspot_ids": list(roster.hotspot_ids),
        "days": [day.isoformat() for day in roster.days],
        "strata": list(roster.strata),
        "near": [list(pair) for pair in roster.near],
    }


def _read_roster(content: dict[str, Any]) -> Roster:
    days = tuple(stamp.date() for stamp in pd.to_datetime(content["days"]))
    near = tuple((int(i), int(j)) for i, j in content["near"])
    return Roster(tuple(content["hotspot_ids"]), days, tuple(content["strata"]), near)


def _script(name: str) -> str:
    return (files("footbeat.trials") / "scripts" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise _no_deposit(path) from error
    if LISTING not in parts:
        raise _no_deposit(path)
    return parts


def _no_deposit(path: Path) -> StoreError:
    return StoreError(
        f"`{path.name}` must be a deposit of `footbeat trial archive`.",
        found="It is not there." if not path.exists() else "It is something else.",
        do="Give the ZIP that was deposited.",
    )


def _same(found: float | None, stated: float | None) -> bool:
    if found is None or stated is None:
        return found is stated
    return abs(found - stated) <= _CLOSE * max(1.0, abs(stated))
