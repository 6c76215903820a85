"""How every plot of a result looks: one ink, one paper, one way to draw an interval.

The ``.plot()`` of a result begins with :func:`begin`, draws on what it returns and returns it,
so that a notebook shows it and the commands write it with :func:`save`. Colour never carries
a meaning alone, and an interval is a bar with a dot, never a bare dot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.outputs import check_suffix, writing

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from matplotlib.axes import Axes

INK, SECONDARY, RULE, PAPER = "#0B0C0C", "#505A5F", "#B1B4B6", "#FFFFFF"
WASH = "#F3F2F1"
SERIES = ("#12436D", "#28A197", "#801650", "#F46A25")

_RATIOS = {
    0.125: "an eighth",
    0.25: "a quarter",
    0.5: "half",
    0.7: "30 % fewer",
    1.0: "no difference",
    1.4: "40 % more",
    2.0: "twice",
    4.0: "four times",
    8.0: "eight times",
}


def begin(
    ax: Axes | None, title: str, subtitle: str = "", *, size: tuple[float, float] = (7.5, 4.5)
) -> Axes:
    """Return axes to draw on, titled with the finding; new ones when `ax` is None.

    Parameters
    ----------
    title
        What was found, in words.
    subtitle
        Measure, period and source.
    size
        Inches of new axes; left alone when `ax` is given.
    """
    if ax is None:
        import matplotlib.pyplot as plt  # what shows a figure in a notebook

        _, ax = plt.subplots(figsize=size, layout="constrained", facecolor=PAPER)
    ax.set_title(f"{title}\n{subtitle}" if subtitle else title, loc="left", fontsize=11, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["bottom", "left"]].set_color(RULE)
    ax.tick_params(colors=SECONDARY, labelcolor=INK, labelsize=9)
    return ax


def draw_interval(
    ax: Axes,
    height: float,
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    colour: str = SERIES[0],
    is_filled: bool = True,
) -> None:
    """Draw a bar from `low` to `high` at `height`, with a dot at `value`.

    A bound that is None, an open one, runs to the edge of the axes as an arrow; so set the
    limits of the axes first. Nothing is drawn for a value that is None.
    """
    if value is None:
        return
    left, right = ax.get_xlim()
    ends = (left if low is None else low, right if high is None else high)
    ax.plot(ends, (height, height), color=colour, lw=1.4, solid_capstyle="butt")
    for bound, end, mark in ((low, left, "<"), (high, right, ">")):
        if bound is None:
            ax.plot(end, height, mark, color=colour, ms=6, clip_on=False)
    face = colour if is_filled else PAPER
    ax.plot(value, height, "o", color=colour, markerfacecolor=face, ms=6, zorder=3)


def draw_places(ax: Axes, frame: gpd.GeoDataFrame) -> None:
    """Draw outlines with their `rank` on a map without scales; nothing where there is none."""
    if len(frame):
        frame.plot(ax=ax, color=SERIES[0], alpha=0.25, edgecolor=INK, linewidth=1)
    for rank, outline in zip(frame["rank"], frame.geometry, strict=True):
        at = outline.representative_point()
        ax.annotate(str(rank), (at.x, at.y), ha="center", va="center", fontsize=8)
    ax.set_aspect("equal")
    ax.set_axis_off()


def label_ratios(ax: Axes, low: float, high: float) -> None:
    """Make the x axis a logarithm from `low` to `high`, its marks in words, with a line at 1."""
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    marks = {ratio: word for ratio, word in _RATIOS.items() if low <= ratio <= high}
    ax.set_xticks(list(marks), list(marks.values()))
    ax.minorticks_off()
    ax.axvline(1, color=INK, lw=0.8)


def save(ax: Axes, path: Path, *, overwrite: bool = False) -> None:
    """Write the figure of `ax` as SVG, PNG or PDF, whole or not at all.

    Raises
    ------
    UsageError
        When the file ends in neither .svg, .png nor .pdf.
    StoreError
        When it exists and `overwrite` is false, or cannot be written.
    """
    check_suffix(path, (".svg", ".png", ".pdf"))
    figure = ax.get_figure(root=True)
    if figure is None:
        raise UsageError(
            "The plot must stand on a figure.",
            found="Axes removed from theirs.",
            do="Draw on new axes: leave `ax` out.",
        )
    with writing(path, overwrite=overwrite) as draft:
        figure.savefig(draft, format=path.suffix[1:], dpi=150)
