"""How often and how long a place is visited on a patrol day, by stratum, and its written form.

The written form follows the mechanism: ``;visits=A:2,B:1;dose=A:20,B:10``. It says what a patrol
is; it does not bear on which place-days get one, so the draw and its replay pass over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Number = TypeVar("Number", int, float)

SETTINGS = ("visits", "dose")


@dataclass(frozen=True, slots=True)
class Dose:
    """What one patrol day of a place asks for.

    Attributes
    ----------
    visits_per_day
        Visits, each in its own equal part of the hot window.
    dose_min
        Minutes one visit should last.
    """

    visits_per_day: int = 1
    dose_min: float = 15.0


def read_doses(
    visits: str, minutes: str, strata: Sequence[str], *, usual: Dose
) -> tuple[Dose, dict[str, Dose]]:
    """Read ``2`` or ``A:2,B:1``, and ``15`` or ``A:20,B:10``; return one dose and the strata's own.

    Parameters
    ----------
    visits, minutes
        What was asked for; empty leaves `usual`.
    strata
        Names of the strata; empty where nothing is stratified.
    usual
        What holds where nothing was asked for.

    Raises
    ------
    UsageError
        When a number cannot be read, or a stratum is unknown or missing.

    Examples
    --------
    >>> read_doses("A:2,B:1", "", ["A", "B"], usual=Dose())[1]["A"]
    Dose(visits_per_day=2, dose_min=15.0)
    """
    times = _read("--visits-per-day", visits, int, strata, usual.visits_per_day)
    lengths = _read("--minutes", minutes, float, strata, usual.dose_min)
    if ":" not in visits + minutes:
        return Dose(times[""], lengths[""]), {}
    doses = {
        name: Dose(times.get(name, times[""]), lengths.get(name, lengths[""])) for name in strata
    }
    first = doses[strata[0]]
    return first, doses


def write_doses(doses: Mapping[str, Dose]) -> str:
    """Return the doses of strata as they stand after a mechanism; empty without any.

    Examples
    --------
    >>> write_doses({"A": Dose(2, 20), "B": Dose(1, 10)})
    ';visits=A:2,B:1;dose=A:20,B:10'
    """
    if not doses:
        return ""
    visits = ",".join(f"{name}:{dose.visits_per_day}" for name, dose in doses.items())
    minutes = ",".join(f"{name}:{dose.dose_min:g}" for name, dose in doses.items())
    return f";visits={visits};dose={minutes}"


def split_doses(text: str) -> tuple[str, dict[str, str]]:
    """Return a written mechanism without its doses, and the texts of `visits` and `dose`.

    Examples
    --------
    >>> split_doses("daily:8;dose=20")
    ('daily:8', {'dose': '20'})
    """
    head, *parts = text.split(";")
    found = {}
    while parts and parts[-1].partition("=")[0] in SETTINGS:
        name, _, value = parts.pop().partition("=")
        found[name] = value
    return ";".join((head, *parts)), found


def _read(
    option: str, text: str, kind: Callable[[str], Number], strata: Sequence[str], usual: Number
) -> dict[str, Number]:
    if not text:
        return {"": usual}
    try:
        if ":" not in text:
            return {"": kind(text)}
        pairs = (part.rpartition(":") for part in text.split(","))
        found = {name.strip(): kind(value) for name, _, value in pairs}
    except ValueError as error:
        raise UsageError(
            f"{option} must be a number, or one number a stratum.",
            found=f"It is “{text}”.",
            do=f"Give {option} 2, or {option} A:2,B:1 with --strata.",
        ) from error
    if set(found) != set(strata):
        raise UsageError(
            f"{option} must name the strata that are drawn within, each once.",
            found=f"It names {', '.join(found)}; the strata are {', '.join(strata) or 'none'}.",
            do="Name the column with --strata, and give every stratum its number.",
        )
    return found | {"": usual}
