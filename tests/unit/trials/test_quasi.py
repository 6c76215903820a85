from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import ColumnError, DataError
from footbeat.trials.quasi import compare_before_after

START = date(2026, 4, 1)


def history(*, ratio: float = 1.0, drift: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Forty places seen for 280 days before and 112 after; ten were patrolled."""
    rng = np.random.default_rng(seed)
    days = np.arange(-280, 112)
    level = rng.gamma(3, 0.15, 40)
    treated = np.arange(40) < 10
    after = (days >= 0)[:, None] & treated[None]
    trend = np.exp(drift * days[:, None] / 100 * treated[None])
    counts = rng.poisson(level * trend * np.where(after, ratio, 1.0))
    return pd.DataFrame(
        {
            "place": np.tile(np.arange(40), len(days)),
            "day": np.repeat([(START + timedelta(days=int(d))).isoformat() for d in days], 40),
            "treated": np.tile(treated.astype(int), len(days)),
            "n": counts.ravel(),
        }
    )


def test_it_says_first_that_it_is_no_experiment() -> None:
    found = compare_before_after(history(ratio=0.6), START)
    assert found.says.startswith("NOT AN EXPERIMENT")
    assert "cannot show that patrols worked" in found.says


def test_a_change_is_found_against_matched_places() -> None:
    found = compare_before_after(history(ratio=0.6), START)
    assert found.ratio == pytest.approx(0.6, abs=0.12)
    assert found.low < 0.6 < found.high
    assert len(found.matched) == 10
    assert len({other for _, other in found.matched}) == 10
    assert found.pre_trend_p is not None
    assert found.pre_trend_p > 0.10


def test_trends_that_differ_before_the_start_are_said() -> None:
    found = compare_before_after(history(drift=0.5), START, match=False)
    assert found.pre_trend_p is not None
    assert found.pre_trend_p < 0.05
    assert "already differ" in found.warnings[0]


def test_the_event_study_has_every_whole_period_but_the_base() -> None:
    found = compare_before_after(history(), START)
    assert [row.period for row in found.event_study] == [*range(-10, -1), *range(4)]
    assert found.event_study[-1].start == "2026-06-24"


def test_too_short_a_history_is_refused() -> None:
    frame = history()
    short = frame[frame["day"] >= "2026-02-01"]
    with pytest.raises(DataError, match="four whole periods"):
        compare_before_after(short, START)


def test_places_patrolled_now_and_then_are_refused() -> None:
    frame = history()
    frame.loc[frame.index[::7], "treated"] = 1
    with pytest.raises(DataError, match="or not at all"):
        compare_before_after(frame, START)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ColumnError, match="treated"):
        compare_before_after(history().drop(columns="treated"), START)
