"""Real incidents, schedules nobody delivered: there must be no effect.

A smaller run of scripts/never_delivered.py, which does 200 seeds.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

N_SEEDS = 16


@pytest.mark.slow
def test_schedules_that_were_never_delivered_show_no_effect(shared_data: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "never_delivered.py"
    spec = importlib.util.spec_from_file_location("never_delivered", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    incidents = module.read_street(shared_data / "chicago_assaults.parquet")
    estimates, broken, first = module.run_trials(incidents, N_SEEDS, 499)
    assert "720 patrol days" in first
    missed = sum(not module.covers(one) for one in estimates)
    assert all(0 <= p <= 1 for p in broken)
    assert missed <= binom.ppf(0.999, N_SEEDS, 0.05)
    assert len({one.p for one in estimates}) > N_SEEDS // 2
    assert 0.2 < np.mean([one.p for one in estimates]) < 0.8
