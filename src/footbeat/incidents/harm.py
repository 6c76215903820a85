"""Harm: days of imprisonment an offence's starting point stands for, as data with an edition.

Built in is a short cited table for serious violence. Whole tables are copyright or change
every year, so they are imported from the file their publisher gives: the Cambridge workbook,
the severity weights of the Office for National Statistics, or a table of one's own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import MismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from footbeat.incidents.load import Incidents

# Words that names of forces share.
_ANY_FORCE = frozenset(("police", "constabulary", "service", "force", "of", "and", "the"))
_MOST_NAMED = 6

KeyType = Literal["footbeat", "home-office", "police-uk", "own"]


@dataclass(frozen=True, slots=True)
class HarmTable:
    """Days of harm by offence, with where they come from.

    Attributes
    ----------
    edition
        What the table calls itself; tables of two editions are never mixed.
    key_type
        What its keys are: Footbeat's offence keys, Home Office codes, police.uk categories,
        or words of one's own.
    days
        Offence key, in lower case, to days.
    ambiguous
        Keys that the file gives several weights, and for which its commonest was taken.
    forces
        Where each force has weights of its own, the forces as :func:`name_force` writes them:
        keys are then those of :func:`keys_by_force`.
    """

    edition: str
    key_type: KeyType
    guideline_date: str
    source: str
    licence: str
    days: Mapping[str, float]
    ambiguous: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()


def load_short_table() -> HarmTable:
    """Return the built-in short table for the serious-violence groups.

    It has eight offences only: an offence it does not have gets no harm, not harm of zero.
    """
    path = files(__package__).joinpath("weights", "serious-violence.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    days = {str(key): float(value) for key, value in content["days"].items()}
    names = ("edition", "key_type", "guideline_date", "source", "licence")
    return HarmTable(**{name: content[name] for name in names}, days=days)


def weigh_offences(offence: pa.Array, table: HarmTable) -> pa.Array:
    """Return the days of harm of each offence key, missing where the table has none.

    Read a missing weight as not known: adding it up as zero would rank places by what the
    table happens to list.
    """
    keys = pa.array(list(table.days), pa.string())
    days = pa.array(list(table.days.values()), pa.float64())
    named = offence.dictionary_encode() if isinstance(offence, pa.Array) else offence
    if isinstance(named, pa.DictionaryArray):
        found = days.take(pc.index_in(pc.utf8_lower(named.dictionary), keys))
        return found.take(named.indices)
    return days.take(pc.index_in(pc.utf8_lower(offence), keys))


def weigh_rows(offence: pa.Array, category: pa.Array, table: HarmTable) -> pa.Array:
    """Return the days of harm by offence and, where the table has none, by category."""
    return pc.coalesce(weigh_offences(offence, table), weigh_offences(category, table))


def name_force(name: str) -> str:
    """Return what tells a force apart, however its name is written.

    Examples
    --------
    >>> name_force("City of London Police") == name_force("London, City of")
    True
    """
    words = re.findall(r"[a-z]+", name.casefold())
    return " ".join(sorted(set(words) - _ANY_FORCE))


def keys_by_force(force: pa.Array, category: pa.Array) -> pa.Array:
    """Return the key of each row's category in a table of weights by force."""
    named = force.dictionary_encode()
    names = pa.array([name_force(name) for name in named.dictionary.to_pylist()], pa.string())
    return pc.binary_join_element_wise(names.take(named.indices), category, "\t")


def say_unmixed(forces: Iterable[str], table: HarmTable) -> str:
    """Return the note on forces that a mix by force does not hold, or nothing."""
    unknown = sorted(
        name for name in forces if table.forces and name_force(name) not in table.forces
    )
    if not unknown:
        return ""
    more = f" and {len(unknown) - _MOST_NAMED:,} more" if len(unknown) > _MOST_NAMED else ""
    return (
        f"The mix holds no offences of {', '.join(unknown[:_MOST_NAMED])}{more}: their rows have "
        "no harm, which is not known rather than zero."
    )


def say_unweighed(counts: Mapping[str, int], n_kept: int, table: HarmTable) -> str:
    """Return the caution on offences that a table one gave does not weigh, or nothing.

    The built-in table weighs eight offences only, as its own documentation says.

    Parameters
    ----------
    counts
        Rows without a weight by offence, else by category, the most first.
    """
    if not counts or table.edition == load_short_table().edition:
        return ""
    named = [f"{offence} ({n:,})" for offence, n in counts.items()]
    more = f" and {len(named) - _MOST_NAMED:,} more" if len(named) > _MOST_NAMED else ""
    return (
        f"“{table.edition}” has no weight for {sum(counts.values()):,} of {n_kept:,} rows: "
        f"{', '.join(named[:_MOST_NAMED])}{more}. Their harm is not known rather than zero."
    )


def attach_harm(
    incidents: Incidents, table: HarmTable, *, replace_edition: bool = False
) -> Incidents:
    """Return the incidents with the days of harm of `table`.

    Raises
    ------
    MismatchError
        When they carry harm of another edition, unless `replace_edition` is true, or the table
        has weights by force.
    """
    if table.forces:
        raise MismatchError(
            "A mix by force must be attached when the export is read.",
            found="Incidents do not hold their force.",
            do="Read the export with --harm-mix and --each-force, or give one force's mix.",
        )
    edition = incidents.provenance.harm_edition
    if edition and edition != table.edition and not replace_edition:
        raise MismatchError(
            "Harm of two editions must not be mixed.",
            found=f"The incidents carry “{edition}”; the table is “{table.edition}”.",
            do="Read the export again with one table, or say that it replaces the other.",
        )
    offence, category = (incidents.table.column(name) for name in ("offence", "category"))
    place = incidents.table.column_names.index("harm_days")
    field = incidents.table.schema.field(place)
    weighed = incidents.table.set_column(place, field, weigh_rows(offence, category, table))
    provenance = replace(incidents.provenance, harm_edition=table.edition)
    return replace(incidents, table=weighed, provenance=provenance)
