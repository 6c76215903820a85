"""Harm five ways: one homicide can be the whole result, so no single way is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.trials.inference import estimate_by_redraws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.inference import Draws
    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.results import Estimate

    FloatArray = NDArray[np.float64]

WINSORISED_SHARE = 0.95
COVERAGE = (
    "Intervals of harm cover less than they say (87 % to 95 % of 1,000 trials each at published "
    "shapes): run `footbeat trial calibrate --keep` for this design's own figure."
)


def estimate_harm(
    placedays: Placedays, panel: Panel, values: FloatArray, draws: Draws
) -> tuple[Estimate, ...]:
    """Estimate the ratio of harm winsorised, by square root, and without the heaviest incident.

    The means themselves are the main estimate, and the number of incidents that carry half the
    harm is the fifth way. A ratio of square roots is a ratio of another quantity: compare its
    direction and p, not its size.
    """
    return (
        estimate_by_redraws(
            panel, winsorise(values), draws, name="harm-winsorised",
            note="Harm of a place-day above the 95 % point of those with any is set to it.",
        ),
        estimate_by_redraws(
            panel, np.sqrt(values), draws, name="harm-square-root",
            note="A ratio of mean square roots: compare its direction, not its size.",
        ),
        estimate_by_redraws(
            panel, without_largest(placedays, values), draws, name="harm-leave-largest-out",
            note="Without the single heaviest incident.",
        ),
    )  # fmt: skip


def winsorise(values: FloatArray) -> FloatArray:
    """Cap outcomes at a high point of those above 0.

    Examples
    --------
    >>> bool(winsorise(np.array([0.0, 1.0, 1.0, 5475.0])).max() < 5475)
    True
    """
    some = values[values > 0]
    return np.minimum(values, np.quantile(some, WINSORISED_SHARE)) if some.size else values


def without_largest(placedays: Placedays, values: FloatArray) -> FloatArray:
    """Take the heaviest incident out; where incidents are not known, its whole place-day."""
    enters = placedays.frame["mature"].to_numpy(dtype=bool)
    largest = placedays.frame["harm_largest"].to_numpy(dtype=np.float64)
    largest = np.where(np.isnan(largest), values, largest) * enters
    done = values.copy()
    heaviest = int(np.argmax(largest))
    done[heaviest] = max(done[heaviest] - largest[heaviest], 0.0)
    return done
