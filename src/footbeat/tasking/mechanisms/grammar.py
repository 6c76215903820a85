"""The written grammar of mechanisms, and its reader.

::

    daily:8                                   8 places a day
    daily:8;strata=tier;k=A:6,B:2             6 of stratum A and 2 of stratum B a day
    coin:0.4                                  each place-day with a chance of 0.4
    blocks:2/5;times=1-2                      2 of every 5 days of a place, blocks of 5 or 10 days
    runs:on=1-3,off=1-7,min_off=5             runs; one off-run in three lasts 5 days or more
    runs:on=1-3,off=1-7,min_off=5,every=2,load=6-10
    latin:8                                   8 a day, weekdays balanced within each place
    latin:8;shifts=2                          and both halves of the hot window
    rerandomise(daily:8);place_gap=12         drawn again until places differ by 12 days at most
    constrained(daily:8)                      8 a day, no near pair among them

What a patrol day asks for may follow, such as ``;visits=A:2,B:1;dose=A:20,B:10``: visits a day
and minutes of one, by stratum or for all. It does not bear on the draw.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.tasking.doses import split_doses
from footbeat.tasking.mechanisms.blocks import Blocks
from footbeat.tasking.mechanisms.coin import Coin
from footbeat.tasking.mechanisms.constrained import Constrained
from footbeat.tasking.mechanisms.daily import Daily
from footbeat.tasking.mechanisms.latin import Latin
from footbeat.tasking.mechanisms.rerandomise import Rerandomise
from footbeat.tasking.mechanisms.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from footbeat.tasking.mechanisms.base import Mechanism

Settings = dict[str, str]

_WRITTEN = re.compile(
    r"^(?P<name>[a-z]+)(?::(?P<main>[^;()]+)|\((?P<base>.+)\))(?P<rest>(?:;.+)?)$"
)


def parse_mechanism(text: str) -> Mechanism:
    """Read a mechanism from the written grammar; doses after it are passed over.

    Raises
    ------
    UsageError
        When the text does not follow the grammar.

    Examples
    --------
    >>> parse_mechanism("daily:8;strata=tier;k=A:6,B:2").by_stratum
    (('A', 6), ('B', 2))
    >>> str(parse_mechanism("rerandomise(daily:8);place_gap=12"))
    'rerandomise(daily:8);place_gap=12'
    """
    match = _WRITTEN.match(split_doses(text.strip())[0])
    if not match or match["name"] not in _READERS:
        raise _unreadable(text)
    settings = dict(part.partition("=")[::2] for part in match["rest"].split(";")[1:])
    try:
        mechanism = _READERS[match["name"]](match["main"] or match["base"], settings)
    except (ValueError, KeyError) as error:
        raise _unreadable(text) from error
    if settings:
        raise _unreadable(text)
    return mechanism


def parse_quotas(text: str) -> tuple[tuple[str, int], ...]:
    """Read ``A:6,B:2``.

    Examples
    --------
    >>> parse_quotas("A:6,B:2")
    (('A', 6), ('B', 2))
    """
    pairs = (part.rpartition(":") for part in text.split(","))
    return tuple((name.strip(), int(k)) for name, _, k in pairs)


def _read_daily(main: str, settings: Settings) -> Daily:
    quotas = parse_quotas(settings.pop("k")) if "k" in settings else ()
    return Daily(int(main), quotas, settings.pop("strata", ""))


def _read_coin(main: str, settings: Settings) -> Mechanism:  # noqa: ARG001 - one signature
    return Coin(float(main))


def _read_blocks(main: str, settings: Settings) -> Mechanism:
    treated, _, days = main.partition("/")
    least, most = _span(settings.pop("times", "1-2"))
    return Blocks(int(treated), int(days), least, most)


def _read_runs(main: str, settings: Settings) -> Mechanism:  # noqa: ARG001 - one signature
    given = dict(part.partition("=")[::2] for part in main.split(","))
    runs = Runs(
        on=_span(given.pop("on")),
        off=_span(given.pop("off")),
        min_off=int(given.pop("min_off")),
        every=int(given.pop("every", "3")),
        load=_span(given.pop("load", "0-0")),
    )
    if given:
        raise KeyError
    return runs


def _read_latin(main: str, settings: Settings) -> Mechanism:
    return Latin(_read_daily(main, settings), int(settings.pop("shifts", "1")))


def _read_rerandomise(main: str, settings: Settings) -> Mechanism:
    place_gap, weekday_gap = (settings.pop(name, "0") for name in ("place_gap", "weekday_gap"))
    return Rerandomise(parse_mechanism(main), int(place_gap), int(weekday_gap))


def _read_constrained(main: str, settings: Settings) -> Mechanism:  # noqa: ARG001 - one signature
    base = parse_mechanism(main)
    if not isinstance(base, Daily):
        raise _unreadable(main)
    return Constrained(base)


_READERS: dict[str, Callable[[str, Settings], Mechanism]] = {
    "daily": _read_daily,
    "coin": _read_coin,
    "blocks": _read_blocks,
    "runs": _read_runs,
    "latin": _read_latin,
    "rerandomise": _read_rerandomise,
    "constrained": _read_constrained,
}
DESIGNS = tuple(_READERS)


def _span(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _unreadable(text: str) -> UsageError:
    return UsageError(
        "A mechanism must follow the written grammar.",
        found=f"It is “{text}”.",
        do=f"Give one of {', '.join(DESIGNS)}, for example daily:8;strata=tier;k=A:6,B:2.",
    )
