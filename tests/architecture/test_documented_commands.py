"""A command in the documentation exists, with every option it is shown with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCED = re.compile(r"^```(?:sh|bat|console)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`(footbeat [^`\n]+)`")


def shown_in(text: str) -> list[str]:
    """List every call of Footbeat in a page, one string a call."""
    blocks = "\n".join(FENCED.findall(text)).replace("\\\n", " ")
    calls = re.findall(r"(?:^|[\\/\s])(footbeat(?:\.exe)? [^\n#|>]+)", blocks, flags=re.MULTILINE)
    return [*calls, *QUOTED.findall(text)]


def faults(call: str) -> list[str]:
    """Say what in a call the program does not know."""
    from footbeat.cli.main import app

    command, words = get_command(app), call.split()[1:]
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return [f"{call}: there is no `{words[0]}`"]
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    options = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [f"{call}: there is no `{option}`" for option in options if option not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_shown_on_a_page_exist(page: Path) -> None:
    calls = shown_in(page.read_text(encoding="utf-8"))
    found = [fault for call in calls for fault in faults(" ".join(call.split()))]
    assert not found, "\n".join(found)


def test_call_is_found_in_a_block_over_two_lines() -> None:
    text = "```sh\nfootbeat target find a.parquet \\\n    --top 20\n```\nand `footbeat demo`.\n"
    assert [" ".join(call.split()) for call in shown_in(text)] == [
        "footbeat target find a.parquet --top 20",
        "footbeat demo",
    ]


def test_unknown_command_is_a_fault() -> None:
    assert faults("footbeat conjure --now")
