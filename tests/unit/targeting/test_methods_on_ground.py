"""The shared suite again, on areas and on street segments, for every method that works there."""

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from footbeat.streets import Streets
from footbeat.targeting.ground import area_places, street_places
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.methods import METHODS, load_scorer

EVERY = CaseOptions(group="all")
STEPS = np.arange(0, 2001, 400.0)
PAIRS = [
    (name, shape)
    for name, method in METHODS.items()
    for shape in ("area", "street")
    if shape in method.shapes
]


def lattice(dx=0.0, dy=0.0):
    """Streets 400 m apart, each from end to end, joined where they cross."""
    lines = [[(at + dx, a + dy), (at + dx, b + dy)] for at in STEPS for a, b in ends()]
    lines += [[(a + dx, at + dy), (b + dx, at + dy)] for at in STEPS for a, b in ends()]
    frame = gpd.GeoDataFrame(
        {"name": [f"Street {k}" for k in range(len(lines))], "kind": "minor", "is_walkable": True},
        geometry=[shapely.LineString(line) for line in lines],
        crs="EPSG:27700",
    )
    return street_places(Streets(frame, ()))


def ends():
    return list(pairwise(STEPS))


def blocks(dx=0.0, dy=0.0):
    boxes = [
        shapely.box(x + dx, y + dy, x + 400 + dx, y + 400 + dy)
        for x in STEPS[:-1]
        for y in STEPS[:-1]
    ]
    codes = [f"E{k:02}" for k in range(len(boxes))]
    return area_places(gpd.GeoDataFrame({"code": codes}, geometry=boxes, crs="EPSG:27700"))


MAKE = {"area": blocks, "street": lattice}


@pytest.fixture(scope="module")
def town(incidents_at):
    """Incidents along the streets, and a heap on one of them."""
    rng = np.random.default_rng(4)
    along, street = rng.uniform(0, 2000, 260), STEPS[rng.integers(0, len(STEPS), 260)]
    is_up = rng.random(260) < 0.5
    x, y = np.where(is_up, street + 3, along), np.where(is_up, along, street + 3)
    x, y = np.append(x, np.full(40, 803.0)), np.append(y, rng.uniform(830, 1170, 40))
    return incidents_at(np.round(x, 1), np.round(y, 1))


@pytest.fixture(scope="module")
def bars(features_at):
    return features_at({"bar": [(800, 1000), (300, 1700)], "shop": [(1500, 300), (900, 100)]})


@pytest.fixture(scope="module")
def case_of(town, bars):
    def build(shape, incidents=town, dx=0.0, dy=0.0):
        places = MAKE[shape](dx, dy)
        return lay_out(incidents, EVERY, places=places, features=bars.moved(dx, dy)).case

    return build


def score_of(name, case):
    return load_scorer(name, case.places.shape).settled(case).score(case).score


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_order_of_rows_does_not_matter(name, shape, town, case_of):
    mixed = replace(town, table=town.table.take(np.random.default_rng(0).permutation(len(town))))
    score = score_of(name, case_of(shape))
    assert np.isfinite(score).all()
    assert score_of(name, case_of(shape, mixed)) == pytest.approx(score, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_moving_everything_moves_every_score(name, shape, town, incidents_at, case_of):
    far = incidents_at(
        town.numbers("x") + 5000,
        town.numbers("y") - 3000,
        start=town.table.column("start").to_pandas(),
    )
    moved = score_of(name, case_of(shape, far, 5000, -3000))
    assert moved == pytest.approx(score_of(name, case_of(shape)), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_labels_of_places_do_not_matter(name, shape, case_of):
    case = case_of(shape)
    ids = np.asarray([f"x{k}" for k in range(len(case.places))][::-1], dtype=object)
    relabelled = replace(case, places=replace(case.places, own_ids=ids))
    assert (score_of(name, relabelled) == score_of(name, case)).all()


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_an_incident_of_weight_two_counts_as_two(name, shape, case_of):
    if name == "shrunk-count":
        pytest.skip("harm is first brought to the scale of counts, so a weight is no repetition")
    case = case_of(shape)
    twice = np.arange(len(case)) < 50
    doubled = case.repeated(np.where(twice, 2, 1))
    weighted = case.reweighted(np.where(twice, 2.0, 1.0))
    assert score_of(name, weighted) == pytest.approx(score_of(name, doubled), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_one_incident_none_and_a_huge_heap_stay_finite(name, shape, incidents_at, case_of):
    one = case_of(shape, incidents_at([803.0], [1000.0]))
    assert np.isfinite(score_of(name, one)).all()
    none = one.where(np.zeros(1, dtype=bool))
    assert (load_scorer(name, shape).score(none).score == 0).all()
    heap = case_of(shape, incidents_at([803.0] * 300 + [1203.0] * 3, [1000.0] * 303))
    assert np.isfinite(score_of(name, heap.reweighted(np.full(303, 1e9)))).all()


@pytest.mark.parametrize(("name", "shape"), PAIRS)
def test_the_heap_is_in_the_first_places(name, shape, case_of):
    if (name, shape) == ("local-moran", "area"):
        pytest.skip("a hot place among cold ones is an outlier, not a cluster")
    case = case_of(shape)
    heap = case.places.locate(np.array([803.0]), np.array([1000.0]))[0]
    assert (score_of(name, case) > score_of(name, case)[heap]).sum() < len(case.places) / 4
