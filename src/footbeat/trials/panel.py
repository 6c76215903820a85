"""Place-days laid out as days by places, phase by phase, beside the draw they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import MismatchError
from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.trials.arms import check_arms
from footbeat.trials.phases import Panel, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism
    from footbeat.trials.placedays import Placedays

__all__ = ["Panel", "Phase", "lay_out", "roster_of"]


def lay_out(placedays: Placedays, rosters: Sequence[Roster] | None = None) -> Panel:
    """Lay place-days out by phase, and check that the arms could have been drawn as said.

    Parameters
    ----------
    placedays
        The table; `about.mechanism` names the mechanism of each phase.
    rosters
        Places and days of each phase as drawn; left out, they are those of the table, which
        is the same unless the mechanism keeps near places apart.

    Raises
    ------
    MismatchError
        When the arms do not follow the mechanism.
    """
    frame = placedays.frame
    numbers = sorted(frame["phase"].unique())
    phases = []
    for index, number in enumerate(numbers):
        rows = np.flatnonzero(frame["phase"].to_numpy() == number)
        roster = rosters[index] if rosters else roster_of(frame.iloc[rows])
        grammar = placedays.about.mechanism[min(index, len(placedays.about.mechanism) - 1)]
        phases.append(_lay_out_phase(frame, rows, parse_mechanism(grammar), roster))
    return Panel(tuple(phases))


def roster_of(frame: pd.DataFrame) -> Roster:
    """Return the places and days of a table, in the order they appear and by date."""
    places = frame.drop_duplicates("hotspot_id")
    days = sorted(frame["day"].unique())
    strata = tuple(places["stratum"].astype(str))
    return Roster(tuple(places["hotspot_id"]), tuple(days), strata)


def _lay_out_phase(
    frame: pd.DataFrame, rows: NDArray[np.int64], mechanism: Mechanism, roster: Roster
) -> Phase:
    part = frame.iloc[rows]
    table = np.full(roster.shape, -1, dtype=np.int64)
    day = pd.Index(roster.days).get_indexer(pd.Index(part["day"]))
    place = pd.Index(roster.hotspot_ids).get_indexer(pd.Index(part["hotspot_id"]))
    if (day < 0).any() or (place < 0).any():
        raise MismatchError(
            "The place-days must belong to the schedule.",
            found=f"{int(((day < 0) | (place < 0)).sum()):,} are not in it.",
            do="Give the schedule they were made with.",
        )
    table[day, place] = rows
    mechanism.check(roster)
    present = table >= 0
    phase = Phase(
        mechanism,
        roster,
        table,
        present & (frame["assigned"].to_numpy(dtype=np.int64)[table] == 1),
        mechanism.probabilities(roster),
        present & frame["mature"].to_numpy(dtype=bool)[table],
    )
    check_arms(phase, present)
    return phase
