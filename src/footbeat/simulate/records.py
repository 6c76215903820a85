"""The records system of a synthetic town: its export, as messy as a real one, and its mapping.

The demonstration reads this CSV through the same reader and the same kind of mapping as any
force's own export; nothing here is handed over on a side door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.periods import DAY_START_HOUR
from footbeat.simulate.happenings import recorded_points
from footbeat.simulate.layout import CENTRE, CRS
from footbeat.simulate.town import LABEL, TIMEZONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.simulate.happenings import Happenings
    from footbeat.simulate.town import Town

    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

SOURCE_NAME = "saltmere-records"

# Offence key, code and title in the export, and its share of each role's records.
_OFFENCES = (
    ("homicide", "1", "Murder", {"public": 0.0005}),
    ("attempted-murder", "2", "Attempted murder", {"public": 0.001}),
    ("wounding", "5D", "Wounding with intent", {"public": 0.03, "domestic": 0.01}),
    ("gbh", "8F", "Inflicting grievous bodily harm", {"public": 0.045, "domestic": 0.02}),
    ("robbery", "34B", "Robbery of personal property", {"public": 0.11}),
    ("threats", "3B", "Threats to kill", {"public": 0.04, "domestic": 0.12}),
    ("abh", "8N", "Assault occasioning ABH", {"public": 0.3335, "domestic": 0.35, "hospital": 0.2}),
    (
        "common-assault",
        "105A",
        "Common assault and battery",
        {"public": 0.44, "domestic": 0.5, "hospital": 0.8, "custody": 1.0},
    ),
    ("drugs-possession", "92E", "Possession of cannabis", {"officer": 0.75}),
    ("possession-of-weapons", "10D", "Having a bladed article", {"officer": 0.25}),
)
_PUBLIC_ROLES = {"planted", "flare", "background"}
_PREMISES = {
    "nightlife": "OUTSIDE LICENSED PREMISES",
    "station": "TRANSPORT HUB",
    "parade": "SHOPPING PARADE",
    "shops": "SHOPPING AREA",
    "park": "PARK",
    "home": "DWELLING",
    "custody": "CUSTODY SUITE",
    "hospital": "HOSPITAL",
}
_KNIFE_SHARE = {"robbery": 0.25, "wounding": 0.4, "attempted-murder": 0.5, "gbh": 0.12}
_NOT_LOCATED, _CANCELLED, _FAR_OFF, _UNDATED, _TWICE = 0.008, 0.025, 0.002, 0.001, 0.003
_MOST_A_DAY = 100
_SPAN_SHARE, _LATE_SHARE = 0.15, 0.08

MAPPING = f"""# How to read the export of Saltmere's records system. {LABEL}
name = "{SOURCE_NAME}"
title = "the invented records system of an invented town"
synthetic = true
timezone = "{TIMEZONE}"
location_grade = "A"
default_group = "violence"
attribution = ["Simulated by Footbeat; no real data."]
cautions = ["{LABEL}"]

[columns]
incident_id = "Occurrence No"
offence = "HO Code"
category = "Offence Title"
start = "Committed From"
end = "Committed To"
recorded_at = "Recorded"
status = "Status"
x = "Easting"
y = "Northing"
location = "Street"
location_grade = "Geocode Level"
premises = "Premises Type"
is_public = "Public Place"
is_domestic = "DV Flag"
is_knife = "Knife Flag"
is_police_generated = "Police Generated"

[format]
dates = "day-first"

[crs]
input = "{CRS}"
output = "{CRS}"

[codes.status]
"ACTIVE" = "live"
"FILED" = "live"
"CANCELLED" = "cancelled"

[codes.location_grade]
"ADDRESS" = "A"
"STREET" = "C"
"NONE" = "X"

[codes.premises]
"CUSTODY SUITE" = "custody-suite"
"HOSPITAL" = "hospital"
"DWELLING" = "dwelling"

[codes.offence]
{chr(10).join(f'"{code}" = "{key}"' for key, code, _, _ in _OFFENCES)}
"""


def write_down(
    town: Town,
    events: Happenings,
    export_day: int,
    *,
    rng: np.random.Generator,
    prevented: BoolArray | None = None,
) -> pd.DataFrame:
    """Return the export of the records system, made at 06:00 on the day of that number.

    `prevented` events leave no row, and every other row is the same as if they had.

    What had not been recorded by then is not in it. A small share of rows is spoiled as in
    real exports: no location, a far-off one, no date, the same row twice, cancelled later.
    """
    recorded = _recorded(events, rng)
    frame = _spoil(_columns(town, events, recorded, rng), rng)
    twice = np.flatnonzero(rng.random(len(frame)) < _TWICE)
    rows = np.r_[np.arange(len(frame)), twice]
    kept = recorded < export_day * 1440
    if prevented is not None:
        kept &= ~prevented
    rows = rows[kept[rows]]
    return pd.DataFrame(frame.iloc[rows[np.argsort(recorded[rows], kind="stable")]])


def _recorded(events: Happenings, rng: np.random.Generator) -> IntArray:
    """Return when each event is recorded, in minutes since 06:00 on the first day."""
    n = len(events)
    late = rng.random(n) < _LATE_SHARE
    delay = np.where(late, rng.exponential(9 * 1440.0, n), rng.exponential(500.0, n))
    return np.asarray(events.day * 1440 + events.minute + 60 + delay.astype(np.int64))


def _columns(
    town: Town, events: Happenings, recorded: IntArray, rng: np.random.Generator
) -> pd.DataFrame:
    first = pd.Timestamp(town.options.first_day) + pd.Timedelta(hours=DAY_START_HOUR)
    happened = events.day * 1440 + events.minute
    spans = np.where(rng.random(len(events)) < _SPAN_SHARE, rng.integers(5, 90, len(events)), 0)
    role = np.array([scene.role for scene in town.scenes])[events.scene]
    kind = np.array([scene.kind for scene in town.scenes])[events.scene]
    offence = _draw_offences(role, rng)
    keys = np.array([key for key, _, _, _ in _OFFENCES])[offence]
    x, y = recorded_points(town, events)
    street = np.array(town.streets.name)[town.addresses.stretch[events.address]]
    return pd.DataFrame(
        {
            "Occurrence No": _numbers(first, recorded, events.day),
            "HO Code": np.array([code for _, code, _, _ in _OFFENCES])[offence],
            "Offence Title": np.array([title for _, _, title, _ in _OFFENCES])[offence],
            "Committed From": _clock(first, happened - spans // 2),
            "Committed To": _clock(first, happened + (spans + 1) // 2),
            "Recorded": _clock(first, recorded),
            "Status": np.where(rng.random(len(events)) < 0.7, "FILED", "ACTIVE"),  # noqa: PLR2004 - a share
            "Easting": np.round(x).astype(int).astype(str),
            "Northing": np.round(y).astype(int).astype(str),
            "Street": street,
            "Geocode Level": np.where(events.is_street_only, "STREET", "ADDRESS"),
            "Premises Type": [_PREMISES.get(name, "STREET") for name in kind],
            "Public Place": np.where(np.isin(role, list(_PUBLIC_ROLES | {"officer"})), "Y", "N"),
            "DV Flag": np.where(role == "domestic", "Y", "N"),
            "Knife Flag": _knives(keys, role, rng),
            "Police Generated": np.where(role == "officer", "Y", "N"),
            "Beat": _beats(x, y),
        }
    )


def _draw_offences(role: NDArray[np.str_], rng: np.random.Generator) -> IntArray:
    drawn = np.zeros(len(role), dtype=np.int64)
    named = np.where(np.isin(role, list(_PUBLIC_ROLES)), "public", role)
    for name in np.unique(named):
        shares = np.array([mix.get(str(name), 0.0) for _, _, _, mix in _OFFENCES])
        rows = named == name
        drawn[rows] = rng.choice(len(_OFFENCES), int(rows.sum()), p=shares / shares.sum())
    return drawn


def _knives(
    keys: NDArray[np.str_], role: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.str_]:
    share = np.array([_KNIFE_SHARE.get(str(key), 0.02) for key in keys])
    share[keys == "possession-of-weapons"] = 1.0
    share[role == "custody"] = 0.0
    return np.where(rng.random(len(keys)) < share, "Y", "N")


def _numbers(first: pd.Timestamp, recorded: IntArray, day: IntArray) -> list[str]:
    """Return numbers in order of recording, above those of any earlier export."""
    before = _MOST_A_DAY * int(day.min()) if len(day) else 0
    order = np.empty(len(recorded), dtype=np.int64)
    order[np.argsort(recorded, kind="stable")] = before + 1 + np.arange(len(recorded))
    years = (first + pd.to_timedelta(recorded, unit="min")).year
    return [f"SM/{year % 100:02}/{number:06}" for year, number in zip(years, order, strict=True)]


def _beats(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.str_]:
    north, east = y > CENTRE[1], x > CENTRE[0]
    return np.where(north, np.where(east, "SM02", "SM01"), np.where(east, "SM04", "SM03"))


def _clock(first: pd.Timestamp, minutes: IntArray) -> list[str]:
    times = first + pd.to_timedelta(minutes, unit="min")
    return list(times.strftime("%d/%m/%Y %H:%M"))


def _spoil(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    chance = rng.random((4, len(frame)))
    done = frame.copy()
    nowhere, far = chance[0] < _NOT_LOCATED, chance[1] < _FAR_OFF
    done.loc[nowhere, ["Easting", "Northing"]] = "0"
    done.loc[nowhere, "Geocode Level"] = "NONE"
    done.loc[far & ~nowhere, "Easting"] = "1" + done.loc[far & ~nowhere, "Easting"]
    done.loc[chance[2] < _CANCELLED, "Status"] = "CANCELLED"
    done.loc[chance[3] < _UNDATED, ["Committed From", "Committed To"]] = ""
    return done
