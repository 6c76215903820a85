"""The harness of the benchmarks reports what happened and nothing better."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCH = Path(__file__).parents[2] / "bench"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


harness = _load("harness")
record = _load("record")


def render(*rows: Any) -> str:
    """Write rows as they stand in the results."""
    records = [record.record_row(row, question="q", when="1 Jan 2026") for row in rows]
    return str(record.render_question("Title", "Purpose.", records))


OURS = harness.Measured((0.1, 0.2, 9.0))


def test_one_slow_run_does_not_move_the_median() -> None:
    assert OURS.median_s == 0.2


def test_work_is_run_once_more_than_it_is_timed() -> None:
    calls: list[int] = []
    measured = harness.measure(lambda: calls.append(1) or len(calls), repeats=5)
    assert len(calls) == 6
    assert len(measured.seconds) == 5
    assert measured.answer == 6


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_growth_is_the_slope_on_log_axes(power: float) -> None:
    sizes = [10, 100, 1000]
    seconds = [3e-6 * size**power for size in sizes]
    assert harness.growth_exponent(sizes, seconds) == pytest.approx(power)


def test_two_sizes_say_nothing_of_growth() -> None:
    assert harness.growth_exponent([10, 100], [1.0, 2.0]) is None


def test_answers_agree_only_with_the_same_shape() -> None:
    assert harness.same_answer([1.0, float("nan")], [1.0, float("nan")])
    assert not harness.same_answer([1.0, 2.0], [1.0])
    assert not harness.same_answer(1.0, 1.0001)


def test_peer_that_was_not_measured_is_named_with_the_reason() -> None:
    row = harness.Row("work", 10, OURS, "peer", harness.NotRunError("not done in 600 s"))
    assert row.times_peer is None
    table = render(row)
    assert "not done in 600 s" in table
    assert "not compared" in table


def test_different_answers_stand_out() -> None:
    row = harness.Row("work", 10, OURS, "peer", harness.Measured((2.0,)), agree=False)
    assert "**no**" in render(row)
    assert row.times_peer == pytest.approx(10)


def test_script_times_itself_apart() -> None:
    script = "def prepare(size): return list(range(size))\ndef run(things): return sum(things)\n"
    measured = harness.measure_ours_apart(script, 5, repeats=2)
    assert measured.answer == 10
    assert len(measured.seconds) == 2


def test_script_that_fails_says_why() -> None:
    script = "def prepare(size): raise ValueError('no such file')\n"
    with pytest.raises(harness.NotRunError, match="no such file"):
        harness.measure_ours_apart(script, 5)


def test_slow_side_is_run_fewer_times_and_the_table_says_so() -> None:
    measured = harness.measure(lambda: None, repeats=5, patience_s=0.0)
    assert len(measured.seconds) == 1
    assert "(1 run)" in render(harness.Row("work", 1, measured))


def test_growth_is_told_from_three_sizes_on() -> None:
    rows = [harness.Row("work", 10**k, harness.Measured((10.0**k,) * 5)) for k in range(3)]
    assert "to the power 1.00" in render(*rows)
    assert "to the power" not in render(*rows[:2])


def test_full_size_stays_when_the_question_is_measured_without_it() -> None:
    big = harness.Row("work", 100, OURS, is_full=True)
    small = harness.Row("work", 10, OURS)
    first = [record.record_row(row, question="q", when="1 Jan 2026") for row in (small, big)]
    again = [record.record_row(small, question="q", when="2 Jan 2026")]
    merged = record.merge_records(first, again, "q")
    assert [(r["size"], r["when"]) for r in merged] == [(100, "1 Jan 2026"), (10, "2 Jan 2026")]


def test_records_are_read_back_as_written(tmp_path: Path) -> None:
    rows = [record.record_row(harness.Row("work", 10, OURS), question="q", when="now")]
    record.write_records(rows, tmp_path / "r.json")
    assert record.read_records(tmp_path / "r.json") == rows


def test_big_sizes_are_measured_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(harness.FULL, raising=False)
    assert harness.sizes((1, 2), (3,)) == (1, 2)
    monkeypatch.setenv(harness.FULL, "1")
    assert harness.sizes((1, 2), (3,)) == (1, 2, 3)


def test_r_is_timed_as_python_is(tmp_path: Path) -> None:
    script = "prepare <- function(size, path) 1:size; run <- function(things) sum(things)"
    measured = harness.measure_r(script, 4, tmp_path, repeats=2)
    if isinstance(measured, harness.NotRunError):
        pytest.skip(str(measured))
    assert measured.answer == [10]
    assert len(measured.seconds) == 2


@pytest.mark.parametrize(
    "question",
    sorted(BENCH.glob("bench_*.py")),
    ids=lambda p: p.stem,
)
def test_question_has_a_name_and_rows(question: Path) -> None:
    text = question.read_text(encoding="utf-8")
    assert re.search(r'^NAME = "', text, flags=re.MULTILINE)
    assert re.search(r"^def rows\(\)", text, flags=re.MULTILINE)


def test_an_answer_compared_by_numpy_can_be_kept(tmp_path: Path) -> None:
    row = harness.Row("work", 10, OURS, "peer", OURS, agree=np.bool_(True))  # noqa: FBT003 - of numpy
    kept = record.record_row(row, question="q", when="1 Jan 2026")
    record.write_records([kept], tmp_path / "results.json")
    assert record.read_records(tmp_path / "results.json") == [kept]


def test_an_option_that_is_not_known_runs_nothing() -> None:
    run = _load("run")
    with pytest.raises(SystemExit):
        run.main(["--fast"])
