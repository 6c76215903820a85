"""What `trial calibrate` found of a design, kept beside its schedule for every result."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from footbeat.errors import StoreError
from footbeat.manifest import canonical_json
from footbeat.outputs import writing
from footbeat.trials.harm import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footbeat.trials.results import Effect

CALIBRATION_NAME = "calibration.json"
HARM, HARM_MEANS, REDRAWN = "harm_days", "harm-means", "randomisation"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One estimator on one design.

    Attributes
    ----------
    size
        Share of trials without any effect in which p ≤ 5 % (or the monitor ever raised an
        alert); a valid one has at most 5 %.
    coverage
        Share of trials with the effect whose 95 % interval holds it; None where it has none.
    power
        Share of trials with the effect in which it was found.
    size_se, coverage_se, power_se
        Monte-Carlo standard errors.
    """

    name: str
    size: float
    size_se: float
    coverage: float | None
    coverage_se: float | None
    power: float
    power_se: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """All estimators on one design.

    Attributes
    ----------
    mechanism
        Grammar of the design.
    sims
        Trials simulated.
    rate, effect
        Incidents a place-day without patrol, and the true ratio.
    estimators
        One entry an estimator.
    """

    mechanism: str
    sims: int
    rate: float
    effect: float
    estimators: tuple[Calibrated, ...]

    def coverage_of(self, name: str) -> str:
        """Return in words how often an estimator's interval held the truth; empty if unknown."""
        known = [one for one in self.estimators if one.name == name and one.coverage is not None]
        if not known:
            return ""
        covered = round((known[0].coverage or 0.0) * self.sims)
        return f"{covered:,} of {self.sims:,} simulated intervals of this design held the truth"


def save_calibration(calibration: Calibration, path: Path, *, overwrite: bool = False) -> None:
    """Write a calibration as JSON, whole or not at all.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    with writing(path, overwrite=overwrite) as draft:
        draft.write_text(canonical_json(asdict(calibration), indent=2) + "\n", encoding="utf-8")


def find_calibration(folder: Path) -> Calibration | None:
    """Read the calibration that stands in a schedule's folder; None where none does.

    Raises
    ------
    StoreError
        When the file is something else.
    """
    path = folder / CALIBRATION_NAME
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows: Sequence[dict[str, object]] = content.pop("estimators")
        return Calibration(**content, estimators=tuple(Calibrated(**row) for row in rows))  # type: ignore[arg-type]  # read back as written
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(
            f"`{path.name}` must be a result of `footbeat trial calibrate`.",
            found="It cannot be read as one.",
            do="Write it again with --keep.",
        ) from error


def with_coverage(effect: Effect, calibration: Calibration | None) -> Effect:
    """Return the effect with the coverage of each estimator on this design beside it.

    A calibration of another design than the effect's says nothing of it and is left out.
    """
    if calibration is None or calibration.mechanism not in effect.mechanism:
        return effect
    names = {REDRAWN: HARM_MEANS} if effect.outcome == HARM else {}
    said = {
        one.name: calibration.coverage_of(names.get(one.name, one.name))
        for one in effect.estimators
        if effect.outcome != HARM or one.name in names
    }
    estimators = tuple(
        replace(one, note=f"{one.note} {said[one.name]}.".strip()) if said.get(one.name) else one
        for one in effect.estimators
    )
    harm = f"Intervals of harm cover less than they say: {said.get(REDRAWN)}."
    warnings = tuple(harm if text == COVERAGE else text for text in effect.warnings)
    return replace(effect, estimators=estimators, warnings=warnings)
