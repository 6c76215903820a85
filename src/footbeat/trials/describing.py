"""What is analysed: the outcome, the arms, their counts and exposure, before any estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import ColumnError, DataError
from footbeat.trials.results import Effect
from footbeat.trials.wording import OUTCOME_LABELS, SAME_DAY, SAME_DAY_AND_CARRY_OVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.trials.panel import Panel
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]


def outcome_values(placedays: Placedays, outcome: str) -> FloatArray:
    """Return the outcome of each place-day.

    Raises
    ------
    ColumnError
        When the table has no such outcome, or it is unknown on a place-day that enters.
    """
    frame = placedays.frame
    known = outcome in OUTCOME_LABELS and outcome in frame
    if not known or frame.loc[frame["mature"], outcome].isna().any():
        raise ColumnError(
            f"The place-days must have the outcome `{outcome}`.",
            found="It is missing or empty.",
            do=f"Choose one of {', '.join(OUTCOME_LABELS)}, or build place-days that have it.",
        )
    return np.asarray(np.nan_to_num(frame[outcome].to_numpy(dtype=np.float64)))


def check_analysable(panel: Panel) -> None:
    """Raise DataError when there is nothing to compare."""
    n_places = max(phase.arms.shape[1] for phase in panel.phases)
    if n_places < 2:  # noqa: PLR2004 - a comparison takes two
        raise DataError(
            "A trial must have at least two hot spots.",
            found="There is one.",
            do="A single place cannot be compared with others on the same day.",
        )
    arms, counted = panel.arms, panel.counted
    if not (arms[counted] == 1).any() or not (arms[counted] == 0).any():
        raise DataError(
            "Both arms must have place-days that are old enough.",
            found=f"{int(counted.sum()):,} place-days enter.",
            do="Wait until the settling time is over, or give a later data cut.",
        )


def describe(placedays: Placedays, panel: Panel, values: FloatArray, outcome: str) -> Effect:
    """Return the effect's counts, exposure and description, before any estimate."""
    frame, about, known = placedays.frame, placedays.about, placedays.provenance
    enters = frame["mature"].to_numpy(dtype=bool)
    treated = enters & (frame["assigned"].to_numpy() == 1)
    control = enters & ~treated
    hours = frame["exposure_h"].to_numpy(dtype=np.float64)
    days = frame.loc[enters, "day"]
    same_day = panel.is_independent_by_day
    return Effect(
        outcome=outcome,
        outcome_label=OUTCOME_LABELS[outcome],
        estimand=SAME_DAY if same_day else SAME_DAY_AND_CARRY_OVER,
        ratio=None,
        low=None,
        high=None,
        p=None,
        n_treated=int(treated.sum()),
        n_control=int(control.sum()),
        events_treated=float(values[treated].sum()),
        events_control=float(values[control].sum()),
        exposure_treated_h=float(hours[treated].sum()),
        exposure_control_h=float(hours[control].sum()),
        n_hotspots=int(frame["hotspot_id"].nunique()),
        n_days=int(days.nunique()),
        start=days.min().isoformat(),
        end=days.max().isoformat(),
        mechanism=about.mechanism,
        n_draws=0,
        data_cut=about.data_cut,
        settle_days=about.settle_days,
        hours=about.hours,
        commitments=about.commitments,
        half_harm_incidents=about.half_harm_incidents if outcome == "harm_days" else None,
        cautions=known.cautions,
        is_synthetic=known.is_synthetic,
        marking=known.marking,
        attribution=known.attribution,
    )
