"""What must be decided once for every row: coordinate system, area, harm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.areas import read_polygons
from footbeat.errors import CrsError, DataError, UsageError
from footbeat.incidents.harm import HarmTable, load_short_table
from footbeat.incidents.harm_files import import_harm, mix_categories
from footbeat.incidents.opened import OpenFile, read_start
from footbeat.incidents.places import choose_crs, load_input, plan_projection
from footbeat.incidents.rows import Reading, to_numbers
from footbeat.incidents.sources import Source, match_headers, normalise_header
from footbeat.incidents.stacks import NO_LABELS, load_labels
from footbeat.polygons import OUTSIDE, index_polygons, locate_points
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

# Beyond these no number is a longitude or a latitude.
_MOST_LON, _MOST_LAT = 180, 90
_MOST = 0.5


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
    each_force
        Whether each row takes the mix of the force it names.
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
    each_force: bool = False


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
    _check_mix(options, source)
    x, y = _first_points(session, opened, source, scratch)
    source = _settle_input(source, opened, options.crs or "", x, y)
    target = options.crs or source.output_crs or choose_crs(x, y, source.input_crs)
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
    return mix_categories(
        table, options.harm_mix, force=options.force, each_force=options.each_force
    )


def _check_mix(options: ReadOptions, source: Source) -> None:
    if options.each_force and (options.force or not options.harm_mix):
        raise UsageError(
            "`--each-force` must stand beside --harm-mix, and without --force.",
            found=f"--force is “{options.force}”." if options.force else "--harm-mix is not given.",
            do="Choose one force's mix, or give the mix of every force.",
        )
    if options.each_force and "force" not in {*source.columns, *source.constants}:
        raise UsageError(
            "`--each-force` must know the force of each row.",
            found=f"The source “{source.name}” maps no column to `force`.",
            do="Add `force` to its columns, or to its constants.",
        )


def _check_kinds(kinds: tuple[str, ...]) -> None:
    unknown = [kind for kind in kinds if kind not in INCIDENTS["kind"].values]
    if unknown:
        raise UsageError(
            "`--kinds` must be kinds of record.",
            found=f"“{unknown[0]}” is none.",
            do=f"Choose from {', '.join(INCIDENTS['kind'].values)}.",
        )


def _first_points(
    session: duckdb.DuckDBPyConnection, opened: Sequence[OpenFile], source: Source, scratch: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coordinates in the first rows of the first file that has any."""
    for file in opened:
        places = match_headers(source, file.headers, file.file.name)
        batch = read_start(session, file, [places["x"], places["y"]], scratch)
        if batch is not None:
            x, y = (batch.column(f"c{places[axis]}") for axis in ("x", "y"))
            return to_numbers(x, source.decimal), to_numbers(y, source.decimal)
    raise DataError(
        "The input must have rows.", found="It has headers only.", do="Export it again."
    )


def _settle_input(
    source: Source,
    opened: Sequence[OpenFile],
    asked: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> Source:
    """Return the source with the system of its numbers, where they are metres and not degrees."""
    if not load_input(source.input_crs).is_geographic:
        return source
    headers = {
        normalise_header(file.headers[match_headers(source, file.headers, file.file.name)["x"]])
        for file in opened
    }
    named = {source.metres.get(header) for header in headers}
    if not (any(named) or _are_metres(x, y)):
        return source
    if len(named) > 1:
        raise CrsError(
            "All files read at once must be in one coordinate system.",
            found=f"Their columns for x are called {', '.join(sorted(headers))}.",
            do="Read them one by one, then put the tables together with `footbeat incidents join`.",
        )
    own = named.pop()
    if own is None or not (asked or own):
        raise CrsError(
            f"The coordinates must be in {source.input_crs}, as the source {source.name} says.",
            found=f"The first rows of “{', '.join(headers)}” look like metres, not like degrees.",
            do="Map the export with `footbeat incidents map FILE --out MAP.toml` and state "
            '`input = "EPSG:…"` under `[crs]`; or give --crs EPSG:… where columns are called x, y.',
        )
    return replace(source, input_crs=asked or own)


def _are_metres(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Tell whether most points cannot be degrees."""
    usable = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    beyond = (np.abs(x[usable]) > _MOST_LON) | (np.abs(y[usable]) > _MOST_LAT)
    return bool(usable.any() and beyond.mean() > _MOST)


def _area_test(
    area: Path, crs: str
) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]:
    index = index_polygons(list(read_polygons(area, crs).geometry))

    def is_inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(locate_points(index, x, y) != OUTSIDE)

    return is_inside
