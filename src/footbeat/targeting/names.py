"""Names a sergeant would use, from the streets that incidents give as their location."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PREFIX = re.compile(r"^\s*(on or near|in or near|at or near|near|outside)\b\s*", re.IGNORECASE)
# Suppliers put words in title case without looking at apostrophes: “St Ann'S Road”.
_TITLED_S = re.compile(r"(?<=[a-z]['’])S\b")

# What data.police.uk calls a point that is no street: it says what kind of place, not which.
GENERIC = frozenset(
    {
        "airport/airfield",
        "bus/coach station",
        "conference/exhibition centre",
        "ferry terminal",
        "further/higher educational building",
        "hospital",
        "motorway service area",
        "nightclub",
        "park/open space",
        "parking area",
        "pedestrian subway",
        "petrol station",
        "police station",
        "prison",
        "race track",
        "no location",
        "shopping area",
        "sports/recreation area",
        "supermarket",
        "theatre/concert hall",
        "unknown",
    }
)

_SECOND_STREET_SHARE = 0.25
_SAME_SHARE = 0.5
# Half of two cells, cut from polygons, comes out a rounding error short of a half.
_ROUNDING = 1e-9
_MINOR_SHARE = 0.1


def street_of(location: str | None) -> str | None:
    """Return the street in a location text, or None where it names none.

    Examples
    --------
    >>> street_of("On or near High Street")
    'High Street'
    >>> street_of("On or near St Ann'S Road")
    "St Ann's Road"
    >>> street_of("On or near ") is None
    True
    """
    text = _PREFIX.sub("", location or "").strip(" .,;-")
    return _TITLED_S.sub("s", text) or None


def count_streets(locations: Iterable[str | None]) -> list[tuple[str, int]]:
    """Return how many incidents name each street, commonest first, ties by name."""
    streets = (street_of(location) for location in locations)
    counted = Counter(street for street in streets if street)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def name_place(locations: Iterable[str | None], fallback: str) -> str:
    """Return a name from the one or two commonest streets, or `fallback` where none is named.

    Texts that name a kind of place (“Supermarket”) stand first only where fewer than one
    incident in ten names the commonest street. The second street enters when at least a quarter
    of the incidents that name a street name it.

    Examples
    --------
    >>> name_place(["On or near High Street"] * 3 + ["On or near Queensway"] * 2, "hex250:0:0")
    'High Street and Queensway'
    """
    counted = count_streets(locations)
    streets = [item for item in counted if item[0].casefold() not in GENERIC] or counted
    if not streets:
        return fallback
    if is_minor(streets[0][1], counted):
        return f"{counted[0][0]} by {streets[0][0]}"
    enough = _SECOND_STREET_SHARE * sum(n for _, n in streets)
    return " and ".join(name for name, n in streets[:2] if name == streets[0][0] or n >= enough)


def is_minor(n: int, counted: Sequence[tuple[str, int]]) -> bool:
    """Tell whether a street is named by too few of the incidents to stand for the place."""
    return n < _MINOR_SHARE * sum(times for _, times in counted)


def tell_apart(names: Sequence[str], streets: Sequence[Sequence[str]]) -> list[str]:
    """Return names of which no two are the same.

    A repeated name takes the next street of its place; failing that, a number in the order of
    the list.

    Parameters
    ----------
    names
        One name a place, in order of rank.
    streets
        The streets of each place, commonest first.
    """
    taken: dict[str, int] = {}
    repeated = {name for name, times in Counter(names).items() if times > 1}
    told = []
    for name, mine in zip(names, streets, strict=True):
        extra = _own_street(name, mine) if name in repeated else None
        full = f"{name}, by {extra}" if extra else name
        taken[full] = taken.get(full, 0) + 1
        told.append(full if taken[full] == 1 else f"{full} ({taken[full]})")
    return told


def list_words(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> list_words(["robbery", "violence", "theft"])
    'robbery, violence and theft'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def keep_ids(
    found: Sequence[str], shared: Mapping[tuple[str, str], tuple[float, float]]
) -> dict[str, str]:
    """Return the identifier each hot spot goes by, kept from an earlier list where it may be.

    Parameters
    ----------
    found
        Identifiers of the new hot spots, in order of rank.
    shared
        By (new, earlier) identifier the area both cover: as a share of the smaller of the two,
        and in m². From a share of half on the earlier identifier is kept, once each: by the
        larger share, then the larger area, then the place that would bear it anyway, then rank.
    """
    rank = {new: number for number, new in enumerate(found)}

    def worth(pair: tuple[str, str]) -> tuple[float, float, bool, int, str]:
        (share, area_m2), (new, old) = shared[pair], pair
        # Outlines that went through another coordinate system differ by a little.
        return -round(share, 2), -round(area_m2), new != old, rank[new], old

    kept: dict[str, str] = {}
    for new, old in sorted(shared, key=worth):
        is_same = shared[new, old][0] >= _SAME_SHARE - _ROUNDING
        if is_same and new not in kept and old not in kept.values():
            kept[new] = old
    used = set(kept.values())
    return {new: kept[new] if new in kept else _free(new, used) for new in found}


def _own_street(name: str, streets: Sequence[str]) -> str | None:
    others = [s for s in streets if s not in name and s.casefold() not in GENERIC]
    return others[0] if others else None


def _free(wanted: str, used: set[str]) -> str:
    candidate, number = wanted, 2
    while candidate in used:
        candidate, number = f"{wanted}-{number}", number + 1
    used.add(candidate)
    return candidate
