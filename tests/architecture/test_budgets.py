"""Sizes, measured on codebases held up as models."""

from __future__ import annotations

import ast
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Function, Source

MEDIAN_LINES = 10
NINETIETH_PERCENTILE_LINES = 30
FILE_LINES = 400


def body_lines(function: Function) -> int:
    """Count the lines of a function's body without its docstring."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if not body:
        return 0
    first = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", []))])
    return (body[-1].end_lineno or first) - first + 1


def all_lengths(sources: list[Source]) -> list[tuple[int, str]]:
    return sorted(
        (body_lines(function), f"{source.where(function)} {function.name}")
        for source in sources
        for function in source.functions()
    )


def test_median_function_is_short(sources: list[Source]) -> None:
    lengths = [length for length, _ in all_lengths(sources)]
    assert statistics.median(lengths) <= MEDIAN_LINES


def test_nine_functions_in_ten_fit_on_half_a_screen(sources: list[Source]) -> None:
    lengths = all_lengths(sources)
    over = [f"{length} lines: {name}" for length, name in lengths[::-1]]
    over = [line for line in over if int(line.split()[0]) > NINETIETH_PERCENTILE_LINES]
    assert len(over) <= len(lengths) / 10, "\n".join(over)


def test_no_file_is_too_long(sources: list[Source]) -> None:
    counted = {source.name: len(source.text.splitlines()) for source in sources}
    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES} == {}


def test_body_of_a_function_is_counted_without_its_docstring() -> None:
    text = 'def f():\n    """Say.\n\n    More.\n    """\n    a = 1\n\n    return a\n'
    assert body_lines(ast.parse(text).body[0]) == 3
    assert body_lines(ast.parse('def f():\n    """Say."""\n').body[0]) == 0
