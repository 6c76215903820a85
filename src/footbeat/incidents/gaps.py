"""Months a force did not publish, force by force: missing, not zero.

A table of many forces has rows in every month, so that a force which left one out looks as if
nothing had happened there; so does a month of which no row could be used. Months and forces are
counted as rows pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from footbeat.incidents.times import UNREAD
from footbeat.periods import draw_together, months_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from footbeat.incidents.times import Times

# Begins the caution, so that it can be said anew of part of the period.
GAPS = "Forces without data in some months: "
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class MonthRows:
    """Rows with a believable date, by force and by month as ``YYYY-MM``.

    Rows that name no force count for the force with the empty name.

    Attributes
    ----------
    used
        Rows that were kept, or left out because they were not asked for.
    lost
        Rows that could not be used, with the reason as the third of each key.
    """

    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, other: MonthRows) -> None:
        """Add what other rows showed."""
        self.used.update(other.used)
        self.lost.update(other.lost)

    @property
    def forces(self) -> set[str]:
        """The forces any row names."""
        return {force for force, *_ in (*self.used, *self.lost) if force}

    def months(self) -> set[str]:
        """Return the months that any row was used of."""
        return {month for _, month in self.used}

    def published(self) -> set[str]:
        """Return the months that have rows at all."""
        return self.months() | {month for _, month, _ in self.lost}


def count_months(
    forces: pa.Array, times: Times, is_dated: NDArray[np.bool_], lost_by: pa.Array
) -> MonthRows:
    """Count rows by force and month, those that cannot be used by their reason too.

    Parameters
    ----------
    is_dated
        Which dates are believable, shape (rows,).
    lost_by
        Why a row cannot be used; missing where it can.
    """
    read = (times.precision > UNREAD) & is_dated
    months, month = np.unique(
        times.local_us[read].view("M8[us]").astype("M8[M]"), return_inverse=True
    )
    force, forces_named = _number(forces.fill_null(""), read)
    why, reasons = _number(lost_by.fill_null(""), read)
    shape = (max(len(forces_named), 1), max(len(months), 1), max(len(reasons), 1))
    place, n = np.unique(np.ravel_multi_index((force, month, why), shape), return_counts=True)
    rows = MonthRows()
    for at, count in zip(zip(*np.unravel_index(place, shape), strict=True), n, strict=True):
        key = forces_named[at[0]], str(months[at[1]])
        if reason := reasons[at[2]]:
            rows.lost[*key, reason] += int(count)
        else:
            rows.used[key] += int(count)
    return rows


def _number(texts: pa.Array, wanted: NDArray[np.bool_]) -> tuple[NDArray[np.int64], list[str]]:
    encoded = texts.dictionary_encode()
    return np.asarray(encoded.indices, np.int64)[wanted], encoded.dictionary.to_pylist()


def find_gaps(
    observed: Iterable[tuple[str, str]], start: str, end: str, *, forces: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the months of the period that a force has no usable row in and another force has.

    Parameters
    ----------
    observed
        Forces and months that rows could be used of.
    forces
        Forces there are, whether or not any of their rows could be used.
    start, end
        First and last month, ``YYYY-MM``. Months without a row of any force are another matter.
    """
    by_force: dict[str, set[str]] = {force: set() for force in forces}
    for force, month in observed:
        if force:
            by_force.setdefault(force, set()).add(month)
    every = set[str]().union(*by_force.values())
    wanted = [month for month in months_between(start, end) if month in every]
    gaps = {
        force: tuple(month for month in wanted if month not in own)
        for force, own in sorted(by_force.items())
    }
    return {force: months for force, months in gaps.items() if months}


def find_rejected(rows: MonthRows) -> dict[str, dict[str, dict[str, int]]]:
    """Return the months of which no row could be used: rows by reason, by month and force.

    Months of which no row of any force could be used stand under the empty force only.

    Examples
    --------
    >>> find_rejected(MonthRows(lost=Counter({("", "2024-03", "no location"): 7})))
    {'': {'2024-03': {'no location': 7}}}
    """
    months = rows.months()
    found: dict[str, dict[str, dict[str, int]]] = {}
    for (force, month, reason), n in sorted(rows.lost.items()):
        whose = force if month in months else ""
        if (force, month) not in rows.used and (whose or month not in months):
            reasons = found.setdefault(whose, {}).setdefault(month, {})
            reasons[reason] = reasons.get(reason, 0) + n
    return found


def say_rejected(found: Mapping[str, Mapping[str, Mapping[str, int]]]) -> tuple[str, ...]:
    """Return the cautions on months of which no row could be used.

    Examples
    --------
    >>> say_rejected({"Kent": {"2024-03": {"no location": 7}}})[0]
    'No row of Kent 2024-03 could be used (7: no location): missing, not zero.'
    """
    told = [
        f"No row of {f'{force} {month}'.strip()} could be used ({_list_reasons(reasons)}): "
        "missing, not zero."
        for force, months in found.items()
        for month, reasons in months.items()
    ]
    more = len(told) - _MOST_NAMED
    return (*told[:_MOST_NAMED], *([f"So it is in {more:,} more months."] if more > 0 else []))


def say_thin(rows: MonthRows) -> str:
    """Return the note on months of which most rows, but not all, could not be used, or nothing."""
    lost: Counter[tuple[str, str]] = Counter()
    for (force, month, _), n in rows.lost.items():
        lost[force, month] += n
    thin = [
        f"{' '.join(filter(None, key))} ({lost[key]:,} of {lost[key] + rows.used[key]:,})"
        for key in sorted(lost)
        if 0 < rows.used[key] < lost[key]
    ]
    if not thin:
        return ""
    more = f" and {len(thin) - _MOST_NAMED:,} more" if len(thin) > _MOST_NAMED else ""
    return (
        f"Most rows could not be used in {', '.join(thin[:_MOST_NAMED])}{more}: such months count "
        "too few."
    )


def _list_reasons(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{n:,}: {reason}" for reason, n in reasons.items())


def narrow_gaps(
    gaps: Mapping[str, Sequence[str]], start: str, end: str
) -> dict[str, tuple[str, ...]]:
    """Return the gaps that lie within a shorter period."""
    within = {
        force: tuple(month for month in months if start <= month <= end)
        for force, months in gaps.items()
    }
    return {force: months for force, months in within.items() if months}


def say_gaps(gaps: Mapping[str, Sequence[str]]) -> str:
    """Return the caution on gaps, or nothing where there are none.

    Examples
    --------
    >>> say_gaps({"Nottinghamshire Police": ("2024-04",)})
    'Forces without data in some months: Nottinghamshire Police 2024-04. Missing, not zero.'
    """
    if not gaps:
        return ""
    told = [f"{force} {draw_together(months)}" for force, months in gaps.items()]
    more = f"; and {len(told) - _MOST_NAMED:,} more forces" if len(told) > _MOST_NAMED else ""
    return f"{GAPS}{'; '.join(told[:_MOST_NAMED])}{more}. Missing, not zero."
