"""Check that a schedule is the one that was committed to, byte by byte and draw by draw."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.errors import FootbeatError, StoreError
from footbeat.manifest import canonical_json, hash_file, load_manifest, manifest_path
from footbeat.tables import SCHEDULE, check_table
from footbeat.tasking.journal import Entry, read_journal
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import (
    OPENED,
    PUBLIC,
    RECORD,
    SEALED,
    check_folder,
    draw_rows,
    load_public,
    public_bytes,
    read_secret,
    roster_from_public,
    secret_folders,
)
from footbeat.tasking.sealing import blinded_hash, commit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a schedule's folder holds.

    Attributes
    ----------
    valid
        Whether nothing that could be checked failed.
    opened
        Whether the sealed part, or what was opened of it, was there, so that everything was
        recomputed.
    commitment
        The published hash.
    lodged
        Where and when the commitment was lodged, oldest first.
    problems
        What does not hold, one sentence each.
    """

    valid: bool
    opened: bool
    commitment: str
    lodged: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each thing that does not hold; none where all does."""
        return pd.DataFrame({"problem": list(self.problems)}, dtype="string")


def verify_schedule(folder: Path) -> Verification:
    """Recompute the commitment, the draw, and the hash of every file of a schedule's folder.

    Without the sealed part, and before it was opened with `reveal_schedule`, only the public
    file, the journal and the released files can be checked against each other; `opened` is then
    false.

    Raises
    ------
    StoreError
        When the folder holds no `schedule.json`.
    """
    check_folder(folder)
    try:
        public = load_public(folder)
    except StoreError as error:
        return Verification(
            valid=False, opened=False, commitment="", lodged=(), problems=(error.found,)
        )
    problems = _check_public(folder, public) + _check_manifest(folder)
    parts = list(secret_folders(folder))
    drawn = [_redraw(part, public, problems) for part in parts]
    rows = drawn[0] if drawn else None
    entries = _check_journal(folder, public, problems)
    _check_releases(folder, entries, rows, problems)
    _check_opened(folder, entries, problems)
    lodged = tuple({"at": entry.at, **entry.body} for entry in entries if entry.kind == "lodged")
    commitment = str(public.get("commitment", ""))
    return Verification(not problems, bool(parts), commitment, lodged, tuple(problems))


def rows_hash(rows: pd.DataFrame, days: Sequence[date]) -> str:
    """Return the SHA-256 of the rows of some days, in canonical JSON."""
    chosen = rows[rows["day"].isin(list(days))]
    content = json.loads(chosen.to_json(orient="values", date_format="iso", date_unit="us"))
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _check_public(folder: Path, public: Mapping[str, Any]) -> list[str]:
    if (folder / PUBLIC).read_bytes() == public_bytes(public):
        return []
    return [f"{PUBLIC} is not written as Footbeat writes it."]


def _check_manifest(folder: Path) -> list[str]:
    """Hold the manifest against the public file; a schedule saved from Python has none."""
    path = manifest_path(folder / PUBLIC)
    if not path.exists():
        return []
    try:
        content = load_manifest(folder / PUBLIC)
        as_written = f"{canonical_json(content, indent=2)}\n".encode() == path.read_bytes()
        (output,) = content["outputs"]
        is_right = as_written and output == asdict(hash_file(folder / PUBLIC))
    except (OSError, ValueError, KeyError, TypeError):
        is_right = False
    return [] if is_right else [f"{path.name} is not the manifest of {PUBLIC}."]


def _redraw(sealed: Path, public: Mapping[str, Any], problems: list[str]) -> pd.DataFrame | None:
    try:
        seed, nonce = (read_secret(sealed / name) for name in ("seed.txt", "nonce.txt"))
        problems += _check_files(sealed, public["files"], nonce)
        body = {name: value for name, value in public.items() if name != "commitment"}
        if commit(body, seed=seed, nonce=nonce) != public["commitment"]:
            problems.append("The commitment does not match the terms, the seed and the nonce.")
        mechanism = parse_mechanism(public["mechanism"])
        options = ScheduleOptions.from_json(public["options"])
        rows = draw_rows(roster_from_public(public), mechanism, options, seed=seed)
        if not _as_table(rows).equals(pq.read_table(sealed / "schedule.parquet")):
            problems.append("The sealed schedule is not what the seed draws.")
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, FootbeatError):
        problems.append("The sealed part is missing files or cannot be read.")
        return None
    return rows


def _as_table(rows: pd.DataFrame) -> pa.Table:
    return check_table(pa.Table.from_pandas(rows, preserve_index=False), SCHEDULE)


def _check_files(sealed: Path, listed: Mapping[str, str], nonce: bytes) -> list[str]:
    found = {f"{SEALED}/{path.name}": path for path in sealed.iterdir()}
    found.pop(f"{SEALED}/nonce.txt", None)
    if sealed.name == OPENED:
        found.pop(f"{SEALED}/{RECORD}", None)
    problems = [f"{name} is missing." for name in sorted(set(listed) - set(found))]
    problems += [f"{name} was not sealed." for name in sorted(set(found) - set(listed))]
    for name in sorted(set(listed) & set(found)):
        if blinded_hash(found[name], nonce) != listed[name]:
            problems.append(f"{name} is not what was sealed.")
    return problems


def _check_journal(folder: Path, public: Mapping[str, Any], problems: list[str]) -> list[Entry]:
    try:
        return read_journal(folder, str(public.get("commitment", "")))
    except FootbeatError as error:
        problems.append(f"{error.problem} {error.found}")
        return []


def _check_releases(
    folder: Path, entries: Sequence[Entry], rows: pd.DataFrame | None, problems: list[str]
) -> None:
    releases = [entry.body for entry in entries if entry.kind == "release"]
    problems += _compare(
        folder / "released", {body["file"]: body["sha256"] for body in releases}, "released"
    )
    for body in releases:
        if rows is not None and body["rows"] != _days_hash(rows, body["days"]):
            problems.append(f"{body['file']} does not hold the rows of the sealed schedule.")


def _check_opened(folder: Path, entries: Sequence[Entry], problems: list[str]) -> None:
    listed: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "reveal":
            listed |= entry.body["files"]
    problems += _compare(folder / OPENED, listed, "opened")


def _compare(part: Path, listed: Mapping[str, str], done: str) -> list[str]:
    """Say which files of a folder are missing, strange or changed; `listed` holds their hashes."""
    paths = part.iterdir() if part.is_dir() else ()
    found = {f"{part.name}/{path.name}": path for path in paths}
    problems = [f"{name} is missing." for name in sorted(set(listed) - set(found))]
    problems += [f"{name} was not {done}." for name in sorted(set(found) - set(listed))]
    problems += [
        f"{name} is not what was {done}."
        for name in sorted(set(listed) & set(found))
        if hash_file(found[name]).sha256 != listed[name]
    ]
    return problems


def _days_hash(rows: pd.DataFrame, days: Sequence[str]) -> str:
    wanted = set(days)
    return rows_hash(rows, [day for day in rows["day"].unique() if day.isoformat() in wanted])
