"""What a back-test judged, so that it vouches for no other list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.targeting.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footbeat.targeting.features import Features
    from footbeat.targeting.layout import Layout
    from footbeat.targeting.places import Places

# Of two grounds that are the same one with a month more or less, this much is shared.
_SAME_GROUND = 0.5
_EPOCH = date(1970, 1, 1)
# What must not be equal, but agree by a rule of its own.
_BY_RULE = frozenset({"ground", "options", "features", "harm_days", "period"})


def describe_judged(layout: Layout, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides whether a back-test speaks of a list: incidents, places and options.

    Parameters
    ----------
    layout
        The incidents and the places.
    options
        The options of each method, by name; None for its defaults.
    """
    case, known, chosen = layout.case, layout.incidents.provenance, layout.options
    inside = (case.x.min(), case.y.min(), case.x.max(), case.y.max())
    described = {
        "source": known.source,
        "crs": known.crs,
        "ground": [round(float(value)) for value in inside],
        "shape": chosen.shape,
        "size_m": chosen.size_m,
        "places": _hash_places(case.places),
        "weight": chosen.weight,
        "transform": chosen.transform,
        "group": chosen.group,
        "kinds": sorted(chosen.kinds or ()),
        "hours": str(chosen.hours) if chosen.hours else None,
        "weekdays": list(chosen.weekdays),
        "period": [_day(case.start_day), _day(case.end_day - 1)],
        "features": _hash_features(case.features),
        "harm_edition": known.harm_edition if chosen.weight == "harm" else None,
        "harm_days": _weigh_offences(layout) if chosen.weight == "harm" else None,
        "options": {
            name: asdict(METHODS[name].options() if own is None else own)
            for name, own in options.items()
        },
    }
    return dict(json.loads(json.dumps(described, default=str)))


def tell_apart(there: Mapping[str, Any], here: Mapping[str, Any], method: str) -> tuple[str, ...]:
    """Return in what a back-test judged something else than a list is drawn from, in words."""
    differing = [
        f"{name} {_word(there.get(name))} there, {_word(here[name])} here"
        for name in here
        if name not in _BY_RULE and there.get(name) != here[name]
    ]
    if not _share_ground(there.get("ground"), here["ground"]):
        differing.append("other ground")
    if not _overlap(there.get("period"), here["period"]):
        differing.append(f"period {_word(there.get('period'))} there, {_word(here['period'])} here")
    if METHODS[method].sees_features and there.get("features") != here["features"]:
        differing.append("other features of the ground")
    if not _weigh_alike(there.get("harm_days"), here["harm_days"]):
        differing.append("other weights of harm")
    mine, theirs = (each.get("options", {}).get(method) for each in (here, there))
    if mine != theirs:
        differing.append(f"options of {method} {_word(theirs)} there, {_word(mine)} here")
    return tuple(differing)


def _hash_places(places: Places) -> str | None:
    """Return a hash of the identifiers of areas or streets; cells are named by their size."""
    if places.grid is not None:
        return None
    return hashlib.sha256("\n".join(map(str, places.ids)).encode()).hexdigest()[:16]


def _hash_features(features: Features | None) -> str | None:
    """Return a hash of every feature's kind, place to the centimetre, and days."""
    if features is None:
        return None
    columns = (features.x.round(2), features.y.round(2), features.opened, features.closed)
    rows = zip(features.kind.tolist(), *(each.tolist() for each in columns), strict=True)
    return hashlib.sha256("\n".join(map(str, rows)).encode()).hexdigest()[:16]


def _weigh_offences(layout: Layout) -> dict[str, float]:
    """Return the days of harm that an incident of each offence weighs at most."""
    columns = layout.incidents.table.select(["offence", "category", "harm_days"]).to_pandas()
    known = columns[columns["harm_days"].notna()]
    offence = known["offence"].astype("str").where(known["offence"].notna(), known["category"])
    most = known["harm_days"].groupby(offence.astype("str")).max()
    return {str(name): float(days) for name, days in most.items()}


def _weigh_alike(there: object, here: Mapping[str, float] | None) -> bool:
    """Return whether offences that both know weigh the same: a new month may hold new ones."""
    if here is None or not isinstance(there, dict):
        return there == here
    return all(there[name] == here[name] for name in there.keys() & here.keys())


def _overlap(there: object, here: list[str]) -> bool:
    if not isinstance(there, list) or len(there) != len(here):
        return False
    return bool(max(there[0], here[0]) <= min(there[1], here[1]))


def _day(day: float) -> str:
    return str(_EPOCH + timedelta(days=int(day)))


def _share_ground(there: object, here: list[float]) -> bool:
    if there == here:
        return True
    if not isinstance(there, list) or len(there) != len(here):
        return False
    one, other = np.reshape(there, (2, 2)), np.reshape(here, (2, 2))
    shared = np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])
    sizes = [np.prod(corners[1] - corners[0]) for corners in (one, other)]
    both = np.prod(np.maximum(shared, 0))
    return bool(both > 0 and both >= _SAME_GROUND * (sum(sizes) - both))


def _word(value: object) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
