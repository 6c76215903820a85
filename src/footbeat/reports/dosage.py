"""Charts of presence: minutes by hot spot on patrol and on comparison days, with bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.outputs import check_suffix, writing

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes

    from footbeat.tracking.fidelity import Fidelity

_INK, _PATROL, _RULE = "#0B0C0C", "#12436D", "#B1B4B6"


def draw_fidelity(
    fidelity: Fidelity, path: Path, *, target_min: float, overwrite: bool = False
) -> None:
    """Draw mean patrol-minutes of each hot spot by arm, bars from low to high.

    Filled dots are patrol days, hollow ones comparison days: shape before colour. The bars
    are means of the visits' bounds, not confidence intervals.

    Raises
    ------
    UsageError
        When the file ends in neither .svg, .png nor .pdf.
    StoreError
        When it exists and `overwrite` is false, or cannot be written.
    """
    from matplotlib.figure import Figure

    check_suffix(path, (".svg", ".png", ".pdf"))
    columns = ["patrol_minutes", "minutes_low", "minutes_high"]
    means = fidelity.placedays.groupby(["hotspot_id", "arm"])[columns].mean().reset_index()
    names = sorted(means["hotspot_id"].unique(), reverse=True)
    figure = Figure(figsize=(7.5, 1.6 + 0.27 * len(names)), layout="constrained")
    axis = figure.add_subplot()
    for arm, shift in (("treated", 0.12), ("control", -0.12)):
        rows = means[means["arm"] == arm]
        heights = [names.index(name) + shift for name in rows["hotspot_id"]]
        _draw_arm(axis, rows, heights, is_filled=arm == "treated")
    axis.axvline(target_min, color=_RULE, lw=1, ls="--")
    axis.set_ylim(-0.9, len(names) - 0.4)
    axis.text(target_min, -0.75, f" target {target_min:g}", fontsize=8)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlim=(0, None), xlabel="patrol-minutes a day; bars from low to high")
    axis.set_title(_finding(fidelity), loc="left", fontsize=11)
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    axis.spines[["top", "right"]].set_visible(False)
    with writing(path, overwrite=overwrite) as draft:
        figure.savefig(draft, dpi=150)


def _draw_arm(axis: Axes, rows: pd.DataFrame, heights: list[float], *, is_filled: bool) -> None:
    middle = rows["patrol_minutes"].to_numpy()
    low, high = rows["minutes_low"].to_numpy(), rows["minutes_high"].to_numpy()
    axis.hlines(heights, low, high, color=_PATROL, lw=1.2)
    axis.scatter(
        middle,
        heights,
        s=26,
        zorder=3,
        facecolors=_PATROL if is_filled else "white",
        edgecolors=_PATROL,
        label="patrol days" if is_filled else "comparison days",
    )


def _finding(fidelity: Fidelity) -> str:
    if fidelity.delivered_share is None:
        return "No patrol day was assigned in this period"
    return (
        f"{fidelity.delivered:,} of {fidelity.assigned:,} patrol days delivered; "
        f"{fidelity.minutes_control or 0:.1f} min a comparison day"
    )
