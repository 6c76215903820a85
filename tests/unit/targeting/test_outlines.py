"""Clusters of points as hot spots with outlines of their own."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from sklearn.cluster import HDBSCAN

from footbeat.errors import DataError
from footbeat.stats.dbscan import hdbscan
from footbeat.targeting.clusters import DbscanOptions
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.select import SelectOptions


def found_in(incidents, clusters=None, **kwargs):
    options = FindOptions(CaseOptions("hex", 250), "dbscan", clusters, SelectOptions(5), 20)
    return find_hotspots(incidents, options, rng=np.random.default_rng(0), **kwargs)


@pytest.mark.parametrize("kind", ["dbscan", "hdbscan"])
def test_hot_spots_are_the_outlines_of_the_clusters(scattered_town, kind):
    town = scattered_town(n_background=200)
    found = found_in(town, DbscanOptions(kind, min_share=0.05))
    first, second = found.hotspots.frame.geometry.iloc[:2]
    assert first.intersects(shapely.Point(1000, 1000))
    assert second.intersects(shapely.Point(3000, 2000))
    assert first.area < 400**2
    assert found.hotspots.frame["n"].iloc[0] >= 60
    assert not first.intersects(second)


def test_shares_are_of_all_incidents_and_of_all_ground(scattered_town):
    town = scattered_town(n_background=200)
    found = found_in(town, DbscanOptions(min_share=0.05))
    shares = found.concentration
    assert found.n_incidents == 300
    assert shares.incident_share == pytest.approx(found.hotspots.frame["n"].sum() / 300)
    assert shares.total_ha > 1000
    assert shares.area_share < 0.01


def test_order_of_rows_changes_no_outline(scattered_town):
    town = scattered_town(n_background=200)
    mixed = replace(town, table=town.table.take(np.random.default_rng(3).permutation(300)))
    for kind in ("dbscan", "hdbscan"):
        options = DbscanOptions(kind, min_share=0.05)
        one, other = (found_in(each, options).hotspots for each in (town, mixed))
        assert one.ids == other.ids
        assert one.frame.geometry.area.to_numpy() == pytest.approx(other.frame.geometry.area)


def test_no_cluster_is_an_error_that_says_what_to_change(incidents_at):
    with pytest.raises(DataError, match="must be a cluster"):
        found_in(incidents_at([0, 900, 1800], [0, 900, 0]))


def test_hdbscan_labels_as_scikit_learn_and_few_points_make_no_cluster():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(at, 30, (60, 2)) for at in (0, 600, 1500)])
    points = np.concatenate([points, rng.uniform(-500, 2500, (40, 2))])
    theirs = HDBSCAN(min_cluster_size=15, min_samples=5, copy=True).fit_predict(points)
    mine = hdbscan(points, least_points=15)
    assert len(set(mine.tolist()) - {-1}) == len(set(theirs.tolist()) - {-1})
    pairs = set(zip(mine.tolist(), theirs.tolist(), strict=True))
    assert len(pairs) <= 1 + len(set(theirs.tolist()))
    assert (hdbscan(points[:3], least_points=5) == -1).all()
