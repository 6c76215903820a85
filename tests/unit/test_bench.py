"""The harness of the benchmarks reports what happened and nothing better."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "bench" / "harness.py"
SPEC = importlib.util.spec_from_file_location("harness", PATH)
assert SPEC is not None
assert SPEC.loader is not None
harness = importlib.util.module_from_spec(SPEC)
sys.modules["harness"] = harness
SPEC.loader.exec_module(harness)

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
    table = harness.render_rows([row])
    assert "not done in 600 s" in table
    assert "not compared" in table


def test_different_answers_stand_out() -> None:
    row = harness.Row("work", 10, OURS, "peer", harness.Measured((2.0,)), agree=False)
    assert "**no**" in harness.render_rows([row])
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


@pytest.mark.parametrize(
    "question",
    sorted((Path(__file__).parents[2] / "bench").glob("bench_*.py")),
    ids=lambda p: p.stem,
)
def test_question_has_a_name_and_rows(question: Path) -> None:
    text = question.read_text(encoding="utf-8")
    assert re.search(r'^NAME = "', text, flags=re.MULTILINE)
    assert re.search(r"^def rows\(\)", text, flags=re.MULTILINE)
