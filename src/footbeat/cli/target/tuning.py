"""Options of a method by name: `--option half_life_days=90`."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
import typer

from footbeat.errors import UsageError
from footbeat.targeting.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OptionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="Option of the method, such as half_life_days=90; may be given again.",
    ),
]

_UNITS = ("_m", "_days", "_weeks")
# Of all there is; other shares compare two things, and may exceed 1.
_PARTS = frozenset({"min_share", "l1_share"})
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def tune(method: str, options: object | None, given: Sequence[str] | None) -> object | None:
    """Return the options of a method with those changed that were given as `name=value`.

    Raises
    ------
    UsageError
        When the method has no such option, it cannot be that value, it was given already, or
        nothing would look at it.
    """
    if not given or method not in METHODS:
        return options
    kinds = get_type_hints(METHODS[method].options)
    known = {name: kind for name, kind in kinds.items() if _is_told(kind)}
    plain, changes = asdict(METHODS[method].options()), dict[str, Any]()
    for text in given:
        name, _, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known:
            raise _unknown(method, name, list(known))
        if name in changes or (options is not None and getattr(options, name) != plain[name]):
            raise _twice(name)
        changes[name] = _read(name, value.strip(), known[name])
    base: Any = METHODS[method].options() if options is None else options
    tuned: object = replace(base, **changes)
    _refuse_idle_draws(tuned, changes)
    return tuned


def tune_each(given: Sequence[str] | None) -> dict[str, object | None]:
    """Return the options of each method named in `method.name=value`.

    Raises
    ------
    UsageError
        When there is no such method or option.
    """
    named: dict[str, list[str]] = {}
    for text in given or ():
        method, dot, rest = text.partition(".")
        if method not in METHODS or not dot:
            raise UsageError(
                "`--option` must name a method here.",
                found=f"It is “{text}”.",
                do="Write for example recency.half_life_days=90.",
            )
        named.setdefault(method, []).append(rest)
    return {method: tune(method, None, own) for method, own in named.items()}


def names_of(method: str) -> tuple[str, ...]:
    """Return the options of a method that can be given by name."""
    kinds = get_type_hints(METHODS[method].options)
    return tuple(f.name for f in fields(METHODS[method].options) if _is_told(kinds[f.name]))


def _refuse_idle_draws(tuned: object, changes: Mapping[str, Any]) -> None:
    """Refuse draws that no p is counted from, and a p counted from no draw."""
    is_drawn = getattr(tuned, "chance", "permutation") == "permutation"
    n_draws = getattr(tuned, "n_draws", 0)
    if changes.get("chance") == "permutation" and n_draws == 0:
        raise _unfit("n_draws", "0", "1 or more with chance=permutation")
    for name in ("n_draws", "seed"):
        if changes.get(name) and not (is_drawn and n_draws):
            raise UsageError(
                f"`--option {name}` must have an effect.",
                found="p is not counted from draws here.",
                do="Leave it out, or pass --permutations.",
            )


def _is_told(kind: Any) -> bool:  # noqa: ANN401 - a type, of any form
    """Return whether a value of that type can be written in a word."""
    if get_origin(kind) in {Union, UnionType}:
        return all(part is NoneType or _is_told(part) for part in get_args(kind))
    return kind in {float, int, bool} or get_origin(kind) in {Literal, tuple}


def _read(name: str, value: str, kind: Any) -> Any:  # noqa: ANN401 - as above
    parts, origin = get_args(kind), get_origin(kind)
    if origin in {Union, UnionType}:
        given = next(part for part in parts if part is not NoneType)
        return _read(name, value, given) if value != "none" else None
    if origin is tuple:
        return tuple(_count(name, part, parts[0]) for part in value.split(","))
    if origin is Literal:
        return _choose(name, value, {part: part for part in parts})
    if kind is bool:
        return _choose(name, value, _TRUTH)
    return _measure(name, value, kind)


def _measure(name: str, value: str, kind: type[float | int]) -> float:
    number = _count(name, value, kind)
    if number == 0 and name.endswith(_UNITS):
        raise _unfit(name, value, "more than 0")
    if name in _PARTS and number > 1:
        raise _unfit(name, value, "a share of 0 to 1")
    return number


def _choose(name: str, value: str, among: Mapping[str, object]) -> object:
    if value not in among:
        raise _unfit(name, value, f"one of {', '.join(among)}")
    return among[value]


def _count(name: str, value: str, kind: type[float | int]) -> float:
    try:
        number = kind(value)
    except ValueError:
        number = kind(-1)
    if number < 0 or not np.isfinite(number):
        raise _unfit(
            name, value, "a whole number of 0 or more" if kind is int else "a number of 0 or more"
        )
    return number


def _twice(name: str) -> UsageError:
    return UsageError(
        f"`{name}` must be given once.",
        found="It was given twice: by an option of its own, or by two of --option.",
        do="Leave one out.",
    )


def _unknown(method: str, name: str, known: list[str]) -> UsageError:
    has = f"It has {', '.join(known)}." if known else "It has none."
    return UsageError(f"`{method}` must have the option.", found=f"It has no “{name}”.", do=has)


def _unfit(name: str, value: str, wanted: str) -> UsageError:
    return UsageError(
        f"`--option {name}` must be {wanted}.",
        found=f"It is “{value}”.",
        do=f"Give it as {name}=VALUE, or leave it out.",
    )
