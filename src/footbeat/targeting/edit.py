"""What analysts change on a list by hand: every change with its reason and its author.

Identifiers stay: a merged place keeps that of the first, the part of a split place with more
incidents keeps the place's, and nothing else changes its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely
from shapely.affinity import translate

from footbeat.errors import UsageError
from footbeat.targeting.changed import Changed, find_undone, in_force
from footbeat.targeting.found import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd

    from footbeat.tables import Provenance

Event = Literal["merge", "split", "nudge", "rename", "exclude", "undo"]

# What was known of the old outline is not known of the new one.
_OF_OUTLINE = ("rank_low", "rank_high", "p_top", "street_m", "walk_min", "count_rank", "harm_rank")
_OF_POINTS = ("one_incident_share", "n_points", "next_m")
_DONE = {
    "merge": "Merged",
    "split": "Split",
    "nudge": "Moved",
    "rename": "Renamed",
    "exclude": "Excluded",
    "undo": "Taken back, from the next list on",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Attributes
    ----------
    event
        What is done.
    places
        Identifiers of the hot spots: two or more to merge, otherwise one.
    reason, by, at
        Why, who, and the day (ISO).
    name
        The new name; for merged places too.
    line
        For a split, the line x₁, y₁, x₂, y₂, as long as it must be.
    move_m
        For a nudge, metres east and north.
    """

    event: Event
    places: tuple[str, ...]
    reason: str
    by: str
    at: str
    name: str = ""
    line: tuple[float, float, float, float] | None = None
    move_m: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A list as it stands in its file.

    Attributes
    ----------
    frame
        Its hot spots with every column of the file, ordered by rank.
    provenance
        What is known of the data.
    left_out
        What was passed over.
    edits
        What was changed, the first first.
    incidents
        Points with `harm_days`, to count anew by; None where the file has none.
    """

    frame: gpd.GeoDataFrame
    provenance: Provenance
    left_out: tuple[LeftOut, ...] = ()
    edits: tuple[Changed, ...] = ()
    incidents: gpd.GeoDataFrame | None = None


def apply_edit(drawn: Drawn, edit: Edit) -> Drawn:
    """Return the list after one change.

    Incidents and harm of a new outline are counted from the file's own points. What only a new
    ranking can tell (rank interval, probability of the top) is not known of it, and its place
    in the order stays: run `footbeat target find` again for both.

    Raises
    ------
    UsageError
        When there is no reason or author, no such hot spot, or the change cannot be made.
    """
    _check(drawn, edit)
    changed = _CHANGES[edit.event](drawn, edit)
    frame = changed.frame.reset_index(drop=True)
    frame["rank"] = np.arange(1, len(frame) + 1)
    made = _record(drawn, replace(changed, frame=frame), edit)
    known = changed.provenance
    named = {**known.extra.get("renamed", {}), **_named(drawn, frame, edit)}
    if edit.event == "undo":
        taken_back = drawn.edits[_undone(drawn, edit)].places.split(";")
        named = {place: name for place, name in named.items() if place not in taken_back}
    known = replace(known, extra={**known.extra, "renamed": named})
    return replace(changed, frame=frame, provenance=known, edits=(*drawn.edits, made))


def _named(drawn: Drawn, frame: gpd.GeoDataFrame, edit: Edit) -> dict[str, str]:
    """Return the names that an edit gave, by identifier."""
    if edit.event not in {"rename", "merge", "split"}:
        return {}
    before = set(drawn.frame["hotspot_id"]) - {edit.places[0]}
    touched = frame[~frame["hotspot_id"].isin(before)]
    return dict(zip(touched["hotspot_id"].astype(str), touched["name"].astype(str), strict=True))


def _record(drawn: Drawn, changed: Drawn, edit: Edit) -> Changed:
    told = (";".join(edit.places), edit.reason, edit.by, edit.at, _say(drawn, edit))
    if edit.event == "undo":
        return Changed(edit.event, *told)
    now = changed.frame if edit.event != "exclude" else drawn.frame
    names = _named(drawn, changed.frame, edit)
    rows = now[now["hotspot_id"].isin([edit.places[0], *names])]
    ground = rows.geometry.iloc[0]
    if edit.event == "split":
        ground = shapely.geometrycollections(rows.geometry.to_numpy())
    return Changed(
        edit.event, *told, name=str(rows["name"].iloc[0]), outline=shapely.to_wkt(ground, -1)
    )


def _undone(drawn: Drawn, edit: Edit) -> int:
    held = in_force(drawn.edits)
    at = find_undone(held, edit.places[0])
    if at is None:
        raise UsageError(
            "Only what was changed by hand can be taken back.",
            found=f"Nothing in force on this list changed “{edit.places[0]}”.",
            do="Give the identifier the change named: `target edit --json` lists them as `edits`.",
        )
    return drawn.edits.index(held[at])


def _check(drawn: Drawn, edit: Edit) -> None:
    if not edit.reason.strip() or not edit.by.strip():
        raise UsageError(
            "A change must have a reason and an author.",
            found="One of them is empty.",
            do="Pass --reason and --by.",
        )
    listed = set(drawn.frame["hotspot_id"])
    unknown = [place for place in edit.places if place not in listed and edit.event != "undo"]
    if unknown:
        raise UsageError(
            "Only hot spots of the list can be changed.",
            found=f"“{unknown[0]}” is none of them.",
            do="Give `hotspot_id` as the file has it.",
        )
    n_wanted = len(set(edit.places))
    if n_wanted != len(edit.places) or (n_wanted < 2) == (edit.event == "merge") or not n_wanted:  # noqa: PLR2004 - merging takes two
        raise UsageError(
            f"`{edit.event}` must name {'two places or more' if edit.event == 'merge' else 'one'}.",
            found=f"{len(edit.places)} were named.",
            do="Pass --place once for each.",
        )


def _merge(drawn: Drawn, edit: Edit) -> Drawn:
    rows = drawn.frame[drawn.frame["hotspot_id"].isin(edit.places)]
    outline = shapely.union_all(rows.geometry.to_numpy())
    names = " and ".join(rows.set_index("hotspot_id").loc[list(edit.places), "name"])
    frame = drawn.frame[~drawn.frame["hotspot_id"].isin(edit.places[1:])].copy()
    first = int(np.flatnonzero(frame["hotspot_id"] == edit.places[0])[0])
    # The merged place stands where the best of its parts stood.
    above = int((frame["rank"] < rows["rank"].min()).sum())
    frame = _outlined(drawn, frame, first, outline, edit)
    frame.loc[frame.index[first], ["name", "score"]] = [edit.name or names, rows["score"].max()]
    others = [k for k in range(len(frame)) if k != first]
    return replace(drawn, frame=frame.iloc[[*others[:above], first, *others[above:]]])


def _split(drawn: Drawn, edit: Edit) -> Drawn:
    at, row = _row(drawn, edit)
    parts = _halves(row.geometry, edit)
    frame = drawn.frame.iloc[[*range(at + 1), *range(at, len(drawn.frame))]].reset_index(drop=True)
    for number, part in enumerate(parts):
        frame = _outlined(drawn, frame, at + number, part, edit)
    if frame["n"].iloc[at + 1] > frame["n"].iloc[at]:
        frame = frame.iloc[[*range(at), at + 1, at, *range(at + 2, len(frame))]]
    frame = frame.reset_index(drop=True)
    total = max(float(frame["n"].iloc[at : at + 2].sum()), 1.0)
    sides = _sides(frame.geometry.iloc[at], frame.geometry.iloc[at + 1])
    for number, side in enumerate(sides):
        share = float(frame["n"].iloc[at + number]) / total
        frame.loc[at + number, ["name", "score"]] = [f"{row['name']}, {side}", row["score"] * share]
    frame.loc[at + 1, "hotspot_id"] = _new_id(drawn, str(row["hotspot_id"]))
    return replace(drawn, frame=frame)


def _nudge(drawn: Drawn, edit: Edit) -> Drawn:
    if edit.move_m is None:
        raise _needs(edit, "how far", "--move-m EAST,NORTH")
    at, row = _row(drawn, edit)
    outline = translate(row.geometry, *edit.move_m)
    return replace(drawn, frame=_outlined(drawn, drawn.frame.copy(), at, outline, edit))


def _rename(drawn: Drawn, edit: Edit) -> Drawn:
    if not edit.name.strip():
        raise _needs(edit, "the new name", "--name")
    at, _ = _row(drawn, edit)
    frame = drawn.frame.copy()
    frame.loc[frame.index[at], "name"] = edit.name
    return replace(drawn, frame=frame)


def _exclude(drawn: Drawn, edit: Edit) -> Drawn:
    at, row = _row(drawn, edit)
    if len(drawn.frame) == 1:
        raise UsageError(
            "A list must keep a hot spot.", found="This is the last.", do="Draw another list."
        )
    gone = LeftOut(str(row["name"]), int(row["rank"]), f"excluded by {edit.by}: {edit.reason}")
    left_out = tuple(sorted((*drawn.left_out, gone), key=lambda each: each.rank))
    return replace(drawn, frame=drawn.frame.drop(drawn.frame.index[at]), left_out=left_out)


def _undo(drawn: Drawn, edit: Edit) -> Drawn:
    _undone(drawn, edit)
    return drawn


_CHANGES: Mapping[Event, Callable[[Drawn, Edit], Drawn]] = {
    "merge": _merge,
    "split": _split,
    "nudge": _nudge,
    "rename": _rename,
    "exclude": _exclude,
    "undo": _undo,
}


def _outlined(
    drawn: Drawn, frame: gpd.GeoDataFrame, at: int, outline: shapely.Geometry, edit: Edit
) -> gpd.GeoDataFrame:
    """Return the frame with another outline in one row, and counts of what lies in it."""
    row = frame.index[at]
    n, harm = _count(drawn, outline, frame.iloc[at])
    blank = [name for name in (*_OF_OUTLINE, *_OF_POINTS) if name in frame]
    frame = frame.astype(dict.fromkeys(blank, "Float64"))
    frame.loc[row, blank] = pd.NA
    frame.loc[row, ["n", "harm_days", "area_ha"]] = [n, harm, shapely.area(outline) / 10_000]
    frame.loc[row, "why"] = f"{n:,.0f} incidents in the outline as {_DONE[edit.event].lower()}."
    frame.loc[row, frame.geometry.name] = outline
    return frame


def _count(
    drawn: Drawn, outline: shapely.Geometry, row: pd.Series[Any]
) -> tuple[float, float | None]:
    points = drawn.incidents
    if points is None:
        raise UsageError(
            "Incidents must be in the file to count a new outline.",
            found="It has no layer `incidents`.",
            do="Find the hot spots again with `footbeat target find`.",
        )
    shapely.prepare(outline)
    inside = shapely.intersects(outline, points.geometry.to_numpy())
    # Harm that was not known stays not known.
    known = not pd.isna(row["harm_days"]) and "harm_days" in points
    harm = float(points["harm_days"][inside].sum()) if known else None
    return float(inside.sum()), harm


def _row(drawn: Drawn, edit: Edit) -> tuple[int, pd.Series[Any]]:
    at = int(np.flatnonzero(drawn.frame["hotspot_id"] == edit.places[0])[0])
    return at, drawn.frame.iloc[at]


def _halves(outline: shapely.Geometry, edit: Edit) -> list[shapely.Geometry]:
    if edit.line is None:
        raise _needs(edit, "the line", "--line X1,Y1,X2,Y2")
    start, end = np.array(edit.line[:2]), np.array(edit.line[2:])
    length = float(np.hypot(*(end - start)))
    if length == 0:
        raise _needs(edit, "a line with two different ends", "--line X1,Y1,X2,Y2")
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    x_min, y_min, x_max, y_max = shapely.bounds(outline).tolist()
    far = 2 * float(np.hypot(x_max - x_min, y_max - y_min))
    centre = np.array([(x_min + x_max) / 2, (y_min + y_max) / 2])
    middle = start + along * float((centre - start) @ along)
    ends = (middle - far * along, middle + far * along)
    parts = []
    for side in (far * across, -far * across):
        half = shapely.polygons([ends[0], ends[1], ends[1] + side, ends[0] + side])
        parts.append(shapely.intersection(outline, half))
    if min(float(shapely.area(part)) for part in parts) <= 0:
        raise UsageError(
            "The line must cross the hot spot.",
            found="It passes beside it.",
            do="Give two points, in metres, on either side.",
        )
    return parts


def _sides(first: shapely.Geometry, second: shapely.Geometry) -> tuple[str, str]:
    """Return the names of two parts by where they lie."""
    one, two = shapely.centroid(first), shapely.centroid(second)
    east, north = shapely.get_x(one) - shapely.get_x(two), shapely.get_y(one) - shapely.get_y(two)
    if abs(east) >= abs(north):
        return ("east", "west") if east > 0 else ("west", "east")
    return ("north", "south") if north > 0 else ("south", "north")


def _new_id(drawn: Drawn, old: str) -> str:
    taken = set(drawn.frame["hotspot_id"])
    number = 2
    while f"{old}-{number}" in taken:
        number += 1
    return f"{old}-{number}"


def _say(drawn: Drawn, edit: Edit) -> str:
    signed = f"{edit.reason} ({edit.by}, {edit.at})."
    if edit.event == "undo":
        undone = drawn.edits[_undone(drawn, edit)].said.rstrip(".")
        return f"{_DONE['undo']}: {undone}; why: {signed}"
    names = drawn.frame.set_index("hotspot_id")["name"]
    which = _list([str(names[place]) for place in edit.places])
    how = {
        "nudge": " by {:g} m east and {:g} m north".format(*(edit.move_m or (0, 0))),
        "rename": f" as {edit.name}",
    }.get(edit.event, "")
    return f"{_DONE[edit.event]} {which}{how}: {signed}"


def _list(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"  # noqa: PLR2004 - three need a comma


def _needs(edit: Edit, what: str, option: str) -> UsageError:
    return UsageError(
        f"`{edit.event}` must be told {what}.", found="It was not.", do=f"Pass {option}."
    )
