"""The row kernel of pings: texts become times and metres, or a reason why they cannot."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyproj import Transformer

from footbeat.incidents.times import MINUTE, parse_times, utc_bounds
from footbeat.periods import to_utc
from footbeat.tables import PINGS, UTC_TIME
from footbeat.tracking.units import name_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]
    CodeArray = NDArray[np.int8]

CLEANED = pa.schema(
    [
        *(field.with_nullable(nullable=True) for field in PINGS.schema),
        pa.field("rejected", pa.dictionary(pa.int8(), pa.string())),
    ]
)
CLEANED = CLEANED.set(0, pa.field("unit_id", pa.dictionary(pa.int32(), pa.string())))
"""The `pings` contract, and why a row cannot be used (missing where it can).

Units and reasons are few among many rows: they are kept as dictionaries.
"""

# The first entry stands for a row that can be used.
_REASONS = (
    "",
    "no unit",
    "no readable time",
    "time in the future",
    "time zone unlike the file’s",
    "no position",
    "position (0, 0)",
    "not on Earth",
    "accuracy too poor",
)
_EPOCH_DIGITS = {10: 1_000_000, 13: 1_000, 16: 1}
_WORLD = (180.0, 90.0)
# No place is as much as a day behind UTC: lower numbers mean that no offset was stated.
_FURTHEST_BEHIND_MIN = -1_440


@dataclass(frozen=True, slots=True)
class PingCleaner:
    """Turn the raw rows of one file into the `pings` contract.

    Attributes
    ----------
    key
        Key of the pseudonyms.
    crs_from, crs_to
        Coordinate system of the file, and of the hot spots.
    timezone
        Time zone of times that state none.
    latest_us
        Microseconds of UTC after which a time lies in the future.
    is_zoned
        Whether the file's times state their offset; a row that differs is rejected.
    is_day_first
        Whether 3/4/2026 is the third of April.
    speed_to_ms
        What a stated speed is multiplied by.
    worst_accuracy_m
        Fixes less accurate than this are rejected.
    """

    key: bytes
    crs_from: str
    crs_to: str
    timezone: str
    latest_us: int
    is_zoned: bool
    is_day_first: bool = True
    speed_to_ms: float = 1.0
    worst_accuracy_m: float = 200.0

    def __call__(self, raw: pa.Table) -> pa.Table:
        """Return the rows in the shape of `CLEANED`, none dropped, in the same order."""
        unit = name_units(self.key, raw.column("unit_id"))
        micros, codes = self._times(raw)
        x, y = self._places(raw, codes)
        accuracy = self._accuracy(raw, codes)
        _reject(codes, np.asarray(unit.indices.is_null()), "no unit")
        which = pa.array(codes, mask=codes == 0)
        reasons = pa.DictionaryArray.from_arrays(which, pa.array(_REASONS))
        columns = [
            unit,
            pa.array(micros).cast(UTC_TIME),
            pa.array(x),
            pa.array(y),
            accuracy,
            self._speed(raw),
            reasons,
        ]
        return pa.Table.from_arrays(columns, schema=CLEANED)

    def _times(self, raw: pa.Table) -> tuple[IntArray, CodeArray]:
        column = raw.column("time").combine_chunks()
        micros, read, zoned = read_times(column, self.timezone, is_day_first=self.is_day_first)
        codes = np.zeros(len(micros), dtype=np.int8)
        _reject(codes, ~read, "no readable time")
        _reject(codes, micros > self.latest_us, "time in the future")
        _reject(codes, zoned != self.is_zoned, "time zone unlike the file’s")
        return np.where(read, micros, 0), codes

    def _places(self, raw: pa.Table, codes: CodeArray) -> tuple[FloatArray, FloatArray]:
        x, y = read_numbers(raw, "x"), read_numbers(raw, "y")
        _reject(codes, ~(np.isfinite(x) & np.isfinite(y)), "no position")
        _reject(codes, (x == 0) & (y == 0), "position (0, 0)")
        if self.crs_from == "EPSG:4326":
            _reject(codes, (np.abs(x) > _WORLD[0]) | (np.abs(y) > _WORLD[1]), "not on Earth")
        if self.crs_from != self.crs_to:
            good, x, y = codes == 0, x.copy(), y.copy()
            x[good], y[good] = _transformer(self.crs_from, self.crs_to).transform(x[good], y[good])
            _reject(codes, ~(np.isfinite(x) & np.isfinite(y)), "not on Earth")
        return x, y

    def _accuracy(self, raw: pa.Table, codes: CodeArray) -> pa.Array:
        if "accuracy_m" not in raw.column_names:
            return pa.nulls(raw.num_rows, pa.float64())
        accuracy = read_numbers(raw, "accuracy_m")
        _reject(codes, accuracy > self.worst_accuracy_m, "accuracy too poor")
        return pa.array(accuracy, mask=~(accuracy > 0))

    def _speed(self, raw: pa.Table) -> pa.Array:
        if "speed_ms" not in raw.column_names:
            return pa.nulls(raw.num_rows, pa.float64())
        return pa.array(read_numbers(raw, "speed_ms") * self.speed_to_ms)


def _reject(codes: CodeArray, mask: BoolArray, reason: str) -> None:
    """Give rows that have no reason yet this one."""
    if mask.any():
        codes[mask & (codes == 0)] = _REASONS.index(reason)


def read_times(
    column: pa.Array, timezone: str, *, is_day_first: bool
) -> tuple[IntArray, BoolArray, BoolArray]:
    """Return microseconds of UTC, which rows could be read, and which state their offset.

    Timestamps, ISO texts, day-first texts and seconds or milliseconds since 1970 are read.
    """
    if pa.types.is_timestamp(column.type):
        return _stamps(column, timezone)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        column = column.cast(pa.int64(), safe=False).cast(pa.string())
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    epoch = _epochs(texts)
    if epoch is not None:
        return epoch
    for kind in (UTC_TIME, pa.timestamp("us")):
        with suppress(pa.ArrowInvalid):
            return _stamps(texts.cast(kind), timezone)
    return _parsed(texts, timezone, is_day_first=is_day_first)


def _stamps(column: pa.Array, timezone: str) -> tuple[IntArray, BoolArray, BoolArray]:
    read = np.asarray(column.is_valid())
    if column.type.tz is not None:
        micros = column.cast(UTC_TIME).cast(pa.int64()).fill_null(0).to_numpy()
        return micros, read, np.ones(len(read), dtype=bool)
    naive = column.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0).to_numpy()
    return _localised(naive, timezone), read, np.zeros(len(read), dtype=bool)


def _localised(naive_us: IntArray, timezone: str) -> IntArray:
    """Return UTC of local clock times; the shift is looked up once for each half hour."""
    half = 1_800_000_000
    halves, index = np.unique(naive_us // half, return_inverse=True)
    clock = pd.DatetimeIndex((halves * half).view("M8[us]"))
    shift = to_utc(clock, timezone).tz_localize(None).as_unit("us").asi8 - clock.asi8
    return np.asarray(naive_us + shift[index])


def _epochs(texts: pa.Array) -> tuple[IntArray, BoolArray, BoolArray] | None:
    """Return seconds, milliseconds or microseconds since 1970, when the first row is such."""
    first = next((text.as_py() for text in texts if text.is_valid), "")
    whole = first.partition(".")[0]
    factor = _EPOCH_DIGITS.get(len(whole)) if whole.isdigit() else None
    if factor is None:
        return None
    form = rf"^\d{{{len(whole)}}}(\.\d+)?$"
    read = np.asarray(pc.match_substring_regex(texts, form).fill_null(fill_value=False))
    numbers = pc.if_else(pa.array(read), texts, "0").cast(pa.float64()).to_numpy()
    micros = np.round(numbers * factor).astype(np.int64)
    return micros, read, np.ones(len(read), dtype=bool)


def _parsed(
    texts: pa.Array, timezone: str, *, is_day_first: bool
) -> tuple[IntArray, BoolArray, BoolArray]:
    times = parse_times(texts, "day-first" if is_day_first else "month-first")
    start, _ = utc_bounds(times, timezone)
    return start, times.precision == MINUTE, times.offset_min > _FURTHEST_BEHIND_MIN


@lru_cache(maxsize=8)
def _transformer(crs_from: str, crs_to: str) -> Transformer:
    return Transformer.from_crs(crs_from, crs_to, always_xy=True)


def read_numbers(raw: pa.Table, name: str) -> FloatArray:
    """Return a column of numbers or texts; NaN for what is missing or no number."""
    if name not in raw.column_names:
        return np.full(raw.num_rows, np.nan)
    column = raw.column(name).combine_chunks()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        usable = pc.match_substring_regex(trimmed, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        column = pc.if_else(usable, trimmed, None)
    return np.asarray(column.cast(pa.float64()).fill_null(np.nan).to_numpy())
