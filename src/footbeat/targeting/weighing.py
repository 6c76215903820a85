"""What an incident counts for: one, or its days of harm after a chosen transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from footbeat.errors import DataError
from footbeat.incidents.exclude import group_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents

    FloatArray = NDArray[np.float64]

Weight = Literal["count", "harm"]
Transform = Literal["raw", "sqrt", "log1p", "winsorised"]

_WINSOR_QUANTILE = 0.99


def weigh(
    incidents: Incidents, group: str | None, weight: Weight, transform: Transform
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return what each incident counts for, and what must be said of it.

    Parameters
    ----------
    incidents
        Incidents that count.
    group
        Their offence group, where it weighs its parts; None for every offence.
    weight, transform
        By count or by harm, and what is done to harm first.

    Raises
    ------
    DataError
        When harm is asked for and no incident has any.
    """
    times = np.ones(len(incidents))
    if group is not None:
        times = group_weights(incidents, group)
    if weight == "count":
        return times, ()
    harm = incidents.numbers("harm_days")
    known = np.isfinite(harm)
    if not known.any():
        raise DataError(
            "Ranking by harm must have harm.",
            found="No incident carries a weight of harm.",
            do="Give --harm-table, or rank with --weight count.",
        )
    note = f"{(~known).sum():,} of {known.size:,} incidents carry no harm and count as none."
    weights = times * transform_harm(np.where(known, harm, 0.0), transform)
    return weights, () if known.all() else (note,)


def transform_harm(harm: FloatArray, transform: Transform) -> FloatArray:
    """Return harm after the transform that keeps one grave incident from topping the list.

    Winsorised harm is capped at its 99th percentile.
    """
    if transform == "sqrt":
        return np.asarray(np.sqrt(harm))
    if transform == "log1p":
        return np.asarray(np.log1p(harm))
    if transform == "winsorised":
        return np.asarray(np.minimum(harm, np.quantile(harm, _WINSOR_QUANTILE)))
    return harm
