"""Named, cited defaults: what well-known trials did."""

from __future__ import annotations

from dataclasses import dataclass

from footbeat.errors import UsageError


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults a published trial gives.

    Attributes
    ----------
    name, cite
        Its name and where it is described.
    n_days
        Days of the phase.
    treat
        Hot spots patrolled a day; None where the trial fixed a share instead.
    share
        Share of hot spots patrolled a day; None where the trial fixed a number.
    dose_min
        Minutes of one visit.
    """

    name: str
    cite: str
    n_days: int
    treat: int | None
    share: float | None
    dose_min: float


PRESETS = (
    Preset(
        name="southend",
        cite="Basford et al. 2021, Cambridge Journal of Evidence-Based Policing, "
        "doi 10.1007/s41887-021-00067-2: 8 of 20 hot spots a day for 90 days, 15 minutes",
        n_days=90,
        treat=8,
        share=None,
        dose_min=15,
    ),
    Preset(
        name="op-rowan",
        cite="Bland et al. 2021, Cambridge Journal of Evidence-Based Policing, "
        "doi 10.1007/s41887-021-00066-3: 7 of 21 areas a day for 90 days",
        n_days=90,
        treat=7,
        share=None,
        dose_min=15,
    ),
    Preset(
        name="thames-valley",
        cite="Thames Valley Police's own trial: 45 hot spots, half of them a day",
        n_days=90,
        treat=None,
        share=0.5,
        dose_min=15,
    ),
)


def load_preset(name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    UsageError
        When there is none.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise UsageError(
        "A preset must be one Footbeat knows.",
        found=f"It is “{name}”.",
        do=f"Give one of {', '.join(preset.name for preset in PRESETS)}.",
    )
