"""A shift: the visits that are due in it and the units that are there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One visit that is due.

    Attributes
    ----------
    place
        Row and column of its hot spot in the travel table.
    earliest, latest
        Minutes between which it must begin and have ended.
    minutes
        How long it lasts.
    district
        District it lies in; empty where there are none.
    """

    place: int
    earliest: int
    latest: int
    minutes: int
    district: str = ""


@dataclass(frozen=True, slots=True)
class Crew:
    """One unit in the shift.

    Attributes
    ----------
    place
        Where it stands when its part begins.
    start, end
        Minutes between which it works.
    base
        Where it takes its break and ends.
    break_min
        Length of the break still to take, 0 for none.
    break_span
        Minutes between which the break must begin and have ended.
    most_jobs
        Most visits it may make.
    district
        District it keeps to; empty means all.
    made_min
        Minutes of visits it has made before.
    """

    place: int
    start: int
    end: int
    base: int
    break_min: int
    break_span: tuple[int, int]
    most_jobs: int
    district: str = ""
    made_min: int = 0
