"""Find a named unit again: an act that is sealed in a log before it is answered.

The log lies with the key, `unit.key.log` beside `unit.key`. Every entry is sealed with the key
and names the seal of the entry before it: whoever lacks the key can neither add, change, remove
nor reorder entries unseen. Entries cut off at the end show by the receipt of a later use, which
everyone who asked keeps.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from footbeat.errors import AccessError, TamperedError
from footbeat.manifest import canonical_json
from footbeat.outputs import writing
from footbeat.tracking.units import name_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_SHOWN = 16
_FIRST = "none"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the key to find units again.

    Attributes
    ----------
    number
        Counted from 1.
    at
        When, in UTC.
    by
        Who asked: a rank and role, or a number; never left empty.
    reason
        Why; never left empty.
    asked
        The pseudonyms asked for. No call sign is ever logged.
    n_found
        How many were found among the call signs tried.
    previous, seal
        Seals of the entry before and of this one.
    """

    number: int
    at: str
    by: str
    reason: str
    asked: tuple[str, ...]
    n_found: int
    previous: str
    seal: str = ""

    @property
    def receipt(self) -> str:
        """What the person who asked keeps: it proves later that the entry still stands."""
        return f"{self.number}:{self.seal[:_SHOWN]}"


@dataclass(frozen=True, slots=True)
class Identified:
    """What was found: call signs by pseudonym, pseudonyms without one, and the log's entry."""

    found: Mapping[str, str]
    unknown: tuple[str, ...]
    use: Use


def log_of(key_path: Path) -> Path:
    """Return where the uses of a key are logged: beside it, with its own holder."""
    return key_path.with_name(f"{key_path.name}.log")


def identify_units(
    key: bytes,
    wanted: Sequence[str],
    units: Sequence[str],
    *,
    by: str,
    reason: str,
    log: Path,
    at: datetime,
) -> Identified:
    """Return which of some call signs carry the wanted pseudonyms, once that is logged.

    Parameters
    ----------
    wanted
        Pseudonyms.
    units
        Call signs or numbers to try: the key cannot be turned round, only tried.
    by, reason
        Who asks and why; neither may be empty.
    log
        The log of uses, made when there is none.
    at
        When.

    Raises
    ------
    AccessError
        When nobody or no reason is named; nothing is then worked out.
    TamperedError
        When the log does not hold; nothing is then worked out.
    """
    for said, name in ((by, "who asks"), (reason, "a reason")):
        if not said.strip():
            raise AccessError(
                f"Finding a unit again must have {name}.",
                found="None is given.",
                do="Pass --by with a rank or role and --reason with why; both are logged.",
            )
    uses = read_uses(log, key)
    known = {name_unit(key, unit): unit for unit in units}
    found = {name: known[name] for name in wanted if name in known}
    use = Use(
        number=len(uses) + 1,
        at=at.isoformat(),
        by=by.strip(),
        reason=reason.strip(),
        asked=tuple(sorted(set(wanted))),
        n_found=len(found),
        previous=uses[-1].seal if uses else _FIRST,
    )
    use = replace(use, seal=_seal(use, key))
    _write(log, [*uses, use])
    unknown = tuple(name for name in wanted if name not in known)
    return Identified(found, unknown, use)


def read_uses(log: Path, key: bytes) -> list[Use]:
    """Return the uses a log holds, oldest first, after checking every seal.

    Raises
    ------
    TamperedError
        When any byte of it is not as it was written, or it is another key's log.
    """
    if not log.exists():
        return []
    try:
        lines = log.read_bytes().decode().splitlines(keepends=True)
        rows = [json.loads(line) for line in lines]
        uses = [Use(**{**row, "asked": tuple(row["asked"])}) for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _broken(log, "It cannot be read.") from error
    previous = _FIRST
    for number, (line, use) in enumerate(zip(lines, uses, strict=True), 1):
        expected = replace(use, number=number, previous=previous)
        if line != _line(replace(expected, seal=_seal(expected, key))):
            raise _broken(log, f"Entry {number} is not as it was written, or the key is another.")
        previous = use.seal
    return uses


def check_receipt(uses: Sequence[Use], receipt: str, log: Path) -> None:
    """Raise when the entry a receipt stands for is no longer in the log.

    Raises
    ------
    TamperedError
        When it is not: entries were cut off at the end.
    """
    if receipt not in {use.receipt for use in uses}:
        raise _broken(log, f"It holds {len(uses)} entries, and none has the receipt {receipt}.")


def _seal(use: Use, key: bytes) -> str:
    content = asdict(replace(use, seal=""))
    # The purpose is part of what is sealed, so that no seal is ever a pseudonym.
    return hmac.digest(key, b"use of the key\n" + canonical_json(content).encode(), "sha256").hex()


def _line(use: Use) -> str:
    return canonical_json(asdict(use)) + "\n"


def _write(log: Path, uses: Sequence[Use]) -> None:
    with writing(log, overwrite=True) as draft:
        draft.write_bytes("".join(_line(use) for use in uses).encode())
        draft.chmod(0o600)


def _broken(log: Path, found: str) -> TamperedError:
    return TamperedError(
        f"`{log.name}` must be as it was written.",
        found=found,
        do="Restore it from a copy, and find out who changed it; no unit is found until then.",
    )
