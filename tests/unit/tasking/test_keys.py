"""The published test vectors: a program in another language must give the same numbers."""

from datetime import date, timedelta

import numpy as np
import pytest

from footbeat.tasking.keys import RandomKeys, sealed_key, seed_from_text, unit_interval
from footbeat.tasking.mechanisms import Roster, parse_mechanism

SEED = bytes(range(32))
VECTORS = [
    (("arms", "2026-11-06", "all", "h01"), 0x5C100F2E8C66BBA0),
    (("arms", "2026-11-06", "all", "h02"), 0xAEF577210CD31D32),
    (("arms", "2026-11-07", "A", "High Street – south"), 0x5B6E4063ADB8A078),
    (("window", "2026-11-06", "all", "h01"), 0x08D497D39039C500),
]
DRAWN = [["h01", "h05"], ["h02", "h03"], ["h03", "h04"], ["h03", "h04"]]


@pytest.mark.parametrize(("place_day", "key"), VECTORS)
def test_sampler_gives_the_published_keys(place_day: tuple[str, ...], key: int) -> None:
    assert sealed_key(SEED, *place_day) == key


def test_daily_draw_gives_the_published_schedule() -> None:
    ids = tuple(f"h0{i}" for i in range(1, 6))
    roster = Roster(ids, tuple(date(2026, 11, 6) + timedelta(i) for i in range(4)))
    arms = parse_mechanism("daily:2").draw(roster.sealed(SEED), roster)
    assert [[ids[i] for i in np.flatnonzero(row)] for row in arms] == DRAWN


def test_table_of_sealed_keys_holds_each_place_day_s_key() -> None:
    roster = Roster(("h01", "h02"), (date(2026, 11, 6),))
    table = roster.sealed(SEED).table("arms")
    assert table.tolist() == [[0x5C100F2E8C66BBA0, 0xAEF577210CD31D32]]


def test_chosen_seed_is_the_sha256_of_its_text() -> None:
    expected = "73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049"
    assert seed_from_text("42").hex() == expected


def test_keys_become_numbers_from_zero_to_just_under_one() -> None:
    ends = unit_interval(np.array([0, 2**63, 2**64 - 1], dtype=np.uint64))
    assert ends.tolist() == [0.0, 0.5, 1 - 2.0**-53]


def test_random_keys_differ_from_table_to_table() -> None:
    keys = RandomKeys(np.random.default_rng(1), (3, 4))
    assert (keys.table("arms") != keys.table("arms")).all()
