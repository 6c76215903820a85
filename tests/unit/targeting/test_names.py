import pytest

from footbeat.targeting.names import keep_ids, name_place, tell_apart


@pytest.mark.parametrize(
    ("locations", "name"),
    [
        (["On or near High Street"] * 9 + ["On or near Queensway"] * 2, "High Street"),
        (["On or near High Street"] * 3 + ["On or near Queensway"], "High Street and Queensway"),
        (["On or near Supermarket"] * 8 + ["On or near Elm Road"], "Elm Road"),
        (["On or near Nightclub"] * 18 + ["On or near Elm Road"], "Nightclub by Elm Road"),
        (["On or near Supermarket"] * 8, "Supermarket"),
        (["On or near St Ann'S Road"], "St Ann's Road"),
        (["On or near ", None, "  "], "hex250:1:2"),
        ([], "hex250:1:2"),
    ],
)
def test_place_is_named_after_its_commonest_streets(locations, name):
    assert name_place(locations, "hex250:1:2") == name


def test_repeated_names_are_told_apart_by_the_next_street_and_then_by_number():
    names = tell_apart(["High Street"] * 3, [["High Street", "Elm Road"], ["High Street"], []])
    assert names == ["High Street, by Elm Road", "High Street", "High Street (2)"]


def test_identifier_is_kept_once_by_the_place_that_shares_most():
    shared = {("a", "old"): (0.6, 60), ("b", "old"): (0.9, 40), ("c", "older"): (0.4, 90)}
    assert keep_ids(["a", "b", "c"], shared) == {"a": "a", "b": "old", "c": "c"}


def test_identifier_that_a_kept_one_took_gets_a_number():
    assert keep_ids(["a", "b"], {("b", "a"): (1.0, 9.0)}) == {"a": "a-2", "b": "a"}


def test_half_short_by_a_rounding_error_keeps_the_identifier():
    assert keep_ids(["a"], {("a", "old"): (0.4999999999999832, 9.0)}) == {"a": "old"}


def test_of_parts_that_lie_within_the_old_place_the_larger_keeps_its_identifier():
    shared = {("a", "old"): (1.0000000000000002, 10.0), ("b", "old"): (0.9998, 29.9)}
    assert keep_ids(["a", "b"], shared) == {"a": "a", "b": "old"}


def test_of_equal_parts_the_one_that_bears_the_identifier_anyway_keeps_it():
    shared = {("a", "b"): (1.0000000000000002, 30.0), ("b", "b"): (1.0, 30.0000001)}
    assert keep_ids(["a", "b"], shared) == {"a": "a", "b": "b"}
    shared = {("z", "old"): (1.0, 30.0), ("b", "old"): (1.0000000000000002, 30.0)}
    assert keep_ids(["z", "b"], shared) == {"z": "old", "b": "b"}
