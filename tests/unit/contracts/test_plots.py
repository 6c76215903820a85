"""The look every plot of a result shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest

from footbeat.errors import StoreError, UsageError
from footbeat.plots import begin, draw_interval, label_ratios, save

mpl.use("agg")
if TYPE_CHECKING:
    from pathlib import Path


def test_the_axes_given_are_the_axes_drawn_on() -> None:
    first = begin(None, "A finding", "its measure")
    assert first.get_title(loc="left") == "A finding\nits measure"
    assert begin(first, "Another") is first


def test_ratios_are_labelled_in_words_within_the_limits_only() -> None:
    ax = begin(None, "A finding")
    label_ratios(ax, 0.4, 1.5)
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert words == ["half", "30 % fewer", "no difference", "40 % more"]


def test_an_interval_runs_from_bound_to_bound_and_an_open_one_to_the_edge() -> None:
    ax = begin(None, "A finding")
    label_ratios(ax, 0.25, 4)
    before = len(ax.lines)
    draw_interval(ax, 1, 0.7, 0.5, 1.1)
    draw_interval(ax, 2, 0.7, 0.5, None)
    drawn = [line.get_xdata() for line in ax.lines[before:]]
    assert list(drawn[0]) == [0.5, 1.1]
    assert list(drawn[2]) == [0.5, 4]
    assert ax.lines[before + 3].get_marker() == ">"


def test_nothing_is_drawn_of_a_value_that_is_not_known() -> None:
    ax = begin(None, "A finding")
    draw_interval(ax, 1, None, None, None)
    assert not ax.lines


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_plot_is_saved_whole_and_never_over_another(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"plot{suffix}"
    save(begin(None, "A finding"), path)
    assert path.stat().st_size > 1000
    with pytest.raises(StoreError):
        save(begin(None, "A finding"), path)


def test_a_plot_is_not_saved_as_something_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        save(begin(None, "A finding"), tmp_path / "plot.gif")


def test_axes_taken_off_their_figure_cannot_be_saved(tmp_path: Path) -> None:
    ax = begin(None, "A finding")
    ax.remove()
    with pytest.raises(UsageError, match="figure"):
        save(ax, tmp_path / "plot.svg")
