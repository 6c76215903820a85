from dataclasses import replace

import numpy as np
import pytest

from footbeat.grid import Grid
from footbeat.targeting.places import cell_places
from footbeat.targeting.select import Ruled, Rulings, SelectOptions, select_places


def row_of_squares(n):
    return cell_places(Grid("square", 100), np.arange(n), np.zeros(n, np.int64))


def select(score, options, *, harm=None, counts=None, barred=()):
    score = np.asarray(score, float)
    places = row_of_squares(score.size)
    harm = np.zeros(score.size) if harm is None else np.asarray(harm, float)
    counts = score if counts is None else np.asarray(counts, float)
    return select_places(places, score, counts, harm, options, rulings=Rulings(tuple(barred)))


def spots(selection):
    return [spot.tolist() for spot in selection.spots]


def test_touching_cells_merge_until_the_hot_spot_is_full():
    chosen = select([9, 8, 7, 0, 6], SelectOptions(top=3, max_area_ha=2))
    assert spots(chosen) == [[0, 1], [2], [4]]


def test_nothing_merges_when_one_cell_fills_a_hot_spot():
    assert spots(select([9, 8, 7], SelectOptions(top=2, max_area_ha=1))) == [[0], [1]]


def test_cell_below_the_last_hot_spot_is_not_merged_into_the_first():
    assert spots(select([9, 1, 0, 5], SelectOptions(top=2, max_area_ha=5))) == [[0], [3]]


def test_ties_go_to_the_higher_harm_and_then_to_the_lowest_identifier():
    options = SelectOptions(top=2, max_area_ha=0)
    assert spots(select([5, 5, 5], options, harm=[0, 0, 3])) == [[2], [0]]


def test_cell_nearer_than_the_spacing_is_passed_over_with_its_distance():
    chosen = select([9, 0, 8, 0, 0, 7], SelectOptions(top=2, spacing_m=300, max_area_ha=1))
    assert spots(chosen) == [[0], [5]]
    assert chosen.passed[0].reason == "200 m from hot spot 1, nearer than the spacing of 300 m"


def test_place_with_too_few_incidents_is_passed_over():
    chosen = select([9, 8], SelectOptions(top=1, min_incidents=5), counts=[1, 6])
    assert spots(chosen) == [[1]]
    assert chosen.passed[0].reason == "1 incident, fewer than the 5 a place must have"


def test_places_without_a_score_are_never_chosen():
    assert spots(select([2, 0, -1], SelectOptions(top=3))) == [[0]]


def test_barred_place_is_passed_over_for_the_reason_given():
    barred = [Ruled(np.array([0]), "inside the prison")]
    chosen = select([9, 8], SelectOptions(top=1), barred=barred)
    assert spots(chosen) == [[1]]
    assert chosen.passed[0].reason == "inside the prison"


def test_merged_and_passed_places_do_not_compete_for_ranks():
    chosen = select([9, 8, 0, 7, 1], SelectOptions(top=2, max_area_ha=2))
    assert chosen.rivals.tolist() == [0, 2, 3, 4]


@pytest.mark.parametrize("top", [1, 3])
def test_never_more_hot_spots_than_asked(top):
    assert len(select([5, 0, 4, 0, 3, 0, 2], SelectOptions(top=top)).spots) == top


def test_cell_at_the_spacing_itself_is_far_enough_whatever_rounding_does():
    grid = Grid("hex", 250)
    places = cell_places(grid, np.arange(3) + 1918, np.full(3, 855))
    far = float(np.hypot(places.x[2] - places.x[0], places.y[2] - places.y[0]))
    spacing = SelectOptions(top=3, spacing_m=np.nextafter(far, np.inf), max_area_ha=1)
    score = np.array([9.0, 0.0, 8.0])
    assert spots(select_places(places, score, score, score, spacing)) == [[0], [2]]


def test_a_distance_just_below_the_spacing_is_not_rounded_up_to_it():
    chosen = select([9, 0, 8], SelectOptions(top=2, spacing_m=200.2, max_area_ha=1))
    told = "200 m from hot spot 1, nearer than the spacing of 200.2 m"
    assert chosen.passed[0].reason == told
    near = SelectOptions(top=2, spacing_m=100, max_area_ha=1)
    places = replace(row_of_squares(2), x=np.array([0.0, 99.7]))
    score = np.array([9.0, 8.0])
    chosen = select_places(places, score, score, score, near)
    assert chosen.passed[0].reason == "99 m from hot spot 1, nearer than the spacing of 100 m"


def rule(score, options, **rulings):
    score = np.asarray(score, float)
    places = row_of_squares(score.size)
    return select_places(
        places, score, score, np.zeros(score.size), options, rulings=Rulings(**rulings)
    )


def test_places_joined_by_decision_are_one_hot_spot_whatever_its_size():
    pair = Ruled(np.array([0, 3]), "merged by decision: one beat (A. Khan)", "The Front")
    chosen = rule([5, 0, 9, 4, 0, 3], SelectOptions(top=3, max_area_ha=1), joined=(pair,))
    assert spots(chosen) == [[2], [0, 3], [5]]
    assert [ruled.name if ruled else "" for ruled in chosen.ruled] == ["", "The Front", ""]
    assert chosen.by_score.all()


def test_places_parted_by_decision_share_no_hot_spot():
    halves = (Ruled(np.array([1]), "split"), Ruled(np.array([2]), "split"))
    options = SelectOptions(top=2, max_area_ha=3)
    assert spots(rule([0, 9, 8, 0], options)) == [[1, 2]]
    assert spots(rule([0, 9, 8, 0], options, parted=(halves,))) == [[1], [2]]


def test_what_a_decision_named_takes_in_no_other_ground():
    options = SelectOptions(top=4, max_area_ha=3)
    halves = (Ruled(np.array([1]), "split"), Ruled(np.array([2, 3]), "split"))
    chosen = rule([3, 9, 8, 7, 6], options, parted=(halves,))
    assert spots(chosen) == [[1], [2, 3], [4], [0]]
    pair = Ruled(np.array([1, 2]), "merged")
    assert spots(rule([3, 9, 8], options, joined=(pair,))) == [[1, 2], [0]]


def test_of_joined_places_those_excluded_stay_out():
    joined = Ruled(np.array([0, 1]), "merged")
    chosen = rule(
        [9, 8, 0, 7], SelectOptions(top=2), joined=(joined,), barred=(Ruled(np.array([1]), "no"),)
    )
    assert spots(chosen) == [[0], [3]]
    assert [each.reason for each in chosen.passed] == ["no"]
