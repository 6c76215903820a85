"""Raw pings do not stay: what is due is deleted, and a certificate says so.

Only what surely holds pings is deleted: fixes with a place and a usable time, and no column that
trackers do not write. A file is due by its last fix. Fixes stamped later than the clock allows
tell nothing and are left out of account. Where some of a file cannot be read, it is due when its
modification time is due as well. What may hold pings, but not surely, is left to the person.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.errors import ColumnError, StoreError, UsageError
from footbeat.manifest import FileHash, canonical_json, hash_file, manifest_path
from footbeat.outputs import writing
from footbeat.tables import provenance_of
from footbeat.tracking.cleaning import read_numbers, read_times
from footbeat.tracking.files import look_at_text
from footbeat.tracking.pings import CLOCK_AHEAD, open_pings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footbeat.tracking.files import PingFile
    from footbeat.tracking.layouts import PingLayout

KEEP_DAYS = 31
RULE = (
    "A file is due by its last fix; fixes stamped in the future do not count. Where some of it "
    "cannot be read, or no fix lies in the past, its modification time must be due as well."
)
_LEAST_COLUMNS = 4
_OTHER_TABLES = {"incident_id", "hotspot_id", "visit_id"}
_HEAD_BYTES = 1 << 16
_MARKS = {
    ".gpx": (b"<trkpt",),
    ".geojson": (b'"Point"', b'"LineString"'),
    ".json": (b'"Point"', b'"LineString"'),
}
_UNOPENED = re.compile(
    r"\.(gz|bz2|xz|zst|zip|7z|rar|tar|tgz|km[lz]|fit|tcx|nmea|xlsx?|db|sqlite|feather|arrow)"
)


@dataclass(frozen=True, slots=True)
class DueFile:
    """One file of raw pings, and whether it is due.

    Attributes
    ----------
    path
        The file.
    last
        The moment its age is counted from.
    last_fix
        When its last fix was made; missing where all lie in the future.
    n_future
        Fixes stamped in the future.
    is_whole
        Whether every row was read, with its time.
    is_due
        Whether it must go.
    """

    path: Path
    last: datetime
    last_fix: datetime | None
    n_future: int
    is_whole: bool
    is_due: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What retention did to a folder.

    Attributes
    ----------
    deleted
        Name within the folder, size and SHA-256 of every file that was deleted.
    kept
        Names of the files of pings that are not due.
    passed_over
        Names of files that are not surely pings, and of links: left alone.
    certificate
        Where the certificate stands; missing when nothing was due.
    """

    deleted: tuple[FileHash, ...]
    kept: tuple[str, ...]
    passed_over: tuple[str, ...]
    certificate: Path | None


def list_due(
    folder: Path, layout: PingLayout, *, timezone: str, now: datetime, keep_days: int = KEEP_DAYS
) -> tuple[list[DueFile], list[Path]]:
    """Return what surely is a file of raw pings, in a folder and below it, and what is not.

    Links are not followed: what they name lies elsewhere.

    Raises
    ------
    UsageError
        When `keep_days` is negative.
    StoreError
        When there is no such folder, or one below it cannot be looked into.
    """
    if keep_days < 0:
        raise UsageError(
            "--days cannot be negative.", found=f"It is {keep_days}.", do="Give 31, or 0 for all."
        )
    if not folder.is_dir():
        raise StoreError(
            f"`{folder.name}` must be a folder of pings.", found="It is none.", do="Check the path."
        )
    pings, others = [], []
    for path in sorted(_files_below(folder)):
        age = None if path.is_symlink() else _date_file(path, layout, timezone, now)
        if age is None:
            others.append(path)
        else:
            pings.append(replace(age, is_due=now - age.last > timedelta(days=keep_days)))
    return pings, others


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise StoreError(
            "Every folder of pings must be open to you.",
            found=f"One below `{folder.name}` cannot be looked into.",
            do="Ask for the right to read and delete there, then run the same command again.",
        ) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        yield from (Path(place, name) for name in names)
        yield from (path for name in folders if (path := Path(place, name)).is_symlink())


def delete_due(
    folder: Path, pings: list[DueFile], others: list[Path], *, now: datetime, keep_days: int
) -> Kept:
    """Delete the files that are due; the certificate is written before the first one goes.

    Raises
    ------
    StoreError
        When a file cannot be deleted; the certificate then lists it and it still exists, and
        the next run takes it up again.
    """
    due = [file for file in pings if file.is_due]
    hashes = tuple(replace(hash_file(file.path), name=_within(folder, file.path)) for file in due)
    certificate = _certify(folder, due, hashes, now, keep_days) if due else None
    for file in due:
        try:
            file.path.unlink()
        except OSError as error:
            raise StoreError(
                f"`{file.path.name}` cannot be deleted.",
                found=f"The system says: {error.strerror}.",
                do="Close it elsewhere, then run the same command again.",
            ) from error
    kept = tuple(_within(folder, file.path) for file in pings if not file.is_due)
    return Kept(hashes, kept, tuple(_within(folder, path) for path in others), certificate)


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def may_hold_pings(path: Path) -> bool:
    """Tell whether a file that is not surely one of pings may be one all the same.

    It may where Footbeat does not open its kind, where it cannot be read, and where it has
    columns enough. Links, and what Footbeat wrote itself, do not.
    """
    if path.is_symlink() or manifest_path(path).exists():
        return False
    suffix = path.suffix.lower()
    try:
        if suffix in {".csv", ".txt", ".tsv"}:
            return _are_unknown(look_at_text(path)[2])
        if suffix in {".parquet", ".pq"}:
            return not _is_ours(path)
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (ColumnError, OSError):
        return False
    is_unopened = _UNOPENED.fullmatch(suffix) is not None
    return is_unopened or any(mark in head for mark in _MARKS.get(suffix, ()))


def _is_ours(path: Path) -> bool:
    """Tell whether a Parquet file is Footbeat's own, or has not the columns of pings."""
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        return False
    return provenance_of(schema) is not None or not _are_unknown(schema.names)


def _are_unknown(headers: list[str]) -> bool:
    """Tell whether headers are enough for pings and of none of Footbeat's other tables."""
    return len(headers) >= _LEAST_COLUMNS and not _OTHER_TABLES & set(headers)


def _date_file(path: Path, layout: PingLayout, timezone: str, now: datetime) -> DueFile | None:
    """Return from when a file of pings is to be counted; None where it is not surely one."""
    fixes = _Times()
    latest = now + CLOCK_AHEAD
    try:
        file = open_pings(path, layout)
        is_broken = _read_fixes(fixes, file, layout, timezone, latest)
    except (ColumnError, StoreError):
        return None
    if not fixes.n_sure or layout.strangers(file.headers()):
        return None
    is_whole = not is_broken and fixes.n_read == fixes.n_rows and not file.n_broken
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    ages = [fixes.last] if fixes.last else []
    if not ages or not is_whole:
        ages.append(min(modified, now))
    return DueFile(path, max(ages), fixes.last, fixes.n_future, is_whole, is_due=False)


def _read_fixes(
    fixes: _Times, file: PingFile, layout: PingLayout, timezone: str, latest: datetime
) -> bool:
    """Take in the fixes of a file as far as it goes; tell whether it breaks off."""
    try:
        fixes.add(file.tables(), layout, timezone, latest)
    except StoreError:
        fixes.add(file.salvage(), layout, timezone, latest)
        return True
    return False


@dataclass(slots=True)
class _Times:
    """The times of a file's fixes, as far as they have been read; sure ones have a place too."""

    last: datetime | None = None
    n_rows: int = 0
    n_read: int = 0
    n_sure: int = 0
    n_future: int = 0

    def add(
        self, pieces: Iterable[pa.Table], layout: PingLayout, timezone: str, latest: datetime
    ) -> None:
        latest_us = int(latest.timestamp() * 1e6)
        for piece in pieces:
            column = piece.column("time").combine_chunks()
            micros, read, _ = read_times(column, timezone, is_day_first=layout.is_day_first)
            is_past = read & (micros <= latest_us)
            is_placed = np.isfinite(read_numbers(piece, "x")) & np.isfinite(
                read_numbers(piece, "y")
            )
            self.n_rows += len(micros)
            self.n_read += int(read.sum())
            self.n_sure += int((read & is_placed).sum())
            self.n_future += int((read & ~is_past).sum())
            if is_past.any():
                found = datetime.fromtimestamp(int(micros[is_past].max()) / 1e6, UTC)
                self.last = max(self.last or found, found)


def _certify(
    folder: Path,
    due: list[DueFile],
    hashes: tuple[FileHash, ...],
    now: datetime,
    keep_days: int,
) -> Path:
    content = {
        "what": "Raw pings deleted. Copies and backups elsewhere are not covered.",
        "at": now.isoformat(),
        "keep_days": keep_days,
        "rule": RULE,
        "files": [
            {
                **asdict(known),
                "last_fix": file.last_fix.isoformat() if file.last_fix else None,
                "counted_from": file.last.isoformat(),
                "fixes_in_the_future": file.n_future,
                "is_whole": file.is_whole,
            }
            for file, known in zip(due, hashes, strict=True)
        ],
    }
    content["sha256"] = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    path = folder / f"deleted-pings-{now:%Y%m%dT%H%M%S%fZ}.json"
    with writing(path) as draft:
        draft.write_text(canonical_json(content, indent=2) + "\n", encoding="utf-8")
    return path
