"""How far minutes are from the truth, by device: what to read before trusting a tracker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from footbeat.simulate.patrols import PatrolOptions, simulate_patrols
from footbeat.tracking.dosage import measure_dosage
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import match_visits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from footbeat.areas import Hotspots
    from footbeat.simulate.movement import StreetNet
    from footbeat.simulate.patrols import Device, SimulatedPatrols

_KEYS = ["unit_id", "hotspot_id", "day"]


def measure_accuracy(
    hotspots: Hotspots,
    schedule: pd.DataFrame,
    devices: Sequence[Device],
    *,
    rng: np.random.Generator,
    streets: StreetNet | None = None,
    options: VisitOptions | None = None,
) -> pd.DataFrame:
    """Simulate one set of patrols through several devices and compare minutes with the truth.

    Parameters
    ----------
    hotspots, schedule, streets
        As :func:`footbeat.simulate.patrols.simulate_patrols` takes them.
    devices
        The trackers to judge.

    Returns
    -------
    pd.DataFrame
        One row a device: interval_s, accuracy_m, n_stays (true stays of 5 minutes and more,
        by unit, place and day), missed_share, median_error_min, bias_min, p90_error_min,
        covered_share (truth between low and high), width_min. Errors are of found stays.
    """
    chosen = options or VisitOptions()
    base = PatrolOptions(timezone=chosen.timezone)
    rows = []
    for device, source in zip(devices, rng.spawn(len(devices)), strict=True):
        made = simulate_patrols(
            hotspots, schedule, replace(base, device=device), rng=source, streets=streets
        )
        rows.append(_judge(made, hotspots, chosen, device))
    return pd.DataFrame(rows)


def _judge(
    made: SimulatedPatrols, hotspots: Hotspots, options: VisitOptions, device: Device
) -> dict[str, float]:
    visits = match_visits(made.pings, hotspots, options).to_frame()
    long = made.truth[made.truth["minutes"] >= options.stay_min]
    true = long.groupby(_KEYS)["minutes"].sum().rename("truth")
    bounds = visits.groupby(_KEYS)[["minutes_low", "minutes_high"]].sum()
    found = measure_dosage(visits, by=_KEYS).set_index(_KEYS).join(bounds).join(true, how="right")
    kept = found.dropna(subset=["patrol_minutes"])
    error = kept["patrol_minutes"] - kept["truth"]
    is_covered = kept["truth"].between(kept["minutes_low"], kept["minutes_high"])
    return {
        "interval_s": device.interval_s,
        "accuracy_m": device.accuracy_m,
        "n_stays": len(true),
        "missed_share": 1 - len(kept) / len(true),
        "median_error_min": float(error.abs().median()),
        "bias_min": float(error.mean()),
        "p90_error_min": float(error.abs().quantile(0.9)),
        "covered_share": float(is_covered.mean()),
        "width_min": float((kept["minutes_high"] - kept["minutes_low"]).median()),
    }
