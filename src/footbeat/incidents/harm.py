"""Harm: days of imprisonment an offence's starting point stands for, as data with an edition."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

KeyType = Literal["footbeat", "home-office", "police-uk", "own"]


@dataclass(frozen=True, slots=True)
class HarmTable:
    """Days of harm by offence, with where they come from.

    Attributes
    ----------
    edition
        What the table calls itself; tables of two editions are never mixed.
    key_type
        What its keys are: Footbeat's offence keys, Home Office codes, police.uk categories.
    days
        Offence key to days.
    """

    edition: str
    key_type: KeyType
    guideline_date: str
    source: str
    licence: str
    days: Mapping[str, float]


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
    """Return the days of harm of each offence key, missing where the table has none."""
    keys = pa.array(list(table.days), pa.string())
    days = pa.array(list(table.days.values()), pa.float64())
    return days.take(pc.index_in(offence, keys))
