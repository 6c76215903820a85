"""The planted effect and the truth a trial should find."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.simulate.happenings import is_counted, recorded_points
from footbeat.simulate.layout import CRS
from footbeat.simulate.planted import (
    delivered_days,
    draw_trial,
    expected_counts,
    find_prevented,
    multipliers,
    planted_truth,
)
from footbeat.tables import Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.simulate.happenings import Happenings
    from footbeat.simulate.town import Town, TownOptions

    BoolArray = NDArray[np.bool_]


@pytest.fixture(scope="module")
def discs(small_town: Town) -> Hotspots:
    shapes = [Point(scene.x, scene.y).buffer(130) for scene in small_town.planted]
    frame = gpd.GeoDataFrame({"hotspot_id": list("abcdef")}, geometry=shapes, crs=CRS)
    return Hotspots(complete_hotspots(frame, "discs"), Provenance(crs=CRS))


def recorded_inside(town: Town, discs: Hotspots, keep: BoolArray, events: Happenings) -> int:
    x, y = recorded_points(town, events)
    last_day = town.options.history_days + town.options.n_days
    counted = keep & is_counted(town, events, town.options.hours) & (events.day < last_day)
    anywhere = shapely.union_all(list(discs.frame.geometry))
    return int(np.sum(counted & shapely.contains_xy(anywhere, x, y)))


def test_expected_counts_are_the_mean_of_many_drawn_trials(
    small_town: Town, discs: Hotspots
) -> None:
    inside, astray = expected_counts(small_town, discs)
    expected = (inside + astray).sum()
    drawn = [
        recorded_inside(small_town, discs, np.ones(len(events), dtype=bool), events)
        for events, _ in (draw_trial(small_town, np.random.default_rng(s)) for s in range(40))
    ]
    assert np.mean(drawn) == pytest.approx(expected, abs=4 * np.sqrt(expected / 40))


def test_patrols_everywhere_leave_the_planted_share(small_town: Town, discs: Hotspots) -> None:
    ratio = np.full((28, 6), 0.5)
    left = whole = 0
    for seed in range(30):
        events, level = draw_trial(small_town, np.random.default_rng(seed))
        prevented = find_prevented(small_town, (events, level), discs, ratio)
        whole += recorded_inside(small_town, discs, level == 0, events)
        left += recorded_inside(small_town, discs, ~prevented, events)
    assert left / whole == pytest.approx(0.5, abs=0.08)


def test_backfire_adds_what_was_planted(small_town: Town, discs: Hotspots) -> None:
    town = replace(small_town, options=replace(small_town.options, effect=1.5))
    ratio = np.full((28, 6), 1.5)
    more = whole = 0
    for seed in range(30):
        events, level = draw_trial(town, np.random.default_rng(seed))
        prevented = find_prevented(town, (events, level), discs, ratio)
        whole += recorded_inside(town, discs, level == 0, events)
        more += recorded_inside(town, discs, ~prevented, events)
    assert more / whole == pytest.approx(1.5, abs=0.12)


def test_without_patrols_nothing_is_prevented_and_nothing_added(
    small_town: Town, discs: Hotspots
) -> None:
    town = replace(small_town, options=replace(small_town.options, effect=1.4))
    events, level = draw_trial(town, np.random.default_rng(1))
    prevented = find_prevented(town, (events, level), discs, np.ones((28, 6)))
    assert np.array_equal(prevented, level == 1)


def test_carry_over_fades_and_the_stronger_holds() -> None:
    delivered = np.array([[True], [False], [True], [False], [False], [False]])
    assert multipliers(delivered, 0.4, 2)[:, 0] == pytest.approx([0.4, 0.6, 0.4, 0.6, 0.8, 1.0])


def test_full_delivery_without_contamination_is_the_planted_ratio(
    small_options: TownOptions,
) -> None:
    treated = np.arange(28 * 6).reshape(28, 6) % 3 == 0
    expected = (np.random.default_rng(1).random((28, 6)), np.zeros((28, 6)))
    truth = planted_truth(expected, treated, treated, small_options)
    assert truth.intention_to_treat == pytest.approx(0.7)
    assert (truth.delivered_treated, truth.delivered_control) == (1.0, 0.0)


def test_missed_and_stray_patrols_dilute_the_truth(small_options: TownOptions) -> None:
    treated = np.arange(28 * 6).reshape(28, 6) % 2 == 0
    delivered = treated.copy()
    delivered[0], delivered[1] = ~treated[0], ~treated[1]
    expected = (np.ones((28, 6)), np.zeros((28, 6)))
    truth = planted_truth(expected, treated, delivered, small_options)
    share = 2 / 28
    assert truth.intention_to_treat == pytest.approx((1 - 0.3 * (1 - share)) / (1 - 0.3 * share))


def test_nine_minutes_are_no_delivery_and_ten_are(
    small_options: TownOptions, discs: Hotspots
) -> None:
    day = small_options.trial_days[3]
    stays = pd.DataFrame({"hotspot_id": ["a", "b"], "day": [day, day], "minutes": [9.9, 10.0]})
    done = delivered_days(stays, discs, small_options)
    assert done.sum() == 1
    assert done[3, 1]
