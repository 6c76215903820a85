"""Months a force did not publish, force by force: missing, not zero.

A table of many forces has rows in every month, so that a force which left one out looks as if
nothing had happened there. Months and forces are counted as rows pass, rejected ones too.
"""

from __future__ import annotations

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


def force_months(
    forces: pa.Array, times: Times, is_dated: NDArray[np.bool_]
) -> set[tuple[str, str]]:
    """Return each force and month, as ``YYYY-MM``, that rows with a believable time have.

    A row rejected for its place still shows that its month was published; one with a default
    date does not. Rows that name no force count for the force with the empty name.
    """
    read = (times.precision > UNREAD) & is_dated
    months, month = np.unique(
        times.local_us[read].view("M8[us]").astype("M8[M]"), return_inverse=True
    )
    encoded = forces.fill_null("").dictionary_encode()
    force = np.asarray(encoded.indices)[read]
    names = encoded.dictionary.to_pylist()
    pairs = np.unique(force.astype(np.int64) * max(len(months), 1) + month)
    return {(names[pair // len(months)], str(months[pair % len(months)])) for pair in pairs}


def find_gaps(
    observed: Iterable[tuple[str, str]], start: str, end: str
) -> dict[str, tuple[str, ...]]:
    """Return the months of the period that a force has no row in and another force has.

    Parameters
    ----------
    observed
        Forces and months, as :func:`force_months` gives them.
    start, end
        First and last month, ``YYYY-MM``. Months without a row of any force are another matter.
    """
    by_force: dict[str, set[str]] = {}
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
