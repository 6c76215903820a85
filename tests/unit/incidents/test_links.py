"""Records that name one another are one event, however they do it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from footbeat.incidents.links import counts_once, find_links

EVERY = ("crime", "incident-log", "asb", "ambulance", "hospital")


def records(*rows: tuple[str, str, str | None], status: tuple[str, ...] = ()) -> pa.Table:
    ids, kinds, linked = zip(*rows, strict=True)
    return pa.table(
        {
            "incident_id": pa.array(ids, pa.string()),
            "kind": pa.array(kinds, pa.string()),
            "linked_id": pa.array(linked, pa.string()),
            "status": pa.array(status or ("live",) * len(rows), pa.string()),
        }
    )


def counted(table: pa.Table, kinds: tuple[str, ...] = EVERY) -> list[str]:
    mask = counts_once(table, kinds)
    return [
        name for name, is_in in zip(table["incident_id"].to_pylist(), mask, strict=True) if is_in
    ]


def test_a_log_that_names_two_crimes_counts_with_them() -> None:
    crimes = (("42/1/24", "crime", None), ("42/2/24", "crime", None))
    for named in ("42/1/24; 42/2/24", "42/1/24 and 42/9/24", " 42/2/24 "):
        assert counted(records(*crimes, ("L1", "incident-log", named))) == ["42/1/24", "42/2/24"]


def test_identifiers_are_compared_without_case_or_spaces() -> None:
    table = records(("Cr/1", "crime", None), ("L1", "incident-log", "CR/1 "))
    assert counted(table) == ["Cr/1"]
    assert find_links(table).unmatched == 0


def test_a_chain_of_records_is_one_crime() -> None:
    table = records(("A1", "ambulance", "L9"), ("L9", "incident-log", "C1"), ("C1", "crime", None))
    assert counted(table) == ["C1"]
    # The log between them ties the two together even where logs are not asked for.
    assert counted(table, ("crime", "ambulance")) == ["C1"]


@pytest.mark.parametrize(
    ("rows", "one"),
    [
        ([("A1", "ambulance", "L9"), ("L9", "incident-log", None)], "L9"),
        ([("L2", "incident-log", "L9"), ("L9", "incident-log", None)], "L9"),
        ([("L9", "asb", "A1"), ("A1", "ambulance", None)], "L9"),
    ],
)
def test_linked_records_without_a_crime_count_once(
    rows: list[tuple[str, str, str | None]], one: str
) -> None:
    assert counted(records(*rows)) == [one]


def test_a_live_log_counts_before_the_cancelled_one_it_names() -> None:
    rows = (("L1", "incident-log", "L2"), ("L2", "incident-log", None))
    assert counted(records(*rows, status=("live", "cancelled"))) == ["L1"]


def test_crimes_that_name_each_other_all_count() -> None:
    table = records(("C1", "crime", None), ("C2", "crime", "C1"), ("C2", "crime", "C1"))
    assert counted(table) == ["C1", "C2", "C2"]


def test_a_record_that_names_nothing_held_counts_alone() -> None:
    table = records(("L1", "incident-log", "C7"), ("L2", "incident-log", "C7; C8"))
    assert counted(table) == ["L1", "L2"]
    links = find_links(table)
    assert (len(links.naming), links.unmatched) == (0, 2)


def test_a_record_that_shares_a_name_with_another_kind_is_not_linked_with_it() -> None:
    table = records(("X1", "crime", None), ("X1", "incident-log", "Z"))
    assert counted(table) == ["X1", "X1"]
