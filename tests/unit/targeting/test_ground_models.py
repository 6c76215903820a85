"""Features of the ground, and the two models that look at them."""

import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from footbeat.errors import ColumnError, CrsError, EngineError, UsageError
from footbeat.targeting.backtest import BacktestOptions, backtest
from footbeat.targeting.features import read_features
from footbeat.targeting.forecast import ForecastOptions, score_forecast, settle_forecast
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.terrain import RiskTerrainOptions, score_risk_terrain

SQUARES = CaseOptions("square", 200, group="all")
BARS = [(300, 300), (3300, 700), (700, 3100), (2500, 2500), (3700, 3500), (1500, 3700)]


@pytest.fixture(scope="module")
def ground(features_at):
    shops = np.random.default_rng(3).uniform(0, 4000, (25, 2))
    return features_at({"bar": BARS, "shop": shops.tolist()})


@pytest.fixture(scope="module")
def by_bars(incidents_at):
    """Incidents near bars, and a few anywhere: shops have nothing to do with it."""
    rng = np.random.default_rng(1)
    at = np.asarray(BARS)[rng.integers(0, len(BARS), 400)] + rng.uniform(-90, 90, (400, 2))
    x, y = np.concatenate([at, rng.uniform(0, 4000, (150, 2))]).T
    days = rng.integers(0, 700, 550)
    start = pd.Timestamp("2023-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    return incidents_at(x, y, start=start)


def case_of(incidents, features, options=SQUARES):
    return lay_out(incidents, options, extent=(0, 0, 4000, 4000), features=features).case


def test_features_of_a_map_come_into_metres_and_polygons_stand_for_a_point(tmp_path):
    shapes = gpd.GeoDataFrame(
        {"amenity": ["pub", "school"], "opened": ["2020-05-01", None]},
        geometry=[Point(531_000, 181_000), box(531_100, 181_100, 531_200, 181_200)],
        crs="EPSG:27700",
    )
    shapes.to_crs("EPSG:4326").to_file(tmp_path / "f.geojson")
    features = read_features(tmp_path / "f.geojson", "EPSG:27700")
    assert features.kinds == ("pub", "school")
    assert features.x == pytest.approx([531_000, 531_150], abs=60)
    assert len(features.known_at(float((pd.Timestamp("2020-04-01") - pd.Timestamp(0)).days))) == 1


def test_features_of_a_table_are_read_in_metres_or_degrees(tmp_path):
    (tmp_path / "m.csv").write_text("X,Y,Kind\n531000,181000,bar\n", encoding="utf-8")
    (tmp_path / "d.csv").write_text("longitude,latitude,kind\n-0.1141,51.5120,bar\n", "utf-8")
    metres = read_features(tmp_path / "m.csv", "EPSG:27700")
    degrees = read_features(tmp_path / "d.csv", "EPSG:27700")
    assert np.hypot(metres.x - degrees.x, metres.y - degrees.y)[0] < 100


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("x,y\n531000,181000\n", ColumnError, "of what kind"),
        ("a,b,kind\n1,2,bar\n", ColumnError, "say where"),
        ("x,y,kind\n0.1,51.5,bar\n", CrsError, "must be metres"),
        ("x,y,kind\n,181000,bar\n", ColumnError, "place and a kind"),
        ("x,y,kind,opened\n531000,181000,bar,soon\n", ColumnError, "must hold dates"),
    ],
)
def test_a_table_of_features_that_cannot_be_is_refused(tmp_path, text, error, said):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=said):
        read_features(tmp_path / "f.csv", "EPSG:27700")


def test_risk_terrain_keeps_the_bars_drops_the_shops_and_says_so(by_bars, ground):
    scores = score_risk_terrain(case_of(by_bars, ground), RiskTerrainOptions())
    assert "at a “bar”, fading" in scores.said[0]
    assert "shop" not in scores.said[0]
    case = case_of(by_bars, ground)
    best = np.argsort(-scores.score)[: len(BARS)]
    away = np.hypot(
        *(np.asarray(BARS).T[:, None] - np.stack([case.places.x, case.places.y])[:, best, None])
    )
    assert (away.min(axis=1) < 150).all()


def test_risk_terrain_without_features_says_what_to_pass(by_bars):
    with pytest.raises(UsageError, match="--features"):
        score_risk_terrain(case_of(by_bars, None), RiskTerrainOptions())


def test_a_back_test_sees_only_features_of_its_time(by_bars, ground, features_at):
    late = features_at({"bar": BARS}, opened=[30_000.0] * len(BARS))
    case = case_of(by_bars, late)
    with pytest.raises(UsageError, match="stood at the end of the period"):
        score_risk_terrain(case.between(case.start_day, case.end_day), RiskTerrainOptions())
    options = BacktestOptions(SQUARES, ("risk-terrain", "forecast"), top=6, n_folds=2)
    rng = np.random.default_rng(0)
    judged = {m.method: m for m in backtest(by_bars, options, rng=rng, features=late).methods}
    assert "stood at the end" in judged["risk-terrain"].reason
    judged = {m.method: m for m in backtest(by_bars, options, rng=rng, features=ground).methods}
    assert judged["risk-terrain"].scored
    assert judged["forecast"].scored
    assert judged["risk-terrain"].hit_rate > 0.5


def test_forecast_knows_the_season(incidents_at):
    rng = np.random.default_rng(2)
    month = np.repeat(np.arange(48), 60)
    # Counted from June 2020: the beach has its incidents in summer.
    at_beach = np.isin(month % 12, [0, 1, 2]) & (rng.random(month.size) < 0.7)
    near = 700 + rng.uniform(-300, 300, (2, month.size))
    x, y = np.where(at_beach, near, rng.uniform(0, 4000, (2, month.size)))
    start = pd.Timestamp("2020-06-01", tz="UTC") + pd.to_timedelta(
        np.floor(month * 30.4375 + rng.uniform(0, 30, month.size)), unit="D"
    )
    case = case_of(incidents_at(x, y, start=start), None)
    beach = np.hypot(case.places.x - 700, case.places.y - 700) < 300
    may, august = case, case.between(case.start_day, case.end_day - 9 * 30.4375)
    after_may, after_august = (
        score_forecast(c, ForecastOptions(n_learned=36)).score[beach].sum() for c in (may, august)
    )
    assert after_may > 2 * after_august


def test_forecast_learns_once_and_its_options_can_be_written_down(by_bars, ground):
    from dataclasses import asdict

    case = case_of(by_bars, ground)
    settled = settle_forecast(case, ForecastOptions())
    assert settle_forecast(case, settled) is settled
    assert asdict(settled)["learned"] == "a model of 12 periods"
    assert "features of the ground" in score_forecast(case, settled).said[0]


def test_forecast_of_a_month_ranks_by_count_and_says_so(incidents_at):
    case = case_of(incidents_at([500, 500, 900], [500, 500, 900]), None)
    scores = score_forecast(case, ForecastOptions())
    assert scores.score == pytest.approx(case.totals)
    assert "Too little" in scores.said[0]


def test_without_lightgbm_the_extra_is_named(by_bars, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(EngineError, match=r"footbeat\[ml\]"):
        score_forecast(case_of(by_bars, None), ForecastOptions())
