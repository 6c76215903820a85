"""The row kernel: a batch of an export's text in, the same rows as incidents out.

Pure and the same for every engine: nothing here looks at any other batch. Every row comes
back, with the reason it cannot be kept where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.incidents.addresses import name_streets
from footbeat.incidents.dates import ONLY_OTHER_ORDER, see_dates
from footbeat.incidents.exclude import OFFICER_GENERATED, exclusion_reasons
from footbeat.incidents.gaps import count_months
from footbeat.incidents.grades import name_grade
from footbeat.incidents.harm import HarmTable, keys_by_force, weigh_offences, weigh_rows
from footbeat.incidents.home_office import count_uncoded
from footbeat.incidents.places import (
    OUTSIDE_AREA,
    REASONS,
    SWAPPED,
    Placed,
    Projection,
    place_points,
)
from footbeat.incidents.sources import FLAGS, Source
from footbeat.incidents.spans import Spans, over_the_change, read_spans
from footbeat.incidents.stacks import NO_LABELS, Labels
from footbeat.incidents.status import count_unknown, read_status
from footbeat.incidents.tally import Seen
from footbeat.incidents.times import MINUTE, OTHER_ORDER, PRECISIONS, UNREAD, Times
from footbeat.tables import INCIDENTS, UTC_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

NO_TIME = "no date"
UNREADABLE_TIME = "date cannot be read"
DEFAULT_TIME = "date is a system's default"
ENDS_EARLY = "ends before it starts"
OTHER_KIND = "kind not asked for"
# A month of which only such rows were left out was observed.
_NOT_ASKED_FOR = (OUTSIDE_AREA, OTHER_KIND)

_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$"
_DAY_US = 86_400_000_000
# 1 January 1900 and 1970, and the day Excel counts from, whatever the clock beside them says.
_DEFAULT_DAYS = np.array([-25_567, 0, -25_569])
_YES = pa.array(["true", "yes", "y", "1", "t", "x"])
_NO = pa.array(["false", "no", "n", "0", "f"])


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the kernel needs to know besides the rows.

    Attributes
    ----------
    columns
        Our column to the batch's.
    is_inside
        Tells which points in metres lie in the area asked for; None for everywhere.
    kinds
        Kinds of record to keep; empty for all.
    labels
        What stacked points were labelled: it overrules the export's premises.
    midnight_is_day
        Whether a time of exactly midnight only stands for the day.
    """

    source: Source
    columns: Mapping[str, str]
    projection: Projection
    harm: HarmTable
    is_inside: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]] | None = None
    kinds: tuple[str, ...] = ()
    midnight_is_day: bool = False
    keep_address: bool = False
    labels: Labels = NO_LABELS


def read_rows(batch: pa.RecordBatch, reading: Reading) -> tuple[pa.RecordBatch, Seen]:
    """Return every row as an incident, and what the batch showed that is counted over all.

    To the contract's columns come `content` and, where a row cannot be kept, `reason`. An
    incident without an identifier has a missing one here: it is named once all are known.
    """
    first = _spans(batch, reading, "start")
    start, end, precision, late = _times(batch, reading, first)
    placed = _place(batch, reading)
    texts = _texts(batch, reading)
    labels = reading.labels.name_points(placed.x, placed.y)
    texts["premises"] = pc.coalesce(labels, texts["premises"])
    columns = {
        **texts,
        "source": _repeat(reading.source.name, batch.num_rows),
        "start": pa.array(start.view("M8[us]")).cast(UTC_TIME),
        "end": pa.array(end.view("M8[us]")).cast(UTC_TIME),
        "recorded_at": _recorded(batch, reading),
        "precision": pa.array(PRECISIONS).take(pa.array(precision)),
        "x": pa.array(placed.x),
        "y": pa.array(placed.y),
        "location_grade": _grades(batch, reading, placed),
        "harm_days": _weigh(batch, reading, texts),
        "excluded": pa.nulls(batch.num_rows, pa.string()),
    }
    rows = pa.RecordBatch.from_pydict({name: columns[name] for name in INCIDENTS.names})
    rows = rows.set_column(len(columns) - 1, "excluded", exclusion_reasons(rows))
    reason = _reasons(batch, reading, first.times, placed, late)
    is_dated = ~np.asarray(pc.is_in(reason, pa.array([DEFAULT_TIME, ENDS_EARLY])))
    reason = _narrow(reason, rows, reading)
    seen = _see(batch, reading, first, is_dated, reason)
    seen = replace(seen, n_may_turn=int(placed.may_turn.sum()))
    rows = rows.append_column("content", batch.column("content"))
    return rows.append_column("reason", reason), seen


def _see(
    batch: pa.RecordBatch,
    reading: Reading,
    first: Spans,
    is_dated: NDArray[np.bool_],
    reason: pa.Array,
) -> Seen:
    lost_by = pc.if_else(pc.is_in(reason, pa.array(_NOT_ASKED_FOR)), None, reason)
    codes = reading.source.codes.get("status", {})
    return Seen(
        count_months(_column(batch, reading, "force"), first.times, is_dated, lost_by),
        count_unknown(_column(batch, reading, "status"), codes),
        count_uncoded(_column(batch, reading, "offence"), reading.source),
        n_unknown_levels=_levels(batch, reading).null_count
        if "location_grade" in reading.columns
        else 0,
        dates=see_dates(first),
    )


def is_all_midnight(batch: pa.RecordBatch, reading: Reading) -> bool:
    """Tell whether every time of a batch stands at midnight, as a day written as a time does."""
    return see_dates(_spans(batch, reading, "start")).are_days


def to_numbers(texts: pa.Array, decimal: str = ".") -> NDArray[np.float64]:
    """Return text as numbers, thousands marked or not, NaN where it is none."""
    if decimal == ",":
        texts = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        grouped = pc.match_substring_regex(texts, _GROUPED)
        texts = pc.if_else(grouped, pc.replace_substring(texts, ",", ""), texts)
        good = pc.match_substring_regex(
            texts, r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
        )
        numbers = pc.cast(pc.if_else(good, texts, None), pa.float64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64)


def _column(batch: pa.RecordBatch, reading: Reading, name: str) -> pa.Array:
    if name in reading.columns:
        return batch.column(reading.columns[name])
    return _repeat(reading.source.constants.get(name), batch.num_rows)


def _repeat(value: str | None, n: int) -> pa.Array:
    return pa.nulls(n, pa.string()) if value is None else pa.repeat(pa.scalar(value), n)


def _times(
    batch: pa.RecordBatch, reading: Reading, first: Spans
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]:
    """Return start, end, precision, and whether the end comes before the start."""
    start, end, precision = first.start, first.end, first.times.precision
    if "end" not in reading.columns:
        return start, end, precision, np.zeros(len(start), bool)
    last = _spans(batch, reading, "end")
    is_minute = last.times.precision == MINUTE
    moment = over_the_change(first, last, reading.source.timezone)
    until = np.where(is_minute, np.maximum(moment, end), last.end)
    known = last.times.precision > UNREAD
    late = known & (np.where(is_minute, moment, until - 1) < start)
    coarsest = np.where(known, np.minimum(precision, last.times.precision), precision)
    return start, np.where(known & ~late, until, end), coarsest.astype(np.int8), late


def _spans(batch: pa.RecordBatch, reading: Reading, name: str) -> Spans:
    source = reading.source
    return read_spans(
        _clocked(batch, reading, name),
        source.dates,
        source.timezone,
        midnight_is_day=reading.midnight_is_day,
    )


def _clocked(batch: pa.RecordBatch, reading: Reading, name: str) -> pa.Array:
    """Return a date with the clock time that stands in a column of its own, where one does."""
    day = _column(batch, reading, name)
    if f"{name}_time" not in reading.columns:
        return day
    # A workbook may give such a day a midnight of its own, which the clock replaces.
    bare = pc.replace_substring_regex(day, r"[ T]00:00(:00)?$", "")
    clock = _column(batch, reading, f"{name}_time")
    return pc.coalesce(pc.binary_join_element_wise(bare, clock, " "), day)


def _recorded(batch: pa.RecordBatch, reading: Reading) -> pa.Array:
    if "recorded_at" not in reading.columns:
        return pa.nulls(batch.num_rows, UTC_TIME)
    texts = _column(batch, reading, "recorded_at")
    spans = read_spans(texts, reading.source.dates, reading.source.timezone)
    stamps = pa.array(spans.start.view("M8[us]"), mask=spans.times.precision == UNREAD)
    return stamps.cast(UTC_TIME)


def _place(batch: pa.RecordBatch, reading: Reading) -> Placed:
    x, y = _column(batch, reading, "x"), _column(batch, reading, "y")
    missing = pc.or_(x.is_null(), y.is_null()).to_numpy(zero_copy_only=False)
    decimal = reading.source.decimal
    return place_points(to_numbers(x, decimal), to_numbers(y, decimal), missing, reading.projection)


def _weigh(batch: pa.RecordBatch, reading: Reading, texts: Mapping[str, pa.Array]) -> pa.Array:
    """Return harm by the export's own offence code or title, else by our key, else by category."""
    own = weigh_offences(_column(batch, reading, "offence"), reading.harm)
    category = texts["category"]
    if reading.harm.forces:
        category = keys_by_force(_column(batch, reading, "force"), category)
    return pc.coalesce(own, weigh_rows(texts["offence"], category, reading.harm))


def _grades(batch: pa.RecordBatch, reading: Reading, placed: Placed) -> pa.Array:
    """Return the stated grade, else the source's, else what the coordinates' digits tell."""
    source = reading.source
    judged = pa.array(list(INCIDENTS["location_grade"].values)).take(pa.array(placed.grade))
    if source.location_grade:
        judged = _repeat(source.location_grade, batch.num_rows)
    if not {"location_grade"} & {*reading.columns, *source.constants}:
        return judged
    stated = _levels(batch, reading)
    # A level that means nothing known vouches for no more than the street.
    capped = pc.if_else(pc.is_in(judged, pa.array(["A", "B"])), "C", judged)
    return pc.coalesce(stated, capped)


def _levels(batch: pa.RecordBatch, reading: Reading) -> pa.Array:
    """Return the grades that match levels mean, missing where the meaning is not known."""
    codes = reading.source.codes.get("location_grade", {})
    return _map_distinct(
        _column(batch, reading, "location_grade"), lambda text: name_grade(text, codes)
    )


def _texts(batch: pa.RecordBatch, reading: Reading) -> dict[str, pa.Array]:
    source = reading.source
    plain = ("incident_id", "linked_id", "category", "beat", "lsoa")
    texts = {name: _column(batch, reading, name) for name in plain}
    texts["offence"] = _recode(_column(batch, reading, "offence"), source.codes.get("offence", {}))
    kinds, statuses = (source.codes.get(name, {}) for name in ("kind", "status"))
    texts["kind"] = _code(_column(batch, reading, "kind"), kinds, "kind", source.kind)
    texts["status"] = read_status(_column(batch, reading, "status"), statuses)
    location = _column(batch, reading, "location")
    texts["location"] = location if reading.keep_address else _each_distinct(location, name_streets)
    texts["premises"] = _premises(batch, reading, location)
    return texts | {flag: _flag(batch, reading, flag, texts["offence"]) for flag in FLAGS}


def _recode(texts: pa.Array, codes: Mapping[str, str]) -> pa.Array:
    """Return their values as ours; a value without a code stays as it is."""
    return _map_distinct(texts, lambda text: codes.get(text.casefold(), text)) if codes else texts


def _code(texts: pa.Array, codes: Mapping[str, str], name: str, default: str) -> pa.Array:
    """Return one of the contract's values: by code, by being one already, or the default."""
    allowed = INCIDENTS[name].values

    def decide(text: str) -> str:
        value = codes.get(text.casefold(), text)
        return value if value in allowed else default

    return _map_distinct(texts, decide).fill_null(default)


def _map_distinct(texts: pa.Array, rule: Callable[[str], str | None]) -> pa.Array:
    """Apply a rule to each distinct value once."""
    encoded = texts.dictionary_encode()
    values = pa.array([rule(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return values.take(encoded.indices)


def _each_distinct(texts: pa.Array, rule: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Apply a rule for arrays to the distinct values only."""
    encoded = texts.dictionary_encode()
    return rule(encoded.dictionary).take(encoded.indices)


def _premises(batch: pa.RecordBatch, reading: Reading, location: pa.Array) -> pa.Array:
    named = _recode(_column(batch, reading, "premises"), reading.source.codes.get("premises", {}))
    known = reading.source.premises
    if not known:
        return named
    signs, kinds = pa.array(list(known)), pa.array(list(known.values()))
    by_place = _each_distinct(
        location,
        lambda texts: kinds.take(pc.index_in(pc.utf8_lower(texts), signs)),
    )
    return pc.coalesce(named, by_place)


def _flag(batch: pa.RecordBatch, reading: Reading, name: str, offence: pa.Array) -> pa.Array:
    implied = _implied(batch, reading, name)
    codes = reading.source.codes.get(name, {})
    text = _map_distinct(
        _column(batch, reading, name), lambda t: codes.get(t.casefold(), t).casefold()
    )
    yes, no = pc.is_in(text, _YES), pc.is_in(text, _NO)
    stated = pc.if_else(yes, True, pc.if_else(no, False, pa.scalar(None, pa.bool_())))  # noqa: FBT003 - Arrow's own signature
    if name != "is_police_generated":
        return pc.if_else(implied, True, stated)  # noqa: FBT003 - as above
    by_offence = pc.is_in(offence, pa.array(OFFICER_GENERATED))
    return pc.or_(pc.or_(implied, by_offence), stated.fill_null(False))  # noqa: FBT003 - as above


def _implied(batch: pa.RecordBatch, reading: Reading, name: str) -> pa.Array:
    """Tell which rows' offence or category sets the flag."""
    values = reading.source.flags.get(name, ())
    found = pa.repeat(pa.scalar(False), batch.num_rows)  # noqa: FBT003 - as above
    for column in ("category", "offence") if values else ():
        matched = _map_distinct(
            _column(batch, reading, column), lambda text: "y" if text.casefold() in values else None
        )
        found = pc.or_(found, matched.is_valid())
    return found


def _reasons(
    batch: pa.RecordBatch,
    reading: Reading,
    first: Times,
    placed: Placed,
    late: NDArray[np.bool_],
) -> pa.Array:
    undated = first.precision == UNREAD
    missing = _column(batch, reading, "start").is_null()
    no_date = pa.array(undated & missing.to_numpy(zero_copy_only=False))
    turned = pa.array(first.marks & OTHER_ORDER > 0)
    unread = pc.if_else(turned, ONLY_OTHER_ORDER[reading.source.dates], UNREADABLE_TIME)
    place = pa.array([reason or None for reason in REASONS]).take(pa.array(placed.reason))
    time = pc.if_else(no_date, NO_TIME, pc.if_else(pa.array(undated), unread, None))
    empty = np.isin(first.local_us // _DAY_US, _DEFAULT_DAYS) & ~undated
    time = pc.coalesce(time, pc.if_else(pa.array(empty), DEFAULT_TIME, None))
    time = pc.coalesce(time, pc.if_else(pa.array(late), ENDS_EARLY, None))
    return pc.coalesce(time, place)


def _narrow(reason: pa.Array, rows: pa.RecordBatch, reading: Reading) -> pa.Array:
    """Add the reasons that come from what was asked for."""
    if reading.kinds:
        wanted = pc.is_in(rows.column("kind"), pa.array(reading.kinds))
        reason = pc.coalesce(reason, pc.if_else(wanted, None, OTHER_KIND))
    if reading.is_inside:
        x, y = rows.column("x").to_numpy(), rows.column("y").to_numpy()
        inside, swapped = (pa.array(reading.is_inside(*point)) for point in ((x, y), (y, x)))
        outside = pc.if_else(swapped, SWAPPED, OUTSIDE_AREA)
        reason = pc.coalesce(reason, pc.if_else(inside, None, outside))
    return reason
