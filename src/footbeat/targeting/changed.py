"""What was decided on a list by hand, and what of it holds for the next list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from footbeat.targeting.decided import Decided, places_in, say_decision
from footbeat.targeting.select import Ruled, Rulings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from footbeat.targeting.places import Places

_SAME_SHARE = 0.5
_STREET = "street:"
# Another coordinate system draws the ground along a street a little wider or narrower.
_WHOLE_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made.

    Attributes
    ----------
    event
        What was done.
    places
        Identifiers of the hot spots, `;` between them.
    reason, by, at
        Why, who, and the day (ISO).
    said
        All of it in words.
    name
        What the place is called since.
    outline
        Its ground as well-known text, a split place's two parts as a collection; empty in
        files that do not say it.
    """

    event: str
    places: str
    reason: str
    by: str
    at: str
    said: str
    name: str = ""
    outline: str = ""

    @property
    def ground(self) -> shapely.Geometry:
        """The outline as a geometry."""
        return shapely.from_wkt(self.outline)

    def decided(self, outline: shapely.Geometry) -> Decided:
        """Return the change as a decision about an outline."""
        return Decided(outline, say_decision(self.name, self.reason, self.by), self.name)


def find_undone(edits: Sequence[Changed], place: str) -> int | None:
    """Return the number of the last change that names a place, or None where none does."""
    named = [k for k, each in enumerate(edits) if place in each.places.split(";")]
    return named[-1] if named else None


def in_force(edits: Sequence[Changed]) -> tuple[Changed, ...]:
    """Return the changes that were not taken back since, the first first."""
    held: list[Changed] = []
    for each in edits:
        undone = find_undone(held, each.places) if each.event == "undo" else None
        if undone is not None:
            del held[undone]
        elif each.event != "undo":
            held.append(each)
    return tuple(held)


def carry(edits: Sequence[Changed]) -> tuple[Changed, ...]:
    """Return the changes of an earlier list that hold for the next one.

    What was excluded, renamed, merged or split stays so until it is taken back. Of merges and
    splits of the same ground the last holds. An outline moved by hand is not carried: the new
    list draws its own.
    """
    held = [each for each in in_force(edits) if each.event != "nudge"]
    return tuple(
        each for k, each in enumerate(held) if not any(_replaces(b, each) for b in held[k + 1 :])
    )


def excluded_ground(carried: Sequence[Changed]) -> tuple[Decided, ...]:
    """Return the ground that changes of an earlier list keep out of the next."""
    return tuple(
        each.decided(each.ground) for each in carried if each.event == "exclude" and each.outline
    )


def rule_by(carried: Sequence[Changed], places: Places) -> tuple[Rulings, tuple[Changed, ...]]:
    """Return what changes of an earlier list say of places, and those that cannot be kept."""
    drawn = [each for each in carried if each.outline]
    joined = {each: _rule(each, places, "merged") for each in drawn if each.event == "merge"}
    parted = {each: _halves(each, places) for each in drawn if each.event == "split"}
    empty = {each for each, ruled in joined.items() if ruled.places.size == 0}
    empty |= {each for each, halves in parted.items() if min(h.places.size for h in halves) == 0}
    rulings = Rulings(
        barred=tuple(_rule(each, places, "excluded") for each in drawn if each.event == "exclude"),
        joined=tuple(ruled for each, ruled in joined.items() if each not in empty),
        parted=tuple(halves for each, halves in parted.items() if each not in empty),
    )
    without = {each for each in carried if not each.outline and each.event != "rename"}
    return rulings, tuple(each for each in carried if each in empty | without)


def _replaces(later: Changed, earlier: Changed) -> bool:
    drawn = {"merge", "split"}
    if not ({later.event, earlier.event} <= drawn and later.outline and earlier.outline):
        return False
    one, other = (shapely.union_all(shapely.get_parts(e.ground)) for e in (later, earlier))
    shared = shapely.area(shapely.intersection(one, other))
    return bool(shared > _SAME_SHARE * min(shapely.area(one), shapely.area(other)))


def _rule(change: Changed, places: Places, verb: str) -> Ruled:
    decided = change.decided(change.ground)
    mine = _named_by(change, change.ground, places)
    return Ruled(mine, decided.in_words(verb), decided.name)


def _halves(change: Changed, places: Places) -> tuple[Ruled, Ruled]:
    one, other = shapely.get_parts(change.ground)
    # The halves have names of their own, which go with their identifiers.
    reason = Decided(one, say_decision("", change.reason, change.by)).in_words("split")
    return (
        Ruled(_named_by(change, one, places), reason),
        Ruled(_named_by(change, other, places), reason),
    )


def _named_by(change: Changed, ground: shapely.Geometry, places: Places) -> NDArray[np.int64]:
    """Return the places of a change whose centre lies in a piece of its ground."""
    mine = places_in(places, ground)
    if places.shape != "street" or not change.places.startswith(_STREET):
        return mine
    # The ground along a street reaches past its ends, to the middle of short ones nobody named.
    shapes, whole = places.shapes_of(mine), shapely.union_all(shapely.get_parts(change.ground))
    held = shapely.area(shapely.intersection(shapes, whole))
    return mine[held >= _WHOLE_SHARE * shapely.area(shapes)]
