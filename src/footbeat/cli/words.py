"""Commands that are imported when they are called, and not before.

Loading what every command needs takes seconds; what one needs, a fraction of that. So a group
of commands is a table from each word to where its function or application stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator


def gather(
    text: str, homes: Mapping[str, str], summaries: Mapping[str, str] | None = None
) -> typer.Typer:
    """Return an application whose commands are imported when they are called.

    Called without a command it prints its help.

    Parameters
    ----------
    text
        Help of the application.
    homes
        Where each command stands: ``package.module:name`` of a function or an application.
    summaries
        Line of each command in the help, so that showing it imports nothing; left out, the
        line is the first of the command's own help.
    """

    class Group(TyperGroup):
        def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's own
            super().__init__(**settings)
            self.commands = _Rooms(homes)  # type: ignore[assignment]  # no word is added later

        def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
            if not summaries:
                super().format_commands(ctx, formatter)
                return
            with formatter.section("Commands"):
                formatter.write_dl(list(summaries.items()))

    app = typer.Typer(cls=Group, help=text, **PLAIN)
    app.callback(invoke_without_command=True)(show_help)
    return app


def show_help(context: typer.Context) -> None:
    """Print the help where no command was named."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


PLAIN: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}


class _Rooms(Mapping[str, Any]):
    """The commands by their word; values are made by importing them."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes

    def __getitem__(self, word: str) -> Any:  # noqa: ANN401 - typer keeps its command class private
        module, _, name = self._homes[word].partition(":")
        found = getattr(import_module(module), name)
        command = typer.main.get_command(found if isinstance(found, typer.Typer) else _alone(found))
        command.name = word
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def _alone(function: Any) -> typer.Typer:  # noqa: ANN401 - a command takes any arguments
    app = typer.Typer(**PLAIN)
    app.command()(function)
    return app
