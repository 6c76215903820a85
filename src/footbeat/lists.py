"""A list of hot spots that a force already has: what its columns are called, and sheets of it.

Nobody heads a column `hotspot_id`. A list drawn in Google Earth has `Name`; one from a records
system `Hotspot name`, `Zone` or `Ref`; one kept in a workbook has no outlines at all but a
centre and a radius. What is sound is read; else the message says what to write.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj.exceptions import CRSError

from footbeat.errors import ColumnError, CrsError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

RADIUS = "radius_m"

_SHEETS = (".csv", ".xlsx")

# Headers are compared in lower case and without what is no letter or figure.
NAME_HEADERS = (
    *("name", "hotspotname", "hotspot", "zonename", "zone", "placename", "place", "areaname"),
    *("beatname", "title"),
)
_IDS = (
    *("hotspotid", "hotspotref", "hotspotcode", "id", "ref", "reference", "code", "zoneid"),
    *("placeid", "areaid"),
)
_DEGREES = (("longitude", "latitude"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"))
_METRES = (("x", "y"), ("easting", "northing"), ("eastings", "northings"))
_RADII = ("radiusm", "radius", "radiusmetres", "radiusmeters")

_MOST_DEGREES = 180.0
_BRITISH_GRID = "EPSG:27700"
_GRID_M = (700_000.0, 1_300_000.0)


def is_sheet(path: Path) -> bool:
    """Tell whether a list is a sheet of rows rather than a map."""
    return path.suffix.lower() in _SHEETS


def name_rows(frame: gpd.GeoDataFrame, title: str) -> gpd.GeoDataFrame:
    """Return hot spots with `hotspot_id` and `name`, whatever the columns that say so are called.

    The identifier is the column `hotspot_id`; where there is none, the first that names the
    hot spots or numbers them and is whole and without repeats.

    Raises
    ------
    ColumnError
        When nothing names the hot spots, or identifiers repeat or are missing.
    """
    found = by_header(frame.columns)
    names = [_texts(frame[found[header]]) for header in NAME_HEADERS if header in found]
    numbers = [_texts(frame[found[header]]) for header in _IDS if header in found]
    candidates = [*names, *numbers]
    if "hotspot_id" in frame:
        candidates = [_texts(frame["hotspot_id"])]
    if not candidates:
        raise ColumnError(
            f"`{title}` must name its hot spots.",
            found=f"It has the columns {', '.join(map(str, frame.columns))}.",
            do="Add a column `hotspot_id` or `name`.",
        )
    ids = next((each for each in candidates if not _n_faults(each)), candidates[0])
    if _n_faults(ids):
        raise ColumnError(
            f"Every hot spot in `{title}` must have an identifier of its own.",
            found=f"{int(ids.isna().sum())} have none and {int(ids.duplicated().sum())} repeat.",
            do="Give each hot spot its own `hotspot_id`.",
        )
    return frame.assign(hotspot_id=ids, name=names[0].fillna(ids) if names else ids)


def by_header(columns: pd.Index) -> dict[str, str]:
    """Return each column by its header in lower case, without what is no letter or figure.

    Examples
    --------
    >>> by_header(pd.Index(["Hot-spot Name", "Ref."]))
    {'ref': 'Ref.', 'hotspotname': 'Hot-spot Name'}
    """
    return {re.sub(r"[\W_]+", "", str(name).casefold()): name for name in reversed(columns)}


def read_circles(path: Path) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Read a sheet of centres with a radius each, and what had to be taken for granted.

    The sheet has `longitude, latitude`, or `x, y` or `easting, northing` in metres, and
    `radius_m`. Metres are of the system a column `crs` names; without one, metres that all lie
    on the British National Grid are taken as such, with a caution.

    Returns
    -------
    tuple
        Points in their own coordinate system with every column and `radius_m`; cautions.

    Raises
    ------
    StoreError
        When the file cannot be read as a sheet, or holds no row.
    ColumnError
        When it does not say where each hot spot is and how far it reaches.
    CrsError
        When it does not say in which coordinate system.
    """
    rows = _read_rows(path)
    found = by_header(rows.columns)
    pair = next((pair for pair in (*_DEGREES, *_METRES) if set(pair) <= set(found)), None)
    radius = next((found[header] for header in _RADII if header in found), None)
    if pair is None or radius is None:
        raise ColumnError(
            f"`{path.name}` must say where each hot spot is and how far it reaches.",
            found=f"It has the columns {', '.join(map(str, rows.columns))}.",
            do="Add longitude and latitude, or x and y in metres, and radius_m; or draw outlines.",
        )
    x, y, metres = (_numbers(rows[name], path) for name in (found[pair[0]], found[pair[1]], radius))
    if (metres <= 0).any():
        raise ColumnError(
            f"`{radius}` in `{path.name}` must be more than 0 metres.",
            found=f"{int((metres <= 0).sum())} are not.",
            do="Say how far each hot spot reaches from its centre.",
        )
    crs, cautions = _crs_of(rows, found, pair, (x, y), path)
    places = gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(x, y), crs=crs)
    return places.assign(**{RADIUS: metres}), cautions


def _crs_of(
    rows: pd.DataFrame,
    found: dict[str, str],
    pair: tuple[str, str],
    at: tuple[np.ndarray, np.ndarray],
    path: Path,
) -> tuple[str, tuple[str, ...]]:
    said = list(rows[found["crs"]].dropna().unique()) if "crs" in found else []
    if pair in _DEGREES and not said:
        return "EPSG:4326", ()
    if len(said) == 1:
        return _known_crs(str(said[0]), path), ()
    x, y = at
    looks_like_degrees = max(np.abs(x).max(), np.abs(y).max()) <= _MOST_DEGREES
    on_grid = x.min() >= 0 and y.min() >= 0 and x.max() < _GRID_M[0] and y.max() < _GRID_M[1]
    if said or looks_like_degrees or not on_grid:
        raise CrsError(
            f"`{path.name}` must say its coordinate system.",
            found="It looks like degrees." if looks_like_degrees else f"It names {len(said)}.",
            do="Add a column crs such as EPSG:27700, or give longitude and latitude.",
        )
    caution = (
        f"The list does not say its coordinate system; its metres were taken as British National "
        f"Grid ({_BRITISH_GRID}). A column crs says otherwise."
    )
    return _BRITISH_GRID, (caution,)


def _known_crs(text: str, path: Path) -> str:
    try:
        gpd.GeoSeries([], crs=text)
    except CRSError as error:
        raise CrsError(
            "The coordinate system must be one PROJ knows.",
            found=f"The column crs of `{path.name}` names another.",
            do="Give a code such as EPSG:27700.",
        ) from error
    return text


def _read_rows(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() == ".xlsx":
            rows = pd.read_excel(path, dtype="string")
        else:
            with path.open(encoding="utf-8-sig") as file:
                first = file.readline()
            delimiter = max(",;\t", key=first.count)
            rows = pd.read_csv(path, dtype="string", sep=delimiter, encoding="utf-8-sig")
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise _not_rows(path, "It cannot be read as one.") from error
    rows = rows.dropna(how="all").reset_index(drop=True)
    if rows.empty:
        raise _not_rows(path, "It holds no row.")
    return rows


def _not_rows(path: Path, found: str) -> StoreError:
    return StoreError(
        f"`{path.name}` must be a sheet of hot spots.",
        found=found if path.exists() else "It is not there.",
        do="Save it as CSV in UTF-8 or as XLSX, a row for each hot spot below the headers.",
    )


def _numbers(column: pd.Series[str], path: Path) -> np.ndarray:
    values = pd.to_numeric(column.str.strip(), errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    n_odd = int((~np.isfinite(values)).sum())
    if n_odd:
        raise ColumnError(
            f"`{column.name}` in `{path.name}` must hold numbers.",
            found=f"{n_odd:,} of {len(values):,} are none.",
            do="Complete or leave out those rows.",
        )
    return values


def _texts(column: pd.Series) -> pd.Series:
    texts = column.astype("string").str.strip()
    return texts.mask(texts == "")


def _n_faults(ids: pd.Series) -> int:
    return int(ids.isna().sum() + ids.duplicated().sum())
