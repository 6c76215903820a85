"""Risk terrain: which features of the ground go with more incidents, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import UsageError
from footbeat.stats.penalised import PenalisedFit, choose_penalty, fit_penalised
from footbeat.targeting.case import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.targeting.case import Case
    from footbeat.targeting.features import Features
    from footbeat.targeting.places import Places

    FloatArray = NDArray[np.float64]

_RUNS = 25


@dataclass(frozen=True, slots=True)
class RiskTerrainOptions:
    """How far a feature reaches, and how few are kept.

    Attributes
    ----------
    reaches_m
        Distances from a place's centre within which features are looked for.
    l1_share
        1 keeps one of several features that stand together; less spreads over them.
    penalty
        How strongly slopes are held at nought; None: by cross-validation over the ground.
    n_folds
        Parts of the ground that are left out in turn.
    """

    reaches_m: tuple[float, ...] = (150.0, 300.0, 600.0)
    l1_share: float = 0.9
    penalty: float | None = None
    n_folds: int = 5


def score_risk_terrain(case: Case, options: RiskTerrainOptions) -> Scores:
    """Score each place by the incidents its features let one expect: a penalised Poisson.

    It ranks the ground and not the past: a place without an incident scores as high as any with
    the same features, and a place whose trouble has no feature in the file scores low. What is
    kept goes with incidents; it need not cause them, and the people in it are not meant.

    References
    ----------
    Caplan, J. M. and Kennedy, L. W. (2011). Risk Terrain Modeling Compendium. Rutgers Center on
    Public Security.
    """
    features = needed_features(case, "risk-terrain")
    if case.totals.sum() <= 0:
        return Scores(np.zeros(len(case.places)))
    options = settle_risk_terrain(case, options)
    columns, words = describe_ground(case.places, features, options.reaches_m)
    counts, unit = _scaled(case)
    fit = fit_penalised(
        columns,
        counts,
        case.places.exposure,
        penalty=options.penalty or 0.0,
        l1_share=options.l1_share,
    )
    return Scores(
        fit.rate(columns) * case.places.exposure * unit,
        said=_put_in_words(fit, words, features.is_dated),
    )


def settle_risk_terrain(case: Case, options: RiskTerrainOptions) -> RiskTerrainOptions:
    """Return the options with the penalty chosen by leaving parts of the ground out."""
    if options.penalty is not None or case.totals.sum() <= 0:
        return options
    features = needed_features(case, "risk-terrain")
    columns, _ = describe_ground(case.places, features, options.reaches_m)
    n_places = len(case.places)
    # Places next to each other are alike, so whole strips of them are left out together.
    folds = np.arange(n_places) * _RUNS // n_places % options.n_folds
    counts, _ = _scaled(case)
    penalty = choose_penalty(
        columns, counts, case.places.exposure, folds, l1_share=options.l1_share
    )
    return replace(options, penalty=penalty)


def needed_features(case: Case, method: str) -> Features:
    """Return the features that stood at the end of the case's period.

    Raises
    ------
    UsageError
        When none were given, or none stood then.
    """
    features = case.features
    if features is None:
        raise UsageError(
            f"`{method}` must have features of the ground.",
            found="No file of them was given.",
            do="Pass --features with pubs, shops, stations and the like.",
        )
    known = features.known_at(case.end_day)
    if len(known) == 0:
        raise UsageError(
            f"`{method}` must have features that stood at the end of the period.",
            found=f"None of {len(features):,} did.",
            do="Check the columns `opened` and `closed`.",
        )
    return known


def describe_ground(
    places: Places, features: Features, reaches_m: tuple[float, ...]
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return what surrounds each place, shape (places, columns), and the columns in words."""
    columns, words = [], []
    for kind in features.kinds:
        away = features.nearest_m(kind, places.x, places.y)
        for reach in reaches_m:
            n = features.count_within(kind, places.x, places.y, reach)
            columns += [np.maximum(0, 1 - away / reach), np.log2(1 + n)]
            words += [
                f"at a “{kind}”, fading to nothing at {reach:g} m",
                f"each doubling of the number of “{kind}” within {reach:g} m",
            ]
    return np.column_stack(columns), tuple(words)


def _scaled(case: Case) -> tuple[FloatArray, float]:
    # Harm and counts are brought to one scale, on which penalties mean the same.
    totals = case.totals
    unit = float(totals.sum() / case.places.exposure.sum())
    return totals / unit, unit


def _put_in_words(fit: PenalisedFit, words: tuple[str, ...], is_dated: bool) -> tuple[str, ...]:  # noqa: FBT001 - called once, here
    slope = fit.coef / fit.scale
    order = np.argsort(-np.abs(fit.coef), kind="stable")
    kept = [f"{words[k]}: {np.exp(slope[k]):.2f} times" for k in order.tolist() if slope[k]]
    said = (
        f"Features kept, with how many times the incidents go with them: {'; '.join(kept)}."
        if kept
        else "No feature is kept: none goes with incidents beyond chance."
    )
    undated = "Features without dates count as always there."
    return (said,) if is_dated else (said, undated)
