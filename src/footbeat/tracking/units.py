"""Pseudonyms of units: a keyed hash, whose key has its own holder.

Without the key nobody can tell whose track is whose, and guessing every possible call sign
does not help. With it the same unit has the same pseudonym in every file, and a named unit
can be found again, which is an act that is logged with its reason.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from footbeat.engine.groups import number_groups
from footbeat.errors import AccessError, StoreError, UsageError
from footbeat.outputs import writing

if TYPE_CHECKING:
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


def load_key(path: Path, *, is_made: bool = True) -> bytes:
    """Return the key in a file, making the file with a new key when there is none.

    Parameters
    ----------
    is_made
        Whether a missing file is made; only its owner may then read it.

    Raises
    ------
    AccessError
        When the file may not be read, or others than its owner may read it.
    StoreError
        When it holds no key, or is missing and not to be made.
    """
    if not path.exists():
        if not is_made:
            raise _no_key(path, "It is not there.")
        _make_key(path)
    try:
        _check_private(path)
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


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(path) as draft:
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(_KEY_BYTES) + "\n", encoding="ascii")


def _check_private(path: Path) -> None:
    # Windows keeps no such bits: there the folder's permissions protect the key.
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise AccessError(
            "Only the holder of the unit key may be able to read it.",
            found=f"`{path.name}` is open to others on this machine.",
            do=f"Run: chmod 600 {path.name}",
        )


def check_key_apart(key_path: Path, output: Path) -> None:
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


def _no_key(path: Path, found: str = "It holds something else.") -> StoreError:
    return StoreError(
        f"The unit key `{path.name}` must be a file of 64 hexadecimal digits.",
        found=found,
        do="Name the right file with --key; `track visits` makes one where there is none.",
    )
