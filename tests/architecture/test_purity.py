"""Time, chance and speech are arguments or belong to the shell; Windows is a first-class home."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Source

# The shell may speak, look at the clock and seed chance; everything else is told.
SHELL = ("cli/", "desk/", "__main__.py")
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "localtime"),
}
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
POSIX_CALLS = {"chown", "fork", "getpgid", "geteuid", "getuid", "killpg", "mkfifo", "setsid"}
GENERATORS = {"default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"}


def calls(source: Source) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield each call with the last two parts of what it calls: ``a.b.c()`` gives b, c."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                yield node, "", function.id
            elif isinstance(function, ast.Attribute):
                holder = function.value
                last = getattr(holder, "attr", getattr(holder, "id", ""))
                yield node, last, function.attr


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the first part of every imported module's name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module.split(".")[0]


@pytest.fixture(scope="session")
def core(sources: list[Source]) -> list[Source]:
    """Give every file that is not part of the shell."""
    return [source for source in sources if not source.name.startswith(SHELL)]


def test_core_never_prints(core: list[Source]) -> None:
    found = [s.where(node) for s in core for node, _, name in calls(s) if name == "print"]
    assert found == []


def test_core_never_looks_at_the_clock(core: list[Source]) -> None:
    found = [s.where(n) for s in core for n, holder, name in calls(s) if (holder, name) in CLOCKS]
    assert found == []


def test_chance_is_always_an_argument(core: list[Source]) -> None:
    found = [
        s.where(node)
        for s in core
        for node, holder, name in calls(s)
        if (holder == "random" and name not in GENERATORS)
        or (name == "default_rng" and not node.args and not node.keywords)
    ]
    found += [s.where(node) for s in core for node, module in imported(s) if module == "random"]
    assert found == []


def test_no_global_is_rebound(sources: list[Source]) -> None:
    found = [s.where(n) for s in sources for n in ast.walk(s.tree) if isinstance(n, ast.Global)]
    assert found == []


def test_nothing_needs_posix(sources: list[Source]) -> None:
    found = [s.where(n) for s in sources for n, module in imported(s) if module in POSIX_ONLY]
    found += [
        s.where(node)
        for s in sources
        for node, holder, name in calls(s)
        if holder == "os" and name in POSIX_CALLS
    ]
    assert found == []


def test_text_files_name_their_encoding(sources: list[Source]) -> None:
    openers = {"read_text", "write_text"}
    found = [
        s.where(node)
        for s in sources
        for node, _, name in calls(s)
        if name in openers and "encoding" not in {keyword.arg for keyword in node.keywords}
    ]
    assert found == [], "Windows would read these in cp1252"


def test_everything_is_annotated(sources: list[Source]) -> None:
    found = []
    for source in sources:
        for function in source.functions():
            given = function.args
            named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
            named += [star for star in (given.vararg, given.kwarg) if star]
            bare = [a.arg for a in named if a.annotation is None and a.arg not in {"self", "cls"}]
            if bare or function.returns is None:
                found.append(f"{source.where(function)} {function.name} {bare}")
    assert found == []
