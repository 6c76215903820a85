"""Foot and vehicle told apart on labelled tracks of delivery workers.

GOAL tracks: Eftelioglu et al. (2022), IWCTS, CC BY 4.0. "OnFoot" there includes standing in or
near the vehicle, and waiting at lights counts as driving: no rule of speed can be perfect.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from footbeat.tracking.fixes import Fixes
from footbeat.tracking.modes import classify_fixes

VEHICLE = 2


def test_nine_fixes_in_ten_are_told_right(shared_data: Path) -> None:
    path = shared_data / "gps" / "goal_walk_drive" / "goal_tracks.parquet"
    tracks = pd.read_parquet(path).sort_values(["track_id", "timestamp"])
    track = tracks["track_id"].to_numpy(dtype=np.int64)
    t = tracks["timestamp"].astype("datetime64[us]").astype("int64").to_numpy() / 1e6
    x, y = tracks["x_m"].to_numpy(), tracks["y_m"].to_numpy()
    n = len(t)
    is_break = np.diff(track, prepend=-1) != 0
    fill = np.full(n, 5.0)
    fixes = Fixes(track, t, x, y, fill, fill * 60, is_break, np.arange(n))
    modes = classify_fixes(fixes)
    is_driving = (tracks["label"] == "Driving").to_numpy()
    # A fix at rest is neither; it counts as on foot, as the labels have it.
    assert np.mean((modes == VEHICLE) == is_driving) > 0.90
    assert np.mean(modes[is_driving] == VEHICLE) > 0.80
    assert np.mean(modes[~is_driving] != VEHICLE) > 0.97
