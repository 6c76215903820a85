"""The effect in each place, drawn towards the common one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.hierarchy import shrink_ratios
from footbeat.trials.results import PlaceEffect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.panel import Panel

    FloatArray = NDArray[np.float64]


def estimate_places(panel: Panel, values: FloatArray) -> tuple[PlaceEffect, ...]:
    """Estimate each hot spot's ratio, in the order of the list; empty for fractional outcomes.

    What patrols would share without an effect is each day's incidents elsewhere, spread by the
    chance of the draw: busy days count for what they are.
    """
    if not np.array_equal(values, np.round(values)):
        return ()
    arms, counted, counts = panel.arms, panel.counted, panel.layer(values)
    day_rate = counts.sum(1, keepdims=True) / np.maximum(counted.sum(1, keepdims=True), 1)
    expected = np.where(counted, day_rate + counts.sum() / counted.sum(), 0.0)
    treated, control = ((counts * arm).sum(0) for arm in (arms, counted - arms))
    odds = (expected * arms).sum(0) / np.maximum((expected * (counted - arms)).sum(0), 1e-12)
    usable = (odds > 0) & np.isfinite(odds) & ((counted - arms).sum(0) > 0)
    shrunk = shrink_ratios(treated[usable], control[usable], odds[usable])
    if shrunk is None:
        return ()
    names = [name for phase in panel.phases for name in phase.roster.hotspot_ids]
    rows = np.flatnonzero(usable)
    return tuple(
        PlaceEffect(
            hotspot_id=names[column],
            ratio=float(shrunk.ratio[row]),
            low=float(shrunk.low[row]),
            high=float(shrunk.high[row]),
            events_treated=float(treated[column]),
            events_control=float(control[column]),
            n_treated=int((arms * counted)[:, column].sum()),
            n_control=int(((1 - arms) * counted)[:, column].sum()),
        )
        for row, column in enumerate(rows)
    )
