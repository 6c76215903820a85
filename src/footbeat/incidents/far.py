"""Points far from all others: mistyped places, but never a second town or force.

Rows that lie together in many places are ground wherever they lie; the few that lie alone, tens
of kilometres from all others, are errors, and any grid around them would be gigantic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from footbeat.incidents.places import FAR_AWAY, SWAPPED

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

_SQUARE_M = 10_000.0
_FEWEST_PLACES = 20
_FEWEST_ROWS = 20
_WORTH_A_WORD = 0.01
# In squares: those that share a corner lie less far apart, those with one between farther.
_TOUCHING = 1.5


def mark_far(session: duckdb.DuckDBPyConnection, *, is_metric: bool) -> int:
    """Leave the rows of the view `latest` that lie far from all others as the table `far`.

    They lie beyond `far_limits`, in a group of touching squares of 10 km that holds fewer than
    20 different places and does not reach back to the limits.

    Returns
    -------
    int
        How many rows beyond the limits stay: another town or force.

    Parameters
    ----------
    is_metric
        Whether the export's coordinates are metres: a far point that would lie among the others
        the other way round has its axes exchanged. Of degrees, metres exchanged say nothing.
    """
    n_rows, *quartiles = _rows(session, _QUARTILES)[0]
    if n_rows < _FEWEST_ROWS:
        session.execute(f"CREATE TEMP TABLE far AS {_NOBODY}")
        return 0
    west, south, east, north = far_limits(*quartiles)
    within = f"x BETWEEN {west!r} AND {east!r} AND y BETWEEN {south!r} AND {north!r}"
    turned = f"y BETWEEN {west!r} AND {east!r} AND x BETWEEN {south!r} AND {north!r}"
    session.execute(
        f"CREATE TEMP VIEW placed AS SELECT *, {_SQUARE}, {within} AS is_within, "  # noqa: S608 - numbers of our own
        f"{turned if is_metric else 'false'} AS is_turned "
        'FROM latest ANTI JOIN copies USING ("_file", "_row")'
    )
    session.register("lone", _find_lone_squares(session))
    session.execute(_FAR)
    session.unregister("lone")
    return int(_rows(session, _ELSEWHERE)[0][0])


def far_limits(
    west: float, south: float, east: float, north: float
) -> tuple[float, float, float, float]:
    """Return the box, in metres, within which no point is far from all others.

    Given the quartiles of x and y, it adds on every side ten times the longer side between
    them and at least 50 km: the next county is far for a town, and nothing is for a country.
    """
    margin = max(50_000.0, 10 * max(east - west, north - south))
    return west - margin, south - margin, east + margin, north + margin


def say_elsewhere(n_elsewhere: int) -> str:
    """Return the warning that another town or force was kept, or nothing."""
    if not n_elsewhere:
        return ""
    return (
        f"{n_elsewhere:,} rows lie far from most others, but together, as another town's do, and "
        "were kept: places are ranked all in one list unless each town is read apart."
    )


def say_alone(n_far: int, n_read: int) -> str:
    """Return the warning that more rows lie far from all others than slips explain, or nothing."""
    if n_far <= _WORTH_A_WORD * n_read:
        return ""
    return (
        f"{n_far:,} of {n_read:,} rows were left out because they lie in few places, far from all "
        "others: look at them in the rejects. If the places are right, read those rows apart."
    )


def _find_lone_squares(session: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return `column` and `row` of the squares beyond the limits that are no ground."""
    found = np.array(_rows(session, _SQUARES), np.float64).reshape(-1, 3)
    squares, n_places = found[:, :2], found[:, 2]
    group = _number_groups(squares)
    is_lone = np.bincount(group, n_places)[group] < _FEWEST_PLACES
    return pa.table(dict(zip(("column", "row"), squares[is_lone].T, strict=True)))


def _number_groups(squares: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the number of each square's group, of those that touch, corners included."""
    pairs = cKDTree(squares).query_pairs(_TOUCHING, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(squares), len(squares)))
    return np.asarray(connected_components(links, directed=False)[1])


def _rows(session: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Return all rows of a query; `fetchall`, since a result half read blocks the session."""
    return session.execute(query).fetchall()


_SQUARE = f'floor(x / {_SQUARE_M!r}) AS "column", floor(y / {_SQUARE_M!r}) AS "row"'
_QUARTILES = """
    SELECT count(*), quantile_disc(x, 0.25), quantile_disc(y, 0.25),
        quantile_disc(x, 0.75), quantile_disc(y, 0.75)
    FROM (
        SELECT x, y FROM latest WHERE content % (SELECT 1 + count(*) // 100000 FROM latest) = 0
    )
"""
# A square within the limits holds enough for every group that reaches it.
_SQUARES = f"""
    SELECT "column", "row", {_FEWEST_PLACES} FROM placed WHERE is_within GROUP BY ALL
    UNION ALL
    SELECT "column", "row", count(*) FROM (
        SELECT DISTINCT "column", "row", x, y FROM placed WHERE NOT is_within AND NOT is_turned
    ) GROUP BY ALL
"""  # noqa: S608 - a number of our own
_ELSEWHERE = """
    SELECT count(*) FROM placed ANTI JOIN far USING ("_file", "_row") WHERE NOT is_within
"""
_NOBODY = 'SELECT "_file", "_row", \'\' AS reason FROM latest WHERE false'
_FAR = f"""
    CREATE TEMP TABLE far AS
    SELECT "_file", "_row", '{SWAPPED}' AS reason FROM placed WHERE NOT is_within AND is_turned
    UNION ALL
    SELECT "_file", "_row", '{FAR_AWAY}' FROM placed SEMI JOIN lone USING ("column", "row")
    WHERE NOT is_within AND NOT is_turned
"""  # noqa: S608 - our own words
