"""The journal of a schedule: what happened to it since the draw, each entry chained to the last.

`journal.jsonl` holds one canonical JSON object a line. Each names the hash of the entry before
it, the first the commitment, so that no entry can be changed, removed from the middle or put
in another order unseen. Entries are of the kinds ``lodged``, ``release``, ``event``, ``plan``
and ``reveal``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footbeat.errors import TamperedError
from footbeat.manifest import canonical_json
from footbeat.outputs import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

JOURNAL = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its number from 1, what kind, when, what, and the chain's two hashes."""

    number: int
    kind: str
    at: str
    body: Mapping[str, Any]
    previous: str
    hash: str

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        return {
            "number": self.number,
            "kind": self.kind,
            "at": self.at,
            "body": dict(self.body),
            "previous": self.previous,
            "hash": self.hash,
        }


def read_journal(folder: Path, commitment: str) -> list[Entry]:
    """Return the entries of a schedule's journal, oldest first, after checking the chain.

    Raises
    ------
    TamperedError
        When the journal is missing or any byte of it is not as it was written.
    """
    try:
        lines = (folder / JOURNAL).read_bytes().decode().splitlines(keepends=True)
        entries = [Entry(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise _broken("It cannot be read.") from error
    previous = commitment
    for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1):
        expected = _chain(number, entry.kind, entry.at, entry.body, previous)
        if line != _line(expected):
            raise _broken(f"Entry {number} is not as it was written.")
        previous = expected.hash
    return entries


def append_entry(
    folder: Path, commitment: str, kind: str, body: Mapping[str, Any], *, at: datetime
) -> Entry:
    """Add one entry to the end of a schedule's journal and return it.

    Raises
    ------
    TamperedError
        When what is there already does not hold.
    """
    entries = read_journal(folder, commitment)
    previous = entries[-1].hash if entries else commitment
    entry = _chain(len(entries) + 1, kind, at.isoformat(), body, previous)
    with writing(folder / JOURNAL, overwrite=True) as draft:
        lines = (_line(item) for item in (*entries, entry))
        draft.write_bytes("".join(lines).encode())
    return entry


def _chain(number: int, kind: str, at: str, body: Mapping[str, Any], previous: str) -> Entry:
    content = {"number": number, "kind": kind, "at": at, "body": body, "previous": previous}
    digest = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    return Entry(number, kind, at, body, previous, digest)


def _line(entry: Entry) -> str:
    return canonical_json(entry.as_json()) + "\n"


def _broken(found: str) -> TamperedError:
    return TamperedError(
        "The journal of a schedule must be as it was written.",
        found=found,
        do="Restore `journal.jsonl` from the copy that was lodged, and find out who changed it.",
    )
