"""Write the reference from the program itself, so that it cannot fall behind.

A hook of mkdocs: commands from the Typer application, tables from `footbeat.tables`, errors
from `footbeat.errors`, one page a room from its docstrings. Nothing is written to `docs/`.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import footbeat
from footbeat import errors, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent
COPIED = {
    "contributing.md": "CONTRIBUTING.md",
    "glossary.md": "GLOSSARY.md",
    "changelog.md": "CHANGELOG.md",
    "benchmarks.md": "bench/RESULTS.md",
}
# High to low, as the layers contract in pyproject.toml has them.
ROOMS = (
    *("cli", "reports", "assurance", "simulate", "programme", "trials", "tracking"),
    *(
        "targeting",
        "tasking",
        "incidents",
        "engine",
        "streets",
        "areas",
        "polygons",
        "grid",
        "periods",
        "lists",
    ),
    *("manifest", "tables", "outputs", "plots", "stats", "errors"),
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those in `docs/`."""
    from mkdocs.structure.files import File, InclusionLevel

    pages = {
        "reference/commands.md": commands_page(),
        "reference/tables.md": tables_page(),
        "reference/errors.md": errors_page(),
        "reference/python.md": python_page(),
        "reference/modules.md": modules_page(),
        **{f"reference/modules/{room}.md": room_page(room) for room in rooms()},
        **{page: copied_page(source) for page, source in COPIED.items()},
    }
    for uri, content in pages.items():
        level = InclusionLevel.NOT_IN_NAV if "/modules/" in uri else InclusionLevel.UNDEFINED
        files.append(File.generated(config, uri, content=content, inclusion=level))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Take the marks out that docstrings hold for other tools: roles and double colons."""
    html = re.sub(r":(?:func|class|meth|mod|attr):(?=<code>)", "", html)
    return re.sub(r"<p>::</p>\n?|(?<=\w:):(?=</p>)", "", html)


# ---------------------------------------------------------------------- commands


def all_commands() -> dict[str, str]:
    """Map every command's words, such as ``target find``, to its help text."""
    from typer.main import get_command

    from footbeat.cli.main import app

    return {" ".join(words): help_text(words) for words in _leaves(get_command(app))}


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    children = getattr(command, "commands", None)
    if children is None:
        yield words
        return
    for name, child in children.items():
        yield from _leaves(child, (*words, name))


def help_text(words: tuple[str, ...]) -> str:
    """Return what `footbeat … --help` prints, eighty characters wide."""
    from typer.testing import CliRunner

    from footbeat.cli.main import app

    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"})
    result = runner.invoke(app, [*words, "--help"], prog_name="footbeat")
    if result.exit_code != 0:
        message = f"footbeat {' '.join(words)} --help must end well: {result.output}"
        raise RuntimeError(message)
    return result.output


def commands_page() -> str:
    """Return the page of all commands."""
    parts = [
        "# Commands",
        "Written from the program: this is what each command prints with `--help`.",
        (
            "Every command takes `--json` (one JSON object on standard output; words for people go "
            "to standard error) and `--quiet`. Exit codes stand with the [errors](errors.md). No "
            "file is replaced without `--overwrite`; each output has a `NAME.manifest.json` beside "
            "it."
        ),
    ]
    group = None
    for words, text in all_commands().items():
        first, *rest = words.split()
        if rest and first != group:
            group = first
            parts.append(f"## footbeat {group}")
        level = "###" if rest else "##"
        parts.append(f"{level} footbeat {words}\n\n```text\n{text.strip()}\n```")
    return "\n\n".join(parts) + "\n"


# ------------------------------------------------------------------------ tables


def tables_page() -> str:
    """Return the page of all table contracts."""
    parts = [
        "# Tables",
        (
            "Written from `footbeat.tables`. A step reads and writes these and nothing else, so "
            "that any step can be replaced by a file of the same shape. Times are in UTC and "
            "half-open: `end` is not itself included. Places are in metres, in the coordinate "
            "system the file's metadata names."
        ),
    ]
    parts += [table_section(table) for table in tables.TABLES]
    return "\n\n".join(parts) + "\n"


def table_section(table: tables.Table) -> str:
    """Return one table's heading and the table of its columns."""
    head = "| column | type | unit | may be missing | meaning |\n|---|---|---|---|---|"
    rows = [
        f"| `{c.name}` | {c.type} | {c.unit} | {'yes' if c.may_be_missing else 'no'} "
        f"| {c.meaning}{values_of(c)} |"
        for c in table.columns
    ]
    return "\n".join([f"## {table.name}\n\nOne row is {table.row}.\n", head, *rows])


def values_of(column: tables.Column) -> str:
    """Return a column's allowed values as words to add to its meaning."""
    named = ", ".join(f"`{value}`" for value in column.values)
    return f": one of {named}" if named else ""


# ------------------------------------------------------------------------ errors


def all_errors() -> list[type[errors.FootbeatError]]:
    """List every error class, in the order of its file."""
    found = [value for value in vars(errors).values() if inspect.isclass(value)]
    return [value for value in found if issubclass(value, errors.FootbeatError)]


def errors_page() -> str:
    """Return the page of errors and exit codes."""
    head = "| error | code in JSON | exit code | raised to |\n|---|---|---|---|"
    rows = [
        f"| `{error.__name__}` | `{error.code}` | {error.exit_code} | {summary(error)} |"
        for error in all_errors()[1:]
    ]
    text = (
        "# Errors and exit codes\n\nWritten from `footbeat.errors`. A message says what must "
        "hold, what was found, and what to do. With `--json` the three stand in "
        '`{"error": {"code", "problem", "found", "do"}}`. A command that did its work ends '
        "with 0.\n\n"
    )
    return text + "\n".join([head, *rows]) + "\n"


def summary(thing: object) -> str:
    """Return the first line of a docstring as the end of a sentence."""
    line = (inspect.getdoc(thing) or "").split("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]


# ------------------------------------------------------------------------ Python


def python_page() -> str:
    """Return the page of the public names."""
    names = [name for name in footbeat.__all__ if not name.startswith("__")]
    parts = [
        "# Python",
        (
            "`import footbeat as fb` gives these names. Data come first and by position; "
            "everything else by keyword."
        ),
    ]
    parts += [f"::: footbeat.{name}\n    options:\n      heading_level: 2" for name in names]
    return "\n\n".join(parts) + "\n"


def rooms() -> list[str]:
    """List the rooms of the package that are built, high to low."""
    built = {module.name for module in pkgutil.iter_modules(footbeat.__path__)}
    return [room for room in ROOMS if room in built]


def modules_page() -> str:
    """Return the list of rooms with what each does."""
    rows = [f"| [{room}](modules/{room}.md) | {summary_of_file(room)} |" for room in rooms()]
    text = (
        "# Rooms of the house\n\nHigh to low: a room may import those below it, never those "
        "above. The tests hold it to that.\n\n| room | what it does |\n|---|---|\n"
    )
    return text + "\n".join(rows) + "\n"


def summary_of_file(room: str) -> str:
    """Return the first line of a room's docstring without importing it."""
    folder = ROOT / "src" / "footbeat"
    path = folder / f"{room}.py"
    text = (path if path.exists() else folder / room / "__init__.py").read_text(encoding="utf-8")
    found = re.match(r'\s*(?:r?""")(.*?)(?:"""|\n\n|\Z)', text, flags=re.DOTALL)
    return " ".join(found.group(1).split()) if found else ""


def room_page(room: str) -> str:
    """Return the page of one room: its docstrings and those of its modules."""
    folder = ROOT / "src" / "footbeat" / room
    inner = sorted(p.stem for p in folder.glob("*.py") if p.stem != "__init__")
    modules = [f"footbeat.{room}", *(f"footbeat.{room}.{name}" for name in inner)]
    blocks = [
        f"::: {module}\n    options:\n      heading_level: {1 if module == modules[0] else 2}"
        for module in modules
    ]
    return "\n\n".join(blocks) + "\n"


def copied_page(source: str) -> str:
    """Return a file of the repository's root as a page."""
    path = ROOT / source
    if not path.exists():
        return f"# {Path(source).stem.capitalize()}\n\nNot written yet.\n"
    text = re.sub(r"\]\((?:\.\./)?docs/", "](", path.read_text(encoding="utf-8"))
    for page, original in COPIED.items():
        text = text.replace(f"]({original})", f"]({page})")
    return text
