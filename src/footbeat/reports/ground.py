"""What lies under the hot spots of a map: streets, boundary, names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from footbeat.reports.cartography import View, draw_areas, draw_dots, draw_lines
from footbeat.reports.svg import PAPER, SECONDARY
from footbeat.streets import read_streets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from markupsafe import Markup
    from numpy.typing import NDArray

_NEAR_M = 120.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the hot spots, all of it in the hot spots' coordinate system.

    Attributes
    ----------
    streets
        Street lines in grey, those whose `kind` is major wider; named by `name`.
    boundary
        The area the list was made for.
    anchors
        Points that trace the streets where no lines are at hand, shape (n, 2).
    names
        Place names with their points, the most useful first; by default those of the streets.
    attribution
        Whom the licence of the ground asks to name.
    """

    streets: gpd.GeoDataFrame | None = None
    boundary: shapely.Geometry | None = None
    anchors: NDArray[np.float64] | None = None
    names: Sequence[tuple[str, float, float]] = ()
    attribution: tuple[str, ...] = ()


def lay_streets(
    path: Path, spots: gpd.GeoDataFrame, boundary: shapely.Geometry | None = None
) -> Ground:
    """Return the ground of a map of `spots` from a file of streets.

    Raises
    ------
    StoreError
        When the file cannot be read or holds no lines.
    """
    shown = View.around(spots.total_bounds).box.bounds
    streets = read_streets(path, spots.crs.to_string(), shown)
    return Ground(streets.lines, boundary, attribution=streets.attribution)


def draw_ground(ground: Ground, view: View) -> list[Markup]:
    """Return the layers under the hot spots, lowest first."""
    parts = []
    if ground.boundary is not None:
        shape = shapely.simplify(ground.boundary, 0.3 / view.scale)
        parts.append(
            draw_areas([shape], view, name="boundary", fill=PAPER, stroke=SECONDARY, width=1)
        )
    if ground.anchors is not None:
        parts.append(draw_dots(ground.anchors, view))
    if ground.streets is not None:
        parts.extend(_draw_streets(ground.streets, view))
    return parts


def _draw_streets(streets: gpd.GeoDataFrame, view: View) -> list[Markup]:
    is_major = (streets["kind"] == "major") if "kind" in streets else streets.geometry.isna()
    widths = ((streets.geometry[~is_major], 1.0), (streets.geometry[is_major], 2.5))
    return [draw_lines(list(lines), view, width=width) for lines, width in widths if len(lines)]


def name_streets(ground: Ground, near: gpd.GeoSeries) -> list[tuple[str, float, float]]:
    """Return street names with a point each, those by a hot spot first, long lines before short.

    A street has a name by every hot spot it passes, and one on its longest line.
    """
    streets = ground.streets
    if streets is None or "name" not in streets:
        return []
    named = streets.loc[streets["name"].fillna("") != "", ["name", "geometry"]]
    named = named.assign(length_m=named.length).sort_values("length_m", ascending=False)
    around = gpd.GeoDataFrame({"spot": range(len(near))}, geometry=near.buffer(_NEAR_M).to_numpy())
    around = around.set_crs(near.crs)
    beside = named.to_crs(near.crs).sjoin(around).drop_duplicates(["name", "spot"])
    chosen = pd.concat([beside, named.drop_duplicates("name")])
    middles = chosen.geometry.interpolate(0.5, normalized=True)
    return [
        (str(name), point.x, point.y) for name, point in zip(chosen["name"], middles, strict=True)
    ]
