"""How many incidents to expect in the trial: fewer than in the period that chose the places.

The busiest places of a year were busy partly by luck, and luck does not come back. Power is
therefore reckoned from a rate drawn back to what the whole map supports, and shown beside the
inflated rate of the selection period.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from footbeat.areas import list_layers, read_layer
from footbeat.errors import UsageError
from footbeat.periods import months_between
from footbeat.stats.truncated import fit_truncated_gamma

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from footbeat.areas import Hotspots
    from footbeat.tables import Provenance

_FEWEST_CELLS = 30


@dataclass(frozen=True, slots=True)
class ExpectedRates:
    """Incidents per hot spot and day.

    Attributes
    ----------
    selection
        In the period that chose the places; None where that period is not known.
    held_out
        To expect afterwards; None where nothing supports a figure.
    how
        How the second was found, as one sentence.
    """

    selection: float | None
    held_out: float | None
    how: str


def expect_rates(
    hotspots: Hotspots, cells: pd.DataFrame | None, *, given: float | None = None
) -> ExpectedRates:
    """Return the rate of the selection period and the one to expect in the trial.

    Parameters
    ----------
    hotspots
        The list.
    cells
        The `cells` layer it was chosen from, with `n`; None where the file has none.
    given
        Incidents per hot spot and day that somebody knows better, such as from a later period.

    Raises
    ------
    UsageError
        When the rate given is no number above 0: nothing could be found where nothing happens.
    """
    if given is not None and not (math.isfinite(given) and given > 0):
        raise UsageError(
            "The rate to expect must be more than 0 incidents a hot spot and day.",
            found=f"It is {given:g}.",
            do="Give for example --rate 0.1, or leave it out to have it worked out.",
        )
    days = observed_days(hotspots.provenance)
    total = float(hotspots.frame["n"].sum())
    selection = total / len(hotspots) / days if days and total else None
    if given is not None:
        return ExpectedRates(selection, given, "The rate was given.")
    if selection is None:
        return ExpectedRates(None, None, "The file does not say how many incidents in what period.")
    share = _kept_share(hotspots, cells)
    if share is None:
        return ExpectedRates(
            selection, None, "The file has no layer of cells to shrink towards: give --rate."
        )
    how = (
        "The counts were drawn back by empirical Bayes (gamma prior fitted to every cell with an "
        f"incident): {share:.2f} of the selection period's incidents are expected to remain."
    )
    return ExpectedRates(selection, share * selection, how)


def read_cells(path: Path) -> pd.DataFrame | None:
    """Return the layer `cells` of a hot spot file, or None where it has none."""
    if "cells" not in list_layers(path):
        return None
    return read_layer(path, "cells", read_geometry=False)


def observed_days(provenance: Provenance) -> int:
    """Return the days of the period, months that were missing left out; 0 if not known."""
    if not provenance.start or not provenance.end:
        return 0
    first, last = (date.fromisoformat(text[:10]) for text in (provenance.start, provenance.end))
    n_days = (last - first).days + 1
    n_months = len(months_between(str(first)[:7], str(last)[:7]))
    missing = len(provenance.missing_months)
    return round(n_days * (1 - missing / n_months)) if missing else n_days


def _kept_share(hotspots: Hotspots, cells: pd.DataFrame | None) -> float | None:
    if cells is None or not {"n", "hotspot_id"} <= set(cells.columns):
        return None
    counts = cells.loc[cells["n"] >= 1, "n"].to_numpy(dtype=float)
    listed = cells["hotspot_id"].isin(hotspots.ids)
    if counts.size < _FEWEST_CELLS or not listed.any():
        return None
    shape, rate = fit_truncated_gamma(np.round(counts))
    observed = float(cells.loc[listed, "n"].sum())
    expected = (observed + shape * int(listed.sum())) / (1 + rate)
    return min(1.0, expected / observed) if observed else None
