"""What targeting finds: ranked hot spots, the cells behind them, and what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from footbeat import plots
from footbeat.periods import draw_together, held_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from matplotlib.axes import Axes

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents
    from footbeat.targeting.changed import Changed
    from footbeat.targeting.decided import Decided


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One place that was passed over.

    Attributes
    ----------
    place
        Its name, or the identifier of its cell.
    rank
        The rank it would have had, had nothing been left out: no two have the same.
    reason
        Why it is not on the list, as one plain sentence.
    """

    place: str
    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of the incidents and harm the listed places hold, in the period that chose them.

    These shares flatter the list: it was chosen to hold much. What it holds afterwards is
    `footbeat.targeting.held`'s to say.

    Attributes
    ----------
    area_share, incident_share, harm_share
        Shares, 0 to 1, of the area, the incidents and the harm; `harm_share` is None where the
        incidents carry no harm.
    occupied_share
        Listed cells over cells with any incident: a share that empty ground cannot flatter.
    area_ha, total_ha
        Hectares listed, and hectares of the whole.
    gini, generalised_gini
        Inequality of incidents over cells; the second allows for fewer incidents than cells.
    basis
        What “the whole” is, as one sentence.
    """

    area_share: float
    incident_share: float
    harm_share: float | None
    occupied_share: float
    area_ha: float
    total_ha: float
    gini: float
    generalised_gini: float
    basis: str

    def to_frame(self) -> pd.DataFrame:
        """Return the shares as one row."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """Ranked, merged and explained hot spots.

    Attributes
    ----------
    hotspots
        The `hotspots` contract, ordered by rank, with its provenance (and its cautions).
    cells
        Cells with an incident or on the list: `cell`, `n`, `harm_days`, `score`, `rank` (1
        first), `hotspot_id` (missing off the list), `geometry`; ordered by rank.
    details
        By `hotspot_id` what the contract has no column for: `cells` (their identifiers),
        `count_rank` and `harm_rank` (where it stands among the hot spots of the list by all its
        incidents and all their harm, 1 first, equal ones alike; `harm_rank` None without harm),
        `next_m` (to the nearest other hot spot), `years_in_top`
        (calendar years in which one of its cells was among as many as were asked for, by what
        the list counts; None where not known) of `years_observed`, and what
        `footbeat.targeting.explain.Explanation` names.
    left_out
        Places passed over, best first.
    concentration
        Shares the list holds.
    incidents
        The incidents that were counted.
    method, params
        The method and every option as used.
    n_incidents, n_cells
        Incidents counted, and cells ranked.
    notes
        What was chosen or must be known to read the list, in sentences; every output repeats
        them after the provenance's cautions.
    edits
        What was decided by hand on the earlier list and holds for this one.
    excluded
        Ground that must not be chosen, now or since the earlier list.
    """

    hotspots: Hotspots
    cells: gpd.GeoDataFrame
    details: Mapping[str, Mapping[str, Any]]
    left_out: tuple[LeftOut, ...]
    concentration: Concentration
    incidents: Incidents
    method: str
    params: Mapping[str, Any]
    n_incidents: int
    n_cells: int
    notes: tuple[str, ...] = field(default=())
    edits: tuple[Changed, ...] = ()
    excluded: tuple[Decided, ...] = ()

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the hot spots as a GeoPandas frame."""
        return self.hotspots.frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hot spots with their ranks over the cells that hold incidents."""
        shares = self.concentration
        title = (
            f"{len(self.hotspots):,} places, {100 * shares.area_share:.1f} % of the ground, held "
            f"{100 * shares.incident_share:.0f} % of {self.n_incidents:,} incidents"
        )
        known = self.hotspots.provenance
        when = f"{known.start} to {known.end}"
        if known.missing_months:
            when = draw_together(held_months(known.start, known.end, known.missing_months))
        subtitle = f"{self.method}, {when}, in the period that chose them"
        ax = plots.begin(ax, title, subtitle, size=(7.5, 6.5))
        self.cells.plot(ax=ax, color=plots.WASH, edgecolor=plots.RULE, linewidth=0.3)
        plots.draw_places(ax, self.hotspots.frame)
        return ax

    def __repr__(self) -> str:
        first = self.hotspots.frame["name"].tolist()[:3]
        more = ", …" if len(self.hotspots) > len(first) else ""
        return (
            f"Found({len(self.hotspots):,} hot spots by {self.method} from {self.n_incidents:,} "
            f"incidents in {self.n_cells:,} places: {', '.join(first)}{more})"
        )

    def as_json(self) -> dict[str, Any]:
        """Return what `footbeat target find --json` prints."""
        names = ("hotspot_id", "name", "rank", "n", "harm_days", "score")
        columns = [*names, "rank_low", "rank_high", "p_top", "why"]
        frame = self.hotspots.frame[columns]
        # Incidents weighted by when they may have happened are no whole numbers.
        if (frame["n"] % 1 == 0).all():
            frame = frame.astype({"n": "int64"})
        frame = frame.astype(object)
        if "p" in self.cells:
            # The first cell of each is the one whose score is the hot spot's.
            first = self.cells.dropna(subset="hotspot_id").drop_duplicates("hotspot_id")
            frame["p"] = frame["hotspot_id"].map(first.set_index("hotspot_id")["p"])
        return {
            "n_incidents": self.n_incidents,
            "n_cells": self.n_cells,
            "method": self.method,
            "params": dict(self.params),
            "hotspots": [
                {**row, "explained": dict(self.details[row["hotspot_id"]])}
                for row in frame.where(frame.notna(), None).to_dict("records")
            ],
            "left_out": [asdict(place) for place in self.left_out],
            "concentration": asdict(self.concentration),
            "notes": list(self.notes),
            "edits": [each.said for each in self.edits],
        }
