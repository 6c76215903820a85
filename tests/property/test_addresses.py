"""Addresses looked at together lose what each would lose alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from footbeat.incidents.addresses import name_street, name_streets

PIECES = (
    "Flat", "2", "A", "14", "14a", "14-16", "High Street", "Elm Rd", ",", ",", "#", "No", "block",
    "hundred block", "Rose Villa", "Hospital", "O/S", "outside", "1st Floor", "'s house", "Home of",
    "Junction 12", "M25", "SS9 1AA", "ss91aa", "The", "Cottage", "St", "é", "\u017ft", "\u0663",
    "12Elm", "Unit", "bar", "J28", ".", "-", "/", "&", "1 ", "\t", "\n", "\xa0",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_addresses_together_are_as_each_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [
        (" " if rng.random() < 0.7 else "").join(rng.choice(PIECES, rng.integers(1, 7)))
        for _ in range(15_000)
    ]
    together = name_streets(pa.array(texts, pa.string())).to_pylist()
    alone = [name_street.__wrapped__(text) for text in texts]
    # What has no sign of a door is left as it is, spaces included.
    unlike = [
        (text, one, both)
        for text, one, both in zip(texts, alone, together, strict=True)
        if both not in {one, text}
    ]
    assert unlike == []
    changed = [text for text, both in zip(texts, together, strict=True) if text != both]
    assert len(changed) > 5_000


@pytest.mark.parametrize("text", ["14 High Street, Leigh, SS9 1AA", "14a High Street, Leigh"])
def test_doors_of_a_street_are_alike(text: str) -> None:
    doors = [text.replace("14", str(number)) for number in range(1, 300)]
    assert set(name_streets(pa.array(doors)).to_pylist()) == {"High Street, Leigh"}


def test_a_missing_location_stays_missing() -> None:
    assert name_streets(pa.array([None, "1 Elm Rd", "Elm Rd"])).to_pylist() == [
        None, "Elm Rd", "Elm Rd",
    ]  # fmt: skip
