r"""The documented sampler: one random key for every place-day, from a sealed seed.

A mechanism is a fixed rule over a table of 64-bit keys, one for each operational day and hot
spot. The sealed draw takes its keys from SHA-256, so anyone who is shown the seed can recompute
the schedule in any language::

    message = seed (32 bytes) + UTF-8 of "domain\nday\nstratum\nhotspot_id"
    key     = first 8 bytes of SHA-256(message), read as a big-endian whole number

`domain` says what the keys decide: ``arms`` or ``window``, with ``#1``, ``#2`` … after it where
a rule asks for more tables. `day` is the ISO date. Equal keys, which nobody will ever see, fall
to the hot spot that stands first in the list. Replay for inference takes the keys from a
generator instead: the same rule, the same distribution.

The published test vectors are in ``docs/explanation/schedules.md`` and in the tests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

SEED_BYTES = 32
_KEY_BYTES = 8


class Keys(Protocol):
    """A source of tables of keys, one table a domain."""

    def table(self, domain: str) -> NDArray[np.uint64]:
        """Return one key for every place-day, shape (days, places)."""
        ...


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """Keys from a sealed seed, the same on every machine.

    Attributes
    ----------
    seed
        32 bytes.
    hotspot_ids, strata
        One entry for each place, in the order of the list.
    days
        The operational days, in order.
    """

    seed: bytes
    hotspot_ids: tuple[str, ...]
    strata: tuple[str, ...]
    days: tuple[date, ...]

    def table(self, domain: str) -> NDArray[np.uint64]:
        """Return one key for every place-day, shape (days, places)."""
        rows = [
            [
                sealed_key(self.seed, domain, day.isoformat(), stratum, hotspot_id)
                for hotspot_id, stratum in zip(self.hotspot_ids, self.strata, strict=True)
            ]
            for day in self.days
        ]
        return np.array(rows, dtype=np.uint64).reshape(len(self.days), len(self.hotspot_ids))


@dataclass(frozen=True, slots=True)
class RandomKeys:
    """Keys from a generator, for drawing many schedules of the same mechanism.

    Attributes
    ----------
    rng
        The generator.
    shape
        (days, places).
    """

    rng: np.random.Generator
    shape: tuple[int, int]

    def table(self, domain: str) -> NDArray[np.uint64]:  # noqa: ARG002 - every table is fresh
        """Return fresh keys, shape (days, places), whatever the domain."""
        return self.rng.integers(0, 2**64, self.shape, dtype=np.uint64)


def sealed_key(seed: bytes, domain: str, day: str, stratum: str, hotspot_id: str) -> int:
    """Return the key of one place-day.

    Examples
    --------
    >>> hex(sealed_key(bytes(32), "arms", "2026-11-06", "all", "h01"))
    '0x155f64a74190f2bc'
    """
    message = seed + f"{domain}\n{day}\n{stratum}\n{hotspot_id}".encode()
    return int.from_bytes(hashlib.sha256(message).digest()[:_KEY_BYTES], "big")


def seed_from_text(text: str) -> bytes:
    """Return the 32-byte seed that a chosen text such as ``42`` stands for: its SHA-256.

    A chosen seed can be guessed by trying, so a schedule drawn from one is not secret.
    """
    return hashlib.sha256(text.encode()).digest()


def unit_interval(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the keys as numbers in [0, 1), by their upper 53 bits."""
    return np.asarray((keys >> np.uint64(11)) * 2.0**-53, dtype=np.float64)
