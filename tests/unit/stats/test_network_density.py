"""Network kernels against values worked out by hand on a star, a branch and a loop."""

import numpy as np
import pytest

from footbeat.stats.network_density import (
    Events,
    build_network,
    lixel_lengths,
    network_density,
)

SPLITS = ["discontinuous", "continuous"]


def kernel(distance, bandwidth):
    u = np.minimum(distance / bandwidth, 1)
    return 15 / (16 * bandwidth) * (1 - u**2) ** 2


def one_event(segment, along):
    return Events(np.array([segment]), np.array([float(along)]), np.ones(1))


def star(n_arms, length=100.0, lixel_m=1.0):
    ends = np.arange(1, n_arms + 1)
    return build_network(np.zeros(n_arms, int), ends, np.full(n_arms, length), lixel_m=lixel_m)


def density_at(network, lixels, segment, along):
    step = network.length_m[segment] / network.n_lixels[segment]
    index = network.lixel[segment] + int(along / step)
    return lixels[index] / lixel_lengths(network)[index]


def test_on_one_street_every_kernel_is_the_plain_one():
    network = build_network(np.array([0]), np.array([1]), np.array([400.0]), lixel_m=1)
    for split in ("simple", *SPLITS):
        lixels = network_density(network, one_event(0, 200), 100.0, split=split)
        assert density_at(network, lixels, 0, 230) == pytest.approx(kernel(30.5, 100), rel=1e-3)
        assert lixels.sum() == pytest.approx(1, abs=1e-4 if split == "simple" else 1e-12)


def test_star_of_four_arms_splits_as_published():
    # An incident 30 m up one arm; 20 m beyond the centre it is 50 m away.
    network = star(4)
    found = {
        split: network_density(network, one_event(0, 30), 80.0, split=split)
        for split in ("simple", *SPLITS)
    }
    there = kernel(50.5, 80)
    assert density_at(network, found["simple"], 1, 20) == pytest.approx(there, rel=1e-3)
    assert density_at(network, found["discontinuous"], 1, 20) == pytest.approx(there / 3, rel=1e-3)
    assert density_at(network, found["continuous"], 1, 20) == pytest.approx(there / 2, rel=1e-3)
    # Back on its own arm the continuous kernel takes off (4 − 2)/4 of what went round.
    own = kernel(9.5, 80) - kernel(50.5, 80) / 2
    assert density_at(network, found["continuous"], 0, 20) == pytest.approx(own, rel=1e-3)


def test_continuous_kernel_has_no_jump_at_a_node_and_the_discontinuous_has():
    network = star(3)
    at_node = {}
    for split in SPLITS:
        lixels = network_density(network, one_event(0, 30), 80.0, split=split)
        at_node[split] = [density_at(network, lixels, arm, 0) for arm in range(3)]
    own, *others = at_node["continuous"]
    assert others == pytest.approx([own, own], rel=0.06)
    own, *others = at_node["discontinuous"]
    assert others == pytest.approx([own / 2, own / 2], rel=0.06)


@pytest.mark.parametrize("split", SPLITS)
def test_weight_is_kept_on_a_star_a_branch_and_a_loop(split):
    star_net = star(5, lixel_m=7)
    branch = build_network(
        np.array([0, 1, 1, 3]), np.array([1, 2, 3, 4]), np.array([60.0, 35, 20, 90]), lixel_m=10
    )
    loop = build_network(
        np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3]), np.array([40.0, 50, 60, 30]), lixel_m=9
    )
    for network in (star_net, branch, loop):
        events = Events(np.array([0, 3]), np.array([12.0, 30.0]), np.array([1.0, 2.5]))
        lixels = network_density(network, events, 150.0, split=split)
        assert lixels.sum() == pytest.approx(3.5, abs=1e-9)


def test_dead_end_turns_the_wave_back():
    network = build_network(np.array([0]), np.array([1]), np.array([100.0]), lixel_m=1)
    for split in SPLITS:
        lixels = network_density(network, one_event(0, 90), 50.0, split=split)
        both = kernel(4.5, 50) + kernel(15.5, 50)
        assert density_at(network, lixels, 0, 94) == pytest.approx(both, rel=1e-2)


def test_on_a_loop_the_simple_kernel_takes_the_shorter_way_and_waves_take_both():
    # A ring of 120 m: from the middle of one side, the far side is 50 m one way, 70 m the other.
    network = build_network(
        np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([40.0, 40, 40]), lixel_m=1
    )
    event = one_event(0, 20)
    simple = network_density(network, event, 100.0, split="simple")
    waves = network_density(network, event, 100.0, split="discontinuous")
    assert density_at(network, simple, 1, 30) == pytest.approx(kernel(50.5, 100), rel=1e-3)
    # One wave comes straight, one the other way round, and each a second time after a lap.
    both = kernel(50.5, 100) + kernel(69.5, 100)
    assert density_at(network, waves, 1, 30) == pytest.approx(both, rel=1e-2)


def test_lixels_are_at_most_as_long_as_asked_and_cover_every_segment():
    network = build_network(np.array([0, 1]), np.array([1, 2]), np.array([95.0, 3.0]), lixel_m=10)
    assert network.n_lixels.tolist() == [10, 1]
    assert lixel_lengths(network).max() <= 10
    assert lixel_lengths(network).sum() == pytest.approx(98)


def follow_every_way(network, events, bandwidth, *, is_continuous):  # noqa: C901 - one recursion, read at one go
    """Split at every node without merging anything: as published, and hopeless for a city."""
    lixels = np.zeros(int(network.n_lixels.sum()))

    def held(distance):
        u = min(distance / bandwidth, 1.0)
        return 15 / 16 * (u - 2 * u**3 / 3 + u**5 / 5)

    def spread(way, low, distance, share):
        edge, length = way // 2, network.length_m[way // 2]
        step = length / network.n_lixels[edge]
        for number in range(network.n_lixels[edge]):
            begin, end = max(number * step, low), (number + 1) * step
            if end > low:
                part = held(distance + end - low) - held(distance + begin - low)
                own = number if way % 2 == 0 else network.n_lixels[edge] - 1 - number
                lixels[network.lixel[edge] + own] += share * part
        reached = distance + length - low
        if reached >= bandwidth:
            return
        node = network.end[edge] if way % 2 == 0 else network.start[edge]
        ends = network.ends[network.first[node] : network.first[node + 1]]
        n = len(ends)
        back = (2 - n) / n if is_continuous else float(n == 1)
        ahead = 2 / n if is_continuous else 1 / max(n - 1, 1)
        for end in ends:
            part = share * (back if end == way ^ 1 else ahead)
            if part:
                spread(end, 0.0, reached, part)

    for own, along, weight in zip(*events, strict=True):
        spread(2 * own, along, 0.0, weight)
        spread(2 * own + 1, network.length_m[own] - along, 0.0, weight)
    return lixels


@pytest.mark.parametrize("split", SPLITS)
def test_merged_waves_leave_what_following_every_way_leaves(split):
    rng = np.random.default_rng(4)
    nodes = np.arange(16).reshape(4, 4)
    start = np.concatenate([nodes[:, :-1].ravel(), nodes[:-1].ravel()])
    end = np.concatenate([nodes[:, 1:].ravel(), nodes[1:].ravel()])
    network = build_network(start, end, rng.uniform(18, 45, start.size), lixel_m=5)
    segment = rng.integers(0, start.size, 12)
    events = Events(segment, rng.random(12) * network.length_m[segment], rng.random(12) + 0.5)
    every = follow_every_way(network, events, 140.0, is_continuous=split == "continuous")
    merged = network_density(network, events, 140.0, split=split)
    assert np.abs(merged - every).max() <= 1e-3 * every.max()
    assert merged.sum() == pytest.approx(events.weight.sum(), abs=1e-9)
