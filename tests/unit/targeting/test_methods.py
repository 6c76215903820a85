"""One suite that every method of the registry must pass."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import UsageError
from footbeat.targeting.features import Features
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.methods import METHODS, load_scorer
from footbeat.targeting.ranks import rank_places
from footbeat.targeting.surfaces import KdeOptions

GRIDS = [CaseOptions("hex", 250, group="all"), CaseOptions("square", 200, group="all")]
CELLULAR = [name for name, method in METHODS.items() if "hex" in method.shapes]


def ground(extent):
    """Bars at the planted place and here and there, shops anywhere."""
    rng = np.random.default_rng(5)
    spread = [Features(*rng.uniform(0, 4000, (2, 30)), *kinds_of("shop", 30))]
    bars = np.array([[1900.0, 1850, 300, 3300], [1900.0, 1950, 3500, 600]])
    parts = [*spread, Features(*bars, *kinds_of("bar", 4))]
    joined = [np.concatenate([getattr(p, n) for p in parts]) for n in Features.__slots__]
    return Features(*joined).moved(extent[0], extent[1])


def kinds_of(kind, n):
    return np.full(n, kind, dtype=object), np.full(n, -np.inf), np.full(n, np.inf)


def case_of(incidents, options=GRIDS[1], extent=(0, 0, 4000, 4000)):
    return lay_out(incidents, options, extent=extent, features=ground(extent)).case


def score_of(name, case):
    return load_scorer(name, case.places.shape).settled(case).score(case).score


@pytest.fixture(scope="module")
def town(scattered_town):
    return scattered_town(n_background=250)


@pytest.mark.parametrize("options", GRIDS, ids=["hex", "square"])
@pytest.mark.parametrize("name", CELLULAR)
def test_every_place_gets_a_finite_score(name, options, town):
    case = case_of(town, options)
    score = score_of(name, case)
    assert score.shape == (len(case.places),)
    assert np.isfinite(score).all()


@pytest.mark.parametrize("name", CELLULAR)
def test_order_of_rows_does_not_matter(name, town):
    mixed = replace(town, table=town.table.take(np.random.default_rng(0).permutation(len(town))))
    assert score_of(name, case_of(mixed)) == pytest.approx(score_of(name, case_of(town)), abs=1e-8)


@pytest.mark.parametrize("name", CELLULAR)
def test_moving_every_point_by_whole_cells_moves_every_score(name, town, incidents_at):
    far = incidents_at(
        town.numbers("x") + 20_000,
        town.numbers("y") - 6_000,
        start=town.table.column("start").to_pandas(),
    )
    moved = case_of(far, extent=(20_000, -6_000, 24_000, -2_000))
    assert score_of(name, moved) == pytest.approx(score_of(name, case_of(town)), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", CELLULAR)
def test_labels_of_cells_do_not_matter(name, town):
    case = case_of(town)
    ids = np.asarray([f"x{k}" for k in range(len(case.places))][::-1], dtype=object)
    relabelled = replace(case, places=replace(case.places, own_ids=ids))
    assert (score_of(name, relabelled) == score_of(name, case)).all()


@pytest.mark.parametrize("name", CELLULAR)
def test_an_incident_of_weight_two_counts_as_two(name, town):
    case = case_of(town)
    doubled = case.repeated(np.where(np.arange(len(case)) < 50, 2, 1))
    weighted = case.reweighted(np.where(np.arange(len(case)) < 50, 2.0, 1.0))
    if name == "shrunk-count":
        pytest.skip("harm is first brought to the scale of counts, so a weight is no repetition")
    if name == "self-exciting":
        pytest.skip("an event excites others whatever it weighs: the process is fitted to events")
    assert score_of(name, weighted) == pytest.approx(score_of(name, doubled), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", CELLULAR)
def test_one_incident_and_all_equal_are_no_error(name, incidents_at):
    one = case_of(incidents_at([500], [500]))
    assert np.isfinite(score_of(name, one)).all()
    centres = np.arange(100, 4000, 200.0)
    x, y = np.meshgrid(centres, centres)
    same = case_of(incidents_at(x.ravel(), y.ravel()))
    assert np.isfinite(score_of(name, same)).all()


@pytest.mark.parametrize("name", CELLULAR)
def test_duplicated_points_are_no_error_and_huge_counts_stay_finite(name, incidents_at):
    heap = case_of(incidents_at([500] * 400 + [1700] * 3, [500] * 403))
    score = score_of(name, heap.reweighted(np.full(403, 1e9)))
    assert np.isfinite(score).all()


@pytest.mark.parametrize("name", CELLULAR)
def test_every_method_says_how_sure_its_ranks_are(name, town):
    case = case_of(town)
    every = np.arange(len(case.places))
    scorer = load_scorer(name, "square").settled(case)
    rng = np.random.default_rng(0)
    ranks = rank_places(case, scorer, every, every, top=10, n_draws=8, rng=rng)
    assert ((ranks.low >= 1) & (ranks.low <= ranks.high)).all()
    assert ((ranks.p_top >= 0) & (ranks.p_top <= 1)).all()
    # Places that tie share a rank by lot, each on its own: ten are in the top on average.
    assert ranks.p_top.sum() == pytest.approx(10, abs=4)


@pytest.mark.parametrize("name", CELLULAR)
def test_places_alike_tie(name, incidents_at, features_at):
    # One heap twice, 2 km apart and far from every edge, on the same days.
    rng = np.random.default_rng(6)
    x, y = np.round(rng.normal(1100, 60, 40), 1), np.round(rng.normal(2100, 60, 40), 1)
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
        np.tile(rng.integers(0, 240 * 24, 40), 2), unit="h"
    )
    town = incidents_at(np.append(x, x + 2000), np.append(y, y), start=start)
    bars = features_at({"bar": [(1100, 2000), (3100, 2000)]})
    case = lay_out(town, GRIDS[1], extent=(-200, -200, 4400, 4400), features=bars).case
    score = score_of(name, case)
    one, other = case.places.locate(np.array([1100.0, 3100.0]), np.array([2100.0, 2100.0]))
    assert score[one] > 0
    assert score[one] == pytest.approx(score[other], rel=1e-5)


@pytest.mark.parametrize("name", CELLULAR)
def test_no_incidents_score_nought(name, town):
    case = case_of(town)
    score = load_scorer(name, "square").score(case.where(np.zeros(len(case), dtype=bool))).score
    assert (score == 0).all()


@pytest.mark.parametrize("name", [n for n in CELLULAR if n not in {"dual-kde", "scan"}])
def test_planted_place_is_in_the_first_places(name, scattered_town):
    # Recent and steady, so that methods that look at the last weeks must find it too.
    case = case_of(scattered_town(n_background=150, hot=((1900, 1900, 90),)))
    planted = case.places.locate(np.array([1900.0]), np.array([1900.0]))[0]
    assert (score_of(name, case) > score_of(name, case)[planted]).sum() < 9


@pytest.mark.parametrize("name", ["dual-kde", "scan"])
def test_change_is_found_where_it_is(name, incidents_at):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(0, 4000, 300), np.full(20, 700.0)])
    y = np.concatenate([rng.uniform(0, 4000, 300), np.full(20, 700.0)])
    days = np.concatenate([rng.integers(0, 360, 300), rng.integers(330, 360, 20)])
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    case = case_of(incidents_at(x, y, start=start))
    hottest = int(np.argmax(score_of(name, case)))
    assert np.hypot(case.places.x[hottest] - 700, case.places.y[hottest] - 700) < 300


def test_unknown_method_names_those_there_are():
    with pytest.raises(UsageError, match="shrunk-count"):
        load_scorer("magic", "hex")


def test_bandwidth_below_a_cell_is_refused(town):
    case = case_of(town)
    with pytest.raises(UsageError, match="bandwidth must not be less than a cell"):
        load_scorer("kde", "square", KdeOptions(50.0)).settled(case)


def test_period_ends_where_it_is_told(town):
    options = replace(GRIDS[0], since=date(2024, 2, 1), until=date(2024, 3, 31))
    case = lay_out(town, options).case
    assert 0 < len(case) < len(town)
    assert (case.day >= case.start_day).all()
    assert (case.day < case.end_day).all()
