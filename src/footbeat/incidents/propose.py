"""A mapping proposed from an export's headers and values, with what is unsure said aloud."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from footbeat.engine.scan import bulk_session
from footbeat.errors import DataError
from footbeat.incidents.births import find_births, sample_evenly
from footbeat.incidents.files import list_inputs
from footbeat.incidents.guesses import (
    Guess,
    guess_columns,
    guess_dates,
    guess_decimal,
    guess_kind,
    guess_offences,
    guess_place,
    guess_timezone,
    is_date,
    names_incidents,
)
from footbeat.incidents.headers import is_heading
from footbeat.incidents.home_office import is_home_office
from footbeat.incidents.opened import open_file, read_start
from footbeat.incidents.personal import name_personal_header, name_personal_values
from footbeat.incidents.sources import (
    Source,
    list_sources,
    load_source,
    name_apart,
    name_apart_file,
    normalise_header,
)
from footbeat.incidents.status import count_unknown, say_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a person must look at: the column of ours or theirs, and why."""

    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to correct before use.

    Attributes
    ----------
    columns
        Our column to their header.
    unsure
        What the headers and values do not settle.
    refused
        Columns that look like personal data, and are not mapped.
    ignored
        Columns that nothing of ours fits.
    toml
        The mapping as text.
    """

    columns: Mapping[str, str]
    unsure: tuple[Doubt, ...]
    refused: tuple[Doubt, ...]
    ignored: tuple[str, ...]
    toml: str


def propose_mapping(path: Path) -> Proposal:
    """Propose how to read a file; only its first 60,000 rows are looked at.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When it has no header.
    DataError
        When it holds stop and search.
    """
    with (
        tempfile.TemporaryDirectory(prefix="footbeat-") as folder,
        bulk_session(Path(folder)) as session,
    ):
        scratch = Path(folder)
        files, _ = list_inputs([path], scratch)
        found_by = (names_incidents, is_heading)
        opened = open_file(files[0], 0, Source("proposal"), scratch, also=found_by)
        _refuse_stops(files[0].name, opened.headers)
        batch = read_start(session, opened, range(len(opened.headers)), scratch)
        empty = pa.array([], pa.string())
        columns: dict[str, pa.Array] = {}
        for place, header in enumerate(opened.headers):
            # Trailing columns without a header hold nothing; of two alike the first counts.
            if header:
                columns.setdefault(header, batch.column(f"c{place}") if batch else empty)
    proposal = _propose(columns, Path(files[0].name).stem)
    left_out = [Doubt("file", note) for note in opened.notes]
    twice = [
        Doubt(header, "stands more than once: rename or remove the copy before reading")
        for header, n in Counter(opened.headers).items()
        if header and n > 1
    ]
    return replace(proposal, unsure=(*left_out, *twice, *proposal.unsure))


def recognise_source(headers: Sequence[str]) -> str:
    """Return the built-in source that has every one of these headers' columns, or nothing."""
    known = {normalise_header(header) for header in headers}
    for name in list_sources():
        source = load_source(name)
        wanted = [normalise_header(theirs[0]) for theirs in source.columns.values()]
        if known.issuperset(wanted):
            return name
    return ""


def _refuse_stops(name: str, headers: Sequence[str]) -> None:
    if says := name_apart_file(Source("proposal"), name) or name_apart(Source("proposal"), headers):
        raise DataError(
            "Places can only be ranked by incidents, not by records of what police did.",
            found=f"`{name}` holds {says}.",
            do="Give an export of recorded crime or of calls.",
        )


def _propose(columns: Mapping[str, pa.Array], name: str) -> Proposal:
    refused = _find_personal(columns)
    usable = {header: values for header, values in columns.items() if header not in refused}
    guesses = guess_columns(usable)
    chosen = {guess.ours: guess.theirs for guess in guesses}
    decimal = guess_decimal(usable, chosen)
    place = guess_place(usable, chosen, decimal)
    order, dates = guess_dates(usable, chosen)
    zone, zone_doubt = guess_timezone(usable, chosen, place.crs, decimal)
    codes, offences = guess_offences(usable, chosen)
    kind, asb, kinds = guess_kind(usable, chosen)
    if asb:
        chosen["kind"] = chosen["offence"]
    doubts = [
        *(Doubt(guess.ours, guess.why) for guess in guesses if guess.why),
        *(
            Doubt(column, why)
            for column, why in (*kinds, *place.doubts, *dates, *zone_doubt, *offences)
        ),
    ]
    status = usable[chosen["status"]] if "status" in chosen else pa.array([], pa.string())
    if said := say_unknown(count_unknown(status, {})):
        doubts.append(Doubt("status", said))
    if built_in := recognise_source(list(columns)):
        doubts.insert(0, Doubt("source", f"no mapping is needed: use --source {built_in}"))
    ignored = tuple(header for header in usable if header not in chosen.values())
    if ignored:
        doubts.append(Doubt("left out", f"nothing of ours fits: {', '.join(ignored)}"))
    settings = {
        "crs": place.crs,
        "dates": order,
        "timezone": zone,
        "kind": kind,
        "decimal": decimal,
    }
    offence = usable[chosen["offence"]] if "offence" in chosen else pa.array([], pa.string())
    if is_home_office(pc.unique(offence.drop_null()).to_pylist()):
        settings["offence_scheme"] = "home-office"
    return Proposal(
        columns=chosen,
        unsure=tuple(doubts),
        refused=tuple(Doubt(header, f"looks like {what}") for header, what in refused.items()),
        ignored=ignored,
        toml=_write(name, chosen, settings, {"offence": codes, "kind": asb}, guesses),
    )


def _find_personal(columns: Mapping[str, pa.Array]) -> dict[str, str]:
    found = {}
    for header, values in columns.items():
        sample = sample_evenly(values.drop_null().value_counts())
        texts, rows = (sample.field(place).to_pylist() for place in (0, 1))
        if what := name_personal_header(header) or name_personal_values(texts, rows):
            found[header] = what
    dated = {h: values for h, values in columns.items() if h not in found and is_date(values)}
    return found | dict.fromkeys(find_births(dated, "day-first"), "dates of birth")


def _write(
    name: str,
    chosen: Mapping[str, str],
    settings: Mapping[str, str],
    codes: Mapping[str, Mapping[str, str]],
    guesses: list[Guess],
) -> str:
    """Return the mapping as TOML, with a remark beside what is unsure."""
    why = {guess.ours: guess.why for guess in guesses}
    columns = [
        f"{ours} = {json.dumps(theirs, ensure_ascii=False)}"
        + (f"  # unsure: {why[ours]}" if why.get(ours) else "")
        for ours, theirs in chosen.items()
    ]
    lines = [
        "# Proposed by `footbeat incidents map` from headers and values: check every line.",
        f"name = {json.dumps(re.sub(r'[^a-z0-9]+', '-', name.casefold()).strip('-') or 'export')}",
        f"timezone = {json.dumps(settings['timezone'])}",
        *([f"kind = {json.dumps(settings['kind'])}"] if settings["kind"] != "crime" else []),
        *([] if codes["offence"] or "offence_scheme" in settings else ['default_group = "all"']),
        *(['offence_scheme = "home-office"'] if "offence_scheme" in settings else []),
        "\n[columns]",
        *columns,
        "\n[crs]",
        f"input = {json.dumps(settings['crs'])}",
        "\n[format]",
        f"dates = {json.dumps(settings['dates'])}",
        *(['decimal = ","'] if settings["decimal"] == "," else []),
    ]
    for ours, values in codes.items():
        lines += [f"\n[codes.{ours}]"] * bool(values)
        lines += [
            f"{json.dumps(t, ensure_ascii=False)} = {json.dumps(o)}" for t, o in values.items()
        ]
    return "\n".join(lines) + "\n"
