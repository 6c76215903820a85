"""What the dates of a whole file show: whether it knows a clock, and in which order it writes.

One row tells neither: midnight is a time or stands for a day, and 3/4 is in March or in April.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.incidents.times import EITHER_ORDER, MINUTE, OTHER_ORDER

if TYPE_CHECKING:
    from footbeat.incidents.spans import Spans
    from footbeat.incidents.times import DateOrder

ONLY_OTHER_ORDER: dict[DateOrder, str] = {
    "day-first": "date can only be read month first",
    "month-first": "date can only be read day first",
}
_OTHER: dict[DateOrder, DateOrder] = {"day-first": "month-first", "month-first": "day-first"}


@dataclass(slots=True)
class DateSigns:
    """Rows by what their dates show.

    Attributes
    ----------
    n_midnight, n_clocked
        Whose clock shows exactly midnight; any other time.
    n_either, n_other
        Which read in either order of day and month; only in the one the source does not say.
    """

    n_midnight: int = 0
    n_clocked: int = 0
    n_either: int = 0
    n_other: int = 0

    def add(self, other: DateSigns) -> None:
        """Add the rows of another batch."""
        self.n_midnight += other.n_midnight
        self.n_clocked += other.n_clocked
        self.n_either += other.n_either
        self.n_other += other.n_other

    @property
    def are_days(self) -> bool:
        """Whether every time is midnight, as where a system writes a day as a time."""
        return self.n_midnight > 0 and not self.n_clocked


def see_dates(spans: Spans) -> DateSigns:
    """Count what some dates show."""
    clocked = (spans.times.precision == MINUTE) & ~spans.is_midnight
    return DateSigns(
        int(spans.is_midnight.sum()),
        int(clocked.sum()),
        int(np.count_nonzero(spans.times.marks & EITHER_ORDER)),
        int(np.count_nonzero(spans.times.marks & OTHER_ORDER)),
    )


def say_order(signs: DateSigns, order: DateOrder, name: str) -> str:
    """Return the warning that a file's dates stand in the other order, or nothing.

    Examples
    --------
    >>> print(say_order(DateSigns(n_either=40, n_other=107), "day-first", "us.csv"))
    107 dates of us.csv can only be read month first, and 40 more read either way: if the file is \
month-first, these have day and month exchanged. Write `dates = "month-first"` under `[format]` \
in the mapping.
    """
    if not signs.n_other:
        return ""
    return (
        f"{signs.n_other:,} dates of {name} can only be read {_OTHER[order].replace('-', ' ')}, "
        f"and {signs.n_either:,} more read either way: if the file is {_OTHER[order]}, these have "
        f"day and month exchanged. {how_to_turn(order)}"
    )


def how_to_turn(order: DateOrder) -> str:
    """Return what to write for dates that stand in the other order."""
    return f'Write `dates = "{_OTHER[order]}"` under `[format]` in the mapping.'
