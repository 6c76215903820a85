"""Which limit keeps a rota from making every visit, and by how much: one taken away at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footbeat.tasking.rota_model import solve_rota

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from footbeat.tasking.rota_model import Solution
    from footbeat.tasking.rota_options import RotaOptions
    from footbeat.tasking.shifts import Crew, Job

    FloatArray = NDArray[np.float64]

_MORE_UNITS = (1, 2, 3, 4)
_HOUR_MIN = 60
_COUNTING = 2.0


def explain_limits(
    jobs: list[Job],
    crews: list[Crew],
    travel: FloatArray,
    options: RotaOptions,
    solution: Solution,
) -> tuple[str, ...]:
    """Solve again with one limit at a time taken away, and say what each would serve."""
    left = len(solution.unserved)
    tries: list[tuple[str, list[Job], list[Crew]]] = []
    if options.most_places:
        freed = [replace(crew, most_jobs=len(jobs)) for crew in crews]
        tries.append(("without the limit of places a unit", jobs, freed))
    if options.break_min:
        rested = [replace(crew, break_min=0) for crew in crews]
        tries.append(("without breaks", jobs, rested))
    if options.unit_district:
        tries.append(("across districts", jobs, [replace(crew, district="") for crew in crews]))
    longer = [replace(crew, end=crew.end + _HOUR_MIN) for crew in crews]
    tries.append(("with a shift one hour longer", jobs, longer))
    wide = [replace(job, earliest=crews[0].start, latest=crews[0].end) for job in jobs]
    tries.append(("at any time of the shift instead of the drawn windows", wide, crews))
    words = []
    for name, each_jobs, each_crews in tries:
        missed = _count_missed(each_jobs, each_crews, travel, options)
        if missed < left:
            words.append(f"{left - missed} of {left} more could be made {name}.")
    return (_more_units(jobs, crews, travel, options, left), *words)


def _count_missed(
    jobs: list[Job], crews: list[Crew], travel: FloatArray, options: RotaOptions
) -> int:
    effort = min(options.effort, _COUNTING)
    return len(solve_rota(jobs, crews, travel, effort=effort, is_count_only=True).unserved)


def _more_units(
    jobs: list[Job], crews: list[Crew], travel: FloatArray, options: RotaOptions, left: int
) -> str:
    for more in _MORE_UNITS:
        spare = replace(crews[0], district="", place=crews[0].base)
        if not _count_missed(jobs, [*crews, *[spare] * more], travel, options):
            units = "unit" if more == 1 else "units"
            return f"All {left} could be made with {more} more {units}."
    return (
        f"Not even {_MORE_UNITS[-1]} more units would make all {left}: "
        "their windows do not fit the shift."
    )
