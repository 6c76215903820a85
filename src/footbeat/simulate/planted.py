"""The planted effect: what patrols prevent, and what a trial of them should therefore find.

The planted ratio ρ holds for one place and one operational day: expected counted incidents
with a delivered patrol over those without one, on that same day, in the hours counted.
Patrols drawn but not made, and usual policing on comparison days, dilute it; the
*intention-to-treat truth* is what is left, computed from intensities and never from counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from footbeat.simulate.addresses import STREET_ONLY_SHARE
from footbeat.simulate.happenings import draw_happenings, is_counted, join_happenings
from footbeat.simulate.rhythm import window_shares
from footbeat.simulate.scenes import COUNTED_ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.periods import Window
    from footbeat.simulate.happenings import Happenings
    from footbeat.simulate.scenes import Scene
    from footbeat.simulate.town import Town, TownOptions

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

DELIVERED_MIN = 10.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted, and what a trial should find.

    Attributes
    ----------
    ratio
        Planted ratio on a day with a delivered patrol.
    intention_to_treat
        Ratio of expected counts, patrol days over comparison days, after what was really
        delivered, the arms' own mixture of busy and quiet place-days removed.
    delivered_treated, delivered_control
        Share of place-days of each arm with a stay of at least ten minutes.
    expected_treated, expected_control
        Expected counted incidents in each arm.
    carry_over_days
        Days over which the effect fades after a delivered patrol.
    """

    ratio: float
    intention_to_treat: float
    delivered_treated: float
    delivered_control: float
    expected_treated: float
    expected_control: float
    carry_over_days: int = 0


def delivered_days(stays: pd.DataFrame, hotspots: Hotspots, options: TownOptions) -> BoolArray:
    """Return where and when somebody really stayed ten minutes, shape (days, places).

    `stays` are the true ones, with hotspot_id, day and minutes; not those a tracker saw.
    """
    long_enough = stays[stays["minutes"] >= DELIVERED_MIN]
    place = pd.Index(hotspots.ids).get_indexer(pd.Index(long_enough["hotspot_id"]))
    day = pd.Index(options.trial_days).get_indexer(pd.Index(long_enough["day"]))
    done = np.zeros((options.n_days, len(hotspots)), dtype=bool)
    inside = (place >= 0) & (day >= 0)
    done[day[inside], place[inside]] = True
    return done


def multipliers(delivered: BoolArray, effect: float, carry_over_days: int = 0) -> FloatArray:
    """Return the ratio that holds on each place-day, shape (days, places).

    After a delivered patrol the effect fades in equal steps over `carry_over_days`; where two
    overlap the stronger holds.

    Examples
    --------
    >>> multipliers(np.array([[True], [False], [False]]), 0.4, 2)[:, 0].tolist()
    [0.4, 0.6, 0.8]
    """
    strength = delivered.astype(np.float64)
    for lag in range(1, carry_over_days + 1):
        left = 1 - lag / (carry_over_days + 1)
        strength[lag:] = np.maximum(strength[lag:], left * delivered[:-lag])
    return np.asarray(1 - (1 - effect) * strength)


def expected_counts(town: Town, hotspots: Hotspots) -> tuple[FloatArray, FloatArray]:
    """Return expected counted incidents without patrols, on every trial day in every hot spot.

    Returns
    -------
    tuple
        Two arrays of shape (days, places): incidents that happen inside and are recorded
        inside, and those recorded inside that happen elsewhere, which no patrol there prevents.
    """
    happens, recorded = _inside(town, hotspots)
    day = town.options.history_days + np.arange(town.options.n_days)
    weekday = town.weekdays[day]
    inside = np.zeros((len(day), len(hotspots)))
    astray = np.zeros_like(inside)
    for scene in town.scenes:
        if scene.role in COUNTED_ROLES:
            rate = scene.per_day[day] * window_shares(scene.kind, weekday, town.options.hours)
            in_both, all_there = _weights(scene, happens, recorded)
            inside += np.outer(rate, in_both)
            astray += np.outer(rate, all_there - in_both)
    return inside, astray


def planted_truth(
    expected: tuple[FloatArray, FloatArray],
    treated: BoolArray,
    delivered: BoolArray,
    options: TownOptions,
) -> Truth:
    """Return what a trial with these arms and these deliveries should find."""
    inside, astray = expected
    ratio = multipliers(delivered, options.effect, options.carry_over_days)
    with_patrols, without = inside * ratio + astray, inside + astray
    sums = [(with_patrols[arm].sum(), without[arm].sum()) for arm in (treated, ~treated)]
    return Truth(
        ratio=options.effect,
        intention_to_treat=float(sums[0][0] / sums[0][1] / (sums[1][0] / sums[1][1])),
        delivered_treated=float(delivered[treated].mean()),
        delivered_control=float(delivered[~treated].mean()),
        expected_treated=float(sums[0][0]),
        expected_control=float(sums[1][0]),
        carry_over_days=options.carry_over_days,
    )


def draw_trial(town: Town, rng: np.random.Generator) -> tuple[Happenings, IntArray]:
    """Draw everything that could happen from the start of the trial on, and its level.

    Level 0 happens without patrols. Level 1 is a second draw of the same days, needed only
    where patrols are made to backfire.
    """
    for_base, for_more = rng.spawn(2)
    first = town.options.history_days
    days = np.arange(first, len(town.options.all_days))
    base = draw_happenings(town, days, for_base)
    if town.options.effect <= 1:
        return base, np.zeros(len(base), dtype=np.int64)
    more = draw_happenings(town, days, for_more)
    return join_happenings([base, more]), np.repeat([0, 1], [len(base), len(more)])


def find_prevented(
    town: Town, drawn: tuple[Happenings, IntArray], hotspots: Hotspots, ratio: FloatArray
) -> BoolArray:
    """Tell which of the events drawn do not happen, given the ratio on each place-day.

    With a ratio of 1 everywhere exactly the events of level 0 happen.
    """
    events, level = drawn
    return np.asarray(
        events.chance >= _ratios(town, events, hotspots, ratio, town.options.hours) - level
    )


def _ratios(
    town: Town, events: Happenings, hotspots: Hotspots, ratio: FloatArray, hours: Window
) -> FloatArray:
    happens, _ = _inside(town, hotspots)
    place = happens[events.address]
    day = events.day - town.options.history_days
    touched = is_counted(town, events, hours) & (place >= 0) & (day >= 0) & (day < len(ratio))
    found = np.ones(len(events))
    found[touched] = ratio[day[touched], place[touched]]
    return found


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Position in the list of the hot spot each address is recorded in, −1 for none."""

    by_gazetteer: IntArray
    by_street: IntArray


def _inside(town: Town, hotspots: Hotspots) -> tuple[IntArray, _Recorded]:
    at, shapes = town.addresses, list(hotspots.frame.geometry)
    recorded = _Recorded(
        _which(shapes, at.gazetteer_x, at.gazetteer_y), _which(shapes, at.middle_x, at.middle_y)
    )
    return _which(shapes, at.x, at.y), recorded


def _which(shapes: list[shapely.Geometry], x: FloatArray, y: FloatArray) -> IntArray:
    number = np.full(len(x), -1)
    for index, shape in enumerate(shapes):
        number[shapely.contains_xy(shape, x, y)] = index
    return number


def _weights(scene: Scene, happens: IntArray, recorded: _Recorded) -> tuple[FloatArray, FloatArray]:
    """Return the shares of a scene that happen and are recorded in, and are recorded in, each."""
    n = int(max(happens.max(), recorded.by_gazetteer.max(), recorded.by_street.max())) + 1
    both, whole = np.zeros(n), np.zeros(n)
    ways = ((recorded.by_gazetteer, 1 - STREET_ONLY_SHARE), (recorded.by_street, STREET_ONLY_SHARE))
    for way, share in ways:
        place = way[scene.address]
        there = place >= 0
        weight = share * scene.weight[there]
        same = happens[scene.address][there] == place[there]
        whole += np.bincount(place[there], weight, minlength=n)
        both += np.bincount(place[there], weight * same, minlength=n)
    return both, whole
