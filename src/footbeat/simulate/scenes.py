"""Where and how often things happen in a synthetic town: hot spots, flares, everything else.

A *scene* is a set of addresses with one rhythm and one rate a day. Twenty are planted hot
spots; some flare up for a few months and go out again, which is what makes last year's worst
places look better this year with no patrols at all; and some must never steer patrols.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.spatial import cKDTree

from footbeat.simulate.addresses import walk_from
from footbeat.simulate.layout import CENTRE
from footbeat.simulate.rhythm import day_factors, drift

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from footbeat.simulate.addresses import Addresses
    from footbeat.simulate.layout import Streets

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

Role = Literal["planted", "flare", "background", "domestic", "officer", "custody", "hospital"]
COUNTED_ROLES = ("planted", "flare", "background")

_APART_M = 450.0
_REACH_M = 150.0
_FADE_M = 55.0
_FLARES_A_YEAR = 6

# Kind of place, share of the planted hot spots, and how far from the centre it lies as a share
# of the town's half-width.
_KINDS = (
    ("nightlife", 0.20, 0.00, 0.24),
    ("shops", 0.15, 0.00, 0.26),
    ("station", 0.10, 0.10, 0.45),
    ("parade", 0.25, 0.25, 0.85),
    ("estate", 0.20, 0.35, 0.90),
    ("park", 0.10, 0.15, 0.80),
)
_DAILY_RATE = 0.27  # median of the planted hot spots, all hours
_RATE_SPREAD = 0.30  # in logs


@dataclass(frozen=True, slots=True)
class Scene:
    """A set of addresses with one rhythm and a rate for each day.

    Attributes
    ----------
    role
        What it is for; only planted hot spots, flares and background are counted incidents.
    kind
        The rhythm, a key of `rhythm`.
    x, y
        Its middle.
    per_day
        Expected incidents on each day of the simulation, patrols apart.
    address, weight
        Where they happen; the weights sum to 1.
    """

    role: Role
    kind: str
    x: float
    y: float
    per_day: FloatArray
    address: IntArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class Ground:
    """What scenes are drawn on: the streets, their addresses and the days."""

    streets: Streets
    addresses: Addresses
    days: list[date]


def draw_scenes(ground: Ground, n_hotspots: int, rng: np.random.Generator) -> list[Scene]:
    """Draw everything that happens in the town, planted hot spots first."""
    planted = _draw_planted(ground, n_hotspots, rng)
    flares = _draw_flares(ground, len(planted), rng)
    return [
        *planted,
        *flares,
        *_draw_background(ground, rng),
        *_draw_excluded(ground, planted, rng),
    ]


def draw_rates(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw how many incidents a day each of `n` planted hot spots sees on average."""
    return np.asarray(_DAILY_RATE * np.exp(rng.normal(0, _RATE_SPREAD, n)))


def draw_kinds(n: int) -> list[str]:
    """Return the kind of place of each of `n` planted hot spots."""
    return [kind for kind, _, _ in _share_out(n)]


def _draw_planted(ground: Ground, n: int, rng: np.random.Generator) -> list[Scene]:
    kinds = _share_out(n)
    junctions = _draw_junctions(ground.streets, kinds, rng)
    rates = draw_rates(n, rng)
    return [
        _around(ground, "planted", kind, junction, float(rate) * drift(len(ground.days), rng))
        for (kind, _, _), junction, rate in zip(kinds, junctions, rates, strict=True)
    ]


def _share_out(n: int) -> list[tuple[str, float, float]]:
    edges = np.cumsum([share for _, share, _, _ in _KINDS])
    number = np.searchsorted(edges, (np.arange(n) + 0.5) / n)
    return [(_KINDS[i][0], _KINDS[i][2], _KINDS[i][3]) for i in number]


def _draw_junctions(
    streets: Streets, kinds: list[tuple[str, float, float]], rng: np.random.Generator
) -> list[int]:
    points = np.column_stack([streets.x, streets.y])
    reach = np.linalg.norm(points - CENTRE, axis=1) / (0.5 * float(np.ptp(streets.x)))
    liked = {kind: _liked(streets, points, kind) for kind, _, _ in kinds}
    chosen: list[int] = []
    free = np.ones(len(points), dtype=bool)
    for kind, near, far in kinds:
        fits = free & liked[kind] & (reach >= near) & (reach <= far)
        pool = np.flatnonzero(fits if fits.any() else free)
        junction = int(rng.choice(pool))
        chosen.append(junction)
        free &= np.linalg.norm(points - points[junction], axis=1) > _APART_M
    return chosen


def _liked(streets: Streets, points: FloatArray, kind: str) -> NDArray[np.bool_]:
    if kind in {"station", "parade", "shops"}:
        main = np.array([road == "main" for road in streets.road])
        return np.isin(np.arange(len(points)), np.r_[streets.start[main], streets.end[main]])
    if kind == "park":
        return np.asarray(cKDTree(streets.greens).query(points)[0] < 300.0)  # noqa: PLR2004 - metres
    return np.ones(len(points), dtype=bool)


def _around(ground: Ground, role: Role, kind: str, junction: int, rate: FloatArray) -> Scene:
    walked = walk_from(ground.streets, ground.addresses, junction, _REACH_M)
    address = np.flatnonzero(np.isfinite(walked))
    weight = np.exp(-walked[address] / _FADE_M)
    per_day = np.asarray(rate * day_factors(kind, ground.days), dtype=np.float64)
    x, y = float(ground.streets.x[junction]), float(ground.streets.y[junction])
    return Scene(role, kind, x, y, per_day, address, weight / weight.sum())


def _draw_flares(ground: Ground, n_planted: int, rng: np.random.Generator) -> list[Scene]:
    n_days = len(ground.days)
    n = rng.poisson(_FLARES_A_YEAR * n_days / 365 * n_planted / 20)
    return [_draw_flare(ground, n_days, rng) for _ in range(n)]


def _draw_flare(ground: Ground, n_days: int, rng: np.random.Generator) -> Scene:
    lasts = rng.integers(60, 241)
    begins = rng.integers(-lasts, n_days)
    day = np.arange(n_days)
    burns = (day >= begins) & (day < begins + lasts)
    rate = float(rng.uniform(0.15, 0.45)) * burns.astype(np.float64)
    kind = str(rng.choice(["parade", "estate", "park"]))
    return _around(ground, "flare", kind, int(rng.integers(len(ground.streets.x))), rate)


def _draw_background(ground: Ground, rng: np.random.Generator) -> list[Scene]:
    """Spread the rest over every street, unevenly, and thicker towards the centre."""
    reach = _reach(ground)
    n_stretches = len(ground.streets.name)
    uneven = rng.gamma(0.3, 1.0, n_stretches)[ground.addresses.stretch]
    size = len(ground.addresses) / 90_000
    centre = uneven * np.exp(-reach / 600)
    town = uneven * np.exp(-reach / 2500)
    return [
        _spread(ground, "background", "nightlife", 1.5 * min(1.0, 3 * size), centre),
        _spread(ground, "background", "estate", 5.0 * size, town),
    ]


def _draw_excluded(ground: Ground, planted: list[Scene], rng: np.random.Generator) -> list[Scene]:
    reach = _reach(ground)
    size = len(ground.addresses) / 90_000
    homes = rng.gamma(0.5, 1.0, len(reach))
    busy = np.exp(-reach / 500)
    for scene in planted:
        busy[scene.address] += 0.4
    return [
        _spread(ground, "domestic", "home", 5.0 * size, homes),
        _spread(ground, "officer", "officer", 1.6 * size, busy),
        _at_one(ground, "custody", 0.9, _quiet_address(ground, planted, near=0.2)),
        _at_one(ground, "hospital", 0.35, _quiet_address(ground, planted, near=0.45)),
    ]


def _quiet_address(ground: Ground, planted: list[Scene], *, near: float) -> int:
    """Return an address away from hot spots, a share of the town's half-width from its centre."""
    places = ground.addresses
    middles = cKDTree([(scene.x, scene.y) for scene in planted])
    away = middles.query(np.column_stack([places.x, places.y]))[0] > _APART_M
    half_width = 0.5 * float(np.ptp(ground.streets.x))
    off = np.abs(_reach(ground) / half_width - near)
    return int(np.argmin(np.where(away, off, np.inf)))


def _reach(ground: Ground) -> FloatArray:
    return np.hypot(ground.addresses.x - CENTRE[0], ground.addresses.y - CENTRE[1])


def _spread(ground: Ground, role: Role, kind: str, rate: float, weight: FloatArray) -> Scene:
    per_day = rate * day_factors(kind, ground.days)
    address = np.arange(len(weight))
    return Scene(role, kind, *CENTRE, per_day, address, weight / weight.sum())


def _at_one(ground: Ground, role: Role, rate: float, address: int) -> Scene:
    kind = "custody" if role == "custody" else "hospital"
    place = ground.addresses
    per_day = rate * day_factors(kind, ground.days)
    x, y = float(place.x[address]), float(place.y[address])
    return Scene(role, kind, x, y, per_day, np.array([address]), np.ones(1))
