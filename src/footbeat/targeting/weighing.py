"""What an incident counts for: one, or its days of harm after a chosen transform."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from footbeat.errors import DataError, MismatchError
from footbeat.incidents.exclude import group_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents

    FloatArray = NDArray[np.float64]

Weight = Literal["count", "harm"]
Transform = Literal["raw", "sqrt", "log1p", "winsorised"]

_WINSOR_QUANTILE = 0.99
_ALL_BUT = 0.95
_LEAST_KNOWN = 0.5


def weigh(
    incidents: Incidents, group: str | None, weight: Weight, transform: Transform
) -> tuple[FloatArray, tuple[str, ...]]:
    """Return what each incident counts for, and what must be said of it.

    Parameters
    ----------
    incidents
        Incidents that count.
    group
        Their offence group, where it weighs its parts; None for every offence.
    weight, transform
        By count or by harm, and what is done to harm first.

    Raises
    ------
    DataError
        When harm is asked for and no incident has any.
    """
    times = np.ones(len(incidents))
    if group is not None:
        times = group_weights(incidents, group)
    if weight == "count":
        return times, ()
    harm = incidents.numbers("harm_days")
    known = np.isfinite(harm)
    if not known.any():
        raise DataError(
            "Ranking by harm must have harm.",
            found="No incident carries a weight of harm.",
            do="Give --harm-table, or rank with --weight count.",
        )
    note = f"{(~known).sum():,} of {known.size:,} incidents carry no harm and count as none."
    weights = times * transform_harm(np.where(known, harm, 0.0), transform)
    return weights, () if known.all() else (note,)


def transform_harm(harm: FloatArray, transform: Transform) -> FloatArray:
    """Return harm after the transform that keeps one grave incident from topping the list.

    Winsorised harm is capped at its 99th percentile.
    """
    if transform == "sqrt":
        return np.asarray(np.sqrt(harm))
    if transform == "log1p":
        return np.asarray(np.log1p(harm))
    if transform == "winsorised":
        return np.asarray(np.minimum(harm, np.quantile(harm, _WINSOR_QUANTILE)))
    return harm


def settle_harm(
    incidents: Incidents, weight: Weight = "count", *, of: tuple[int, int] | None = None
) -> Incidents:
    """Return the incidents with a caution where harm is known of too few of them.

    Tables of harm weigh some offences only, and a place's harm then tells what the table
    lists, not what happened. Below 95 % weighed a caution says of how many the harm is; below
    half, harm is not known and their weights are taken away, so that no output can add them up.
    Where places are ranked by harm, that is the first of all cautions.
    Incidents of which none is weighed are returned as they are.

    Parameters
    ----------
    incidents, weight
        The incidents that count, and what they are ranked by.
    of
        How many are weighed and how many there are, where `incidents` are only some of them.
    """
    harm = incidents.numbers("harm_days")
    n_known, n = of or (int(np.isfinite(harm).sum()), harm.size)
    if n_known == 0 or n_known >= _ALL_BUT * n:
        return incidents
    told = f"{n_known:,} of {n:,} incidents counted have a harm weight"
    by_harm = weight == "harm"
    unweighed = f" The ranking by harm counts the other {n - n_known:,} as none."
    end = unweighed if by_harm else ""
    if knows_harm(n_known, n):
        told = f"{told}: harm shown is of those alone.{end}"
        return _cautioned(incidents, told, is_first=by_harm)
    table = incidents.table
    place = table.column_names.index("harm_days")
    unknown = pa.nulls(harm.size, table.schema.field(place).type)
    table = table.set_column(place, table.schema.field(place), unknown)
    told = f"Only {told}, fewer than half: harm is not known.{end}"
    return _cautioned(replace(incidents, table=table), told, is_first=by_harm)


def knows_harm(n_known: int, n: int) -> bool:
    """Tell whether harm is known of enough incidents to be shown."""
    return n_known >= _LEAST_KNOWN * n


def check_editions(incidents: Incidents, lists: Sequence[Hotspots | None]) -> None:
    """Refuse to rank by harm of another edition than earlier lists were ranked by.

    Raises
    ------
    MismatchError
        When a list carries harm of another edition.
    """
    edition = incidents.provenance.harm_edition
    for earlier in lists:
        before = earlier.provenance.harm_edition if earlier is not None else ""
        if edition and before and edition != before:
            raise MismatchError(
                "Harm of two editions must not be mixed.",
                found=f"The incidents carry “{edition}”; the earlier list or trial, “{before}”.",
                do="Pass its --harm-table, or compare the lists with `footbeat target compare`.",
            )


def _cautioned(incidents: Incidents, caution: str, *, is_first: bool) -> Incidents:
    known = incidents.provenance
    cautions = (caution, *known.cautions) if is_first else (*known.cautions, caution)
    return replace(incidents, provenance=replace(known, cautions=cautions))
