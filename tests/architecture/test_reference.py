"""Commands, tables and errors stand in the documentation, as the program has them."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

from footbeat.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="session")
def pages(root: Path) -> ModuleType:
    """Give the module that writes the reference."""
    spec = importlib.util.spec_from_file_location(
        "reference_pages", root / "scripts" / "reference_pages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def commands(pages: ModuleType) -> dict[str, str]:
    """Give every command's help by its words."""
    found: dict[str, str] = pages.all_commands()
    assert found, "a reference without commands would let every test below pass"
    return found


def test_every_command_is_documented(pages: ModuleType, commands: dict[str, str]) -> None:
    page = pages.commands_page()
    assert [words for words in commands if f"# footbeat {words}\n" not in page] == []


def test_every_command_shows_an_example(commands: dict[str, str]) -> None:
    shown = {words: " ".join(text.split()) for words, text in commands.items()}
    # Once in its usage, once more in its example.
    assert [w for w, text in shown.items() if text.count(f"footbeat {w} ") < 2] == []


def test_every_command_can_answer_in_json(commands: dict[str, str]) -> None:
    silent = {"desk serve"}
    assert [w for w, text in commands.items() if "--json" not in text and w not in silent] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means(table: object) -> None:
    columns = getattr(table, "columns", ())
    assert columns
    assert [column.name for column in columns if len(column.meaning.split()) < 1] == []


def test_every_column_is_documented(pages: ModuleType) -> None:
    page = pages.tables_page()
    missing = [
        f"{t.name}.{c.name}" for t in TABLES for c in t.columns if f"| `{c.name}` |" not in page
    ]
    assert missing == []


def test_column_names_end_in_their_unit() -> None:
    endings = {"metres": ("_m", "x", "y"), "hectares": ("_ha",), "hours": ("_h",)}
    wrong = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in table.columns
        if not column.name.endswith(endings.get(column.unit, ("",)))
    ]
    assert wrong == []


def test_every_error_has_its_own_code(pages: ModuleType) -> None:
    classes = pages.all_errors()
    assert len({error.code for error in classes}) == len(classes)
    page = pages.errors_page()
    assert [e.__name__ for e in classes[1:] if f"`{e.__name__}`" not in page] == []


def test_exit_codes_are_those_people_script_against(pages: ModuleType) -> None:
    assert {error.exit_code for error in pages.all_errors()[1:]} == {2, 11, 12, 13, 14}


def test_every_built_room_has_its_page(pages: ModuleType, root: Path) -> None:
    folder = root / "src" / "footbeat"
    built = {p.stem for p in folder.glob("*.py")} | {
        p.name for p in folder.iterdir() if (p / "__init__.py").exists()
    }
    assert built - {"__init__", "__main__", "desk"} == set(pages.rooms())


def test_every_decision_is_listed(root: Path) -> None:
    folder = root / "docs" / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")
    taken = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in taken if f"({name})" not in index] == []
    assert len({name[:4] for name in taken}) == len(taken), "two decisions bear one number"
