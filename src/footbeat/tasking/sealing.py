"""Hashes of a sealed schedule: blinded until it is opened, then recomputable by anyone.

Every sealed file is hashed behind the secret nonce, SHA-256(nonce ‖ bytes), so that the public
list of hashes gives nothing away even where a person chose a seed that could be guessed.
The commitment is SHA-256 over the canonical JSON of everything public, the seed and the nonce.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from footbeat.manifest import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def blinded_hash(path: Path, nonce: bytes) -> str:
    """Return SHA-256(nonce ‖ bytes of the file), in hexadecimal."""
    return hashlib.sha256(nonce + path.read_bytes()).hexdigest()


def commit(public: Mapping[str, Any], *, seed: bytes, nonce: bytes) -> str:
    """Return the commitment to what is public, the seed and the nonce, in hexadecimal.

    Examples
    --------
    >>> commit({}, seed=bytes(32), nonce=bytes(32))[:12]
    '42f0d50f5887'
    """
    content = {"public": public, "seed": seed.hex(), "nonce": nonce.hex()}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
