"""The significance level, as every command of the trial takes it."""

from __future__ import annotations

from footbeat.errors import UsageError


def check_level(alpha: float) -> None:
    """Raise UsageError unless a significance level lies between 0 and 1."""
    if not 0 < alpha < 1:
        raise UsageError(
            "A significance level must lie between 0 and 1.",
            found=f"It is {alpha:g}.",
            do="Give for example --alpha 0.05.",
        )
