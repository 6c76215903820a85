"""Home Office codes as they are spelt: counting codes such as 34B, full ones such as 034/02."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_CODE = re.compile(
    r"0{0,2}([0-9]{1,3})(?:/([0-9]{1,2})|((?:\.[0-9]{1,2})?(?:/?[a-z](?:/00?)?)?))", re.IGNORECASE
)
# An export of something else may hold a few codes by chance.
_ENOUGH = 0.9
_MOST_SUBCLASSES = 100
_MOST_NAMED = 5


def is_home_office(values: Sequence[str]) -> bool:
    """Tell whether offences are Home Office codes, counting or full.

    Examples
    --------
    >>> is_home_office(["034/02", "34/2", "034B", "105A"])
    True
    """
    fitting = sum(_CODE.fullmatch(value) is not None for value in values)
    return bool(values) and fitting >= _ENOUGH * len(values)


def spell_code(code: str) -> tuple[str, ...]:
    """Return a code, in lower case, with and without its noughts; any other text as it is.

    Examples
    --------
    >>> spell_code("034/02")
    ('34/2', '34/02', '034/2', '034/02', '03402')
    >>> spell_code("8N")
    ('8n', '8n/00', '8/n', '08n', '08n/00', '08/n', '008n', '008n/00', '008/n')
    """
    parts = _CODE.fullmatch(code)
    if not parts:
        return (code.casefold(),)
    letters = re.sub("/0*", "", parts[3] or "").casefold()
    number, subclass = int(parts[1]), parts[2]
    classes = dict.fromkeys((f"{number}", f"{number:02}", f"{number:03}"))
    if subclass is None:
        tails = (letters, f"{letters}/00", f"/{letters}") if letters.isalpha() else (letters,)
        return tuple(f"{first}{tail}" for first in classes for tail in tails)
    full = (f"{number}", f"{number:03}")
    seconds = dict.fromkeys((f"{int(subclass)}", f"{int(subclass):02}"))
    spelled = [f"{first}/{second}" for first in dict.fromkeys(full) for second in seconds]
    return (*spelled, f"{number:03}{int(subclass):02}")


def load_home_office() -> dict[str, str]:
    """Return Footbeat's offence key of each Home Office code, in lower case, as any is spelt."""
    path = files(__package__).joinpath("home_office.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    full = {
        f"{number}/{subclass}": key
        for pattern, key in content["full"].items()
        for number, span in [pattern.split("/")]
        for subclass in _subclasses(span)
    }
    codes = content["codes"] | full
    return {spelt: str(key) for code, key in codes.items() for spelt in spell_code(code)}


class Coded(Protocol):
    """What may state a scheme of offences and the codes of columns, as a source does."""

    @property
    def offence_scheme(self) -> str:
        """The scheme, or nothing."""

    @property
    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Our column to their values and ours."""


def count_uncoded(texts: pa.Array, source: Coded) -> dict[str, int]:
    """Return the rows of each code without a key; none where the source states no scheme."""
    if not source.offence_scheme:
        return {}
    counts = pc.value_counts(texts.drop_null()).to_pylist()
    known = source.codes["offence"]
    return {
        pair["values"]: pair["counts"] for pair in counts if pair["values"].casefold() not in known
    }


def say_uncoded(counts: Mapping[str, int]) -> str:
    """Return the warning on offences without a key, the most frequent codes first, or nothing.

    Text that is no code may be personal and is not repeated.

    Examples
    --------
    >>> say_uncoded({"49": 3, "see log": 1})
    'Offences of 4 rows have no key: they are in no group but `all`: 49 (3 rows), others (1 rows).'
    """
    if not counts:
        return ""
    ranked = sorted(filter(_CODE.fullmatch, counts), key=lambda code: (-counts[code], code))
    shown = {code: counts[code] for code in ranked[:_MOST_NAMED]}
    left = sum(counts.values()) - sum(shown.values())
    told = [f"{code} ({n:,} rows)" for code, n in (shown | {"others": left}).items() if n]
    return (
        f"Offences of {sum(counts.values()):,} rows have no key: they are in no group but `all`: "
        f"{', '.join(told)}."
    )


def _subclasses(span: str) -> range:
    """Return the numbers of ``7``, ``10-49`` or ``*``."""
    if span == "*":
        return range(_MOST_SUBCLASSES)
    first, _, last = span.partition("-")
    return range(int(first), int(last or first) + 1)
