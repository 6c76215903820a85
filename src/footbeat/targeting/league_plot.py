"""Draw what each method caught of the months that followed, beside the count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from footbeat.plots import INK, RULE, SECONDARY, SERIES, begin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from footbeat.targeting.league import Judged

BASELINE = "count"

_MOST_DRAWN = 3
_DASHES = ("-", "--", "-.")


class Capture(Protocol):
    """What of a back-test is drawn; see `footbeat.targeting.backtest.Backtest`."""

    @property
    def methods(self) -> tuple[Judged, ...]:
        """The methods, scored ones by hit rate."""

    @property
    def verdict(self) -> str:
        """What to conclude."""

    @property
    def folds(self) -> tuple[str, ...]:
        """The judging periods."""

    @property
    def n_judged(self) -> int:
        """Incidents in them."""

    @property
    def n_flagged(self) -> int:
        """Places flagged."""

    @property
    def area_share(self) -> float:
        """Their share of the places."""

    @property
    def curve_shares(self) -> tuple[float, ...]:
        """Shares of the ground at which curves are read."""

    @property
    def best_curve(self) -> tuple[float, ...]:
        """What hindsight would have caught there."""


def plot_capture(judged: Capture, ax: Axes | None = None) -> Axes:
    """Draw curves of capture: share of incidents caught by share of the ground flagged.

    The count is drawn thick, the three best other methods by colour and dash, the rest in grey,
    each named where its curve ends; dotted is a list drawn with hindsight.

    Parameters
    ----------
    judged
        A back-test.
    ax
        Axes to draw on; new ones when missing.
    """
    scored = [each for each in judged.methods if each.scored]
    shares = [100 * share for share in judged.curve_shares]
    n_periods = len(judged.folds)
    subtitle = (
        f"share of {judged.n_judged:,} incidents caught in {n_periods} "
        f"period{'s' if n_periods > 1 else ''} that followed, by share of the ground flagged"
    )
    ax = begin(
        ax, judged.verdict.split(". ")[0].split(":")[0].rstrip("."), subtitle, size=(8.0, 5.0)
    )
    ax.plot(shares, _percent(judged.best_curve), ":", color=SECONDARY, lw=1.2)
    _name(ax, shares, judged.best_curve, "with hindsight", SECONDARY)
    _draw_methods(ax, shares, scored)
    ax.axvline(100 * judged.area_share, color=RULE, lw=1)
    ax.annotate(
        f"{judged.n_flagged:,} places", (100 * judged.area_share, 1), (3, -10),
        xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=8, color=SECONDARY,
    )  # fmt: skip
    ax.set_xlabel("% of the ground", fontsize=9, color=INK)
    ax.set_ylabel("% of the incidents that followed", fontsize=9, color=INK)
    ax.set_xlim(0, shares[-1] * 1.22)
    ax.set_ylim(0, None)
    return ax


def _draw_methods(ax: Axes, shares: list[float], scored: list[Judged]) -> None:
    others = [each for each in scored if each.method != BASELINE and not each.same_ranking]
    named = []
    for place, each in enumerate(others):
        is_drawn = place < _MOST_DRAWN
        colour = SERIES[1 + place] if is_drawn else RULE
        dash = _DASHES[place] if is_drawn else "-"
        ax.plot(shares, _percent(each.curve), dash, color=colour, lw=1.6 if is_drawn else 0.9)
        named.append((each.curve[-1], each.method, colour if is_drawn else SECONDARY))
    count = next(each for each in scored if each.method == BASELINE)
    ax.plot(shares, _percent(count.curve), color=SERIES[0], lw=2.8, zorder=4)
    named.append((count.curve[-1], BASELINE, SERIES[0]))
    _name_apart(ax, shares, named)


def _name_apart(ax: Axes, shares: list[float], named: list[tuple[float, str, str]]) -> None:
    """Write each name at the end of its curve, moved up where two would touch."""
    step = 0.035 * max(ax.get_ylim()[1], 1.0)
    last = -step
    for value, name, colour in sorted(named):
        height = max(100 * value, last + step)
        last = height
        ax.annotate(
            name, (shares[-1], height), (4, 0), textcoords="offset points",
            va="center", fontsize=8.5, color=colour, annotation_clip=False,
        )  # fmt: skip


def _name(ax: Axes, shares: list[float], curve: tuple[float, ...], name: str, colour: str) -> None:
    ax.annotate(
        name, (shares[-1], 100 * curve[-1]), (4, 0), textcoords="offset points",
        va="center", fontsize=8.5, color=colour, annotation_clip=False,
    )  # fmt: skip


def _percent(curve: tuple[float, ...]) -> list[float]:
    return [100 * value for value in curve]
