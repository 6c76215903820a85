"""The index of the repository is complete and honest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# Targets that only other targets call.
INNER = {"dev"}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Called from `make test`, this must not inherit that run's flags.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def phony() -> set[str]:
    listed = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    return {name for line in listed for name in line.split()}


def rules() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, flags=re.MULTILINE))


def test_every_target_is_phony_and_every_phony_target_is_there() -> None:
    assert rules() == phony()


@needs_make
def test_help_lists_every_target() -> None:
    listed = set(re.findall(r"^  make ([a-z-]+) +\S", make("help").stdout, flags=re.MULTILINE))
    assert listed == phony() - INNER


@needs_make
def test_make_alone_shows_the_help() -> None:
    assert make().stdout == make("help").stdout


@needs_make
@pytest.mark.skipif((ROOT / "src/footbeat/desk").exists(), reason="the desk is built")
def test_desk_says_that_it_is_not_built_and_fails() -> None:
    answer = make("desk")
    assert answer.returncode != 0
    assert "not built yet" in answer.stderr


def test_continuous_integration_runs_what_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in readme
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec make test"
    assert len(commands) == 3, "it does nothing else"


def test_commands_in_the_readme_are_targets() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`make ([a-z-]+)", readme)) <= phony()
