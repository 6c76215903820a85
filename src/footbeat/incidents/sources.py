"""A source: how one system's export becomes our columns, written as a small TOML file.

Forces differ by a file, never by an ``if``. Headers are compared without case, spaces or
punctuation, so ``Crime ID``, ``crime_id`` and ``CRIME-ID`` are one name.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from footbeat.errors import ColumnError, StoreError, UsageError
from footbeat.incidents.home_office import load_home_office
from footbeat.incidents.settings import check_settings
from footbeat.periods import load_zone
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footbeat.incidents.times import DateOrder

# What a mapping may name: the contract's columns, save those that reading works out itself.
# `start_time` and `end_time` are clock times that stand in a column of their own; by `force` the
# months each force published are told.
MAPPED = (
    *(
        name
        for name in INCIDENTS.names
        if name not in {"source", "precision", "harm_days", "excluded"}
    ),
    "start_time",
    "end_time",
    "force",
)
_PLAIN = ("title", "kind", "timezone", "location_grade", "default_group", "offence_scheme")
NEEDED = ("start", "x", "y")
FLAGS = ("is_public", "is_domestic", "is_police_generated", "is_knife")
_FOLDER = "mappings"
# Headers of stop-and-search records, whoever exported them, in lower case with `_` between words.
_STOPS = re.compile(
    r"object_of_(the_)?search|^(grounds|reasons?|powers?|legislation|purpose)_(for|of)_(the_)?"
    r"(stop|search)|^(stop|search)_(and_search_|search_)?(grounds|reason|power|legislation|type"
    r"|outcome|object|date|time|id|ref|reference|number)$|removal_of_more_than_(just_)?outer"
)


@dataclass(frozen=True, slots=True)
class ApartRule:
    """Files of another kind that lie beside the ones wanted: by their names or headers.

    Attributes
    ----------
    says
        What they hold.
    headers
        All of which such a file has.
    files
        Endings of their names, in lower case, each of which is enough.
    """

    says: str
    headers: tuple[str, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """How to read one system's export.

    Attributes
    ----------
    location_grade
        How exactly every place is known; empty to judge by the digits of the coordinates.
    columns
        Our column to the headers it may have, best first.
    constants
        Our column to a value every row has.
    codes
        Our column to a dictionary from their values, in lower case, to ours.
    offence_scheme
        ``home-office`` where offences are its counting codes; their keys need no mapping.
    flags
        Our flag to the values, in lower case, of `category` or `offence` that set it.
    premises
        A part of the location's text, in lower case, to the kind of premises it names.
    also
        Headers that tell apart rows without an identifier.
    identifier_is_key
        Whether an identifier names one record for ever, so that of its rows the latest holds.
    input_crs, output_crs
        Coordinate system of the export; of the table, empty to choose by the data.
    metres
        Headers of x, without case, whose numbers may be metres although the input is in degrees,
        to the system they are then in unless another is asked for; empty where it must be.
    is_synthetic
        Whether the export was simulated, which every output then says.
    """

    name: str
    title: str = ""
    kind: str = "crime"
    timezone: str = "Europe/London"
    location_grade: str = ""
    default_group: str = "serious-violence"
    offence_scheme: str = ""
    attribution: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    premises: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    apart: tuple[ApartRule, ...] = ()
    dates: DateOrder = "day-first"
    decimal: str = "."
    encoding: str = ""
    input_crs: str = "EPSG:4326"
    output_crs: str = ""
    metres: Mapping[str, str] = field(default_factory=dict)
    identifier_is_key: bool = False
    is_synthetic: bool = False


# Never incidents, whatever the source says: ranking by stops would send the police where they went.
_NEVER = ApartRule(
    "stop and search", ("Legislation", "Object of search"), ("-stop-and-search.csv",)
)


def load_source(name: str | Path) -> Source:
    """Return the built-in source of that name, or the one a TOML file describes.

    Raises
    ------
    UsageError
        When there is neither such a source nor such a file.
    StoreError
        When the file is not TOML.
    ColumnError
        When the file maps a column Footbeat does not have, or leaves out one it needs.
    """
    text, title = _source_text(name)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StoreError(
            f"`{title}` must be TOML.",
            found=f"It breaks off with: {error}.",
            do="Start from `footbeat incidents map FILE --out MAP.toml`.",
        ) from error
    return _build(content, title)


def list_sources() -> tuple[str, ...]:
    """Return the names of the built-in sources."""
    folder = files(__package__).joinpath(_FOLDER)
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir()))


def normalise_header(text: str) -> str:
    """Return a header without case, accents of punctuation or spaces.

    Examples
    --------
    >>> normalise_header(" Crime-ID ")
    'crime_id'
    """
    return re.sub(r"[^0-9a-z]+", "_", text.strip().casefold()).strip("_")


def match_headers(source: Source, headers: Sequence[str], name: str) -> dict[str, int]:
    """Return the place of the header of each mapped column.

    Raises
    ------
    ColumnError
        When a needed column has no header, or a wanted header stands twice.
    """
    known = [normalise_header(header) for header in headers]
    places = {
        ours: place
        for ours, theirs in source.columns.items()
        if (place := _find_header(theirs, known, name)) is not None
    }
    absent = [ours for ours in NEEDED if ours not in places]
    if absent:
        wanted = ", ".join(f"{ours} ({' or '.join(source.columns[ours])})" for ours in absent)
        raise ColumnError(
            f"`{name}` must have a column for {wanted}, as the source {source.name} reads it.",
            found=f"Its headers are {', '.join(headers[:30]) or 'empty'}.",
            do="Name the source it comes from with --source, or map it: "
            "`footbeat incidents map FILE --out MAP.toml`.",
        )
    return places


def name_apart_file(source: Source, name: str) -> str:
    """Return what kind of other file a file's name says it is, or nothing."""
    lowered = name.lower()
    rules = (*source.apart, _NEVER)
    return next((rule.says for rule in rules if lowered.endswith(rule.files)), "")


def name_apart(source: Source, headers: Sequence[str]) -> str:
    """Return what kind of other file these headers belong to, or nothing; stops for any source."""
    known = {normalise_header(header) for header in headers}
    for rule in source.apart:
        if known.issuperset(normalise_header(header) for header in rule.headers):
            return rule.says
    return _NEVER.says if any(map(_STOPS.search, known)) else ""


def _find_header(theirs: tuple[str, ...], known: list[str], name: str) -> int | None:
    for header in theirs:
        wanted = normalise_header(header)
        if known.count(wanted) > 1:
            raise ColumnError(
                f"`{name}` must have each header once.",
                found=f"“{header}” stands {known.count(wanted)} times.",
                do="Rename or remove the copy.",
            )
        if wanted in known:
            return known.index(wanted)
    return None


def _source_text(name: str | Path) -> tuple[str, str]:
    built_in = files(__package__).joinpath(_FOLDER, f"{name}.toml")
    if isinstance(name, str) and re.fullmatch(r"[a-z0-9-]+", name) and built_in.is_file():
        return built_in.read_text(encoding="utf-8"), name
    path = Path(name)
    if not path.is_file():
        raise UsageError(
            "The source must be built in or a TOML file.",
            found=f"There is no “{name}”.",
            do=f"Choose {', '.join(list_sources())}, or give the path of a mapping.",
        )
    try:
        return path.read_text(encoding="utf-8-sig"), path.name
    except OSError as error:
        raise StoreError(
            f"`{path.name}` cannot be read.",
            found=f"The system says: {error.strerror}.",
            do="Ask for leave to read it, or give another mapping.",
        ) from error
    except UnicodeDecodeError as error:
        raise StoreError(
            f"`{path.name}` must be TOML in UTF-8.",
            found="It cannot be read as text.",
            do="Save it as UTF-8.",
        ) from error


def _build(content: dict[str, Any], title: str) -> Source:
    check_settings(content, title)
    columns = {ours: _words(theirs) for ours, theirs in content.get("columns", {}).items()}
    constants = {ours: str(value) for ours, value in content.get("constants", {}).items()}
    _check_columns(columns, constants, title)
    style, crs = content.get("format", {}), content.get("crs", {})
    source = Source(
        name=str(content.get("name") or Path(title).stem),
        columns=columns,
        constants=constants,
        codes=_read_codes(content),
        flags={flag: _lower_words(values) for flag, values in content.get("flags", {}).items()},
        premises=_lowered(content.get("premises", {})),
        also=_words(content.get("identity", {}).get("also", ())),
        apart=tuple(
            ApartRule(
                str(rule["says"]), _words(rule["headers"]), _lower_words(rule.get("files", ()))
            )
            for rule in content.get("apart", ())
        ),
        attribution=_words(content.get("attribution", ())),
        cautions=_words(content.get("cautions", ())),
        dates=cast("DateOrder", style.get("dates", "day-first")),
        decimal=str(style.get("decimal", ".")),
        encoding=str(style.get("encoding", "")),
        input_crs=str(crs.get("input", "EPSG:4326")),
        output_crs=str(crs.get("output", "")),
        metres=_lowered(content.get("metres", {})),
        identifier_is_key=content.get("identifier_is_key") is True,
        is_synthetic=content.get("synthetic") is True,
        **{key: str(content[key]) for key in _PLAIN if key in content},
    )
    _check_values(source, title)
    return source


def _read_codes(content: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the codes by column; those of a known scheme come first and may be overruled."""
    codes = {ours: _lowered(values) for ours, values in content.get("codes", {}).items()}
    if content.get("offence_scheme"):
        codes["offence"] = load_home_office() | codes.get("offence", {})
    return codes


def _check_columns(
    columns: Mapping[str, tuple[str, ...]], constants: Mapping[str, str], title: str
) -> None:
    unknown = sorted((set(columns) | set(constants)) - set(MAPPED))
    absent = [ours for ours in NEEDED if not columns.get(ours)]
    if unknown or absent:
        raise ColumnError(
            f"`{title}` must map start, x and y, and only columns of the incidents table.",
            found=f"Unknown: {', '.join(unknown) or 'none'}; "
            f"missing: {', '.join(absent) or 'none'}.",
            do=f"The columns are {', '.join(MAPPED)}.",
        )


def _check_values(source: Source, title: str) -> None:
    load_zone(source.timezone)
    choices = {
        "dates": (source.dates, ("day-first", "month-first")),
        "decimal": (source.decimal, (".", ",")),
        "kind": (source.kind, INCIDENTS["kind"].values),
        "offence_scheme": (source.offence_scheme, ("", "home-office")),
        "location_grade": (source.location_grade, ("", *INCIDENTS["location_grade"].values)),
        **{
            f"codes.{ours}.{theirs}": (value, INCIDENTS[ours].values)
            for ours in ("kind", "status", "location_grade")
            for theirs, value in source.codes.get(ours, {}).items()
        },
    }
    for setting, (value, allowed) in choices.items():
        if value not in allowed:
            raise ColumnError(
                f"`{setting}` in `{title}` must be one of {', '.join(allowed)}.",
                found=f"It is “{value}”.",
                do="Correct the mapping.",
            )


def _words(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(word) for word in value)


def _lower_words(value: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _words(value))


def _lowered(codes: Mapping[str, object]) -> dict[str, str]:
    return {str(theirs).casefold(): str(ours) for theirs, ours in codes.items()}
