"""The written grammar of mechanisms, and its reader.

::

    daily:8                          8 places a day
    daily:8;strata=tier;k=A:6,B:2    6 of stratum A and 2 of stratum B a day
    coin:0.4                         each place-day with a chance of 0.4
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.tasking.mechanisms.coin import Coin
from footbeat.tasking.mechanisms.daily import Daily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footbeat.tasking.mechanisms.base import Mechanism


def parse_mechanism(text: str) -> Mechanism:
    """Read a mechanism from the written grammar.

    Raises
    ------
    UsageError
        When the text does not follow the grammar.

    Examples
    --------
    >>> parse_mechanism("daily:8;strata=tier;k=A:6,B:2").by_stratum
    (('A', 6), ('B', 2))
    >>> str(parse_mechanism("coin:0.4"))
    'coin:0.4'
    """
    head, *rest = text.strip().split(";")
    name, _, main = head.partition(":")
    settings = dict(part.partition("=")[::2] for part in rest)
    if name not in READERS:
        raise _unreadable(text)
    try:
        return READERS[name](main, settings)
    except (ValueError, KeyError) as error:
        raise _unreadable(text) from error


def parse_quotas(text: str) -> tuple[tuple[str, int], ...]:
    """Read ``A:6,B:2``.

    Examples
    --------
    >>> parse_quotas("A:6,B:2")
    (('A', 6), ('B', 2))
    """
    pairs = (part.rpartition(":") for part in text.split(","))
    return tuple((name.strip(), int(k)) for name, _, k in pairs)


def _read_daily(main: str, settings: Mapping[str, str]) -> Mechanism:
    quotas = parse_quotas(settings["k"]) if "k" in settings else ()
    return Daily(int(main), quotas, settings.get("strata", ""))


def _read_coin(main: str, settings: Mapping[str, str]) -> Mechanism:
    if settings:
        raise KeyError
    return Coin(float(main))


READERS: dict[str, Callable[[str, Mapping[str, str]], Mechanism]] = {
    "daily": _read_daily,
    "coin": _read_coin,
}


def _unreadable(text: str) -> UsageError:
    return UsageError(
        "A mechanism must follow the written grammar.",
        found=f"It is “{text}”.",
        do="Give for example daily:8, or daily:8;strata=tier;k=A:6,B:2.",
    )
