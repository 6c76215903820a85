"""During a trial, count comparison days only: no place is dropped because patrols worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from footbeat.errors import PrecisionError
from footbeat.incidents.counts import middle_times
from footbeat.periods import operational_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrialDays:
    """A schedule and the hot spots it is of.

    Attributes
    ----------
    hotspots
        The hot spots.
    schedule
        The `schedule` contract.
    """

    hotspots: Hotspots
    schedule: pd.DataFrame


def comparison_weights(incidents: Incidents, trial: TrialDays) -> FloatArray:
    """Return what each incident counts for during a trial.

    In a hot spot, an incident of a patrol day counts 0 and one of a comparison day 1/(1 − π), π
    the probability that it had been a patrol day: on average what there would have been without
    patrols. Everywhere else, and on days outside the schedule, it counts 1.

    Parameters
    ----------
    incidents
        Incidents whose day is known.
    trial
        The schedule and its hot spots, in any coordinate system.

    Raises
    ------
    PrecisionError
        When days are not known.
    """
    if incidents.provenance.precision == "month":
        raise PrecisionError(
            "Comparison days cannot be told from months.",
            found="These data know only the month of each incident.",
            do="Leave --schedule out, or use the force's own records.",
        )
    day = operational_days(middle_times(incidents), incidents.provenance.timezone)
    keys = pd.MultiIndex.from_arrays([_owner(incidents, trial.hotspots), day])
    terms = trial.schedule.set_index(
        [
            trial.schedule["hotspot_id"].astype("str").to_numpy(dtype=object),
            pd.DatetimeIndex(pd.to_datetime(trial.schedule["day"])),
        ]
    )
    is_treated = (terms["arm"] == "treated").to_numpy()
    # A day that was certain to be a patrol day has no comparison; it is never one either.
    chance = np.where(is_treated, 0.0, terms["probability"].to_numpy(np.float64))
    factor = np.where(is_treated, 0.0, 1 / (1 - chance))
    found = pd.Series(factor, index=terms.index).reindex(keys)
    return np.asarray(found.fillna(1.0), dtype=np.float64)


def say_comparison(weights: FloatArray) -> str:
    """Say how many incidents a trial's days change, from what each counts for."""
    n_patrol, n_comparison = int((weights == 0).sum()), int((weights > 1).sum())
    patrol = "1 incident" if n_patrol == 1 else f"{n_patrol:,} incidents"
    return (
        "In hot spots of the schedule, comparison days count for every day: "
        f"{patrol} of patrol days {'scores' if n_patrol == 1 else 'score'} nothing and "
        f"{n_comparison:,} of comparison days {'scores' if n_comparison == 1 else 'score'} more "
        "than one. Numbers of incidents hold both."
    )


def _owner(incidents: Incidents, hotspots: Hotspots) -> NDArray[np.object_]:
    owner = np.full(len(incidents), "", dtype=object)
    points = shapely.points(incidents.numbers("x"), incidents.numbers("y"))
    frame = hotspots.frame.to_crs(incidents.provenance.crs)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    rows, spots = tree.query(points, predicate="intersects")
    owner[rows[::-1]] = np.asarray(hotspots.ids, dtype=object)[spots[::-1]]
    return owner
