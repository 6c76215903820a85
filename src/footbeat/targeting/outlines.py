"""Clusters of points as places of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from footbeat.errors import DataError
from footbeat.stats.dbscan import NOISE
from footbeat.targeting.clusters import label_clusters
from footbeat.targeting.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.targeting.case import Case
    from footbeat.targeting.clusters import DbscanOptions

_ROOM_M = 25.0
_CONCAVITY = 0.3
# Disks of half the radius around points a whole radius apart must not merely touch.
_OVERLAP = 1.02


def cluster_places(case: Case, options: DbscanOptions) -> Places:
    """Return the clusters of points as places, each with room around its points.

    By ``dbscan`` that is half the radius around every point, so that a cluster is one piece; by
    ``hdbscan`` the concave hull and 25 m. Ground two clusters claim goes to the first.

    Raises
    ------
    DataError
        When the points make no cluster.
    """
    label = label_clusters(case, options)
    points = np.column_stack([case.x, case.y])
    outlines = [
        _outline(points[label == number], options)
        for number in range(int(label.max(initial=NOISE)) + 1)
    ]
    if not outlines:
        raise DataError(
            "There must be a cluster of points to make a hot spot of.",
            found=f"None of {len(case):,} incidents lies in one.",
            do="Pass a larger --radius-m, a longer period, or another --method.",
        )
    return _as_places(_apart(outlines), float(case.places.area_ha.sum()))


def _outline(points: NDArray[np.float64], options: DbscanOptions) -> shapely.Geometry:
    alone = np.asarray(shapely.points(np.unique(points, axis=0)), dtype=object)
    if options.kind == "dbscan":
        room = _OVERLAP * options.radius_m / 2
        return shapely.union_all(shapely.buffer(alone, room, quad_segs=4))
    hull = shapely.concave_hull(shapely.MultiPoint(alone.tolist()), ratio=_CONCAVITY)
    return shapely.buffer(hull, _ROOM_M, quad_segs=4)


def _apart(outlines: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Return the outlines from west to east, each without the ground of those before it."""
    ordered = sorted(
        outlines, key=lambda each: (shapely.bounds(each).tolist(), shapely.to_wkt(each))
    )
    tree = shapely.STRtree(ordered)
    kept: list[shapely.Geometry] = []
    for number, outline in enumerate(ordered):
        before = [k for k in tree.query(outline, predicate="intersects").tolist() if k < number]
        mine = outline
        if before:
            mine = shapely.difference(outline, shapely.union_all([ordered[k] for k in before]))
        kept.append(mine)
    return [outline for outline in kept if not shapely.is_empty(outline)]


def _as_places(outlines: list[shapely.Geometry], whole_ha: float) -> Places:
    shapes = np.asarray(outlines, dtype=object)
    centres = shapely.point_on_surface(shapes)
    x, y = shapely.get_x(centres), shapely.get_y(centres)
    area_ha = np.asarray(shapely.area(shapes) / 10_000, dtype=np.float64)
    ids = [f"cluster:{east:.0f}:{north:.0f}" for east, north in zip(x, y, strict=True)]
    return Places(
        shape="area",
        own_ids=np.asarray(ids, dtype=object),
        x=x,
        y=y,
        area_ha=area_ha,
        exposure=area_ha,
        links=np.empty((0, 2), dtype=np.int64),
        outlines=shapes,
        whole_ha=whole_ha,
    )
