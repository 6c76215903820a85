"""Does a list hold? Rank on the earlier months, judge on the later ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from footbeat import plots
from footbeat.errors import DataError
from footbeat.targeting.layout import EVER_DAYS, lay_out, listed_places
from footbeat.targeting.methods import load_scorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.case import Case
    from footbeat.targeting.find import FindOptions
    from footbeat.targeting.methods import Scorer

    IntArray = NDArray[np.int64]

_MOST_JUDGED = 12
_JUDGED_PART = 3
_MOSTLY, _PARTLY = 0.75, 0.4
_N_DRAWS = 1000
_FEWEST_MONTHS = 6
_WHOLE_PERCENT = 0.1


@dataclass(frozen=True, slots=True)
class Held:
    """What a list chosen from earlier months held of the later ones.

    Attributes
    ----------
    n_places
        Cells on the list; before merging, so that lists are of equal area.
    fit_months, judged_months
        First and last month of the two periods (``2018-10``).
    n_fit, n_judged
        Incidents in the two periods.
    held_fit, held_judged
        Those of them in the listed cells.
    share_fit, share_judged
        As shares; the first flatters the list, for it was chosen by those months.
    low, high
        Interval of `share_judged`, 95 %: incidents drawn again, and months too from six on.
    chance
        Share that as many cells, drawn at random among those with an incident in the earlier
        period, hold on average.
    fresh
        Share that a list chosen from the later months themselves holds: the most attainable.
    stayed
        Cells that this fresh list has too.
    verdict
        The answer in plain words.
    others
        The same question over other splits of the months.
    """

    n_places: int
    fit_months: tuple[str, str]
    judged_months: tuple[str, str]
    n_fit: int
    n_judged: int
    held_fit: int
    held_judged: int
    share_fit: float
    share_judged: float
    low: float
    high: float
    chance: float
    fresh: float
    stayed: int
    verdict: str
    others: tuple[Held, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each split of the months, the answer's own first."""
        rows = [asdict(each) for each in (self, *self.others)]
        return pd.DataFrame(rows).drop(columns="others")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what the list held later, with its interval, beside chance and a fresh list."""
        splits = (self, *self.others)
        title = f"{self.n_places:,} cells held {self.held_judged:,} of {self.n_judged:,} incidents"
        ax = plots.begin(ax, title, "Chosen before, judged after; 95 % intervals")
        ax.set(xlim=(0, 1), ylim=(len(splits) - 0.5, -0.5), xlabel="share of the later incidents")
        for height, each in enumerate(splits):
            plots.draw_interval(ax, height, each.share_judged, each.low, each.high)
            for mark, share in (("|", each.chance), ("d", each.fresh)):
                ax.plot(share, height, mark, color=plots.SECONDARY)
        ax.set_yticks(
            range(len(splits)),
            [f"{each.judged_months[0]}–{each.judged_months[1]}" for each in splits],
        )
        ax.annotate("| cells at random   ◆ list of those months", (0.01, len(splits) - 0.6))
        return ax


def does_list_hold(
    incidents: Incidents,
    options: FindOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
) -> Held:
    """Rank cells on the earlier of the observed months and judge on the later.

    Where the months have a gap, the list from before the longest gap is judged after it, and
    `others` holds the same question within the latest months. Otherwise the last third of the
    months, at most twelve, is judged.

    Parameters
    ----------
    incidents
        All that was read.
    options
        As for finding; merging and spacing are left out, so that lists are of equal area.
    rng
        Source of chance for the interval.
    area
        As for finding.

    Raises
    ------
    DataError
        When fewer than two months are observed, or one of the periods has no incident.
    """
    everything = replace(options.case, history_days=EVER_DAYS)
    layout = lay_out(incidents, everything, area=area)
    scorer = load_scorer(options.method, layout.options.shape, options.method_options)
    splits = split_months(observed_months(incidents))
    checks = [
        _judge(layout.case, scorer, split, top=options.select.top, rng=rng) for split in splits
    ]
    return replace(checks[0], others=tuple(checks[1:]))


def observed_months(incidents: Incidents) -> tuple[str, ...]:
    """Return the months in which anything at all was recorded, in order."""
    starts = pd.DatetimeIndex(pc.unique(incidents.table.column("start")).to_pandas())
    local = starts.tz_convert(incidents.provenance.timezone).tz_localize(None)
    return tuple(sorted(set(local.strftime("%Y-%m"))))


def split_months(months: Sequence[str]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return pairs of months to rank on and months to judge on, the main pair first.

    Raises
    ------
    DataError
        When there are fewer than two months.

    Examples
    --------
    >>> split_months(["2018-12", "2019-01", "2024-01", "2024-02"])[0]
    (('2018-12', '2019-01'), ('2024-01', '2024-02'))
    """
    if len(months) < 2:  # noqa: PLR2004 - one to rank on, one to judge on
        raise DataError(
            "To judge a list there must be at least two months.",
            found=f"Incidents are of {len(months)}.",
            do="Read more months.",
        )
    ordinals = pd.PeriodIndex(list(months), freq="M").astype("int64").to_numpy()
    steps = np.diff(ordinals)
    gap = int(np.argmax(steps)) + 1
    if steps[gap - 1] == 1:
        return [_split_run(months)]
    splits = [(tuple(months[:gap]), tuple(months[gap:]))]
    return splits + ([_split_run(months[gap:])] if len(months) - gap > 1 else [])


def _split_run(months: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    n_judged = min(_MOST_JUDGED, max(1, len(months) // _JUDGED_PART))
    return tuple(months[:-n_judged]), tuple(months[-n_judged:])


def _judge(
    case: Case,
    scorer: Scorer,
    split: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    top: int,
    rng: np.random.Generator,
) -> Held:
    earlier, later = (_months_of(case, months) for months in split)
    listed = listed_places(scorer.score(earlier).score, earlier, top)
    fresh = listed_places(scorer.score(later).score, later, top)
    on_list = np.isin(later.place, listed)
    low, high = _share_interval(later, on_list, rng)
    occupied = np.flatnonzero(earlier.counts > 0)
    held = Held(
        n_places=listed.size,
        fit_months=(split[0][0], split[0][-1]),
        judged_months=(split[1][0], split[1][-1]),
        n_fit=len(earlier),
        n_judged=len(later),
        held_fit=int(np.isin(earlier.place, listed).sum()),
        held_judged=int(on_list.sum()),
        share_fit=float(np.isin(earlier.place, listed).mean()),
        share_judged=float(on_list.mean()),
        low=low,
        high=high,
        chance=float(np.isin(later.place, occupied).mean() * listed.size / occupied.size),
        fresh=float(np.isin(later.place, fresh).mean()),
        stayed=int(np.isin(listed, fresh).sum()),
        verdict="",
    )
    return replace(held, verdict=_verdict(held))


def _months_of(case: Case, months: Sequence[str]) -> Case:
    first, last = pd.Period(months[0], "M"), pd.Period(months[-1], "M")
    epoch = date(1970, 1, 1)
    start = (first.start_time.date() - epoch).days
    end = ((last + 1).start_time.date() - epoch).days
    part = case.between(float(start), float(end))
    if len(part) == 0:
        raise DataError(
            "Both periods must have incidents.",
            found=f"None is between {months[0]} and {months[-1]}.",
            do="Read more months, or count more offences.",
        )
    return part


def _share_interval(
    later: Case, on_list: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[float, float]:
    day = np.floor(later.day).astype("datetime64[D]")
    _, month = np.unique(day.astype("datetime64[M]"), return_inverse=True)
    total = np.bincount(month)
    share = np.bincount(month, on_list) / total
    n_months = total.size
    # With fewer months their own spread says nothing: only the incidents are drawn again.
    drawn = (
        rng.integers(n_months, size=(_N_DRAWS, n_months))
        if n_months >= _FEWEST_MONTHS
        else np.tile(np.arange(n_months), (_N_DRAWS, 1))
    )
    held = rng.binomial(total[drawn], share[drawn]).sum(axis=1)
    low, high = np.quantile(held / total[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _verdict(held: Held) -> str:
    reach = held.fresh - held.chance
    kept = (held.share_judged - held.chance) / reach if reach > 0 else 0.0
    if held.low <= held.chance:
        answer = "No: it holds no more than places drawn at random."
    elif kept >= _MOSTLY:
        answer = "Yes, mostly."
    else:
        answer = "In part." if kept >= _PARTLY else "Hardly."
    return (
        f"{answer} The {held.n_places} cells that {_span(held.fit_months)} chose held "
        f"{_share(held.held_fit, held.n_fit)} of its incidents, and "
        f"{_share(held.held_judged, held.n_judged)} of those of {_span(held.judged_months)} "
        f"({_percent(held.low)} to {_percent(held.high)}). As many cells drawn at random would "
        f"hold {_percent(held.chance)}; a list chosen with hindsight holds "
        f"{_percent(held.fresh)}, and shares {held.stayed} of its cells."
    )


def _share(part: int, whole: int) -> str:
    return f"{_percent(part / whole)} ({part:,} of {whole:,})"


def _percent(share: float) -> str:
    return f"{100 * share:.{0 if share >= _WHOLE_PERCENT else 1}f} %"


def _span(months: tuple[str, str]) -> str:
    first, last = (pd.Period(month, "M").strftime("%b %Y") for month in months)
    return first if first == last else f"{first} to {last}"
