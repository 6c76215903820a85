"""The page of a back-test says the verdict first and draws what the page's own policy allows."""

import re

import pytest

from footbeat.reports.league import render_league_page
from footbeat.tables import Provenance
from footbeat.targeting.backtest import Backtest
from footbeat.targeting.calibrate import Calibration
from footbeat.targeting.league import Judged

BAND = (Calibration(0.8, 1.0, 12, 0.93, 0.71),)
NUMBERS = {"pei": 0.8, "rri": 1.1, "recapture": 0.9, "stability": None, "penalised_pai": 1.2}
COUNT = Judged(
    "count", scored=True, hits=120.0, hit_rate=0.12, pai=12.0, pai_low=11.5, pai_high=12.5,
    same_ranking=True, beats_count=False, area_to_perimeter_m=78.0, curve=(0.0, 0.12, 0.2),
    calibration=BAND, **NUMBERS,
)  # fmt: skip
KDE = Judged(
    "kde", scored=True, hits=110.0, hit_rate=0.11, pai=11.0, pai_low=10.0, pai_high=12.0,
    same_ranking=False, difference=-0.01, difference_low=-0.02, difference_high=0.001, p=0.1,
    p_adjusted=0.1, beats_count=False, area_to_perimeter_m=112.0, curve=(0.0, 0.11, 0.19),
    calibration=BAND, **NUMBERS,
)  # fmt: skip
SCAN = Judged("scan", scored=False, reason="It needs the day of each incident.")
JUDGED = Backtest(
    folds=("2024-01-01 to 2024-03-31",),
    methods=(COUNT, KDE, SCAN),
    calibration=BAND,
    verdict="Nothing beats the count. It held 12.0 % (120 of 1,000).",
    n_flagged=10,
    n_cells=1000,
    area_share=0.01,
    n_judged=1000,
    notes=("Counted every offence.",),
    curve_shares=(0.0, 0.01, 0.02),
    best_curve=(0.0, 0.2, 0.3),
)


@pytest.fixture(scope="module")
def page():
    return render_league_page(JUDGED, Provenance("EPSG:27700"), name="a town")


def test_verdict_is_the_heading(page):
    heading = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert heading is not None
    assert heading[1].replace("\xa0", " ").startswith("Nothing beats the count.")


def test_drawings_carry_no_style_that_the_policy_would_drop(page):
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len([drawing for drawing in drawings if "<path" in drawing]) >= 2
    assert not any("style=" in drawing or "<style" in drawing for drawing in drawings)


def test_every_method_stands_in_a_table_with_its_figures_or_its_reason(page):
    text = re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ")
    for words in ("120 of 1,000", "11.5 to 12.5", "-1.00 points", "It needs the day", "0.71"):
        assert words in text
