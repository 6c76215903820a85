"""The command loads only what the word it was given needs."""

import subprocess
import sys

import pytest

from footbeat.cli.main import WORDS, run

HEAVY = ("pandas", "geopandas", "numba", "scipy", "duckdb", "matplotlib", "ortools")


def test_help_loads_no_library_of_any_step():
    program = (
        "import sys; from footbeat.cli.main import run; run([]); "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("word", WORDS)
def test_every_word_is_a_command_with_help(word: str, capsys):
    assert run([word, "--help"]) == 0
    assert "Usage: " in capsys.readouterr().out
