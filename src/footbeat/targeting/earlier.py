"""An earlier list as the next one takes it: on the same map, without what no longer holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from footbeat.areas import Hotspots
from footbeat.targeting.changed import carry, in_force, rule_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footbeat.targeting.changed import Changed
    from footbeat.targeting.places import Places
    from footbeat.targeting.select import Rulings

_SAME_SHARE = 0.5
_NAMING = frozenset({"rename", "merge"})


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of an earlier list holds for the next one.

    Attributes
    ----------
    hotspots
        Its places, in the coordinate system of the next list; None without an earlier list.
    edits
        The changes that hold.
    rulings
        What they say of the places of the next list.
    notes
        What could not be kept or had to be converted, in sentences.
    """

    hotspots: Hotspots | None
    edits: tuple[Changed, ...]
    rulings: Rulings
    notes: tuple[str, ...]


def take_over(
    hotspots: Hotspots | None, edits: Sequence[Changed], places: Places, crs: str
) -> Earlier:
    """Return what of an earlier list and its changes holds for places in a coordinate system."""
    notes: list[str] = []
    if hotspots is not None and hotspots.provenance.crs != crs:
        was = hotspots.provenance.crs
        notes.append(f"The earlier list was taken from {was} to {crs}.")
        edits, hotspots = bring_edits(edits, was, crs), bring_hotspots(hotspots, crs)
    rulings, lost = rule_by(carried := carry(edits), places)
    held = tuple(each for each in carried if each not in lost)
    notes += [f"Of the earlier list could not be kept: {each.said}" for each in lost]
    if hotspots is not None:
        in_use = in_force(edits)
        undone = [each for each in edits if each not in in_use]
        hotspots = rejoin_splits(hotspots, [*lost, *undone], held)
    return Earlier(hotspots, held, rulings, tuple(notes))


def bring_hotspots(hotspots: Hotspots, crs: str) -> Hotspots:
    """Return hot spots in a coordinate system; as they are where it is theirs."""
    if hotspots.provenance.crs == crs:
        return hotspots
    known = replace(hotspots.provenance, crs=crs)
    return Hotspots(hotspots.frame.to_crs(crs), known)


def bring_edits(edits: Sequence[Changed], start: str, end: str) -> tuple[Changed, ...]:
    """Return changes whose ground is taken from one coordinate system to another."""
    if start == end:
        return tuple(edits)
    convert = Transformer.from_crs(start, end, always_xy=True).transform

    def redraw(each: Changed) -> Changed:
        ground = shapely.transform(each.ground, lambda xy: np.column_stack(convert(*xy.T)))
        return replace(each, outline=shapely.to_wkt(ground, -1))

    return tuple(redraw(each) if each.outline else each for each in edits)


def rejoin_splits(hotspots: Hotspots, gone: Sequence[Changed], kept: Sequence[Changed]) -> Hotspots:
    """Return a list on which the parts of splits that no longer hold are one place again.

    The place has the identifier it had, and the name that a change in `kept` gave it, if any.
    """
    for split in gone:
        if split.event == "split" and split.outline:
            hotspots = _rejoin(hotspots, split, kept)
    return hotspots


def _rejoin(hotspots: Hotspots, split: Changed, kept: Sequence[Changed]) -> Hotspots:
    frame, whole = hotspots.frame, shapely.union_all(shapely.get_parts(split.ground))
    outlines = frame.geometry.to_numpy()
    within = shapely.area(shapely.intersection(outlines, whole)) / shapely.area(outlines)
    is_part = within > _SAME_SHARE
    parts, own = frame["hotspot_id"][is_part].tolist(), frame["hotspot_id"] == split.places
    if not (is_part & own).any():
        return hotspots
    frame = frame[~is_part | own].copy()
    at = frame.index[frame["hotspot_id"] == split.places][0]
    frame.loc[at, frame.geometry.name] = whole
    known = hotspots.provenance
    named = {k: name for k, name in known.extra.get("renamed", {}).items() if k not in parts}
    for each in kept:
        if each.event in _NAMING and each.places.split(";")[0] == split.places:
            named[split.places] = each.name
    known = replace(known, extra={**known.extra, "renamed": named})
    return Hotspots(frame.reset_index(drop=True), known)
