"""The contract of every table: its columns, their types and units, what may be missing.

A step reads and writes tables of these shapes and nothing else, so any step can be replaced
by a file of the same shape. Each table is checked with :func:`check_table` where it enters.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable

Precision = Literal["minute", "day", "month"]

UTC_TIME = pa.timestamp("us", tz="UTC")
_METADATA_KEY = b"footbeat"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, Arrow type, meaning, unit, whether it may be missing, its values."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    may_be_missing: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of table: its name, what a row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return pa.schema(
            [
                pa.field(column.name, column.type, nullable=column.may_be_missing)
                for column in self.columns
            ]
        )

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _text(
    name: str, meaning: str, *, missing: bool = False, values: tuple[str, ...] = ()
) -> Column:
    return Column(name, pa.string(), meaning, may_be_missing=missing, values=values)


def _number(name: str, meaning: str, unit: str = "", *, missing: bool = False) -> Column:
    return Column(name, pa.float64(), meaning, unit, missing)


def _whole(name: str, meaning: str, unit: str = "", *, missing: bool = False) -> Column:
    return Column(name, pa.int64(), meaning, unit, missing)


def _time(name: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, UTC_TIME, meaning, "UTC", missing)


def _day(name: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, pa.date32(), meaning, "operational day", missing)


def _flag(name: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, pa.bool_(), meaning, may_be_missing=missing)


INCIDENTS = Table(
    "incidents",
    "one recorded event, of a stated kind, at a place and time",
    (
        _text("incident_id", "identifier in the source, or made from the row where it has none"),
        _text(
            "kind",
            "what kind of record it is",
            values=("crime", "incident-log", "asb", "ambulance", "hospital"),
        ),
        _text("linked_id", "identifier of the record it counts once with", missing=True),
        _text("source", "name of the source mapping"),
        _text("offence", "offence key: Home Office code, or the source's own", missing=True),
        _text("category", "category as the source words it", missing=True),
        _time("start", "earliest time it can have happened"),
        _time("end", "end of the time it can have happened, not itself included"),
        _time("recorded_at", "when it was recorded", missing=True),
        _text("status", "whether it still counts", values=("live", "cancelled", "reclassified")),
        _text("precision", "how finely its time is known", values=("minute", "day", "month")),
        _number("x", "easting in the table's coordinate system", "metres"),
        _number("y", "northing in the table's coordinate system", "metres"),
        _text("location", "where, at street level", missing=True),
        _text(
            "location_grade",
            "how exactly its place is known, A exact to D default, X unusable",
            values=("A", "B", "C", "D", "X"),
        ),
        _number(
            "harm_days", "weight of harm; missing where no table gives one", "days", missing=True
        ),
        _flag("is_public", "in a public place", missing=True),
        _flag("is_domestic", "domestic", missing=True),
        _flag("is_police_generated", "found by policing itself, such as possession of drugs"),
        _flag("is_knife", "a knife or sharp instrument was involved", missing=True),
        _text("premises", "kind of premises", missing=True),
        _text("beat", "police beat, neighbourhood or force, as the source has it", missing=True),
        _text("lsoa", "lower layer super output area, as the source codes it", missing=True),
        _text("excluded", "why it must not steer patrols; missing where it may", missing=True),
    ),
)

HOTSPOTS = Table(
    "hotspots",
    "one named place chosen for patrol",
    (
        _text("hotspot_id", "identifier that survives refreshes"),
        _text("name", "name a sergeant would use"),
        _whole("rank", "place in the list, 1 first"),
        _whole("rank_low", "best rank the data allow at 95 %", missing=True),
        _whole("rank_high", "worst rank the data allow at 95 %", missing=True),
        _number("n", "incidents counted", "incidents"),
        _number("harm_days", "harm of those incidents", "days", missing=True),
        _number("score", "the method's score"),
        _number("area_ha", "area", "hectares"),
        _number("street_m", "streets inside", "metres", missing=True),
        _number("walk_min", "minutes to walk the streets inside once", "minutes", missing=True),
        _number("p_top", "probability of belonging to the top of the list", "0 to 1", missing=True),
        _text("why", "why it ranks, in one sentence"),
        _text("named_officer", "who to ask about this place", missing=True),
        _day("valid_from", "first day on the list", missing=True),
        _day("valid_to", "last day on the list", missing=True),
    ),
)

SCHEDULE = Table(
    "schedule",
    "one hot spot on one operational day",
    (
        _text("hotspot_id", "hot spot"),
        _day("day", "operational day"),
        _text("arm", "what the draw assigned", values=("treated", "control")),
        _number("probability", "probability of being treated", "0 to 1"),
        _time("window_start", "start of the time a visit is due; drawn for both arms"),
        _time("window_end", "end of that time, not itself included"),
        _text("stratum", "stratum of the draw"),
        _whole("phase", "phase of the schedule, 1 first"),
        _text("due", "local clock times within which each visit is due", missing=True),
        _number("dose_min", "length each visit should have", "minutes", missing=True),
    ),
)

EVENTS = Table(
    "events",
    "something that happened to a schedule",
    (
        _day("day", "operational day"),
        _text("hotspot_id", "hot spot"),
        _text("kind", "what happened", values=("abstraction", "override", "closure")),
        _text("reason", "reason from the fixed list"),
        _text("by", "rank or role of who decided"),
        _time("at", "when it was decided"),
        _flag("saw_results", "whether they had seen results", missing=True),
    ),
)

PINGS = Table(
    "pings",
    "one position fix of one unit",
    (
        _text("unit_id", "pseudonym of the unit"),
        _time("time", "when"),
        _number("x", "easting or longitude", "metres or degrees"),
        _number("y", "northing or latitude", "metres or degrees"),
        _number("accuracy_m", "stated accuracy", "metres", missing=True),
        _number("speed_ms", "stated speed", "metres a second", missing=True),
    ),
)

VISITS = Table(
    "visits",
    "one continuous stay of one unit in one hot spot on one operational day",
    (
        _text("visit_id", "visit"),
        _text("unit_id", "pseudonym of the unit"),
        _text("hotspot_id", "hot spot"),
        _day("day", "operational day"),
        _time("arrive", "arrival"),
        _time("leave", "departure"),
        _number("minutes", "length of the stay", "minutes"),
        _number("minutes_low", "lower bound of the length", "minutes"),
        _number("minutes_high", "upper bound of the length", "minutes"),
        _whole("n_pings", "fixes inside"),
        _text("mode", "on foot or by vehicle", values=("foot", "vehicle", "unknown")),
        _text("source", "what recorded it", values=("gps", "app", "keyed")),
        _text("agency", "who employs the unit", missing=True),
        _text("funding", "who pays for it", missing=True, values=("additional", "usual")),
        _text("theme", "theme of the programme it belongs to", missing=True),
        _flag("is_scheduled", "the hot spot was due a patrol that day", missing=True),
        _whole("officers", "size of the unit; one where it is missing", "officers", missing=True),
    ),
)

ACTIVITIES = Table(
    "activities",
    "something done during a visit, as a count",
    (
        _text("visit_id", "visit", missing=True),
        _text("hotspot_id", "hot spot"),
        _day("day", "operational day"),
        _text("kind", "what was done"),
        _whole("n", "how often"),
        _text("agency", "who did it", missing=True),
    ),
)

PLACEDAYS = Table(
    "placedays",
    "one hot spot on one operational day, ready for analysis",
    (
        _text("hotspot_id", "hot spot"),
        _day("day", "operational day"),
        _whole("phase", "phase of the schedule"),
        _text("stratum", "stratum of the draw"),
        _whole("assigned", "1 on a patrol day, 0 on a comparison day"),
        _number("probability", "probability of being treated", "0 to 1"),
        _whole("delivered", "1 where a patrol of at least 10 minutes was made", missing=True),
        _whole("n", "incidents counted", "incidents"),
        _number("harm_days", "harm of those incidents", "days", missing=True),
        _number("patrol_minutes", "minutes with at least one officer", "minutes", missing=True),
        _number("officer_minutes", "minutes summed over officers", "minutes", missing=True),
        _whole("n_visits", "visits", missing=True),
        _number("exposure_h", "hours of the day that count", "hours"),
        _flag("mature", "old enough for late records to have arrived"),
        _whole("n_other", "incidents patrols cannot prevent", "incidents", missing=True),
        _whole("n_else", "incidents in other hours of the day", "incidents", missing=True),
        _whole("n_buffer", "incidents in the ring around it", "incidents", missing=True),
        _number("n_fractional", "the same, uncertain times in parts", "incidents", missing=True),
        _number("harm_largest", "harm of the heaviest of those incidents", "days", missing=True),
        _number("delay_days", "mean time until they were recorded", "days", missing=True),
    ),
)

TABLES = (INCIDENTS, HOTSPOTS, SCHEDULE, EVENTS, PINGS, VISITS, ACTIVITIES, PLACEDAYS)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of the data behind a table, carried from file to file.

    Attributes
    ----------
    crs
        Coordinate system of x and y, such as ``EPSG:27700``.
    source
        Name of the source mapping, such as ``police-uk``.
    precision
        The coarsest precision among the kept incidents.
    timezone
        Local time zone, for operational days and hours.
    start, end
        First and last day covered, ISO dates, both included.
    missing_months
        Months within the period that the input does not hold (``2019-03``): missing, not zero.
    harm_edition
        Edition of the harm table, or empty where no harm was attached.
    attribution
        Sentences the licences of the data ask for.
    marking
        Protective marking to print.
    is_synthetic
        Whether the data were simulated.
    cautions
        What the data cannot be used for, in sentences that every output repeats.
    """

    crs: str
    source: str = ""
    precision: Precision = "minute"
    timezone: str = "Europe/London"
    start: str = ""
    end: str = ""
    missing_months: tuple[str, ...] = ()
    harm_edition: str = ""
    attribution: tuple[str, ...] = ()
    marking: str = "OFFICIAL–SENSITIVE"
    is_synthetic: bool = False
    cautions: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from :meth:`as_json`, ignoring fields of a newer version."""
        known = {field.name for field in fields(cls)}
        return cls(
            **{  # type: ignore[arg-type]  # the fields' types are those `as_json` wrote
                name: tuple(value) if isinstance(value, list) else value
                for name, value in content.items()
                if name in known
            }
        )


def with_provenance(table: pa.Table, provenance: Provenance) -> pa.Table:
    """Return the table with the provenance in its schema's metadata, as Parquet keeps it."""
    text = json.dumps(provenance.as_json(), sort_keys=True, ensure_ascii=False)
    return table.replace_schema_metadata({_METADATA_KEY: text.encode()})


def provenance_of(schema: pa.Schema) -> Provenance | None:
    """Return the provenance a schema's metadata holds, or None where it holds none."""
    text = (schema.metadata or {}).get(_METADATA_KEY)
    return Provenance.from_json(json.loads(text)) if text else None


def check_table(table: pa.Table, contract: Table) -> pa.Table:
    """Return the contract's columns in order and type, or say what is wrong with them.

    A column that may be missing and is not there is added, empty. Columns the contract does
    not know are left out.

    Raises
    ------
    ColumnError
        When a needed column is not there, cannot become its type, has missing values it may
        not have, or holds a value outside its list.
    """
    _check_present(table.column_names, contract)
    columns = [_conform(table, column, contract) for column in contract.columns]
    return pa.Table.from_arrays(
        columns, schema=contract.schema.with_metadata(table.schema.metadata)
    )


def _check_present(names: Iterable[str], contract: Table) -> None:
    found = set(names)
    absent = [c.name for c in contract.columns if not c.may_be_missing and c.name not in found]
    if absent:
        raise ColumnError(
            f"A table of {contract.name} must have the columns {', '.join(absent)}.",
            found=f"It has {', '.join(sorted(found)) or 'no columns'}.",
            do="Check that this is the right file, or name the columns as Footbeat does.",
        )


def _conform(table: pa.Table, column: Column, contract: Table) -> pa.ChunkedArray:
    if column.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, column.type)])
    try:
        values = table.column(column.name).cast(column.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ColumnError(
            f"`{column.name}` of {contract.name} must be of type {column.type}.",
            found=f"It is {table.column(column.name).type}.",
            do="Convert the column before passing it on.",
        ) from error
    _check_values(values, column, contract)
    return values


def _check_values(values: pa.ChunkedArray, column: Column, contract: Table) -> None:
    if values.null_count and not column.may_be_missing:
        raise ColumnError(
            f"`{column.name}` of {contract.name} must not be missing.",
            found=f"{values.null_count:,} of {len(values):,} rows have no value.",
            do="Fill the column or leave those rows out.",
        )
    if column.values:
        allowed = pa.array(column.values, column.type)
        wrong = pc.sum(pc.invert(pc.is_in(values.drop_null(), allowed))).as_py() or 0
        if wrong:
            raise ColumnError(
                f"`{column.name}` of {contract.name} must be one of {', '.join(column.values)}.",
                found=f"{wrong:,} of {len(values):,} rows hold something else.",
                do="Recode those rows.",
            )
