"""Minimum detectable reductions against ../shared/oracles/mde_table.json (root finding)."""

import json
from pathlib import Path

import pytest

from footbeat.stats.power import days_needed, minimum_detectable_reduction


def test_every_cell_of_the_table_is_reproduced(shared_oracles: Path) -> None:
    oracle = json.loads((shared_oracles / "mde_table.json").read_text(encoding="utf-8"))
    for row in oracle["table"]:
        rate = row["events_per_hot_spot_day"]
        for design, expected in zip(
            oracle["designs"], row["minimum_detectable_reduction"], strict=True
        ):
            placedays = design["hot_spots"] * design["days"]
            treated = placedays * design["share_treated"]
            found = minimum_detectable_reduction(treated, placedays - treated, rate)
            assert found == (expected and pytest.approx(expected, abs=oracle["tolerance"]))


@pytest.mark.parametrize(("n_hotspots", "days"), [(20, 1294), (40, 647), (60, 432)])
def test_days_needed_for_fifteen_per_cent(n_hotspots: int, days: int) -> None:
    assert days_needed(n_hotspots, 0.5, 0.05, ratio=0.85) == days
