"""Raw pings do not stay: what is due is deleted, and a certificate says so."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from footbeat.errors import ColumnError, StoreError, UsageError
from footbeat.manifest import FileHash, canonical_json, hash_file
from footbeat.outputs import writing
from footbeat.tracking.cleaning import read_times
from footbeat.tracking.pings import open_pings

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.tracking.layouts import PingLayout

KEEP_DAYS = 31
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class DueFile:
    """One file of raw pings: when its last fix was made, and whether it is due."""

    path: Path
    last: datetime
    is_due: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What retention did to a folder.

    Attributes
    ----------
    deleted
        Name, size and SHA-256 of every file that was deleted.
    kept
        Names of the files of pings that are not due.
    passed_over
        Names of files that are not pings Footbeat can read: left alone.
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
    """Return the files of raw pings in a folder, and the files that are something else.

    A file is due when its last fix is more than `keep_days` days old, whenever it was copied.

    Raises
    ------
    UsageError
        When `keep_days` is negative.
    StoreError
        When there is no such folder.
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
    for path in sorted(child for child in folder.iterdir() if child.is_file()):
        last = _last_fix(path, layout, timezone)
        if last is None:
            others.append(path)
        else:
            is_due = (now - last).total_seconds() > keep_days * _DAY_S
            pings.append(DueFile(path, last, is_due))
    return pings, others


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
    hashes = tuple(hash_file(file.path) for file in due)
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
    kept = tuple(file.path.name for file in pings if not file.is_due)
    return Kept(hashes, kept, tuple(path.name for path in others), certificate)


def _last_fix(path: Path, layout: PingLayout, timezone: str) -> datetime | None:
    """Return the time of the last fix in a file; None where it is not a file of pings."""
    latest = None
    try:
        for piece in open_pings(path, layout).tables():
            column = piece.column("time").combine_chunks()
            micros, read, _ = read_times(column, timezone, is_day_first=layout.is_day_first)
            if read.any():
                latest = max(latest or 0, int(micros[read].max()))
    except (StoreError, ColumnError):
        return None
    return datetime.fromtimestamp(latest / 1e6, UTC) if latest is not None else None


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
        "files": [
            {**asdict(known), "last_fix": file.last.isoformat()}
            for file, known in zip(due, hashes, strict=True)
        ],
    }
    content["sha256"] = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    path = folder / f"deleted-pings-{now:%Y%m%dT%H%M%S%fZ}.json"
    with writing(path) as draft:
        draft.write_text(canonical_json(content, indent=2) + "\n", encoding="utf-8")
    return path
