"""What a back-test judged, so that it vouches for no other list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.targeting.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footbeat.targeting.layout import Layout
    from footbeat.targeting.places import Places

# Of two grounds that are the same one with a month more or less, this much is shared.
_SAME_GROUND = 0.5


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
        if name not in {"ground", "options"} and there.get(name) != here[name]
    ]
    if not _share_ground(there.get("ground"), here["ground"]):
        differing.append("other ground")
    mine, theirs = (each.get("options", {}).get(method) for each in (here, there))
    if mine != theirs:
        differing.append(f"options of {method} {_word(theirs)} there, {_word(mine)} here")
    return tuple(differing)


def _hash_places(places: Places) -> str | None:
    """Return a hash of the identifiers of areas or streets; cells are named by their size."""
    if places.grid is not None:
        return None
    return hashlib.sha256("\n".join(map(str, places.ids)).encode()).hexdigest()[:16]


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
