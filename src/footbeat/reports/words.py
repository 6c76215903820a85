"""Numbers in words, one wording for every page, print and terminal.

A percentage never stands alone: :func:`change` gives it its interval and :func:`evidence` its
counts and exposure. A missing number is "not known", never 0 and never blank.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeGuard

from footbeat.periods import held_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footbeat.tables import Provenance

UNKNOWN = "not known"

_SPACE = "\N{NO-BREAK SPACE}"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_RUNS = 3
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(value: float | None, decimals: int = 1) -> str:
    """Return a number with commas; whole numbers without decimals.

    Examples
    --------
    >>> count(1080), count(12.25), count(None)
    ('1,080', '12.2', 'not known')
    """
    if not _is_known(value):
        return UNKNOWN
    whole = round(value)
    return f"{whole:,}" if math.isclose(value, whole, abs_tol=1e-9) else f"{value:,.{decimals}f}"


# Less would read as none.
_LEAST_PERCENT = 0.05


def share(value: float | None) -> str:
    r"""Return a share from 0 to 1 as a percentage, with a decimal below 10 %.

    Read it beside its counts: on a page it never stands alone.

    Examples
    --------
    >>> share(0.026), share(0.41), share(1.0), share(0.0001)
    ('2.6\xa0%', '41\xa0%', '100\xa0%', 'under 0.1\xa0%')
    """
    if not _is_known(value):
        return UNKNOWN
    percent = 100 * value
    if 0 < percent < _LEAST_PERCENT:
        return f"under 0.1{_SPACE}%"
    decimals = 0 if percent == 0 or round(percent, 1) >= 10 else 1  # noqa: PLR2004 - two digits
    return f"{percent:.{decimals}f}{_SPACE}%"


def ordinal(number: int) -> str:
    """Return a rank as a word ending.

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 11, 22)]
    ['1st', '2nd', '3rd', '11th', '22nd']
    """
    teens = 10 < number % 100 < 20  # noqa: PLR2004 - eleventh to nineteenth
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def rank(place: int, low: float | None, high: float | None) -> str:
    """Return a rank with the ranks the data allow.

    Examples
    --------
    >>> rank(3, 2, 9), rank(1, 1, 1), rank(4, None, None)
    ('3rd (between 2nd and 9th)', '1st in nearly every redraw', '4th (range not known)')
    """
    if not (_is_known(low) and _is_known(high)):
        return f"{ordinal(place)} (range {UNKNOWN})"
    if low == high:
        return f"{ordinal(place)} in nearly every redraw"
    return f"{ordinal(place)} (between {ordinal(int(low))} and {ordinal(int(high))})"


def rank_range(low: float | None, high: float | None) -> str:
    """Return the ranks the data allow, for where the rank itself stands beside.

    Examples
    --------
    >>> rank_range(2, 9), rank_range(1, 1), rank_range(None, None)
    ('2nd to 9th', '1st only', 'not known')
    """
    if not (_is_known(low) and _is_known(high)):
        return UNKNOWN
    if low == high:
        return f"{ordinal(int(low))} only"
    return f"{ordinal(int(low))} to {ordinal(int(high))}"


def day(value: date) -> str:
    """Return a day with its weekday.

    Examples
    --------
    >>> day(date(2026, 11, 6))
    'Fri 6 Nov 2026'
    """
    return f"{_WEEKDAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}"


def month(text: str) -> str:
    """Return a month such as ``2019-03``, or the month of a day, in words.

    Examples
    --------
    >>> month("2019-03"), month("2019-03-31")
    ('Mar 2019', 'Mar 2019')
    """
    return f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}"


def months(names: Iterable[str]) -> str:
    """Return months in words, runs drawn together.

    Examples
    --------
    >>> months(["2019-03", "2019-01", "2019-02", "2020-06"])
    'Jan 2019 to Mar 2019, Jun 2020'
    """
    runs: list[list[str]] = []
    for name in sorted(set(names)):
        if runs and _month_number(name) == _month_number(runs[-1][-1]) + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(
        month(run[0]) if len(run) == 1 else f"{month(run[0])} to {month(run[-1])}" for run in runs
    )


def period(start: str, end: str, *, by_month: bool = False) -> str:
    """Return the period from one ISO date to another, both included.

    Examples
    --------
    >>> period("2018-10-01", "2019-02-28", by_month=True)
    'Oct 2018 to Feb 2019'
    """
    if not start or not end:
        return f"period {UNKNOWN}"
    if by_month:
        return months([start[:7]]) if start[:7] == end[:7] else f"{month(start)} to {month(end)}"
    return f"{day(date.fromisoformat(start))} to {day(date.fromisoformat(end))}"


def observed(known: Provenance) -> str:
    """Return the period that data cover, months without data left out.

    Examples
    --------
    >>> from footbeat.tables import Provenance
    >>> span = {"start": "2023-11-01", "end": "2024-04-30", "precision": "month"}
    >>> observed(Provenance("EPSG:27700", **span, missing_months=("2023-11", "2023-12")))
    'Jan 2024 to Apr 2024'
    """
    by_month = known.precision == "month"
    if not (known.start and known.end and known.missing_months):
        return period(known.start, known.end, by_month=by_month)
    held = held_months(known.start, known.end, known.missing_months)
    text = months(held)
    if text.count(",") < _MOST_RUNS:
        return text
    n_months = _month_number(held[-1]) - _month_number(held[0]) + 1
    return f"{month(held[0])} to {month(held[-1])}, {len(held)} of {n_months} months"


def day_before(text: str) -> str:
    """Return the ISO date of the day before, for ends that are not included.

    Examples
    --------
    >>> day_before("2019-03-01")
    '2019-02-28'
    """
    return (date.fromisoformat(text[:10]) - timedelta(days=1)).isoformat()


def listed(parts: Sequence[str]) -> str:
    """Return a list as a sentence holds it.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def difference(ratio: float | None) -> str:
    r"""Return a ratio of rates as how many fewer or more.

    Examples
    --------
    >>> difference(0.7), difference(1.0), difference(1.25), difference(0.996), difference(2.4)
    ('30\xa0% fewer', 'no difference', '25\xa0% more', '0.4\xa0% fewer', '2.4 times as many')
    """
    if not _is_known(ratio):
        return UNKNOWN
    if ratio >= 2:  # noqa: PLR2004 - twice as many
        return f"{count(round(ratio, 1))} times as many"
    size = _percent(ratio)
    if size == f"0{_SPACE}%":
        return "no difference"
    return f"{size} {_direction(ratio)}"


def change(ratio: float | None, low: float | None, high: float | None) -> str:
    r"""Return a ratio of rates with its interval; an open bound is said in words.

    The bounds are those of the ratio: a low ratio is the larger reduction.

    Examples
    --------
    >>> change(0.7, 0.53, 0.93)
    '30\xa0% fewer (7\xa0% to 47\xa0% fewer)'
    >>> change(0.9, 0.7, 1.15)
    '10\xa0% fewer (30\xa0% fewer to 15\xa0% more)'
    >>> change(0.0, None, 1.8)
    '100\xa0% fewer (no limit on fewer, up to 80\xa0% more)'
    """
    return f"{difference(ratio)} ({interval(low, high)})"


def interval(low: float | None, high: float | None) -> str:
    r"""Return the interval of a ratio in words.

    Examples
    --------
    >>> interval(1.1, 1.5), interval(0.5, None), interval(None, None)
    ('10\xa0% to 50\xa0% more', 'from 50\xa0% fewer, no limit on more', 'no limit either way')
    """
    if not _is_known(low) and not _is_known(high):
        return "no limit either way"
    if not _is_known(low):
        return f"no limit on fewer, up to {difference(high)}"
    if not _is_known(high):
        return f"from {difference(low)}, no limit on more"
    if high < 1:
        return f"{_percent(high)} to {_percent(low)} fewer"
    if low > 1 and high < 2:  # noqa: PLR2004 - twice as many
        return f"{_percent(low)} to {_percent(high)} more"
    return f"{difference(low)} to {difference(high)}"


def evidence(
    events_treated: float,
    n_treated: int,
    events_control: float,
    n_control: int,
    *,
    label: str = "incidents",
) -> str:
    """Return the counts and exposure behind an effect; `label` names what was counted.

    Examples
    --------
    >>> evidence(71, 720, 152, 1080)
    '71 incidents on 720 patrol days, 152 on 1,080 comparison days'
    """
    noun = label.removesuffix("s") if events_treated == 1 else label
    return (
        f"{count(events_treated)} {noun} on {n_treated:,} patrol days, "
        f"{counted(events_control, '', n_control)}"
    )


def prevented(values: Sequence[float | None], label: str = "incidents") -> str:
    """Return how many were prevented (low, middle, high), those below zero as more.

    Examples
    --------
    >>> prevented((-6.72, -1.81, 2.28))
    '1.8 more incidents (between 2.3 fewer and 6.7 more)'
    >>> prevented((0.02, 0.05, None))
    '0.05 fewer incidents (between not known and 0.02 fewer)'
    """
    low, middle, high = values
    size, _, way = _fewer(middle).partition(" ")
    if not _is_known(middle):
        return f"{UNKNOWN} how many {label} fewer or more"
    return f"{size} {way} {label} (between {_fewer(high)} and {_fewer(low)})"


def clock(text: str) -> str:
    """Return a range of the clock as print has it.

    Examples
    --------
    >>> clock("15:00-03:00")
    '15:00–03:00'
    """
    return text.replace("-", "\N{EN DASH}")


def _fewer(value: float | None) -> str:
    if not _is_known(value):
        return UNKNOWN
    size = f"{abs(value):,.1f}" if abs(value) >= 1 else f"{abs(value):.2f}"
    return f"{size} {'more' if value < 0 else 'fewer'}"


def counted(events: float, label: str, n_control: int) -> str:
    """Return the count and exposure of comparison days.

    Examples
    --------
    >>> counted(152, "incidents", 1080)
    '152 incidents on 1,080 comparison days'
    """
    return " ".join(
        part for part in (count(events), label, f"on {n_control:,} comparison days") if part
    )


def per_thousand(events: float | None, exposure: float | None) -> str:
    """Return a rate per 1,000 place-days.

    Examples
    --------
    >>> per_thousand(71, 720), per_thousand(0, 0)
    ('98.6', 'not known')
    """
    if not _is_known(events) or not exposure:
        return UNKNOWN
    return f"{1000 * events / exposure:,.1f}"


def p_value(p: float | None) -> str:
    """Return a p-value, never smaller than it can be told from.

    Examples
    --------
    >>> p_value(0.0312), p_value(0.00004), p_value(None)
    ('p = 0.031', 'p < 0.001', 'p not known')
    """
    if not _is_known(p):
        return f"p {UNKNOWN}"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"  # noqa: PLR2004 - three decimals


def _is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _percent(ratio: float) -> str:
    size = abs(1 - ratio)
    return share(size) if size < 0.01 else f"{100 * size:.0f}{_SPACE}%"  # noqa: PLR2004 - one per cent


def _direction(ratio: float) -> str:
    return "fewer" if ratio < 1 else "more"


def _month_number(name: str) -> int:
    return int(name[:4]) * 12 + int(name[5:7])
