"""Near repeats: whether an incident raises the risk nearby for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat import plots
from footbeat.errors import PrecisionError
from footbeat.incidents.week import LONGEST_TIMED_H
from footbeat.stats.knox import Closed, Knox, Metric, knox_table, label_bands
from footbeat.targeting.layout import EVER_DAYS, Layout, lay_out

if TYPE_CHECKING:
    import shapely
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.layout import CaseOptions


_LEVEL = 0.05
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class NearRepeatOptions:
    """The bands, and how chance is tried.

    Attributes
    ----------
    bands_m, bands_days
        Upper edges; the first bands include 0.
    n_permutations
        Permutations of the days.
    closed, metric
        Which edge belongs to a band, and how distance is measured.
    """

    bands_m: tuple[float, ...] = (0.1, 200.0, 400.0)
    bands_days: tuple[float, ...] = (7.0, 14.0, 21.0)
    n_permutations: int = 999
    closed: Closed = "right"
    metric: Metric = "euclidean"


@dataclass(frozen=True, slots=True, repr=False)
class NearRepeat:
    """The Knox table with its bands in words.

    Attributes
    ----------
    bands_m, bands_days
        Upper edges of the bands.
    labels_m, labels_days
        What each band contains, in words.
    table
        Observed and expected pairs, rows distance, columns days.
    n_incidents
        Incidents compared.
    start, end
        First and last calendar day of an incident compared; None where there is none.
    notes
        What was left out, in sentences.
    """

    bands_m: tuple[float, ...]
    bands_days: tuple[float, ...]
    labels_m: tuple[str, ...]
    labels_days: tuple[str, ...]
    table: Knox
    n_incidents: int
    start: date | None
    end: date | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        shape = " by ".join(map(str, self.table.observed.shape))
        return f"NearRepeat({self._strongest()}; {shape} bands)"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each band of distance and days."""
        knox = self.table
        rows = [
            (far, late, knox.observed[i, j], knox.expected[i, j], knox.ratio[i, j], knox.p[i, j])
            for i, far in enumerate(self.labels_m)
            for j, late in enumerate(self.labels_days)
        ]
        columns = ["apart", "within", "observed", "expected", "ratio", "p"]
        return pd.DataFrame(rows, columns=columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the ratios of observed to expected pairs, bold where p is at most 0.05."""
        subtitle = f"pairs observed over expected, {self.n_incidents:,} incidents; bold: p ≤ 0.05"
        ax = plots.begin(ax, self._strongest(), subtitle)
        ratio, p = self.table.ratio, self.table.p
        ax.imshow(ratio, cmap="Blues", vmin=0, vmax=max(2.0, float(np.nanmax(ratio))), alpha=0.6)
        for (i, j), value in np.ndenumerate(ratio):
            weight = "bold" if p[i, j] <= _LEVEL else "normal"
            ax.text(j, i, f"{value:.2f}", ha="center", va="center", weight=weight)
        ax.set_xticks(range(len(self.labels_days)), self.labels_days)
        ax.set_yticks(range(len(self.labels_m)), self.labels_m)
        return ax

    def _strongest(self) -> str:
        i, j = np.unravel_index(int(np.nanargmax(self.table.ratio)), self.table.ratio.shape)
        times = f"{self.table.ratio[i, j]:.2f} times the pairs expected"
        return f"{times} at {self.labels_m[i]} within {self.labels_days[j]}"


def measure_near_repeat(
    incidents: Incidents,
    case: CaseOptions,
    options: NearRepeatOptions,
    *,
    rng: np.random.Generator,
    area: shapely.Geometry | None = None,
) -> NearRepeat:
    """Compare how many incidents are near in both space and time with chance.

    A ratio of 1.5 at one spot within a week says that repeats are half as many again as the
    places and the dates alone would give: not that half the incidents are repeats.

    Parameters
    ----------
    incidents, case
        What counts; without `since`, from the first incident on, however long ago.
    options
        The bands.
    rng
        Source of chance for the permutations.
    area
        The ground that counts.

    Raises
    ------
    PrecisionError
        When days are not known.
    """
    layout = lay_out(incidents, replace(case, history_days=EVER_DAYS), area=area)
    if incidents.provenance.precision == "month":
        raise PrecisionError(
            "Near repeats cannot be told from months.",
            found="These data know only the month of each incident.",
            do="Use the force's own records.",
        )
    day, is_known = np.floor(layout.case.day).astype(np.int64), _knows_day(layout)
    left_out = int((~is_known).sum())
    points = np.column_stack([layout.case.x, layout.case.y])[is_known]
    table = knox_table(
        points,
        day[is_known],
        bands_m=options.bands_m,
        bands_days=options.bands_days,
        n_permutations=options.n_permutations,
        rng=rng,
        closed=options.closed,
        metric=options.metric,
    )
    said = f"{left_out:,} incidents whose day is not known are left out."
    return NearRepeat(
        options.bands_m,
        options.bands_days,
        tuple(label_bands(options.bands_m, "m", options.closed)),
        tuple(label_bands(options.bands_days, "days", options.closed)),
        table,
        int(is_known.sum()),
        *_span(day[is_known]),
        (*layout.notes, *((said,) if left_out else ())),
    )


def _span(days: NDArray[np.int64]) -> tuple[date | None, date | None]:
    if not days.size:
        return None, None
    first, last = (_EPOCH + timedelta(days=int(day)) for day in (days.min(), days.max()))
    return first, last


def _knows_day(layout: Layout) -> NDArray[np.bool_]:
    table = layout.incidents.table
    start, end = (pd.DatetimeIndex(table.column(name).to_pandas()) for name in ("start", "end"))
    return np.asarray(end - start <= pd.Timedelta(hours=LONGEST_TIMED_H + 1))
