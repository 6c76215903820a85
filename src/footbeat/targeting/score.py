"""One method's score of every place, of cells of one's own, or at given points."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from footbeat import plots
from footbeat.areas import provenance_note
from footbeat.errors import ColumnError, CrsError, StoreError, UsageError
from footbeat.outputs import check_suffix, writing
from footbeat.stats.density import WHOLE_REACH, sum_kernels, to_density
from footbeat.targeting.case import Case
from footbeat.targeting.layout import Layout, lay_out
from footbeat.targeting.methods import MODEL_CAUTION, check_precision, load_scorer
from footbeat.targeting.places import Places, neighbours_within
from footbeat.targeting.surfaces import KdeOptions, settle_kde

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.targeting.features import Features
    from footbeat.targeting.layout import CaseOptions
    from footbeat.targeting.methods import Scorer

    FloatArray = NDArray[np.float64]

SUFFIXES = (".gpkg", ".parquet", ".csv")
COLUMNS = ("cell", "x", "y", "n", "score", "p", "p_fdr")

_TOUCHING = 1.5
_MOST_LONGITUDE, _MOST_LATITUDE = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Every place with its score.

    Attributes
    ----------
    frame
        Columns `cell`, `x`, `y` (the centre), `n`, `score`, `p`, `p_fdr`; the last two are
        missing where the method has none. `score` is the method's own statistic; local Moran's
        I has a column `quadrant` too, because it is as high among cold places.
    places
        The places, for their outlines; None where scores are at points.
    method, params
        What scored them.
    crs
        Coordinate system of x and y; empty where the input said none.
    notes
        What must be known to read the scores, in sentences.
    figures
        What the method says of all places together, by name: Moran's I of the whole.
    """

    frame: pd.DataFrame
    places: Places | None
    method: str
    params: dict[str, Any]
    crs: str
    notes: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every place at its centre, the higher its score the darker."""
        ax = plots.begin(ax, f"{len(self.frame):,} places by {self.method}", size=(7.5, 6.5))
        drawn = self.frame.sort_values("score", kind="stable")
        ax.scatter(drawn["x"], drawn["y"], c=drawn["score"].rank(), cmap="Blues", s=8)
        ax.set_aspect("equal")
        ax.set_axis_off()
        return ax


def score_places(
    incidents: Incidents,
    options: CaseOptions,
    method: str,
    method_options: object | None = None,
    *,
    extent: tuple[float, float, float, float] | None = None,
    places: Places | None = None,
    features: Features | None = None,
) -> ScoreTable:
    """Score the cells of the incidents' hull, or of a rectangle.

    Parameters
    ----------
    incidents, options
        What counts, and the cells.
    method, method_options
        The method, and its options where not its defaults.
    extent
        Rectangle (x min, y min, x max, y max) whose cells, by their centres, are scored. What
        lies outside still counts for methods that spread incidents.
    places
        Areas or street segments to score, instead of cells.
    features
        Features of the ground, for the methods that look at it.
    """
    if extent is not None:
        _check_extent(incidents, extent)
    layout = lay_out(incidents, options, extent=extent, places=places, features=features)
    scorer = load_scorer(method, layout.options.shape, method_options)
    check_precision(scorer.method, incidents)
    scorer = scorer.settled(layout.case)
    table = _as_table(layout.case, scorer, _named(layout, scorer), incidents.provenance.crs)
    return replace(table, notes=(*layout.notes, *table.notes))


def score_counts(
    counts: pd.DataFrame,
    method: str,
    method_options: object | None = None,
    *,
    size_m: float | None,
    radius_m: float | None = None,
) -> ScoreTable:
    """Score cells of one's own, given as centres and counts.

    Parameters
    ----------
    counts
        Columns `x`, `y` (centres, in metres) and `n`; only listed cells exist.
    size_m
        Distance between the centres of cells side by side; needed where `radius_m` is not given.
    radius_m
        Cells whose centres are this near touch; None for the eight around a square.

    Raises
    ------
    ColumnError
        When a column is not there or not of numbers.
    UsageError
        When the method needs the incidents themselves.
    """
    x, y, n = (_numbers(counts, name) for name in ("x", "y", "n"))
    _check_metres(x, y, size_m or radius_m or 0.0)
    places = _own_places(x, y, size_m, radius_m)
    if method not in {"count", "shrunk-count", "gi-star", "local-moran"}:
        raise UsageError(
            f"`{method}` must have the incidents themselves.",
            found="Only counts of cells were given.",
            do="Choose count, shrunk-count, gi-star or local-moran, or give the incidents.",
        )
    index = np.flatnonzero(n > 0)
    case = Case(places, x[index], y[index], np.zeros(index.size), n[index], index, 0.0, 1.0)
    scorer = load_scorer(method, "square", method_options)
    params = {"size_m": size_m, "radius_m": radius_m, **scorer.named()}
    table = _as_table(case, scorer, params, "")
    return replace(table, frame=table.frame.assign(n=n), places=None)


def score_points(
    incidents: Incidents, options: CaseOptions, at: pd.DataFrame, kde: KdeOptions
) -> ScoreTable:
    """Evaluate the kernel density at given points, exactly.

    Parameters
    ----------
    incidents, options
        What counts.
    at
        Columns `x` and `y`, in the incidents' coordinate system.
    kde
        Bandwidth, kernel and measure.
    """
    layout = lay_out(incidents, options)
    targets = np.column_stack([_numbers(at, "x"), _numbers(at, "y")])
    _check_beside(layout.case, targets)
    settled = kde if kde.bandwidth_m else settle_kde(layout.case, kde)
    bandwidth = float(settled.bandwidth_m or 0.0)
    points = np.column_stack([layout.case.x, layout.case.y])
    sums = sum_kernels(
        points, layout.case.weight, targets, bandwidth,
        kernel=settled.kernel, gaussian_reach=WHOLE_REACH,
    )  # fmt: skip
    score = sums if settled.measure == "sum" else to_density(sums, bandwidth, settled.kernel)
    names = [f"point:{number}" for number in range(1, len(targets) + 1)]
    frame = _frame(names, targets[:, 0], targets[:, 1], np.full(len(targets), np.nan), score)
    params = {**_named(layout, load_scorer("kde", "hex", settled))}
    return ScoreTable(frame, None, "kde", params, incidents.provenance.crs)


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a CSV of numbers.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When a column is not there.
    """
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV file.",
            found="It cannot be read as one.",
            do=f"Save it with the columns {', '.join(columns)}.",
        ) from error
    absent = [name for name in columns if name not in frame]
    if absent:
        raise ColumnError(
            f"`{path.name}` must have the columns {', '.join(columns)}.",
            found=f"It has {', '.join(map(str, frame.columns))}.",
            do=f"Add {', '.join(absent)}.",
        )
    return frame


def save_scores(
    table: ScoreTable, path: Path, *, incidents: Incidents | None = None, overwrite: bool = False
) -> None:
    """Write scores as GeoPackage, Parquet or CSV, by the ending of the path.

    Raises
    ------
    UsageError
        When the ending is another, or cells of one's own have no outline for a GeoPackage.
    StoreError
        When the file exists and `overwrite` is false, or cannot be written.
    """
    suffix = check_suffix(path, SUFFIXES)
    if suffix == ".gpkg" and not table.crs:
        raise UsageError(
            "A GeoPackage must have a coordinate system.",
            found="Cells of one's own say none.",
            do="Write a CSV or Parquet file.",
        )
    with writing(path, overwrite=overwrite) as draft:
        if suffix == ".csv":
            table.frame.to_csv(draft, index=False, lineterminator="\n")
        elif suffix == ".parquet":
            table.frame.to_parquet(draft, index=False)
        else:
            _write_map(table, draft, incidents)


def _write_map(table: ScoreTable, path: Path, incidents: Incidents | None) -> None:
    outlines = (
        gpd.points_from_xy(table.frame["x"], table.frame["y"])
        if table.places is None
        else table.places.shapes_of(np.arange(len(table.places)))
    )
    frame = gpd.GeoDataFrame(table.frame, geometry=outlines, crs=table.crs)
    note = provenance_note(incidents.provenance) if incidents else None
    pyogrio.write_dataframe(frame, path, layer="cells", driver="GPKG", dataset_metadata=note)


def _as_table(case: Case, scorer: Scorer, params: dict[str, Any], crs: str) -> ScoreTable:
    scores, places = scorer.score(case), case.places
    score = scores.score if scores.statistic is None else scores.statistic
    frame = _frame(places.ids, places.x, places.y, case.counts, score)
    if scores.quadrant is not None:
        frame["quadrant"] = scores.quadrant
    for name, values in (("p", scores.p), ("p_fdr", scores.p_fdr)):
        if values is not None:
            frame[name] = values
    notes = (MODEL_CAUTION, *scores.said) if scorer.method.is_model else scores.said
    return ScoreTable(frame, places, scorer.method.name, params, crs, notes, scores.figures)


def _frame(
    ids: Sequence[str] | NDArray[np.object_],
    x: FloatArray,
    y: FloatArray,
    n: FloatArray,
    score: FloatArray,
) -> pd.DataFrame:
    values = {"cell": list(ids), "x": x, "y": y, "n": n, "score": score}
    return pd.DataFrame({**values, "p": np.nan, "p_fdr": np.nan})[list(COLUMNS)]


def _own_places(
    x: FloatArray, y: FloatArray, size_m: float | None, radius_m: float | None
) -> Places:
    if not (size_m or radius_m):
        raise UsageError(
            "Cells of one's own must say how far apart they are.",
            found="Neither --size-m nor --radius-m was given.",
            do="Pass --size-m.",
        )
    ids = np.asarray([f"cell:{number}" for number in range(1, x.size + 1)], dtype=object)
    alone = Places(
        shape="square",
        own_ids=ids,
        x=x,
        y=y,
        area_ha=np.full(x.size, (size_m or 0.0) ** 2 / 10_000),
        exposure=np.ones(x.size),
        links=np.empty((0, 2), dtype=np.int64),
    )
    near = neighbours_within(alone, radius_m or _TOUCHING * (size_m or 0.0)).tocoo()
    links = np.column_stack([near.row, near.col])[near.row < near.col]
    return replace(alone, links=links.astype(np.int64))


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64)
    if not np.isfinite(values).all():
        raise ColumnError(
            f"`{name}` must hold numbers.",
            found=f"{int((~np.isfinite(values)).sum()):,} of {values.size:,} rows do not.",
            do="Leave those rows out.",
        )
    return values


def _check_metres(x: FloatArray, y: FloatArray, size_m: float) -> None:
    spread = max(float(np.ptp(x)), float(np.ptp(y))) if x.size else 0.0
    if x.size > 1 and spread < size_m and _look_like_degrees(x, y):
        raise _in_degrees("Cells of one's own", f"all of them lie within {spread:g} of each other")


def _check_beside(case: Case, targets: FloatArray) -> None:
    known = np.column_stack([case.x, case.y])
    if _look_like_degrees(*targets.T) and not _look_like_degrees(*known.T):
        raise _in_degrees("Points to evaluate", "the incidents are in metres, far from them")


def _check_extent(incidents: Incidents, extent: tuple[float, float, float, float]) -> None:
    x_min, y_min, x_max, y_max = extent
    if x_min >= x_max or y_min >= y_max:
        raise UsageError(
            "`--extent` must run from its least to its greatest coordinates.",
            found=f"It is {x_min:g},{y_min:g},{x_max:g},{y_max:g}.",
            do="Give xmin,ymin,xmax,ymax in metres.",
        )
    corners = np.array([[x_min, x_max], [y_min, y_max]])
    points = incidents.numbers("x"), incidents.numbers("y")
    if _look_like_degrees(*corners) and not _look_like_degrees(*points):
        raise _in_degrees("`--extent`", "the incidents are in metres, far from it")


def _look_like_degrees(x: FloatArray, y: FloatArray) -> bool:
    most = [float(np.nanmax(np.abs(values), initial=0.0)) for values in (x, y)]
    return most[0] <= _MOST_LONGITUDE and most[1] <= _MOST_LATITUDE


def _in_degrees(what: str, why: str) -> CrsError:
    return CrsError(
        f"{what} must be in metres.",
        found=f"The numbers look like degrees, and {why}.",
        do="Project them, for example to EPSG:27700.",
    )


def _named(layout: Layout, scorer: Scorer) -> dict[str, Any]:
    case = layout.options
    return {
        "shape": case.shape,
        "size_m": case.size_m,
        "weight": case.weight,
        "group": case.group,
        "since": case.since,
        "until": case.until,
        **scorer.named(),
    }
