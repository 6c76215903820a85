"""Hot spot policing in one loop: Incidents, Target, Task, Track, Trial, Programme.

``import footbeat as fb`` gives the verbs of the loop, data first: read incidents, find hot
spots, draw a schedule, match visits, estimate the effect.
"""

from __future__ import annotations

from footbeat.manifest import VERSION

__all__ = ["__version__"]

__version__ = VERSION
