"""Names that say nothing are not used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Source

BANNED_MODULES = {"utils", "util", "helpers", "common", "core", "services", "managers", "misc"}
BANNED_VERBS = ("get_", "process_", "handle_", "do_")
# The `spelling` of every pair is checked in names only: prose is for readers to judge.
AMERICAN = re.compile(
    r"(?:^|_)(color|colors|neighbor|neighbors|center|centers|centered|meter|meters|randomize"
    r"|randomized|normalize|normalized|summarize|anonymize|anonymized|behavior|analyze)(?:_|$)"
)


def test_no_module_has_an_empty_name(sources: list[Source]) -> None:
    parts = {part: source.name for source in sources for part in source.module.split(".")}
    assert {part: name for part, name in parts.items() if part in BANNED_MODULES} == {}


def test_functions_say_what_they_do(sources: list[Source]) -> None:
    empty = [
        f"{source.where(function)} {function.name}"
        for source in sources
        for function in source.functions()
        if function.name.lstrip("_").startswith(BANNED_VERBS) and not in_desk(source)
    ]
    assert empty == []


def in_desk(source: Source) -> bool:
    """Whether Django, not we, names some methods here (`get_queryset`, …)."""
    return source.name.startswith("desk/")


def test_functions_are_named_in_british_english(sources: list[Source]) -> None:
    american = [
        f"{source.where(function)} {function.name}"
        for source in sources
        for function in source.functions()
        if AMERICAN.search(function.name)
    ]
    assert american == []


@pytest.mark.parametrize("name", ["draw_colors", "normalize", "cell_center"])
def test_american_spelling_is_recognised(name: str) -> None:
    assert AMERICAN.search(name)
