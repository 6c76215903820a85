"""Pseudonyms of units: a keyed hash, whose key has its own holder.

Without the key nobody can tell whose track is whose, and guessing every possible call sign
does not help. With it the same unit has the same pseudonym in every file, and a named unit
can be found again, which is an act that is logged with its reason.
"""

from __future__ import annotations

import hmac
import json
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from footbeat.engine.groups import number_groups
from footbeat.errors import AccessError, StoreError, UsageError
from footbeat.outputs import writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

_KEY_BYTES = 32
_SHOWN = 12


@lru_cache(maxsize=1 << 16)
def name_unit(key: bytes, unit: str) -> str:
    """Return the pseudonym of a unit: ``u-`` and 12 hexadecimal digits.

    Examples
    --------
    >>> name_unit(b"k" * 32, "EX41") == name_unit(b"k" * 32, " ex41 ")
    True
    >>> name_unit(b"k" * 32, "EX41") == name_unit(b"l" * 32, "EX41")
    False
    """
    plain = " ".join(unit.split()).casefold()
    return f"u-{hmac.digest(key, plain.encode(), 'sha256').hex()[:_SHOWN]}"


def name_units(key: bytes, units: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return the pseudonyms of a column of units; missing where it is empty or blank."""
    found, places = number_groups(units.cast(pa.string()))
    named = np.array([bool(unit.strip()) for unit in found] + [False])
    names = [name_unit(key, unit) if unit.strip() else "" for unit in found]
    which = pa.array(places.astype(np.int32), mask=~named[places])
    return pa.DictionaryArray.from_arrays(which, pa.array(names, pa.string()))


def load_key(path: Path) -> bytes:
    """Return the key in a file, making the file with a new key when there is none.

    Raises
    ------
    AccessError
        When the file may not be read.
    StoreError
        When it holds no key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as draft:
            draft.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="ascii")
            draft.chmod(0o600)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise AccessError(
            "The unit key must be readable.",
            found=f"`{path.name}` may not be read.",
            do="Ask the holder of the key.",
        ) from error
    except ValueError as error:
        raise _no_key(path) from error
    if len(key) != _KEY_BYTES:
        raise _no_key(path)
    return key


def check_apart(key_path: Path, output: Path) -> None:
    """Raise when the key would lie in the folder of what it protects.

    Raises
    ------
    UsageError
        When both share a folder.
    """
    if key_path.absolute().parent == output.absolute().parent:
        raise UsageError(
            "The unit key must live apart from the visits.",
            found=f"Both are to stand in the folder {output.absolute().parent.name}.",
            do="Keep the key where its own holder can reach it, and name it with --key.",
        )


def find_units(
    key: bytes, wanted: Sequence[str], units: Sequence[str], *, reason: str, log: Path, at: datetime
) -> dict[str, str]:
    """Return which of some known units carry the wanted pseudonyms, and log that it was asked.

    Parameters
    ----------
    wanted
        Pseudonyms.
    units
        Call signs or numbers to try.
    reason
        Why; it must not be empty.
    log
        File that gains one line: when, why, how many were asked and found. No call sign.
    at
        When.

    Raises
    ------
    AccessError
        When no reason is given.
    """
    if not reason.strip():
        raise AccessError(
            "Finding a unit again must have a reason.", found="None is given.", do="Pass --reason."
        )
    known = {name_unit(key, unit): unit for unit in units}
    found = {name: known[name] for name in wanted if name in known}
    entry = {
        "act": "re-identify",
        "at": at.isoformat(),
        "reason": reason.strip(),
        "asked": sorted(wanted),
        "found": len(found),
    }
    with log.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n")
    return found


def _no_key(path: Path) -> StoreError:
    return StoreError(
        "The unit key must be 64 hexadecimal digits.",
        found=f"`{path.name}` holds something else.",
        do="Name the right file with --key; a missing file is made anew.",
    )
