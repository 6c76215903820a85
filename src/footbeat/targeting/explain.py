"""Why a place ranks: its offences, streets, months and hours, and one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.periods import WEEKDAYS, minutes_of_day, months_between, operational_days
from footbeat.targeting.names import GENERIC, count_streets, is_minor, street_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

PEAK_HOURS = 6
CARRIED_SHARE = 0.5

_PEAK_LEAST = 10
_PEAK_SHARE = 0.4
_ONE_POINT_SHARE = 0.8
_HOURS = 24
_MOST_REPEATS = 5
_NO_NAME = "not named"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the incidents of one hot spot say.

    Attributes
    ----------
    n, harm_days
        Incidents, and their harm; None where none carries harm.
    offences, streets
        Categories, and streets named as locations, each with its incidents, commonest first.
    months
        Incidents by month (``2026-11``), those without any left out.
    hours
        Incidents by operational weekday, Monday first, and hour of the clock, shape (7, 24);
        None where times are not known to the hour.
    n_points
        Distinct points.
    most_at_one_point
        Incidents at the point with most: repeat calls to one address, or a default location.
    repeats
        Points with two incidents or more, by street, each with its incidents; most first, at
        most five. A street stands as often as it has such points.
    grades
        Incidents by location grade.
    one_incident_share
        Share of the weight that the heaviest incident carries.
    one_harm_share
        Share of the harm that the gravest incident carries; None where none carries harm.
    """

    n: int
    harm_days: float | None
    offences: tuple[tuple[str, int], ...]
    streets: tuple[tuple[str, int], ...]
    months: dict[str, int]
    hours: tuple[tuple[int, ...], ...] | None
    n_points: int
    most_at_one_point: int
    grades: dict[str, int]
    one_incident_share: float
    one_harm_share: float | None = None
    repeats: tuple[tuple[str, int], ...] = ()


def explain_place(
    frame: pd.DataFrame, weight: NDArray[np.float64], *, timezone: str
) -> Explanation:
    """Say why a place ranks.

    Parameters
    ----------
    frame
        Its incidents, rows of the `incidents` contract.
    weight
        What each counts for, shape (rows,).
    timezone
        The local time zone, for hours and days.
    """
    points = frame.groupby(["x", "y"]).size()
    harm = frame["harm_days"]
    return Explanation(
        n=len(frame),
        harm_days=float(harm.sum()) if harm.notna().any() else None,
        offences=_count(frame["category"]),
        streets=tuple(count_streets(_texts(frame["location"]))),
        months=_by_month(frame["start"], timezone),
        hours=_by_hour(frame, timezone),
        n_points=len(points),
        most_at_one_point=int(points.max()) if len(points) else 0,
        grades=dict(sorted(_count(frame["location_grade"]))),
        one_incident_share=float(weight.max() / weight.sum()) if weight.sum() > 0 else 0.0,
        one_harm_share=float(harm.max() / harm.sum()) if harm.sum() > 0 else None,
        repeats=_repeats(frame),
    )


def years_in_top(
    starts: pd.DatetimeIndex,
    place: IntArray,
    weight: NDArray[np.float64],
    *,
    top: int,
    n_places: int,
    timezone: str,
) -> dict[int, NDArray[np.bool_]]:
    """Return for each local year which places were among the `top` that held most, ties in.

    Parameters
    ----------
    starts, place, weight
        The incidents: when, the index of their place (−1 for none), and what each counts for.
    """
    years = starts.tz_convert(timezone).year.to_numpy()
    inside = place >= 0
    is_top = {}
    for year in np.unique(years[inside]).tolist():
        mine = inside & (years == year)
        is_top[int(year)] = among_top(
            np.bincount(place[mine], weight[mine], n_places).astype(np.float64), top
        )
    return is_top


def among_top(totals: NDArray[np.float64], top: int) -> NDArray[np.bool_]:
    """Tell which places are among the `top` that hold most, ties in; none that hold nothing."""
    least = np.partition(totals, -top)[-top] if top < totals.size else 0.0
    return np.asarray((totals > 0) & (totals >= least), dtype=bool)


def put_in_words(explanation: Explanation, *, is_harm: bool, observed: Sequence[str] = ()) -> str:
    """Return the explanation as one plain sentence.

    Parameters
    ----------
    explanation
        What the incidents say.
    is_harm
        Whether harm ranks the place.
    observed
        The months with data (``2026-11``), so that a period with gaps is told as one.

    Examples
    --------
    >>> put_in_words(
    ...     Explanation(
    ...         3,
    ...         None,
    ...         (("Robbery", 2), ("Theft", 1)),
    ...         (("High Street", 3),),
    ...         {"2024-01": 3},
    ...         None,
    ...         1,
    ...         3,
    ...         {"C": 3},
    ...         1 / 3,
    ...     ),
    ...     is_harm=False,
    ... )
    '3 incidents in Jan 2024, 2 of them robbery; all on or near High Street.'
    """
    told = [_what(explanation, observed), _where(explanation), _when(explanation)]
    is_carried = (explanation.one_harm_share or 0.0) >= CARRIED_SHARE
    if explanation.harm_days is not None and (is_harm or is_carried):
        told.insert(1, _harm(explanation))
    return f"{'; '.join(part for part in told if part)}."


def find_peak(by_hour: IntArray) -> tuple[int, int] | None:
    """Return the first hour of the busiest six, and their incidents, or None without a peak.

    A peak holds at least ten incidents and 40 % of all; spread evenly, six hours hold 25 %.
    """
    wrapped = np.concatenate([by_hour, by_hour[: PEAK_HOURS - 1]])
    sums = np.convolve(wrapped, np.ones(PEAK_HOURS, dtype=np.int64), "valid")
    first = int(np.argmax(sums))
    most = int(sums[first])
    return (first, most) if most >= max(_PEAK_LEAST, _PEAK_SHARE * by_hour.sum()) else None


def _what(explanation: Explanation, observed: Sequence[str]) -> str:
    noun = "incident" if explanation.n == 1 else "incidents"
    text = f"{explanation.n:,} {noun}{_span(explanation.months, observed)}"
    if len(explanation.offences) > 1:
        name, n = explanation.offences[0]
        return f"{text}, {_some(n, explanation.n)} of them {_lower(name)}"
    return text


def _harm(explanation: Explanation) -> str:
    text = f"{explanation.harm_days or 0:,.0f} days of harm"
    share = explanation.one_harm_share or 0.0
    if share < CARRIED_SHARE:
        return text
    carried = share * (explanation.harm_days or 0)
    return f"{text}, {carried:,.0f} of them from one incident"


def _where(explanation: Explanation) -> str:
    if not explanation.streets:
        return ""
    named = [item for item in explanation.streets if item[0].casefold() not in GENERIC]
    if not named or is_minor(named[0][1], explanation.streets):
        named = list(explanation.streets)
    street, n = named[0]
    text = f"{_some(n, explanation.n)} on or near {street}"
    if explanation.most_at_one_point >= max(_PEAK_LEAST, _ONE_POINT_SHARE * explanation.n):
        return f"{text}, {explanation.most_at_one_point:,} at one point: check what stands there"
    return text


def _when(explanation: Explanation) -> str:
    if explanation.hours is None:
        return ""
    by_hour = np.asarray(explanation.hours).sum(axis=0)
    peak = find_peak(by_hour)
    if peak is None:
        return ""
    first, n = peak
    return f"{n:,} between {first:02}:00 and {(first + PEAK_HOURS) % _HOURS:02}:00"


def _some(n: int, total: int) -> str:
    return "all" if n == total else f"{n:,}"


def _span(months: dict[str, int], observed: Sequence[str]) -> str:
    if not months:
        return ""
    start, end = min(months), max(months)
    first, last = (pd.Period(month).strftime("%b %Y") for month in (start, end))
    if first == last:
        return f" in {first}"
    n_observed = sum(start <= month <= end for month in observed)
    n_months = len(months_between(start, end))
    gaps = f" ({n_observed} of these {n_months} months have data)"
    return f" from {first} to {last}{gaps if 0 < n_observed < n_months else ''}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _count(values: pd.Series[str]) -> tuple[tuple[str, int], ...]:
    counted = values.dropna().value_counts()
    return tuple(
        sorted(((str(k), int(v)) for k, v in counted.items()), key=lambda i: (-i[1], i[0]))
    )


def _repeats(frame: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    texts = frame["location"].astype(object).where(frame["location"].notna(), None)
    streets = [street_of(text) or _NO_NAME for text in texts]
    points = pd.DataFrame({"x": frame["x"], "y": frame["y"], "street": streets}).groupby(["x", "y"])
    found = pd.DataFrame({"n": points.size(), "street": points["street"].agg(_first_of_most)})
    found = found[found["n"] > 1].sort_values(["n", "street"], ascending=[False, True])
    found = found.head(_MOST_REPEATS)
    return tuple(zip(found["street"].tolist(), found["n"].tolist(), strict=True))


def _first_of_most(texts: pd.Series[str]) -> str:
    return str(texts.mode().iloc[0])


def _texts(values: pd.Series[str]) -> list[str]:
    return [str(value) for value in values.dropna()]


def _by_month(starts: pd.Series[pd.Timestamp], timezone: str) -> dict[str, int]:
    local = pd.DatetimeIndex(starts).tz_convert(timezone).tz_localize(None)
    counted = local.to_period("M").astype(str).value_counts()
    return {str(month): int(n) for month, n in sorted(counted.items())}


def _by_hour(frame: pd.DataFrame, timezone: str) -> tuple[tuple[int, ...], ...] | None:
    known = frame[frame["precision"] == "minute"]
    if known.empty:
        return None
    middle = pd.DatetimeIndex(known["start"] + (known["end"] - known["start"]) / 2)
    hours = minutes_of_day(middle, timezone) // 60
    days = operational_days(middle, timezone).day_of_week.to_numpy()
    table = np.zeros((len(WEEKDAYS), _HOURS), dtype=np.int64)
    np.add.at(table, (days, hours), 1)
    return tuple(tuple(row) for row in table.tolist())
