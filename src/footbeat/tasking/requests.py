"""What a person asks for, settled into options: presets filled in, strata counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footbeat.errors import UsageError
from footbeat.periods import Window
from footbeat.tasking.designs import write_mechanism
from footbeat.tasking.doses import Dose, read_doses, split_doses
from footbeat.tasking.mechanisms.base import ONE_STRATUM
from footbeat.tasking.options import FROM_SYSTEM, ScheduleOptions
from footbeat.tasking.presets import Preset, load_preset
from footbeat.tasking.windows import VisitPlan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from footbeat.areas import Hotspots


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks of a schedule; what is left empty comes from the preset.

    Attributes
    ----------
    start, n_days
        First operational day, and calendar days the phase spans.
    treat, share
        Hot spots a day (``8``, or ``A:6,B:2`` by stratum), or the share of them.
    preset
        Name of a preset, or empty.
    strata_column, strata
        Column the strata come from, and each hot spot's value in it.
    apart_m
        Distance below which two places count as near.
    weekdays, skip
        Days of the week with patrols, and dates left out.
    window, visit_window_min
        Hours of the visits, and the length of one visit's window.
    visits_per_day, dose_min
        Visits a patrol day, and minutes of one: ``2``, or by stratum ``A:2,B:1``.
    n_shifts
        Parts of the hot window a `latin` design balances.
    phase, previous
        Number of the phase, and commitment of the one before.
    plan_hash, seed_source
        As in `ScheduleOptions`.
    """

    start: date
    n_days: int | None = None
    treat: str = ""
    share: float | None = None
    preset: str = ""
    strata_column: str = ""
    strata: Mapping[str, str] = field(default_factory=dict)
    apart_m: float = 500.0
    weekdays: tuple[str, ...] = ()
    skip: tuple[date, ...] = ()
    window: str = "14:00-22:00"
    visit_window_min: int = 90
    visits_per_day: str = ""
    dose_min: str = ""
    n_shifts: int = 1
    phase: int = 1
    previous: str = ""
    plan_hash: str = ""
    seed_source: str = FROM_SYSTEM


def settle_request(request: Request, design: str, hotspots: Hotspots) -> ScheduleOptions:
    """Return the options one design gives for these hot spots.

    Raises
    ------
    UsageError
        When the days are missing, or the design and the numbers do not fit.
    """
    preset = load_preset(request.preset) if request.preset else None
    n_days = request.n_days or (preset.n_days if preset else None)
    if n_days is None:
        raise UsageError(
            "A schedule must be told how many days it spans.",
            found="Neither --days nor --preset was given.",
            do="Give for example --days 90.",
        )
    return ScheduleOptions(
        start=request.start,
        n_days=n_days,
        mechanism=_mechanism(request, preset, design, hotspots, n_days),
        visits=_visits(request, preset, design, hotspots),
        weekdays=request.weekdays,
        skip=request.skip,
        timezone=hotspots.provenance.timezone,
        apart_m=request.apart_m,
        strata={name: request.strata.get(name, "") for name in hotspots.ids}
        if request.strata_column
        else {},
        phase=request.phase,
        previous=request.previous,
        plan_hash=request.plan_hash,
        seed_source=request.seed_source,
    )


def _visits(request: Request, preset: Preset | None, design: str, hotspots: Hotspots) -> VisitPlan:
    _, written = split_doses(design)
    usual = Dose(dose_min=preset.dose_min) if preset else Dose()
    dose, doses = read_doses(
        written.get("visits", request.visits_per_day),
        written.get("dose", request.dose_min),
        list(_sizes(request, hotspots)) if request.strata_column else [],
        usual=usual,
    )
    hot = Window.parse(request.window)
    return VisitPlan(
        hot,
        request.visit_window_min,
        visits_per_day=dose.visits_per_day,
        dose_min=dose.dose_min,
        doses=doses,
    )


def _sizes(request: Request, hotspots: Hotspots) -> dict[str, int]:
    if not request.strata_column:
        return {ONE_STRATUM: len(hotspots)}
    return dict(Counter(request.strata.get(name, "") for name in hotspots.ids))


def _mechanism(
    request: Request, preset: Preset | None, design: str, hotspots: Hotspots, n_days: int
) -> str:
    treat, share = request.treat, request.share
    if preset and not treat and share is None:
        treat, share = str(preset.treat or ""), preset.share
    return write_mechanism(
        design,
        _sizes(request, hotspots),
        treat=treat,
        share=share,
        strata=request.strata_column,
        n_days=n_days,
        n_shifts=request.n_shifts,
    )
