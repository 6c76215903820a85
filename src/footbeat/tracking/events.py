"""What happened to a schedule, as its journal tells it: abstractions, overrides, closures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from footbeat.tables import EVENTS
from footbeat.tasking.journal import read_journal

if TYPE_CHECKING:
    from pathlib import Path


def list_events(folder: Path, commitment: str) -> pd.DataFrame:
    """Return the `events` contract of a schedule's folder, oldest first.

    Raises
    ------
    TamperedError
        When the journal is not as it was written.
    """
    entries = read_journal(folder, commitment)
    rows = [{"at": entry.at, **entry.body} for entry in entries if entry.kind == "event"]
    return pd.DataFrame(rows).reindex(columns=list(EVENTS.names))
