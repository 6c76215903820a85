"""Hot spot policing in one loop: Incidents, Target, Task, Track, Trial, Programme.

``import footbeat as fb`` gives the verbs of the loop, data first: read incidents, find hot
spots, draw a schedule, match visits, estimate the effect.
"""

from __future__ import annotations

from footbeat.manifest import VERSION as __version__

__all__ = ["__version__"]
