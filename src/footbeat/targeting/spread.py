"""How unevenly incidents are spread over cells, and whether it lasts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat import plots
from footbeat.stats.concentration import generalised_gini, gini
from footbeat.targeting.layout import harm_totals, lay_out

if TYPE_CHECKING:
    import shapely
    from matplotlib.axes import Axes

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.layout import CaseOptions, Layout
    from footbeat.targeting.places import Places

CELL_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25)

_YEAR, _DAYS_LACKING = 365.0, 2.0


@dataclass(frozen=True, slots=True)
class SpreadShare:
    """What the busiest cells hold.

    Attributes
    ----------
    cell_share, n_cells
        How many of the cells, rounded up to a whole one.
    n_incidents, incident_share, harm_share
        What they hold in the period that chose them; `harm_share` None without harm.
    after_share
        What the cells that a year chose hold of the incidents of the year after; None where
        the data do not cover all of two years.
    """

    cell_share: float
    n_cells: int
    n_incidents: int
    incident_share: float
    harm_share: float | None
    after_share: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """The concentration of incidents.

    Attributes
    ----------
    gini, generalised_gini
        Inequality over cells; the second allows for fewer incidents than cells.
    shares
        What the busiest cells hold.
    n_incidents, n_cells
        Incidents counted, and cells of the whole.
    basis
        What the whole is.
    notes
        What was chosen, in sentences.
    """

    gini: float
    generalised_gini: float
    shares: tuple[SpreadShare, ...]
    n_incidents: int
    n_cells: int
    basis: str
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return what the busiest cells hold, one row for each share of the cells."""
        return pd.DataFrame([asdict(share) for share in self.shares])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what the busiest cells held, and what they held in the year after."""
        first = self.shares[1]
        title = (
            f"{100 * first.cell_share:g} % of the cells held {100 * first.incident_share:.0f} % of "
            f"{self.n_incidents:,} incidents"
        )
        ax = plots.begin(ax, title, f"{self.n_cells:,} cells; Gini {self.gini:.2f}")
        cells = [share.cell_share for share in self.shares]
        held = [share.incident_share for share in self.shares]
        after = [share.after_share for share in self.shares]
        ax.plot(cells, held, "o-", color=plots.SERIES[0])
        ax.annotate("in the period that chose them", (cells[-2], held[-2]), ha="right", va="bottom")
        known = [
            (cell, share) for cell, share in zip(cells, after, strict=True) if share is not None
        ]
        if known:
            ax.plot(*zip(*known, strict=True), "s--", color=plots.SERIES[1])
            ax.annotate("in the year after", known[-1], ha="right", va="top")
        ax.set(xlim=(0, None), ylim=(0, 1), xlabel="share of the cells", ylabel="share held")
        return ax


def measure_spread(
    incidents: Incidents,
    options: CaseOptions,
    *,
    area: shapely.Geometry | None = None,
    places: Places | None = None,
) -> Spread:
    """Measure how much of the incidents the busiest cells hold, and hold a year later.

    The same cells' share in the year after is the honest one: the first is chosen by luck too.

    Parameters
    ----------
    incidents
        All that was read.
    options
        Which incidents count, and the cells; by count.
    area
        The whole; without it the hull of the ground the incidents lie on.
    places
        Areas or street segments to count in, instead of cells.

    Raises
    ------
    DataError
        When no incident is left, or the grid would be too large.
    """
    layout = lay_out(incidents, replace(options, weight="count"), area=area, places=places)
    counts = layout.case.counts
    return Spread(
        gini=gini(counts),
        generalised_gini=generalised_gini(counts),
        shares=tuple(_share(layout, share) for share in CELL_SHARES),
        n_incidents=len(layout.case),
        n_cells=counts.size,
        basis=_basis(layout, has_area=area is not None),
        notes=(*layout.notes, *_of_harm(incidents, layout), *_of_years(layout)),
    )


def _of_years(layout: Layout) -> tuple[str, ...]:
    if _after(layout, 1) is not None:
        return ()
    case = layout.case
    covered = case.observed.days(case.end_day - 2 * _YEAR, case.end_day)
    said = "The year after is not told: it needs two whole years, and the data cover"
    return (f"{said} {covered:,.0f} of their 730 days.",)


def _basis(layout: Layout, *, has_area: bool) -> str:
    places = layout.case.places
    if places.grid is None:
        return f"The whole is the {len(places):,} {places.shape}s given."
    if has_area:
        return "The whole is the area given."
    return "The whole is the hull of the ground the incidents lie on, not a boundary."


def _of_harm(incidents: Incidents, layout: Layout) -> tuple[str, ...]:
    read, counted = incidents.provenance.cautions, layout.incidents.provenance.cautions
    return tuple(caution for caution in counted if caution not in read)


def _share(layout: Layout, cell_share: float) -> SpreadShare:
    counts, harm = layout.case.counts, harm_totals(layout)
    n_cells = int(np.ceil(cell_share * counts.size))
    held = float(np.sort(counts)[::-1][:n_cells].sum())
    by_harm = np.sort(harm)[::-1][:n_cells].sum()
    return SpreadShare(
        cell_share=cell_share,
        n_cells=n_cells,
        n_incidents=int(held),
        incident_share=held / counts.sum(),
        harm_share=float(by_harm / harm.sum()) if harm.sum() > 0 else None,
        after_share=_after(layout, n_cells),
    )


def _after(layout: Layout, n_cells: int) -> float | None:
    case = layout.case
    middle = case.end_day - _YEAR
    before, after = case.between(middle - _YEAR, middle), case.between(middle, case.end_day)
    # A year with a month missing chooses, and is judged, by what its other seasons held.
    is_whole = min(before.observed_days, after.observed_days) > _YEAR - _DAYS_LACKING
    if not is_whole or len(before) == 0 or len(after) == 0:
        return None
    listed = np.argsort(-before.counts, kind="stable")[:n_cells]
    return float(np.isin(after.place, listed).mean())
