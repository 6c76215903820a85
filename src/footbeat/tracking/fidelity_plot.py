"""One picture of fidelity: minutes of each hot spot on patrol and on comparison days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.plots import SECONDARY, begin, draw_interval

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from matplotlib.axes import Axes

_MINUTES = ["patrol_minutes", "minutes_low", "minutes_high"]
_LETTER_IN = 0.075
_ARMS = {"treated": ("patrol days", 0.14), "control": ("comparison days", -0.14)}


def plot_minutes(placedays: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw mean patrol-minutes of each hot spot by arm, bars from low to high.

    Filled dots are patrol days, hollow ones comparison days: shape before colour. The bars are
    means of the visits' bounds, not confidence intervals. The most patrolled stands on top.
    """
    means = mean_minutes(placedays)
    ids = list(dict.fromkeys(means.index.get_level_values("hotspot_id")))
    labels = [label_place(*one) for one in _named(placedays, ids)]
    span = " to ".join(f"{day.day} {day:%b %Y}" for day in _ends(placedays))
    subtitle = f"Mean patrol-minutes a day, low to high; {span}"
    size = (7.0 + _LETTER_IN * max(map(len, labels)), 1.9 + 0.3 * len(ids))
    ax = begin(ax, title.replace("; ", ";\n"), subtitle, size=size)
    targets = sorted(set(placedays["target_min"].dropna()))
    most = max([float(means["minutes_high"].max()), *targets])
    # Room for the dots at no minutes, and for the words beside the topmost row.
    ax.set_xlim(-0.015 * most, 1.2 * most)
    for row in means.reset_index().to_dict("records"):
        height = ids.index(row["hotspot_id"]) + _ARMS[row["arm"]][1]
        value, low, high = (float(row[column]) for column in _MINUTES)
        draw_interval(ax, height, value, low, high, is_filled=row["arm"] == "treated")
    _label(ax, means, labels, targets)
    return ax


def label_place(hotspot_id: str, name: str) -> str:
    """Return what a hot spot is called, after its identifier where that is another.

    Examples
    --------
    >>> label_place("H7", "High Street"), label_place("H7", "H7")
    ('H7 High Street', 'H7')
    """
    return hotspot_id if name == hotspot_id else f"{hotspot_id} {name}"


def _ends(placedays: pd.DataFrame) -> tuple[date, date]:
    return min(placedays["day"]), max(placedays["day"])


def _named(placedays: pd.DataFrame, ids: list[str]) -> list[tuple[str, str]]:
    names = placedays.drop_duplicates("hotspot_id").set_index("hotspot_id")["name"]
    return [(one, str(names[one])) for one in ids]


def mean_minutes(placedays: pd.DataFrame) -> pd.DataFrame:
    """Return mean minutes and bounds by hot spot and arm, the most patrolled last."""
    means = placedays.groupby(["hotspot_id", "arm"])[_MINUTES].mean()
    most = means["patrol_minutes"].groupby(level="hotspot_id").transform("max")
    order = most.sort_values(kind="stable").index
    return means.loc[order]


def _label(ax: Axes, means: pd.DataFrame, names: list[str], targets: list[float]) -> None:
    """Name the axes, the targets and, on the topmost row, the two kinds of day."""
    for target in targets:
        ax.axvline(target, color=SECONDARY, lw=0.8, ls="--", zorder=0)
        place = (target, -0.95)
        ax.annotate(f"target {target:g}", place, (4, 0), textcoords="offset points", size=8)
    ax.set_ylim(-1.0, len(names) - 0.2)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("minutes a day with at least one unit present", size=9)
    topmost = means.index[-1][0]
    for row in means.loc[[topmost]].reset_index().to_dict("records"):
        word, shift = _ARMS[row["arm"]]
        end = (float(row["minutes_high"]), len(names) - 1 + shift)
        ax.annotate(word, end, (6, -3), textcoords="offset points", size=8, color=SECONDARY)
