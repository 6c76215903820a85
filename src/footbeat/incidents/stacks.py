"""Stacked points: one spot that holds many incidents, what it may be, and what it was labelled.

A custody suite, a hospital or a geocoder's default collects what happened elsewhere. An
analyst labels such a spot once, in a file one can hand over; reading with that file excludes
the closed premises among them.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from footbeat.errors import ColumnError, StoreError
from footbeat.incidents.exclude import CLOSED_PREMISES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb
    import pandas as pd
    from numpy.typing import NDArray

# A spot is stacked when it holds this many incidents and this share of them, or very many.
FEWEST = 20
LEAST_SHARE = 0.001
ALWAYS = 200
_MOST_LISTED = 25
_MANY_STREETS = 4
_GUESSES = (
    ("police-station", ("police station", "custody")),
    ("hospital", ("hospital", "infirmary", "a&e", "accident and emergency")),
    ("prison", ("prison", "hmp")),
    ("petrol-station", ("petrol station", "filling station")),
    ("airport", ("airport",)),
    ("car park", ("car park", "parking area", "multi storey")),
    ("station", ("railway station", "bus station", "station")),
    ("venue", ("nightclub", "club", "pub", "bar", "theatre", "stadium", "arena", "cinema")),
    ("shop", ("supermarket", "shopping", "superstore", "retail")),
)
_STREETS = (
    "road|street|lane|avenue|way|close|approach|drive|terrace|square|hill|place|court|row|rd|st"
)
# A word names the place itself, not the street that is called after it.
_SIGNS = tuple(
    (guess, re.compile(rf"\b({'|'.join(map(re.escape, signs))})\b(?! ({_STREETS})\b)"))
    for guess, signs in _GUESSES
)
_HEADINGS = ("x", "y", "n", "guess", "location", "label")


@dataclass(frozen=True, slots=True)
class Stack:
    """One stacked point.

    Attributes
    ----------
    x, y
        Where, in metres.
    n, share
        Incidents it holds, and their share of all.
    location
        The commonest text of its location.
    guess
        What it may be: a kind of premises, ``geocoder default``, ``street anchor`` or nothing.
    label
        What an analyst called it.
    n_exact
        Incidents it holds whose place is graded A or B.
    """

    x: float
    y: float
    n: int
    share: float
    location: str
    guess: str
    label: str = ""
    n_exact: int = 0


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of stacked points: keys of whole metres, ascending, and their labels."""

    keys: NDArray[np.int64]
    names: tuple[str, ...]

    def name_points(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> pa.Array:
        """Return the label of each point, missing where it has none."""
        if not self.names:
            return pa.nulls(len(x), pa.string())
        keys = point_keys(x, y)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        names = np.array(self.names, object)[place]
        return pa.array(names, pa.string(), mask=self.keys[place] != keys)


NO_LABELS = Labels(np.empty(0, np.int64), ())


def list_stacks(session: duckdb.DuckDBPyConnection, labels: Labels = NO_LABELS) -> list[Stack]:
    """Return the spots of the session's `incidents` that hold suspiciously many, fullest first.

    Points of snapped data are all stacked by design; they are listed as street anchors.
    """
    (n_all,) = session.execute("SELECT count(*) FROM incidents").fetchall()[0]
    least = max(FEWEST, min(LEAST_SHARE * n_all, ALWAYS))
    session.execute(_FULL, {"least": least, "most": _MOST_LISTED})
    full = session.execute("SELECT * FROM full_points ORDER BY n DESC, east, north").df()
    texts = {
        name: session.execute(_TEXTS.format(name=name)).df() for name in ("location", "premises")
    }
    return [_describe(point, n_all, texts, labels) for _, point in full.iterrows()]


_FULL = """
    CREATE OR REPLACE TEMP TABLE full_points AS
    SELECT round_even(x, 0) AS east, round_even(y, 0) AS north, min(x) AS x, min(y) AS y,
        count(*) AS n, count(*) FILTER (location_grade IN ('A', 'B')) AS n_exact,
        bool_and(source = 'police-uk') AS is_snapped
    FROM incidents GROUP BY 1, 2 HAVING count(*) >= $least
    ORDER BY n DESC, east, north LIMIT $most
"""
_TEXTS = """
    SELECT east, north, {name} AS text, count(*) AS n
    FROM incidents JOIN full_points
        ON round_even(incidents.x, 0) = east AND round_even(incidents.y, 0) = north
    WHERE {name} IS NOT NULL GROUP BY ALL ORDER BY n DESC, text
"""


def point_keys(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return one number for each whole-metre point."""
    east, north = np.rint(np.nan_to_num(x)), np.rint(np.nan_to_num(y))
    return east.astype(np.int64) * 100_000_000 + north.astype(np.int64)


def load_labels(path: Path) -> Labels:
    """Read labelled points; rows without a label are left out.

    Labels are read without case, and with spaces as hyphens: ``Police Station`` is
    ``police-station``.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When it does not have x, y and label, or they are no numbers.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row.get("label") or "").strip()]
        x = np.array([float(row["x"]) for row in rows])
        y = np.array([float(row["y"]) for row in rows])
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV file of labelled points.",
            found="It cannot be read.",
            do="Make one with `footbeat incidents quality F --labels labels.csv`.",
        ) from error
    except (KeyError, ValueError, TypeError) as error:
        raise ColumnError(
            f"`{path.name}` must have the columns x, y and label, x and y as numbers.",
            found="A column is missing or holds something else.",
            do="Make one with `footbeat incidents quality F --labels labels.csv`.",
        ) from error
    keys = point_keys(x, y)
    order = np.argsort(keys, kind="stable")
    return Labels(keys[order], tuple(_plain_label(rows[i]["label"]) for i in order))


def say_remembered(labels: Labels) -> str:
    """Return the caution on labels that exclude nothing, or nothing where all do."""
    kept = sorted(set(labels.names) - set(CLOSED_PREMISES))
    if not kept:
        return ""
    return (
        f"Points labelled {', '.join(kept)} still steer patrols: only "
        f"{', '.join(CLOSED_PREMISES)} are left out."
    )


def _plain_label(text: str) -> str:
    return "-".join(text.casefold().replace("-", " ").split())


def write_labels(stacks: Sequence[Stack], draft: Path) -> None:
    """Write stacked points for an analyst to label: hospital, custody-suite, prison, …."""
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADINGS)
        writer.writerows(
            [f"{s.x:.1f}", f"{s.y:.1f}", s.n, s.guess, _harmless(s.location), s.label]
            for s in stacks
        )


def _describe(
    point: pd.Series[Any], n_all: int, texts: Mapping[str, pd.DataFrame], labels: Labels
) -> Stack:
    locations, premises = (
        found.loc[(found["east"] == point["east"]) & (found["north"] == point["north"]), "text"]
        for found in (texts["location"], texts["premises"])
    )
    x, y = float(point["x"]), float(point["y"])
    label = labels.name_points(np.array([x]), np.array([y]))[0].as_py() or ""
    return Stack(
        x=x,
        y=y,
        n=int(point["n"]),
        share=int(point["n"]) / n_all,
        location=str(locations.iloc[0]) if len(locations) else "",
        guess=_guess(locations, premises, is_snapped=bool(point["is_snapped"])),
        label=label,
        n_exact=int(point["n_exact"]),
    )


def _guess(texts: pd.Series[str], premises: pd.Series[str], *, is_snapped: bool) -> str:
    """Guess by the commonest texts, most frequent first."""
    words = " ".join([*premises[:5], *texts[:5]]).casefold().replace("-", " ")
    named = next((guess for guess, sign in _SIGNS if sign.search(words)), "")
    if named:
        return named
    if is_snapped:
        return "street anchor"
    # One point with the names of many streets is where a geocoder puts what it cannot find.
    return "geocoder default" if len(texts) >= _MANY_STREETS else ""


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
