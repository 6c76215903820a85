"""Compare two lists: who entered, left, stayed or moved, and what else changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from footbeat.errors import CrsError
from footbeat.periods import draw_together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footbeat.areas import Hotspots
    from footbeat.tables import Provenance

SAME_SHARE = 0.5
# Half of two cells, cut from polygons, comes out a rounding error short of a half.
_ROUNDING = 1e-9

# Fewer than one place in ten known otherwise is no change of the geocoder.
_GRADE_SHARE = 0.1

_NOT_SAID = frozenset({"cautions", "attribution", "extra", "marking", "missing_months"})


@dataclass(frozen=True, slots=True)
class Entered:
    """A place that is new, or one that is gone."""

    hotspot_id: str
    name: str
    rank: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stayed:
    """A place on both lists.

    Attributes
    ----------
    overlap
        Area both cover, as a share of the smaller of the two.
    moved_m
        Distance between the two centres.
    """

    hotspot_id: str
    name: str
    old_rank: int
    new_rank: int
    overlap: float
    moved_m: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one list to the next.

    Attributes
    ----------
    entered, left, stayed
        Places, in order of rank.
    changed
        What else differs between the lists (data, period, method, version), in sentences: when
        the ruler changed, the places may not have.
    edits
        What people changed on the later list by hand, in sentences.
    """

    entered: tuple[Entered, ...]
    left: tuple[Entered, ...]
    stayed: tuple[Stayed, ...]
    changed: tuple[str, ...]
    edits: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a place: `place`, `change` (in, out, stayed), ranks, `reason`."""
        rows: list[tuple[object, ...]] = [
            (e.hotspot_id, e.name, "in", None, e.rank, e.reason) for e in self.entered
        ]
        rows += [(e.hotspot_id, e.name, "out", e.rank, None, e.reason) for e in self.left]
        rows += [
            (s.hotspot_id, s.name, "stayed", s.old_rank, s.new_rank, f"moved {s.moved_m:,.0f} m")
            for s in self.stayed
        ]
        columns = ["hotspot_id", "place", "change", "old_rank", "new_rank", "reason"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype({"old_rank": "Int64", "new_rank": "Int64"})


def compare_lists(
    old: Hotspots,
    new: Hotspots,
    *,
    old_run: Mapping[str, Any] | None = None,
    new_run: Mapping[str, Any] | None = None,
    edits: Sequence[str] = (),
) -> Comparison:
    """Compare two lists by the ground they cover.

    Two hot spots are the same place when they share at least half of the smaller one; each is
    matched once, most shared first.

    Parameters
    ----------
    old, new
        The lists, in one coordinate system.
    old_run, new_run
        Their manifests, where they have them.
    edits
        What people changed on the later list by hand, in sentences.

    Raises
    ------
    CrsError
        When the lists are in different coordinate systems.
    """
    if old.provenance.crs != new.provenance.crs:
        raise CrsError(
            "Both lists must be in one coordinate system.",
            found=f"One is in {old.provenance.crs}, the other in {new.provenance.crs}.",
            do="Save one of them again in the other's.",
        )
    pairs = match_places(old, new)
    return Comparison(
        entered=_unmatched(new, {j for _, j, _ in pairs}, old),
        left=_unmatched(old, {i for i, _, _ in pairs}, new),
        stayed=tuple(_stayed(old, new, *pair) for pair in sorted(pairs, key=lambda pair: pair[1])),
        changed=(
            *_changed_data(old.provenance, new.provenance),
            *_changed_geocoder(old.provenance.extra, new.provenance.extra),
            *_changed_run(old_run or {}, new_run or {}),
        ),
        edits=tuple(edits),
    )


def match_places(old: Hotspots, new: Hotspots) -> list[tuple[int, int, float]]:
    """Return (row in old, row in new, overlap) of the places on both lists."""
    here, there = old.frame.geometry.to_numpy(), new.frame.geometry.to_numpy()
    rows, columns = shapely.STRtree(there).query(here, predicate="intersects")
    shared = shapely.area(shapely.intersection(here[rows], there[columns]))
    overlap = shared / np.minimum(shapely.area(here[rows]), shapely.area(there[columns]))
    matched: list[tuple[int, int, float]] = []
    # Outlines that went through another coordinate system differ by a little: of shares that are
    # as good as equal the larger ground goes first.
    for k in np.lexsort((columns, rows, -shared.round(), -overlap.round(2))).tolist():
        i, j = int(rows[k]), int(columns[k])
        is_free = all(i != a and j != b for a, b, _ in matched)
        if overlap[k] >= SAME_SHARE - _ROUNDING and is_free:
            matched.append((i, j, float(overlap[k])))
    return matched


def _unmatched(hotspots: Hotspots, matched: set[int], others: Hotspots) -> tuple[Entered, ...]:
    frame, ground = hotspots.frame, others.frame.geometry.union_all()
    rows = []
    for i in range(len(frame)):
        if i in matched:
            continue
        row = frame.iloc[i]
        share = shapely.area(shapely.intersection(row.geometry, ground)) / row.geometry.area
        reason = "Shares no ground with the other list."
        if share > 0:
            reason = f"Shares {100 * share:.0f} % of its ground with the other list."
        rows.append(Entered(row.hotspot_id, row["name"], int(row["rank"]), reason))
    return tuple(rows)


def _stayed(old: Hotspots, new: Hotspots, i: int, j: int, overlap: float) -> Stayed:
    before, after = old.frame.iloc[i], new.frame.iloc[j]
    return Stayed(
        hotspot_id=after.hotspot_id,
        name=after["name"],
        old_rank=int(before["rank"]),
        new_rank=int(after["rank"]),
        overlap=overlap,
        moved_m=float(before.geometry.centroid.distance(after.geometry.centroid)),
    )


def _changed_data(old: Provenance, new: Provenance) -> list[str]:
    named = [field.name for field in fields(old) if field.name not in _NOT_SAID]
    return [
        f"Data: {name.replace('_', ' ')} was {_said(getattr(old, name))}, "
        f"is {_said(getattr(new, name))}."
        for name in named
        if getattr(old, name) != getattr(new, name)
    ] + _changed_months(old.missing_months, new.missing_months)


def _changed_months(old: Sequence[str], new: Sequence[str]) -> list[str]:
    was, now = (draw_together(months) or "none" for months in (old, new))
    return [f"Data: months without data were {was}, are {now}."] if was != now else []


def _changed_geocoder(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say where places are known otherwise than before: moves of the ruler, not of crime."""
    changed = []
    if old.get("transformation", "") != new.get("transformation", ""):
        changed.append(
            f"Geocoder: coordinates were made by {_said(old.get('transformation'))}, "
            f"are by {_said(new.get('transformation'))}."
        )
    before, after = (_shares(each.get("location_grades", {})) for each in (old, new))
    for grade in sorted(before.keys() & after.keys()):
        was, now = before[grade], after[grade]
        if abs(was - now) >= _GRADE_SHARE:
            changed.append(
                f"Geocoder: {100 * was:.0f} % of places were of grade {grade}, "
                f"{100 * now:.0f} % are."
            )
    return changed


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {grade: counts.get(grade, 0) / total for grade in "ABCD"} if total else {}


def _changed_run(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if not old or not new:
        return ["Method and version: not known for both, as a manifest is missing."]
    before, after = dict(old["parameters"]), dict(new["parameters"])
    files, now = ({each["name"]: each["sha256"] for each in run["inputs"]} for run in (old, new))
    names = sorted(before.keys() | after.keys())
    changed = [
        f"Method: {name.replace('_', ' ')} was {_said(before.get(name))}, "
        f"is {_said(after.get(name))}."
        for name in names
        if _said(before.get(name)) != _said(after.get(name))
    ]
    changed += [
        f"Data: {name} is not the file it was."
        for name in sorted(files.keys() & now.keys())
        if files[name] != now[name]
    ]
    changed += [f"Data: {name} was not read before." for name in sorted(now.keys() - files.keys())]
    if old["version"] != new["version"]:
        changed.append(f"Version: was {old['version']}, is {new['version']}.")
    return changed


def _said(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value in {None, ""} else str(value)
