"""Texts trimmed, and a number that stands for all of a row's texts."""

from __future__ import annotations

import pyarrow as pa
import pytest

from footbeat.incidents.spans import read_spans
from footbeat.incidents.tidy import tidy_batch


def batch(*rows: tuple[str | None, str | None]) -> pa.RecordBatch:
    first, second = zip(*rows, strict=True)
    return pa.RecordBatch.from_pydict(
        {"c0": pa.array(first, pa.string()), "c1": pa.array(second, pa.string())}
    )


def content(*rows: tuple[str | None, str | None]) -> list[int]:
    numbers: list[int] = tidy_batch(batch(*rows)).column("content").to_pylist()
    return numbers


def test_texts_are_trimmed_and_empty_ones_are_missing() -> None:
    tidied = tidy_batch(batch((" a ", ""), ("\u00a0b\u00a0", "  "), ("é", None)))
    assert tidied.column("c0").to_pylist() == ["a", "b", "é"]
    assert tidied.column("c1").to_pylist() == [None, None, None]


def test_rows_that_differ_only_in_spaces_share_their_number() -> None:
    one, other = content(("a", "b"), (" a", "b  "))
    assert one == other


def test_a_text_in_another_column_is_another_row() -> None:
    assert len(set(content(("a", None), (None, "a"), ("ab", "c"), ("a", "bc")))) == 4


def test_the_number_never_depends_on_where_a_batch_was_cut() -> None:
    rows = [("a", "b"), ("c", "d"), ("e", None)]
    assert tidy_batch(batch(*rows).slice(1)).column("content").to_pylist() == content(*rows)[1:]


def test_the_number_is_the_same_in_every_version() -> None:
    # FNV-1a of "a" 0x1F 0x1F, finished as SplitMix64 does, by the published constants.
    number = 0xCBF29CE484222325
    for byte in b"a\x1f\x1f":
        number = ((number ^ byte) * 0x100000001B3) % 2**64
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) % 2**64
    assert content(("a", None)) == [number ^ (number >> 31)]


@pytest.mark.parametrize("repeats", [1, 40])
def test_times_read_once_a_distinct_text_are_the_times_read_row_by_row(repeats: int) -> None:
    texts = ["2024-03", None, "31/03/2024 01:30", "nonsense", "2024-05-01", "01/06/2024 00:00"]
    spans = read_spans(
        pa.array(texts * repeats), "day-first", "Europe/London", midnight_is_day=True
    )
    single = [
        read_spans(
            pa.array([text], pa.string()), "day-first", "Europe/London", midnight_is_day=True
        )
        for text in texts
    ]
    assert spans.start.tolist() == [one.start[0] for one in single] * repeats
    assert spans.end.tolist() == [one.end[0] for one in single] * repeats
    assert spans.times.precision.tolist() == [one.times.precision[0] for one in single] * repeats
