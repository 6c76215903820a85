"""The effect of a schedule, estimated from its place-days."""

from __future__ import annotations

from footbeat.trials.results import Effect, Estimate

__all__ = ["Effect", "Estimate"]
