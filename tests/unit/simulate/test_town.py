"""What happens in a synthetic town, and how its records show it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from footbeat.errors import UsageError
from footbeat.incidents.sources import load_source
from footbeat.simulate.happenings import draw_happenings, is_counted, recorded_points
from footbeat.simulate.records import MAPPING, write_down
from footbeat.simulate.rhythm import day_factors, hour_weights, window_shares
from footbeat.simulate.town import HOURS, TownOptions, draw_town

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.simulate.happenings import Happenings
    from footbeat.simulate.town import Town


@pytest.fixture(scope="module")
def year(small_town: Town) -> Happenings:
    return draw_happenings(small_town, np.arange(365), np.random.default_rng(2))


def test_planted_hot_spots_stand_apart(small_town: Town) -> None:
    x = np.array([scene.x for scene in small_town.planted])
    y = np.array([scene.y for scene in small_town.planted])
    apart = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(len(x), 1)]
    assert len(x) == 6
    assert apart.min() > 450


def test_as_much_happens_as_the_rates_say(small_town: Town, year: Happenings) -> None:
    expected = sum(scene.per_day[:365].sum() for scene in small_town.scenes)
    assert abs(len(year) - expected) < 4 * np.sqrt(expected)


def test_custody_suite_is_one_point_that_beats_every_hot_spot(
    small_town: Town, year: Happenings
) -> None:
    roles = np.array([scene.role for scene in small_town.scenes])
    custody = year.where(roles[year.scene] == "custody")
    x, y = recorded_points(small_town, custody.where(~custody.is_street_only))
    assert len(np.unique(x)) == len(np.unique(y)) == 1
    largest = np.bincount(year.scene[roles[year.scene] == "planted"]).max()
    assert len(custody) > largest


def test_only_public_incidents_in_the_hours_are_counted(small_town: Town, year: Happenings) -> None:
    counted = year.where(is_counted(small_town, year, HOURS))
    roles = {small_town.scenes[number].role for number in np.unique(counted.scene)}
    assert roles <= {"planted", "flare", "background"}
    assert HOURS.contains(counted.clock_minutes()).all()


def test_night_time_streets_are_busiest_on_friday_and_saturday_nights() -> None:
    weights = hour_weights("nightlife")
    day, hour = np.unravel_index(weights.argmax(), weights.shape)
    assert day in {4, 5}
    assert 23 <= hour + 6 <= 26
    assert weights.sum() == pytest.approx(7)


def test_whole_day_holds_all_of_a_day() -> None:
    days = np.arange(7)
    assert window_shares("parade", days, None).tolist() == [1.0] * 7
    assert np.all(window_shares("parade", days, HOURS) < 1)


def test_summer_is_busier_than_winter() -> None:
    options = TownOptions()
    factors = day_factors("estate", options.all_days[:364])
    months = np.array([day.month for day in options.all_days[:364]])
    assert factors[months == 7].mean() > factors[months == 1].mean()


def test_same_seed_draws_the_same_town_and_another_seed_another(small_options: TownOptions) -> None:
    one, same, other = (draw_town(np.random.default_rng(seed), small_options) for seed in (4, 4, 5))
    assert [scene.x for scene in one.planted] == [scene.x for scene in same.planted]
    assert np.array_equal(one.scenes[0].per_day, same.scenes[0].per_day)
    assert [scene.x for scene in one.planted] != [scene.x for scene in other.planted]


def test_treating_every_place_is_refused() -> None:
    with pytest.raises(UsageError, match="below the number of hot spots"):
        TownOptions(n_hotspots=8, treat=8)


def test_effect_that_is_no_ratio_is_refused() -> None:
    with pytest.raises(UsageError, match="between 0 and 2"):
        TownOptions(effect=30)


def test_export_holds_only_what_was_recorded_by_its_day(small_town: Town, year: Happenings) -> None:
    early = write_down(small_town, year, 300, rng=np.random.default_rng(3))
    late = write_down(small_town, year, 400, rng=np.random.default_rng(3))
    assert set(early["Occurrence No"]) < set(late["Occurrence No"])


def test_export_of_the_prevented_differs_only_in_the_prevented(
    small_town: Town, year: Happenings
) -> None:
    whole = write_down(small_town, year, 400, rng=np.random.default_rng(3))
    prevented = year.chance > 0.9
    left = write_down(small_town, year, 400, rng=np.random.default_rng(3), prevented=prevented)
    kept = whole[whole["Occurrence No"].isin(left["Occurrence No"])]
    assert 0.85 < len(left) / len(whole) < 0.95
    assert left.reset_index(drop=True).equals(kept.reset_index(drop=True))


def test_export_is_spoiled_as_exports_are(small_town: Town, year: Happenings) -> None:
    export = write_down(small_town, year, 400, rng=np.random.default_rng(3))
    assert export["Occurrence No"].duplicated().any()
    assert (export["Easting"] == "0").any()
    assert (export["Status"] == "CANCELLED").any()
    assert (export["Premises Type"] == "CUSTODY SUITE").any()


def test_mapping_of_the_export_is_one_the_reader_takes(tmp_path: Path) -> None:
    path = tmp_path / "saltmere.toml"
    path.write_text(MAPPING, encoding="utf-8")
    source = load_source(path)
    assert source.default_group == "violence"
    assert "SYNTHETIC" in source.cautions[0]


def test_larger_town_has_more_of_everything(small_options: TownOptions, small_town: Town) -> None:
    larger = draw_town(np.random.default_rng(1), replace(small_options, width_m=5_000.0))
    assert len(larger.addresses) > len(small_town.addresses)
