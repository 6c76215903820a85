"""From files of pings to visits, on the engine of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.engine.base import Grouping
from footbeat.tracking.cleaning import CLEANED
from footbeat.tracking.kernel import STAYS
from footbeat.tracking.pings import PingOptions, open_sources
from footbeat.tracking.visits import make_kernel, visits_from_stays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from footbeat.areas import Hotspots
    from footbeat.engine.base import Engine
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
    engine: Engine,
    schedule: pd.DataFrame | None = None,
    tags: Tags | None = None,
) -> Visits:
    """Read files of pings and match them to hot spots.

    Raises
    ------
    DataError
        When no row can be used.
    EngineError
        When the engine stops.
    """
    sources = [source.as_source() for source in open_sources(paths, reading)]
    kernel = make_kernel(hotspots, options)
    cuts_us = np.round(kernel.day_starts * 1e6).astype(np.int64)
    grouping = Grouping(CLEANED, "unit_id", "time", cuts_us, STAYS)
    found = engine.run_groups(sources, kernel, grouping)
    return visits_from_stays(found, hotspots, options, schedule=schedule, tags=tags)
