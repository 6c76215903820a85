"""A small town, drawn once: six planted hot spots in three kilometres."""

from __future__ import annotations

import numpy as np
import pytest

from footbeat.simulate.town import Town, TownOptions, draw_town

SMALL = TownOptions(
    n_hotspots=6, treat=2, n_days=28, history_days=365, width_m=3_200.0, height_m=2_400.0
)


@pytest.fixture(scope="session")
def small_options() -> TownOptions:
    return SMALL


@pytest.fixture(scope="session")
def small_town() -> Town:
    return draw_town(np.random.default_rng(1), SMALL)
