"""The specification curve: the same question, asked in every defensible way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.trials.inference import Draws, estimate_by_redraws
from footbeat.trials.models import estimate_by_models
from footbeat.trials.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from footbeat.trials.panel import Phase
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.results import Estimate

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

_FIRST_DAYS = 7
_MOST_DRAWS = 1999
_WEEKEND = 4


def specify(
    placedays: Placedays, panel: Panel, values: FloatArray, draws: Draws
) -> tuple[Estimate, ...]:
    """Estimate the ratio on defensible subsets and outcomes, by redraws and by model.

    None of them is the answer; together they show whether the answer hangs on a choice. They
    are not independent, and their p-values are not to be counted.
    """
    few = Draws(min(draws.n, _MOST_DRAWS), draws.rng)
    found = []
    for name, part, outcome in _choices(placedays, panel, values):
        main = estimate_by_redraws(part, outcome, few, name=name, note="by redraws")
        model = estimate_by_models(part, outcome, wide=False)[1]
        found += [main, replace(model, name=name, note="Poisson with place and day effects")]
    return tuple(found)


def _choices(
    placedays: Placedays, panel: Panel, values: FloatArray
) -> Iterator[tuple[str, Panel, FloatArray]]:
    yield "all place-days", panel, values
    yield f"without the first {_FIRST_DAYS} days", _on_days(panel, _after_first), values
    yield "Friday to Sunday", _on_days(panel, _weekends), values
    yield "Monday to Thursday", _on_days(panel, lambda phase: ~_weekends(phase)), values
    busiest = _busiest(placedays, values)
    yield "without the busiest hot spot", _without_place(panel, busiest), values
    parts = placedays.frame["n_fractional"].to_numpy(dtype=np.float64)
    if not np.isnan(parts).any() and not np.allclose(parts, values):
        yield "uncertain times in parts", panel, parts


def _on_days(panel: Panel, choose: Callable[[Phase], BoolArray]) -> Panel:
    return Panel(
        tuple(
            replace(phase, counted=phase.counted & choose(phase)[:, None]) for phase in panel.phases
        )
    )


def _after_first(phase: Phase) -> BoolArray:
    return np.arange(phase.arms.shape[0]) >= _FIRST_DAYS


def _weekends(phase: Phase) -> BoolArray:
    return np.array([day.weekday() >= _WEEKEND for day in phase.roster.days])


def _busiest(placedays: Placedays, values: FloatArray) -> str:
    totals = placedays.frame.assign(value=values).groupby("hotspot_id")["value"].sum()
    return str(totals.idxmax())


def _without_place(panel: Panel, place: str) -> Panel:
    return Panel(
        tuple(
            replace(
                phase,
                counted=phase.counted & (np.array(phase.roster.hotspot_ids) != place)[None, :],
            )
            for phase in panel.phases
        )
    )
