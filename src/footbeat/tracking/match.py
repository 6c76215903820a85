"""From files of pings to visits, on the engine of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.tracking.pings import PingOptions, read_pings
from footbeat.tracking.visits import match_visits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from footbeat.areas import Hotspots
    from footbeat.tracking.layouts import PingLayout
    from footbeat.tracking.options import VisitOptions
    from footbeat.tracking.visits import Tags, Visits


def ping_options(
    hotspots: Hotspots,
    layout: PingLayout,
    *,
    key: bytes,
    ping_crs: str,
    latest: datetime,
    visits: VisitOptions,
) -> PingOptions:
    """Return how pings are read for these hot spots."""
    west, south, east, north = (float(edge) for edge in hotspots.frame.total_bounds)
    return PingOptions(
        key=key,
        crs=str(hotspots.frame.crs.to_string()),
        bounds=(west, south, east, north),
        timezone=visits.timezone,
        latest=latest,
        ping_crs=ping_crs,
        layout=layout,
        worst_accuracy_m=visits.worst_accuracy_m,
    )


def match_files(
    paths: Sequence[Path],
    hotspots: Hotspots,
    reading: PingOptions,
    options: VisitOptions,
    *,
    schedule: pd.DataFrame | None = None,
    tags: Tags | None = None,
) -> Visits:
    """Read files of pings and match them to hot spots.

    Raises
    ------
    DataError
        When no row can be used.
    """
    pings = read_pings(paths, reading)
    return match_visits(pings, hotspots, options, schedule=schedule, tags=tags)
