"""Which days the data cover: a month absent from them is missing, not empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """The days something is known of.

    Attributes
    ----------
    spans
        First day and the day after the last of each run of days, in days since 1970, in order,
        shape (spans, 2).
    by_month
        Whether times are known to the month only: then each span is a month, and none is ever
        cut, for all that happened in it stands at its middle.
    """

    spans: FloatArray
    by_month: bool = False

    @classmethod
    def always(cls) -> Self:
        """Return that every day is known of."""
        return cls(np.array([[-np.inf, np.inf]]))

    @classmethod
    def between(cls, first: date, last: date, missing: Iterable[str], *, by_month: bool) -> Self:
        """Return the days from first to last, both included, but for the months missing.

        Examples
        --------
        >>> days = Observed.between(
        ...     date(1970, 1, 1), date(1970, 3, 31), ["1970-02"], by_month=False
        ... )
        >>> days.spans.tolist()
        [[0.0, 31.0], [59.0, 90.0]]
        """
        months = pd.period_range(first, last, freq="M")
        known = months[~months.strftime("%Y-%m").isin(list(missing))]
        opens = np.asarray(known.start_time.as_unit("s").asi8 / 86_400, dtype=np.float64)
        closes = np.asarray((known + 1).start_time.as_unit("s").asi8 / 86_400, dtype=np.float64)
        start, end = float((first - _EPOCH).days), float((last - _EPOCH).days + 1)
        spans = np.column_stack([np.maximum(opens, start), np.minimum(closes, end)])
        return cls(spans if by_month else _joined(spans), by_month)

    def within(self, start_day: float, end_day: float) -> FloatArray:
        """Return the spans between two days, cut there, shape (spans, 2)."""
        spans = np.clip(self.spans, start_day, end_day)
        return spans[spans[:, 1] > spans[:, 0]]

    def days(self, start_day: float, end_day: float) -> float:
        """Return how many days between two are known of."""
        return float(np.diff(self.within(start_day, end_day), axis=1).sum())

    def cut_last(self, share: float, start_day: float, end_day: float) -> float:
        """Return the day after which the last `share` of the known days between two lies.

        Of months it is the beginning of the one that comes nearest, never the first; where there
        is one month only, `start_day`: nothing lies before.

        Examples
        --------
        >>> known = Observed(np.array([[0.0, 30.0], [1000.0, 1010.0]]))
        >>> known.cut_last(0.25, 0.0, 1010.0), known.cut_last(0.5, 0.0, 1010.0)
        (1000.0, 20.0)
        """
        spans = self.within(start_day, end_day)
        left = np.cumsum(np.diff(spans, axis=1)[::-1])[::-1]
        if self.by_month:
            spans, left = spans[1:], left[1:]
        if not len(spans):
            return start_day
        after = share * self.days(start_day, end_day)
        if self.by_month:
            return float(spans[np.argmin(np.abs(left - after)), 0])
        last = np.flatnonzero(left >= after * (1 - 1e-12))[-1]
        return float(spans[last, 0] + max(left[last] - after, 0.0))


def _joined(spans: FloatArray) -> FloatArray:
    """Return spans with those that touch made one."""
    if not len(spans):
        return spans
    opens = np.append(True, spans[1:, 0] > spans[:-1, 1])
    closes = np.append(opens[1:], True)
    return np.column_stack([spans[opens, 0], spans[closes, 1]])
