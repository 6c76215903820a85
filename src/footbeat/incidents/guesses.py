"""What an export's columns may mean, judged by their headers and checked by their values."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.incidents.births import sample_evenly
from footbeat.incidents.home_office import is_home_office
from footbeat.incidents.rows import to_numbers
from footbeat.incidents.sources import NEEDED, normalise_header
from footbeat.incidents.times import EITHER_ORDER, OTHER_ORDER, UNREAD, DateOrder, parse_times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Columns = Mapping[str, pa.Array]

_ENOUGH = 0.9
_MOST_OFFENCES = 500


@dataclass(frozen=True, slots=True)
class Guess:
    """One of our columns, the header proposed for it, and why it is unsure, if it is."""

    ours: str
    theirs: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """The coordinate system the values point to, and what is unsure."""

    crs: str
    doubts: tuple[tuple[str, str], ...] = ()


_WORDS = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
_HEADERS: Mapping[str, list[str]] = _WORDS["headers"]
_OFFENCES: Mapping[str, str] = _WORDS["offences"]


def guess_columns(columns: Columns) -> list[Guess]:
    """Return the best header for each of our columns; each header is used once."""
    free = {normalise_header(header): header for header in columns}
    found: list[Guess] = []
    for ours, patterns in _HEADERS.items():
        fitting = [
            (rank, name)
            for rank, pattern in enumerate(patterns)
            for name in free
            if re.search(pattern, name) and _CHECKS.get(ours, _is_any)(columns[free[name]])
        ]
        if fitting:
            best = min(fitting, key=lambda pair: pair[0])
            others = [free[name] for rank, name in fitting if rank == best[0] and name != best[1]]
            found.append(Guess(ours, free.pop(best[1]), _doubt(best[0], patterns, others)))
        elif ours == "start":
            found.extend(_guess_by_values(free, columns))
    return found


def names_incidents(headers: Sequence[str]) -> bool:
    """Tell whether some headers name a time and both axes of a place."""
    names = [normalise_header(header) for header in headers]
    return all(
        any(re.search(pattern, name) for pattern in _HEADERS[ours] for name in names)
        for ours in NEEDED
    )


def _guess_by_values(free: dict[str, str], columns: Columns) -> list[Guess]:
    """Return the first column that holds dates, where no header names one."""
    dated = next((name for name in free if _is_dated(columns[free[name]])), None)
    return [Guess("start", free.pop(dated), "only its values say so")] if dated else []


def guess_kind(
    columns: Columns, chosen: Mapping[str, str]
) -> tuple[str, dict[str, str], tuple[tuple[str, str], ...]]:
    """Return what the rows are records of, the words that mean anti-social behaviour, and doubts.

    A log of calls read as crime would count every crime twice beside the records.
    """
    names = {normalise_header(header) for header in columns}
    names -= {normalise_header(chosen.get("linked_id", ""))}
    log = sorted(name for name in names if any(re.search(sign, name) for sign in _LOG_SIGNS))
    is_crime = any(re.search(_CRIME_SIGN, name) for name in names)
    kind = "incident-log" if len(log) > is_crime else "crime"
    doubts: tuple[tuple[str, str], ...] = ()
    if log:
        doubts = (("kind", f"read as {kind}: logs of calls have {', '.join(log)}"),)
    elif not is_crime:
        doubts = (("kind", "no header says whether these are crimes or logs: read as crime"),)
    values = columns[chosen["offence"]].drop_null() if "offence" in chosen else pa.array([])
    asb = {text: "asb" for text in pc.unique(values).to_pylist() if re.search(_ASB, text.lower())}
    return kind, asb if len(asb) <= _MOST_OFFENCES else {}, doubts


def guess_decimal(columns: Columns, chosen: Mapping[str, str]) -> str:
    """Return the sign between whole and parts in the coordinates, by which reading fails less."""
    texts = [columns[chosen[axis]].drop_null() for axis in ("x", "y") if axis in chosen]
    return next((sign for sign in _DECIMALS if all(_reads(text, sign) for text in texts)), ".")


def guess_place(columns: Columns, chosen: Mapping[str, str], decimal: str = ".") -> PlaceGuess:
    """Return the coordinate system that the values of x and y fit."""
    if "x" not in chosen or "y" not in chosen:
        return PlaceGuess("EPSG:4326", (("x, y", "no pair of columns holds coordinates"),))
    x, y = (to_numbers(columns[chosen[axis]], decimal) for axis in ("x", "y"))
    if _within(x, -180, 180) and _within(y, -90, 90):
        return PlaceGuess("EPSG:4326")
    if _within(x, 0, 700_000) and _within(y, 0, 1_300_000):
        return PlaceGuess("EPSG:27700", (("crs", "the values fit the British National Grid"),))
    doubt = "the values are metres of a system they do not name: state its EPSG code"
    return PlaceGuess("EPSG:27700", (("crs", doubt),))


def guess_dates(
    columns: Columns, chosen: Mapping[str, str]
) -> tuple[DateOrder, tuple[tuple[str, str], ...]]:
    """Return which number of ``3/4/2024`` is the day, by which reading fails less."""
    if "start" not in chosen:
        return "day-first", (("start", "no column holds dates"),)
    values = columns[chosen["start"]]
    share = {order: _share_dated(values, order) for order in _ORDERS}
    if share["day-first"] == share["month-first"]:
        either = parse_times(values.drop_null()).marks & EITHER_ORDER > 0
        doubt = "the dates read alike day first and month first"
        return "day-first", (("dates", doubt),) if either.any() else ()
    order = max(_ORDERS, key=lambda order: share[order])
    turned = parse_times(values.drop_null(), order).marks & OTHER_ORDER > 0
    doubt = f"{turned.sum():,} dates can only be read in the other order: the file mixes both"
    return order, (("dates", doubt),) if turned.any() else ()


def guess_timezone(
    columns: Columns, chosen: Mapping[str, str], crs: str, decimal: str = "."
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the zone in which the places lie, roughly: sure only for Great Britain."""
    if "x" not in chosen or "y" not in chosen:
        return "Europe/London", (("timezone", "no coordinates to judge it by"),)
    x, y = (to_numbers(columns[chosen[axis]], decimal) for axis in ("x", "y"))
    usable = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    if crs != "EPSG:4326" or not usable.any():
        return "Europe/London", ()
    lon, lat = float(np.median(x[usable])), float(np.median(y[usable]))
    zone = next((z for z, (w, s, e, n) in _ZONES if w <= lon < e and s <= lat < n), "")
    doubt = (("timezone", "judged by the longitude only: check it"),)
    return zone or f"Etc/GMT{round(-lon / 15):+d}", () if zone == "Europe/London" else doubt


def guess_offences(
    columns: Columns, chosen: Mapping[str, str]
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Return their offences as our keys where words settle it, and a doubt where none does."""
    header = chosen.get("offence")
    if header is None:
        return {}, (("offence", "no column names it: state it under [constants], or map one"),)
    distinct = pc.unique(columns[header].drop_null()).to_pylist()
    if is_home_office(distinct):
        return {}, ()
    if len(distinct) > _MOST_OFFENCES:
        return {}, (
            ("offence", f"{len(distinct):,} different values: more than a list of offences"),
        )
    codes = {text: key for text in sorted(distinct) if (key := name_offence(text))}
    doubts = [
        ("offence", f"{len(codes):,} of {len(distinct):,} values were given a key by their words")
    ]
    return codes, tuple(doubts)


def is_date(values: pa.Array) -> bool:
    """Tell whether a column holds dates, and not plain numbers that could stand for them."""
    sample = sample_evenly(values.drop_null())
    return _is_dated(sample) and not _is_number(sample)


def name_offence(text: str) -> str:
    """Return our offence key for an offence's title, or nothing where its words settle none.

    Examples
    --------
    >>> name_offence("Wounding with intent to do GBH (s18)")
    'wounding'
    """
    words = text.casefold()
    return next((key for key, pattern in _OFFENCES.items() if re.search(pattern, words)), "")


_DECIMALS = (".", ",")
_LOG_SIGNS = (
    r"^(cad|log|command|call|stormlog|storm)_?(ref|reference|no|num|number|id|urn)?$",
    r"^(call|caller)(_|$)|call_(received|time|taken|source)",
    r"^(initial|open(ing)?|close|closed|closing|final)_?(type|class|code|category|grade)",
    r"^(disposition|dispatched|despatched|attended|arriv(al|ed)|response_grade|priority_grade)",
    r"(^|_)(incident_log|cad|storm_log|nicl)(_|$)",
)
_CRIME_SIGN = r"crime|offen[cs]e|^(ho|home_office)_?code"
_ASB = r"\basb\b|anti.?social|rowdy|nuisance"
_ORDERS: tuple[DateOrder, ...] = ("day-first", "month-first")
_ZONES = (
    ("Europe/London", (-9.0, 49.7, 2.0, 61.0)),
    ("America/New_York", (-85.0, 24.0, -66.0, 49.0)),
    ("America/Chicago", (-101.5, 24.0, -85.0, 49.0)),
    ("America/Denver", (-114.5, 24.0, -101.5, 49.0)),
    ("America/Los_Angeles", (-125.0, 24.0, -114.5, 49.0)),
)


def _doubt(rank: int, patterns: Sequence[str], others: list[str]) -> str:
    if others:
        return f"{', '.join(others)} would fit as well"
    return "the header only hints at it" if rank and rank == len(patterns) - 1 else ""


def _is_any(values: pa.Array) -> bool:
    return bool(values.null_count < len(values))


def _is_dated(values: pa.Array) -> bool:
    return max(_share_dated(values, order) for order in _ORDERS) >= _ENOUGH


def _is_partly_dated(values: pa.Array) -> bool:
    return _is_any(values) and _is_dated(values.drop_null())


def _is_clock(values: pa.Array) -> bool:
    present = values.drop_null()
    fits = pc.match_substring_regex(present, r"(?i)^[0-9]{1,2}[:.]?[0-9]{2}(:[0-9]{2})?( ?[ap]m)?$")
    return len(present) > 0 and float(pc.mean(fits.cast(pa.int8())).as_py()) >= _ENOUGH


def _is_number(values: pa.Array) -> bool:
    return any(_reads(values.drop_null(), sign) for sign in _DECIMALS)


def _reads(present: pa.Array, decimal: str) -> bool:
    numbers = to_numbers(present, decimal)
    return len(numbers) > 0 and float(np.isfinite(numbers).mean()) >= _ENOUGH


def _is_distinct(values: pa.Array) -> bool:
    present = values.drop_null()
    return len(present) > 0 and pc.count_distinct(present).as_py() >= _ENOUGH * len(present)


def _is_area_code(values: pa.Array) -> bool:
    codes = pc.match_substring_regex(values.drop_null(), r"^[EWS]01[0-9]{6}$")
    return len(codes) > 0 and float(pc.mean(codes.cast(pa.int8())).as_py()) >= _ENOUGH


_CHECKS: dict[str, Callable[[pa.Array], bool]] = {
    "x": _is_number,
    "y": _is_number,
    "start": _is_dated,
    "end": _is_partly_dated,
    "start_time": _is_clock,
    "end_time": _is_clock,
    "recorded_at": _is_partly_dated,
    "incident_id": _is_distinct,
    "lsoa": _is_area_code,
}


def _share_dated(values: pa.Array, order: DateOrder) -> float:
    present = values.drop_null()
    if not len(present):
        return 0.0
    return float((parse_times(present, order).precision > UNREAD).mean())


def _within(values: NDArray[np.float64], low: float, high: float) -> bool:
    present = values[np.isfinite(values)]
    return bool(present.size and ((present >= low) & (present <= high)).mean() >= _ENOUGH)
