"""Figures of results, written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.outputs import writing

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

FIGURES = (".png", ".svg")


def save_figure(figure: Figure, path: Path, *, overwrite: bool) -> None:
    """Write a figure in the format its name ends in.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    with writing(path, overwrite=overwrite) as draft:
        figure.savefig(draft, format=path.suffix[1:])
