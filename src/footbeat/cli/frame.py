"""What every command shares: its options, its two voices (JSON and text), its errors.

With `--json` a command prints exactly one JSON object on standard output, and everything for
people goes to standard error. Without it the result is text on standard output.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from footbeat.manifest import Manifest, hash_files, save_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print only the result and errors.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace outputs that are already there.")
]


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """The two voices of one command.

    Attributes
    ----------
    as_json
        Whether the result is one JSON object.
    quiet
        Whether progress and cautions are left out.
    """

    as_json: bool
    quiet: bool

    def caution(self, text: str) -> None:
        """Say on standard error what the data cannot be used for."""
        if not self.quiet:
            _console(error=True).print(f"! {text}", style="bold", highlight=False, markup=False)

    def note(self, text: str) -> None:
        """Say on standard error what was chosen or is being done."""
        if not self.quiet:
            _console(error=True).print(text, highlight=False, markup=False)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[], None]]:
        """Yield a function that advances a bar by one step, with the time left."""
        with self._bar() as bar:
            task = bar.add_task(label, total=total)
            yield lambda: bar.advance(task)

    @contextmanager
    def progress_share(self, label: str) -> Iterator[Callable[[float], None]]:
        """Yield a function that is told the share done, 0 to 1, and shows the time left."""
        with self._bar() as bar:
            task = bar.add_task(label, total=1.0)
            yield lambda share: bar.update(task, completed=share)

    def _bar(self) -> Progress:
        """Return a bar on standard error, hidden from scripts, files and who wants quiet."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=_console(error=True),
            disable=self.quiet or self.as_json or not sys.stderr.isatty(),
        )

    def finish(self, values: Mapping[str, Any], *text: str | Table) -> None:
        """Print the result: `values` as JSON, or else `text` for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(plain(values), allow_nan=False) + "\n")
            return
        console = _console(error=False)
        for part in text:
            console.print(part, highlight=False, markup=False, soft_wrap=isinstance(part, str))


def record_run(
    command: str,
    *,
    parameters: Mapping[str, Any],
    inputs: Iterable[Path],
    output: Path,
    info: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Path:
    """Write the manifest of `output` and return its path."""
    manifest = Manifest(
        command=command,
        parameters=plain(parameters),
        inputs=hash_files(inputs),
        outputs=hash_files([output]),
        info=plain(info or {}),
        seed=seed,
    )
    return save_manifest(manifest, output)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a plain table for the terminal, figures to the right."""
    grid = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    body = [["not known" if cell is None else str(cell) for cell in row] for row in rows]
    for index, name in enumerate(columns):
        figures = bool(body) and all(_is_figure(row[index]) for row in body)
        grid.add_column(name, justify="right" if figures else "left")
    for row in body:
        grid.add_row(*row)
    return grid


def figure(value: object) -> str:
    """Return a number for the table: four figures, or “not known”."""
    if value is None:
        return "not known"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plain(value: Any) -> Any:  # noqa: ANN401 - a result may hold anything JSON can say
    """Return `value` as JSON can say it: frozen results as objects, unknown numbers as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:  # noqa: ANN401 - as `plain`
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.name if isinstance(value, Path) else str(value)


def _is_figure(text: str) -> bool:
    return text.strip("+-−%").replace(",", "").replace(".", "").isdigit() or text == "not known"


def _console(*, error: bool) -> Console:
    return Console(stderr=error, safe_box=True, emoji=False)
