"""What must hold for every mechanism on every roster."""

from datetime import date, timedelta
from math import gcd

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from footbeat.errors import UsageError
from footbeat.tasking.keys import RandomKeys
from footbeat.tasking.mechanisms import Mechanism, Roster, parse_mechanism

WRITTEN = (
    "daily:{k}",
    "coin:0.3",
    "blocks:1/3;times=1-2",
    "runs:on=1-3,off=1-6,min_off=4,every=2",
    "latin:{k}",
    "latin:{k};shifts=2",
    "rerandomise(daily:{k});place_gap=12",
    "constrained(daily:{k})",
)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    n, n_days = draw(st.integers(3, 9)), draw(st.integers(1, 30))
    step = draw(st.integers(1, 3))
    days = tuple(date(2026, 3, 20) + timedelta(i * step) for i in range(n_days))
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4))
    near = tuple((a, b) for a, b in sorted(pairs) if a < b)
    return Roster(tuple(f"h{i}" for i in range(n)), days, near=near)


def _fitting(text: str, roster: Roster, k: int) -> Mechanism:
    mechanism = parse_mechanism(text.format(k=min(k, len(roster.hotspot_ids) - 1)))
    try:
        mechanism.check(roster)
    except UsageError:
        assume(False)  # noqa: FBT003 - hypothesis names it so
    return mechanism


@given(rosters(), st.sampled_from(WRITTEN), st.integers(1, 3), st.integers(0, 2**32))
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_written_mechanism_draws_the_same_again(
    roster: Roster, text: str, k: int, number: int
) -> None:
    mechanism = _fitting(text, roster, k)
    assert parse_mechanism(str(mechanism)) == mechanism
    seed = number.to_bytes(32, "big")
    first = mechanism.draw(roster.sealed(seed), roster)
    assert first.shape == roster.shape
    assert (parse_mechanism(str(mechanism)).draw(roster.sealed(seed), roster) == first).all()


@given(
    rosters(),
    st.sampled_from(["daily:{k}", "latin:{k}", "latin:{k};shifts=3", "constrained(daily:{k})"]),
    st.integers(1, 3),
    st.integers(0, 2**32),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_fixed_margins_hold_every_day(roster: Roster, text: str, k: int, number: int) -> None:
    mechanism = _fitting(text, roster, k)
    keys = RandomKeys(np.random.default_rng(number), roster.shape)
    arms = mechanism.draw(keys, roster)
    assert set(arms.sum(axis=1)) == {min(k, len(roster.hotspot_ids) - 1)}


@given(rosters(), st.integers(1, 3), st.integers(0, 2**32))
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_constrained_never_treats_a_near_pair(roster: Roster, k: int, number: int) -> None:
    mechanism = _fitting("constrained(daily:{k})", roster, k)
    arms = mechanism.draw(RandomKeys(np.random.default_rng(number), roster.shape), roster)
    assert not any((arms[:, a] & arms[:, b]).any() for a, b in roster.near)


@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(5, 8))
@settings(max_examples=40)
def test_runs_keep_their_lengths_and_their_long_off_runs(
    number: int, on_high: int, off_high: int
) -> None:
    roster = Roster(tuple("abcdefgh"), tuple(date(2026, 1, 1) + timedelta(i) for i in range(80)))
    mechanism = parse_mechanism(f"runs:on=1-{on_high},off=1-{off_high},min_off=5,every=3")
    arms = mechanism.draw(RandomKeys(np.random.default_rng(number), roster.shape), roster)
    for place in arms.T:
        edges = np.flatnonzero(np.diff(place.astype(int))) + 1
        inner = np.diff(edges)
        kinds = place[edges[:-1]]
        assert (inner[kinds] <= on_high).all()
        assert (inner[~kinds] <= off_high).all()
        off = inner[~kinds]
        full = off[: len(off) // 3 * 3].reshape(-1, 3) if place[0] else off[:0].reshape(-1, 3)
        assert (full >= 5).any(axis=1).all()


@given(st.integers(0, 2**32))
@settings(max_examples=40)
def test_runs_keep_the_patrols_a_day(number: int) -> None:
    roster = Roster(tuple("abcdefghij"), tuple(date(2026, 1, 1) + timedelta(i) for i in range(60)))
    mechanism = parse_mechanism("runs:on=1-4,off=1-7,min_off=5,load=3-6")
    arms = mechanism.draw(RandomKeys(np.random.default_rng(number), roster.shape), roster)
    assert arms.sum(axis=1).min() >= 3
    assert arms.sum(axis=1).max() <= 6


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_blocks_hold_their_share_and_latin_squares_balance_weekdays(number: int) -> None:
    days = tuple(date(2026, 1, 5) + timedelta(i) for i in range(70))
    roster = Roster(tuple("abcde"), days)
    keys = RandomKeys(np.random.default_rng(number), roster.shape)
    blocks = parse_mechanism("blocks:2/5;times=1-1").draw(keys, roster)
    assert (blocks.reshape(14, 5, 5).sum(axis=1) == 2).all()
    latin = parse_mechanism("latin:2").draw(keys, roster)
    by_weekday = latin.reshape(10, 7, 5).sum(axis=0)  # ten weeks are two cycles of five
    assert (by_weekday == 4).all()


@given(st.integers(0, 2**32), st.sampled_from([(8, 4), (6, 4), (5, 2), (7, 3)]), st.integers(2, 3))
@settings(max_examples=40)
def test_latin_gives_each_place_its_share_of_every_weekday_and_shift(
    number: int, size: tuple[int, int], n_shifts: int
) -> None:
    n, k = size
    square = n // gcd(n, k)
    n_weeks = 2 * square * n_shifts
    days = tuple(date(2026, 1, 5) + timedelta(i) for i in range(7 * n_weeks))
    roster = Roster(tuple(f"h{i}" for i in range(n)), days)
    latin = parse_mechanism(f"latin:{k};shifts={n_shifts}")
    keys = roster.sealed(number.to_bytes(32, "big"))
    arms, shifts = latin.draw(keys, roster), latin.draw_shifts(keys, roster)
    assert shifts is not None
    for shift in range(n_shifts):
        for arm, share in ((True, k), (False, n - k)):
            cell = (arms == arm) & (shifts == shift)
            by_weekday = cell.reshape(n_weeks, 7, n).sum(axis=0)
            assert (by_weekday == 2 * square * share // n).all()
    if gcd(n, k) % n_shifts == 0:  # then also the patrols of a day spread evenly
        a_day = np.array([((shifts == s) & arms).sum(axis=1) for s in range(n_shifts)])
        assert (a_day == k // n_shifts).all()


def test_every_shift_is_as_likely_on_every_place_day_also_in_broken_cycles() -> None:
    days = tuple(date(2026, 1, 5) + timedelta(i) for i in range(15))
    roster = Roster(tuple("abcde"), days)
    latin = parse_mechanism("latin:2;shifts=3")
    keys = RandomKeys(np.random.default_rng(4), roster.shape)
    drawn = [(latin.draw_shifts(keys, roster), latin.draw(keys, roster)) for _ in range(1_500)]
    for shift in range(3):
        chance = np.mean([shifts == shift for shifts, _ in drawn], axis=0)
        z = (chance - 1 / 3) / np.sqrt(2 / 9 / 1_500)
        assert np.abs(z).max() < 4.6


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_rerandomised_draws_are_balanced(number: int) -> None:
    roster = Roster(tuple("abcdef"), tuple(date(2026, 1, 5) + timedelta(i) for i in range(42)))
    mechanism = parse_mechanism("rerandomise(daily:2);place_gap=5;weekday_gap=4")
    arms = mechanism.draw(RandomKeys(np.random.default_rng(number), roster.shape), roster)
    assert np.ptp(arms.sum(axis=0)) <= 5
    assert np.ptp(arms.reshape(6, 7, 6).sum(axis=0), axis=0).max() <= 4


NEAR = Roster(
    tuple("abcdef"),
    tuple(date(2026, 1, 5) + timedelta(i) for i in range(15)),
    near=((0, 1), (1, 2), (3, 4)),
)


@pytest.mark.parametrize("text", [text.format(k=2) for text in WRITTEN])
def test_replay_comes_as_often_as_the_probabilities_say(text: str) -> None:
    mechanism = parse_mechanism(text)
    chance = mechanism.probabilities(NEAR)
    day, place = np.indices(NEAR.shape).reshape(2, -1)
    draws = mechanism.replay(NEAR, day, place, n_draws=2_000, rng=np.random.default_rng(5))
    error = draws.mean(axis=0).reshape(NEAR.shape) - chance
    spread = np.sqrt(chance * (1 - chance) * (1 / 2_000 + (0 if mechanism.is_exact else 1 / 4_000)))
    assert np.abs(error / spread).max() < 4.6  # 90 place-days, two sides, 1 in 2,000


@pytest.mark.parametrize("text", [text.format(k=2) for text in WRITTEN])
def test_sealed_keys_draw_from_the_same_distribution_as_replay(text: str) -> None:
    mechanism = parse_mechanism(text)
    seeds = (n.to_bytes(32, "big") for n in range(150))
    drawn = np.mean([mechanism.draw(NEAR.sealed(seed), NEAR) for seed in seeds], axis=0)
    chance = mechanism.probabilities(NEAR)
    z = (drawn - chance) / np.sqrt(chance * (1 - chance) / 150)
    assert np.abs(z).max() < 4.6


def test_constrained_draws_every_allowed_set_as_often_as_any_other() -> None:
    mechanism = parse_mechanism("constrained(daily:3)")
    keys = RandomKeys(np.random.default_rng(3), (3_000, 6))
    long = Roster(
        NEAR.hotspot_ids,
        tuple(date(2020, 1, 1) + timedelta(i) for i in range(3_000)),
        near=NEAR.near,
    )
    sets, times = np.unique(mechanism.draw(keys, long), axis=0, return_counts=True)
    # Of 20 sets of three of six, those that hold 0-1, 1-2 or 3-4 fall away.
    allowed = sum(
        1
        for a in range(6)
        for b in range(a)
        for c in range(b)
        if not {(b, a), (c, b), (c, a)} & {(0, 1), (1, 2), (3, 4)}
    )
    assert len(sets) == allowed
    expected = 3_000 / allowed
    assert ((times - expected) ** 2 / expected).sum() < 30  # χ² of 7 degrees: 1 in 10,000


def test_impossible_constraints_say_so() -> None:
    everything = tuple((a, b) for a in range(6) for b in range(a + 1, 6))
    crowded = Roster(NEAR.hotspot_ids, NEAR.days, near=everything)
    with pytest.raises(UsageError, match="near pair"):
        parse_mechanism("constrained(daily:2)").check(crowded)
    with pytest.raises(UsageError, match="1 % of draws"):
        parse_mechanism("rerandomise(daily:2);place_gap=1;weekday_gap=1").check(NEAR)
    with pytest.raises(UsageError, match="fit together"):
        parse_mechanism("runs:on=1-1,off=6-7,min_off=6,load=4-5").check(NEAR)
