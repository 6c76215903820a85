"""What results of targeting say of themselves, in words, as frames and as plots."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from footbeat.targeting.clusters import GiStarOptions
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.held import does_list_hold
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.near_repeat import NearRepeatOptions, measure_near_repeat
from footbeat.targeting.score import score_places
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.spread import measure_spread

CELLS = CaseOptions("hex", 250, group="all")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_found_is_told_in_a_line_and_drawn_with_its_ranks(scattered_town):
    options = FindOptions(CELLS, select=SelectOptions(4), n_draws=0)
    found = find_hotspots(scattered_town(), options, rng=np.random.default_rng(1))
    assert repr(found).startswith("Found(4 hot spots by shrunk-count from 500 incidents in ")
    axes = found.plot()
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3", "4"]
    assert axes.get_title(loc="left").startswith("4 places, ")


def test_a_list_without_a_hot_spot_can_be_drawn(scattered_town):
    options = FindOptions(CELLS, select=SelectOptions(4, min_incidents=1e6), n_draws=0)
    found = find_hotspots(scattered_town(), options, rng=np.random.default_rng(1))
    assert len(found.hotspots) == 0
    assert len(found.plot().texts) == 0


def test_near_repeats_have_a_frame_and_a_table_of_ratios(scattered_town):
    measured = measure_near_repeat(
        scattered_town(),
        CELLS,
        NearRepeatOptions((100.0, 400.0), (7.0, 14.0, 28.0), 19),
        rng=np.random.default_rng(0),
    )
    assert measured.to_frame().shape == (6, 6)
    assert "times the pairs expected" in repr(measured)
    assert len(measured.plot().texts) == 6


def test_concentration_is_drawn_with_the_year_after(scattered_town):
    spread = measure_spread(scattered_town(days=730), CELLS)
    assert spread.to_frame()["after_share"].notna().all()
    texts = [text.get_text() for text in spread.plot().texts]
    assert texts == ["in the period that chose them", "in the year after"]


@pytest.mark.parametrize("chance", ["normal", "permutation"])
def test_json_of_a_list_counts_in_whole_numbers_and_names_draws_that_were_made(
    scattered_town, chance
):
    method = GiStarOptions(chance=chance, n_draws=19)
    options = FindOptions(CELLS, "gi-star", method, SelectOptions(4), n_draws=0)
    values = find_hotspots(scattered_town(), options, rng=np.random.default_rng(1)).as_json()
    assert {type(row["n"]) for row in values["hotspots"]} == {int}
    assert ("n_draws" in values["params"]) == (chance == "permutation")
    assert values["params"]["rank_draws"] == 0


def test_every_result_of_finding_has_a_frame_and_a_plot(scattered_town):
    town = scattered_town()
    options = FindOptions(CELLS, select=SelectOptions(4), n_draws=0)
    found = find_hotspots(town, options, rng=np.random.default_rng(1))
    assert len(found.concentration.to_frame()) == 1
    assert len(found.hotspots.to_frame()) == 4
    assert [text.get_text() for text in found.hotspots.plot().texts] == ["1", "2", "3", "4"]
    held = does_list_hold(town, options, rng=np.random.default_rng(1))
    assert held.to_frame()["held_judged"].tolist()[0] == held.held_judged
    assert f"{held.held_judged:,} of {held.n_judged:,}" in held.plot().get_title(loc="left")
    scores = score_places(town, CELLS, "count")
    assert scores.to_frame()["n"].sum() == len(town)
    assert len(scores.plot().collections[0].get_offsets()) == len(scores.frame)


def test_incidents_are_drawn_by_month(scattered_town):
    town = scattered_town()
    bars = town.plot().patches
    assert sum(bar.get_height() for bar in bars) == len(town)
