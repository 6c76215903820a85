"""What must be decided once for every row: coordinate system, area, harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.areas import read_polygons
from footbeat.errors import DataError, UsageError
from footbeat.incidents.harm import HarmTable, load_short_table
from footbeat.incidents.harm_files import import_harm, mix_categories
from footbeat.incidents.opened import OpenFile, read_start
from footbeat.incidents.places import choose_crs, plan_projection
from footbeat.incidents.rows import Reading, to_numbers
from footbeat.incidents.sources import Source, match_headers
from footbeat.incidents.stacks import NO_LABELS, load_labels
from footbeat.polygons import OUTSIDE, index_polygons, locate_points
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes
    ----------
    source
        Name of a built-in source, or the path of a mapping.
    crs
        Coordinate system of the result; by default the source's, else chosen by the data.
    area
        Polygons outside which incidents are rejected.
    kinds
        Kinds of record to keep; empty for all.
    keep_address
        Whether the location keeps house numbers and postcodes.
    labels
        Labelled stacked points, as `footbeat incidents quality` writes them.
    harm_table
        A table of harm to use instead of the built-in short one.
    harm_mix, force
        Offences recorded in each category of data.police.uk, by force: categories then take the
        mean harm of that force's mix of offences, or of all forces' where `force` is empty.
    """

    source: str | Path = "police-uk"
    crs: str | None = None
    area: Path | None = None
    kinds: tuple[str, ...] = ()
    keep_address: bool = False
    labels: Path | None = None
    harm_table: Path | None = None
    harm_mix: Path | None = None
    force: str = ""


def plan_reading(
    session: duckdb.DuckDBPyConnection,
    opened: Sequence[OpenFile],
    source: Source,
    options: ReadOptions,
    scratch: Path,
) -> Reading:
    """Decide everything that must be the same for every row.

    Raises
    ------
    UsageError
        When a kind of record is asked for that there is none of.
    DataError
        When no file has a row.
    CrsError
        When a coordinate system is not known, or cannot be chosen by the data.
    """
    _check_kinds(options.kinds)
    target = options.crs or source.output_crs or _choose_crs(session, opened, source, scratch)
    return Reading(
        source=source,
        columns={},
        projection=plan_projection(source.input_crs, target),
        harm=_choose_harm(options),
        is_inside=_area_test(options.area, target) if options.area else None,
        kinds=options.kinds,
        keep_address=options.keep_address,
        labels=load_labels(options.labels) if options.labels else NO_LABELS,
    )


def _choose_harm(options: ReadOptions) -> HarmTable:
    if options.harm_table is None:
        if options.harm_mix or options.force:
            raise UsageError(
                "A mix of offences must have a table of harm to weigh it by.",
                found="`--harm-table` is not given.",
                do="Give the Cambridge workbook or the ONS weights with --harm-table.",
            )
        return load_short_table()
    table = import_harm(options.harm_table)
    if options.harm_mix is None:
        return table
    return mix_categories(table, options.harm_mix, force=options.force)


def _check_kinds(kinds: tuple[str, ...]) -> None:
    unknown = [kind for kind in kinds if kind not in INCIDENTS["kind"].values]
    if unknown:
        raise UsageError(
            "`--kinds` must be kinds of record.",
            found=f"“{unknown[0]}” is none.",
            do=f"Choose from {', '.join(INCIDENTS['kind'].values)}.",
        )


def _choose_crs(
    session: duckdb.DuckDBPyConnection, opened: Sequence[OpenFile], source: Source, scratch: Path
) -> str:
    """Choose by the first rows of the first file that has any."""
    for file in opened:
        places = match_headers(source, file.headers, file.file.name)
        batch = read_start(session, file, source, scratch)
        if batch is not None:
            x, y = (
                to_numbers(batch.column(f"c{places[axis]}"), source.decimal) for axis in ("x", "y")
            )
            return choose_crs(x, y, source.input_crs)
    raise DataError(
        "The input must have rows.", found="It has headers only.", do="Export it again."
    )


def _area_test(
    area: Path, crs: str
) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]:
    index = index_polygons(list(read_polygons(area, crs).geometry))

    def is_inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(locate_points(index, x, y) != OUTSIDE)

    return is_inside
