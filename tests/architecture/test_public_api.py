"""The public names: sorted, complete, documented."""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING

import pytest

import footbeat

if TYPE_CHECKING:
    from conftest import Source


def as_sorted(name: str) -> tuple[int, str]:
    """Sort constants, then classes, then functions, each by name (as ruff's RUF022 does)."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1, name) if name[0].isupper() else (2, name)


def test_public_names_are_sorted() -> None:
    assert list(footbeat.__all__) == sorted(footbeat.__all__, key=as_sorted)


def test_public_names_are_there() -> None:
    assert [name for name in footbeat.__all__ if not hasattr(footbeat, name)] == []


def test_everything_gathered_is_public(sources: list[Source]) -> None:
    tree = next(source.tree for source in sources if source.name == "__init__.py")
    gathered = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }
    used_inside = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert gathered - used_inside - set(footbeat.__all__) == set()


@pytest.mark.parametrize("name", [n for n in footbeat.__all__ if not n.startswith("__")])
def test_public_name_is_documented(name: str) -> None:
    first = (inspect.getdoc(getattr(footbeat, name)) or "").split("\n")[0]
    assert re.match(r"[A-Z].*\.$", first), f"{name} must begin with a sentence"


def test_types_and_program_know_the_same_homes(sources: list[Source]) -> None:
    tree = next(source.tree for source in sources if source.name == "__init__.py")
    typed = {
        node.module: {alias.name for alias in node.names}
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }
    assert typed == {home: set(names) for home, names in footbeat._HOMES.items()}  # noqa: SLF001 - compared with its types


def test_a_name_nobody_made_is_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'crystal_ball'"):
        footbeat.crystal_ball  # noqa: B018 - asking is the test
