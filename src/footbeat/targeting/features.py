"""Features of the ground, such as pubs and cash machines: read, and measured from each place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from scipy.spatial import cKDTree

from footbeat.errors import ColumnError, CrsError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

KINDS = ("kind", "category", "type", "amenity", "fclass")

_DEGREES = (("longitude", "latitude"), ("lon", "lat"), ("lng", "lat"))
_MOST_DEGREES = 180.0
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Features:
    """Things on the ground, each of a kind.

    Attributes
    ----------
    x, y
        Where, in metres, shape (n,).
    kind
        What, in the file's words, shape (n,).
    opened, closed
        First and last day each was there, in days since 1970; infinite where not said.
    """

    x: FloatArray
    y: FloatArray
    kind: NDArray[np.object_]
    opened: FloatArray
    closed: FloatArray

    def __len__(self) -> int:
        return self.x.size

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds there are, in alphabetical order."""
        return tuple(sorted(set(self.kind.tolist())))

    @property
    def is_dated(self) -> bool:
        """Whether any says when it opened or closed."""
        return bool(np.isfinite(self.opened).any() or np.isfinite(self.closed).any())

    def known_at(self, day: float) -> Features:
        """Return those that stood on the day before `day`: what one could know then."""
        stood = (self.opened < day) & (self.closed >= day - 1)
        return Features(*(getattr(self, name)[stood] for name in self.__slots__))

    def moved(self, dx_m: float, dy_m: float) -> Features:
        """Return the same things elsewhere."""
        return replace(self, x=self.x + dx_m, y=self.y + dy_m)

    def count_within(self, kind: str, x: FloatArray, y: FloatArray, reach_m: float) -> FloatArray:
        """Return how many of a kind lie within `reach_m` of each point, shape (points,)."""
        tree = self._tree(kind)
        points = np.column_stack([x, y])
        return np.asarray(tree.query_ball_point(points, reach_m, return_length=True), np.float64)

    def nearest_m(self, kind: str, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the distance from each point to the nearest of a kind, shape (points,)."""
        return np.asarray(self._tree(kind).query(np.column_stack([x, y]))[0], dtype=np.float64)

    def _tree(self, kind: str) -> cKDTree:
        is_kind = self.kind == kind
        return cKDTree(np.column_stack([self.x[is_kind], self.y[is_kind]]))


def read_features(path: Path, crs: str) -> Features:
    """Read features from a GeoPackage, GeoJSON, Shapefile, KML or CSV into `crs`.

    A column `kind` (or `category`, `type`, `amenity`, `fclass`) says what each is; `opened`
    and `closed` may say when it was there. A CSV has `x` and `y` in metres of `crs`, or
    `longitude` and `latitude`. Lines and polygons stand for a point on them.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When nothing says the kind, or a place or a date is missing or cannot be read.
    CrsError
        When a map says no coordinate system, or x and y look like degrees.
    """
    frame = _read_csv(path, crs) if path.suffix.lower() == ".csv" else _read_map(path, crs)
    kind = next((name for name in KINDS if name in frame), None)
    if kind is None:
        raise ColumnError(
            f"`{path.name}` must say of what kind each feature is.",
            found=f"Its columns are {', '.join(map(str, frame.columns))}.",
            do="Add a column `kind`, such as pub or cash machine.",
        )
    shapes = frame.geometry.to_numpy()
    is_point = shapely.get_type_id(shapes) == 0
    points = shapes.copy()
    points[~is_point] = shapely.point_on_surface(shapes[~is_point])
    x, y = shapely.get_x(points), shapely.get_y(points)
    is_whole = np.isfinite(x) & np.isfinite(y) & frame[kind].notna().to_numpy()
    if not is_whole.all() or not len(frame):
        raise ColumnError(
            f"`{path.name}` must hold features with a place and a kind each.",
            found=f"{int((~is_whole).sum()):,} of {len(frame):,} rows lack one.",
            do="Complete or leave out those rows.",
        )
    names = frame[kind].astype(str).str.strip().to_numpy(dtype=object)
    opened, closed = _days(frame, "opened", -np.inf, path), _days(frame, "closed", np.inf, path)
    # Columns are sums over features: their order in the file must not show.
    order = np.lexsort((y, x, names.astype(str)))
    return Features(x[order], y[order], names[order], opened[order], closed[order])


def _read_map(path: Path, crs: str) -> gpd.GeoDataFrame:
    try:
        frame = pyogrio.read_dataframe(path)
    except (DataSourceError, DataLayerError) as error:
        raise _unreadable(path) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(path)
    if frame.crs is None:
        raise CrsError(
            f"`{path.name}` must say its coordinate system.",
            found="It says none.",
            do="Save it again with one, for example from QGIS.",
        )
    return frame[frame.geometry.notna()].to_crs(crs)


def _read_csv(path: Path, crs: str) -> gpd.GeoDataFrame:
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    pair = next((pair for pair in (("x", "y"), *_DEGREES) if set(pair) <= set(frame)), None)
    if pair is None:
        raise ColumnError(
            f"`{path.name}` must say where each feature is.",
            found=f"Its columns are {', '.join(map(str, frame.columns))}.",
            do="Add x and y in metres, or longitude and latitude.",
        )
    x, y = (pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64) for name in pair)
    if pair != ("x", "y"):
        return gpd.GeoDataFrame(frame, geometry=shapely.points(x, y), crs="EPSG:4326").to_crs(crs)
    if np.nanmax(np.abs([x, y]), initial=0.0) <= _MOST_DEGREES:
        raise CrsError(
            f"`x` and `y` in `{path.name}` must be metres.",
            found=f"They look like degrees: none is beyond {_MOST_DEGREES:g}.",
            do="Name them longitude and latitude.",
        )
    return gpd.GeoDataFrame(frame, geometry=shapely.points(x, y), crs=crs)


def _days(frame: gpd.GeoDataFrame, name: str, unknown: float, path: Path) -> FloatArray:
    if name not in frame:
        return np.full(len(frame), unknown)
    dates = pd.to_datetime(frame[name], errors="coerce", format="ISO8601", utc=True)
    n_odd = int((dates.isna() & frame[name].notna() & (frame[name].astype(str) != "")).sum())
    if n_odd:
        raise ColumnError(
            f"`{name}` in `{path.name}` must hold dates.",
            found=f"{n_odd:,} of {len(frame):,} cannot be read as one.",
            do="Write them as 2024-11-30, or leave them empty where not known.",
        )
    days = (dates.dt.tz_localize(None) - pd.Timestamp(0)) / _DAY
    return np.asarray(days.fillna(unknown), dtype=np.float64)


def _unreadable(path: Path) -> StoreError:
    return StoreError(
        f"`{path.name}` must be a file of features.",
        found="It cannot be read as one.",
        do="Save it as GeoPackage, GeoJSON or CSV.",
    )
