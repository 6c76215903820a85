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
        assert lixels.sum() == pytest.approx(1, abs=1e-12)


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


def integral(low, high, bandwidth):
    """The kernel's weight between two distances from the incident."""
    u = np.minimum(np.array([low, high]) / bandwidth, 1)
    below, upto = 15 / 16 * (u - 2 * u**3 / 3 + u**5 / 5)
    return upto - below


def test_simple_kernel_on_a_star_is_the_integral_over_each_lixel():
    network = star(4, lixel_m=10)
    lixels = network_density(network, one_event(0, 34), 80.0, split="simple")
    # Own arm: 4 m before the incident and 6 m after it share a lixel.
    both = integral(0, 4, 80) + integral(0, 6, 80)
    assert lixels[3] == pytest.approx(both, abs=1e-15)
    assert lixels[0] == pytest.approx(integral(24, 34, 80), abs=1e-15)
    for arm in (1, 2, 3):
        found = lixels[network.lixel[arm] : network.lixel[arm] + 5]
        hand = [integral(34 + 10 * k, 44 + 10 * k, 80) for k in range(5)]
        assert found == pytest.approx(hand, abs=1e-15)
        assert lixels[network.lixel[arm] + 5 : network.lixel[arm] + 10].sum() == 0


def test_simple_kernel_of_a_branch_is_felt_whole_on_both_sides():
    # 60 m up to a fork of two 40 m arms; an incident 20 m before the fork, felt to 50 m.
    network = build_network(
        np.array([0, 1, 1]), np.array([1, 2, 3]), np.array([60.0, 40, 40]), lixel_m=15
    )
    lixels = network_density(network, one_event(0, 40), 50.0, split="simple")
    for arm in (1, 2):
        step = 40 / 3
        found = lixels[network.lixel[arm] : network.lixel[arm] + 3]
        hand = [integral(20 + step * k, 20 + step * (k + 1), 50) for k in range(3)]
        assert found == pytest.approx(hand, abs=1e-15)
    assert lixels[:4].sum() == pytest.approx(integral(0, 40, 50) + integral(0, 20, 50), abs=1e-15)


def test_simple_kernel_on_a_loop_is_cut_where_the_ways_meet():
    # A ring of 120 m in lixels of 20 m: the ways meet 60 m off, in the middle of a lixel.
    network = build_network(
        np.array([0, 1, 2]), np.array([1, 2, 0]), np.array([40.0, 40, 40]), lixel_m=20
    )
    lixels = network_density(network, one_event(0, 10), 100.0, split="simple")
    hand = [2 * integral(0, 10, 100), *(integral(k, k + 20, 100) for k in (10, 30))]
    hand += [2 * integral(50, 60, 100), integral(30, 50, 100), integral(10, 30, 100)]
    assert lixels == pytest.approx(hand, abs=1e-15)


def test_simple_kernel_is_that_of_the_shortest_way_to_every_point():
    rng = np.random.default_rng(8)
    start, end = np.array([0, 1, 2, 0, 3, 1, 4]), np.array([1, 2, 0, 3, 4, 4, 4])
    network = build_network(start, end, rng.uniform(20, 60, 7), lixel_m=7)
    apart = np.full((5, 5), np.inf)
    np.fill_diagonal(apart, 0)
    for a, b, length in zip(start, end, network.length_m, strict=True):
        apart[a, b] = apart[b, a] = min(apart[a, b], length)
    for middle in range(5):
        apart = np.minimum(apart, apart[:, [middle]] + apart[[middle]])
    for segment in range(7):
        along = rng.uniform(0, network.length_m[segment])
        lixels = network_density(network, one_event(segment, along), 70.0, split="simple")
        ends = (start[segment], along), (end[segment], network.length_m[segment] - along)
        for edge in range(7):
            length, n = network.length_m[edge], int(network.n_lixels[edge])
            at = (np.arange(n * 2000) + 0.5) * length / (n * 2000)
            ways = [
                way + apart[node, other] + rest
                for node, way in ends
                for other, rest in ((start[edge], at), (end[edge], length - at))
            ]
            if edge == segment:
                ways.append(np.abs(at - along))
            fine = kernel(np.min(ways, axis=0), 70.0).reshape(n, -1).mean(axis=1) * length / n
            found = lixels[network.lixel[edge] : network.lixel[edge] + n]
            assert found == pytest.approx(fine, abs=2e-7)
