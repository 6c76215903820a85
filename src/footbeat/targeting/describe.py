"""The tables of a list of hot spots: the places, their cells, what was left out, the shares."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import held_months
from footbeat.stats.concentration import generalised_gini, gini
from footbeat.targeting.explain import explain_place, put_in_words
from footbeat.targeting.found import Concentration
from footbeat.targeting.ground import measure_streets
from footbeat.targeting.layout import harm_totals
from footbeat.targeting.names import keep_ids, list_words, name_place, tell_apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from footbeat.streets import Streets
    from footbeat.targeting.explain import Explanation
    from footbeat.targeting.layout import Layout
    from footbeat.targeting.ranks import Ranks
    from footbeat.targeting.select import Ruled, Selection

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

# 4.5 km an hour, the pace of a foot patrol.
WALK_M_MIN = 75.0


def describe_hotspots(
    layout: Layout,
    score: FloatArray,
    selection: Selection,
    ranks: Ranks | None,
    *,
    in_top: Mapping[int, NDArray[np.bool_]] | None = None,
    harm: FloatArray | None = None,
    previous: Hotspots | None = None,
    streets: Streets | None = None,
) -> tuple[Hotspots, dict[str, dict[str, Any]]]:
    """Return the hot spots under the contract, and by identifier what it has no column for.

    Parameters
    ----------
    layout, score, selection, ranks
        The places, what they score, which were chosen, and what ranks the data allow.
    in_top
        By year which places were among as many as were asked for, shape (places,); None where
        that is not known.
    harm
        Days of harm in each place; those of the layout's incidents unless given.
    previous, streets
        An earlier list, whose identifiers are kept, and streets to measure.
    """
    case, seeds = layout.case, selection.seeds
    explained, names = _explain(layout, selection)
    outlines = [shapely.union_all(case.places.shapes_of(spot)) for spot in selection.spots]
    ids = _identify(case.places.ids[seeds].tolist(), outlines, previous)
    renamed = dict(previous.provenance.extra.get("renamed", {})) if previous else {}
    names = [renamed.get(ident, name) for ident, name in zip(ids, names, strict=True)]
    is_harm, observed = layout.options.weight == "harm", _months(layout)
    street_m = [measure_streets(outline, streets) for outline in outlines] if streets else None
    frame = gpd.GeoDataFrame(
        {
            "hotspot_id": ids,
            "name": names,
            "rank": np.arange(1, len(ids) + 1),
            "rank_low": ranks.low if ranks else None,
            "rank_high": ranks.high if ranks else None,
            "p_top": ranks.p_top if ranks else None,
            "n": [float(e.n) for e in explained],
            "harm_days": [e.harm_days for e in explained],
            "score": score[seeds],
            "area_ha": [float(case.places.area_ha[spot].sum()) for spot in selection.spots],
            "street_m": street_m,
            "walk_min": [metres / WALK_M_MIN for metres in street_m] if street_m else None,
            "why": [
                _begin(ruled) + put_in_words(explanation, is_harm=is_harm, observed=observed)
                for ruled, explanation in zip(selection.ruled, explained, strict=True)
            ],
        },
        geometry=outlines,
        crs=layout.incidents.provenance.crs,
    )
    found = complete_hotspots(frame, "the hot spots found")
    details = _details(layout, selection, explained, outlines, in_top, harm)
    known = layout.incidents.provenance
    if renamed:
        # A place off this list may be on the next, and is then called as before.
        known = replace(known, extra={**known.extra, "renamed": renamed})
    return Hotspots(found, known), dict(zip(ids, details, strict=True))


def _begin(ruled: Ruled | None) -> str:
    return f"{ruled.reason[0].upper()}{ruled.reason[1:]}. " if ruled else ""


def describe_cells(
    layout: Layout,
    score: FloatArray,
    selection: Selection,
    hotspots: Hotspots,
    p: FloatArray | None = None,
) -> gpd.GeoDataFrame:
    """Return every cell with an incident or on the list, ordered by rank; with p where known."""
    case = layout.case
    owner = np.full(len(case.places), -1)
    for number, spot in enumerate(selection.spots):
        owner[spot] = number
    index = np.flatnonzero((case.counts > 0) | (owner >= 0))
    index = index[np.argsort(selection.rank[index])]
    ids = np.asarray([*hotspots.ids, None], dtype=object)
    has_harm = np.isfinite(layout.incidents.numbers("harm_days")).any()
    return gpd.GeoDataFrame(
        {
            "cell": case.places.ids[index],
            "n": case.counts[index],
            "harm_days": harm_totals(layout)[index] if has_harm else np.full(index.size, np.nan),
            "score": score[index],
            **({} if p is None else {"p": p[index]}),
            "rank": selection.rank[index],
            "hotspot_id": ids[owner[index]],
        },
        geometry=case.places.shapes_of(index),
        crs=layout.incidents.provenance.crs,
    )


def describe_concentration(
    layout: Layout,
    selection: Selection,
    area: shapely.Geometry | None,
    harm: FloatArray | None = None,
) -> Concentration:
    """Return the shares the list holds of area, incidents and harm.

    `harm` is by place, for layouts that do not hold every incident.
    """
    case, chosen = layout.case, selection.chosen
    counts, size_ha = case.counts, case.places.area_ha
    all_harm = float(np.nansum(layout.incidents.numbers("harm_days")))
    if harm is None:
        harm = harm_totals(layout)
    else:
        all_harm = float(harm.sum())
    total_ha = float(size_ha.sum() if area is None else shapely.area(area) / 10_000)
    listed_ha = float(size_ha[chosen].sum())
    if case.places.grid is None:
        total_ha = case.places.whole_ha or float(size_ha.sum())
    basis = _basis(layout, total_ha, has_area=area is not None)
    return Concentration(
        area_share=listed_ha / total_ha,
        incident_share=float(counts[chosen].sum() / len(case)),
        harm_share=float(harm[chosen].sum() / all_harm) if all_harm > 0 else None,
        occupied_share=float((counts[chosen] > 0).sum() / (counts > 0).sum()),
        area_ha=listed_ha,
        total_ha=total_ha,
        gini=gini(counts),
        generalised_gini=generalised_gini(counts),
        basis=basis,
    )


def _basis(layout: Layout, total_ha: float, *, has_area: bool) -> str:
    if layout.case.places.shape == "street":
        length_km = layout.case.places.exposure.sum() / 1000
        return f"The whole is the {length_km:,.0f} km of walkable street given."
    if layout.case.places.shape == "area" and layout.case.places.whole_ha is None:
        n_areas = len(layout.case.places)
        return f"The whole is the {n_areas:,} areas given ({total_ha:,.0f} ha)."
    if has_area:
        return f"The whole is the area given ({total_ha:,.0f} ha)."
    return (
        f"The whole is the hull of the ground the incidents lie on ({total_ha:,.0f} ha), empty "
        "ground and water inside it included: the boundary of the force would be a better whole."
    )


def _explain(layout: Layout, selection: Selection) -> tuple[list[Explanation], list[str]]:
    names, streets, explained = [], [], []
    timezone = layout.incidents.provenance.timezone
    for spot, ruled in zip(selection.spots, selection.ruled, strict=True):
        mask = np.isin(layout.case.place, spot)
        frame = layout.incidents.where(mask).to_frame()
        explained.append(explain_place(frame, layout.case.weight[mask], timezone=timezone))
        names.append(
            (ruled.name if ruled else "")
            or _own_name(layout, spot)
            or name_place(frame["location"].dropna(), _id(layout, spot[0]))
        )
        streets.append([street for street, _ in explained[-1].streets])
    return explained, tell_apart(names, streets)


def _own_name(layout: Layout, spot: IntArray) -> str | None:
    own = layout.case.places.names
    if own is None:
        return None
    return list_words(list(dict.fromkeys(own[spot].tolist()))[:2])


def _id(layout: Layout, place: int) -> str:
    return str(layout.case.places.ids[place])


def _details(  # noqa: PLR0917 - private, and called once
    layout: Layout,
    selection: Selection,
    explained: Sequence[Explanation],
    outlines: Sequence[shapely.Geometry],
    in_top: Mapping[int, NDArray[np.bool_]] | None,
    harm: FloatArray | None,
) -> list[dict[str, Any]]:
    harm = harm_totals(layout) if harm is None else harm
    count_rank = _standing(layout.case.counts, selection)
    harm_rank = _standing(harm, selection) if harm.sum() > 0 else [None] * len(outlines)
    gaps = shapely.distance(np.asarray(outlines)[:, None], np.asarray(outlines)[None, :])
    np.fill_diagonal(gaps, np.inf)
    return [
        {
            **asdict(explanation),
            "cells": tuple(layout.case.places.ids[spot].tolist()),
            "count_rank": count_rank[number],
            "harm_rank": harm_rank[number],
            "next_m": float(gap.min()) if len(outlines) > 1 else None,
            "years_observed": sorted({int(month[:4]) for month in _months(layout)}),
            "years_in_top": None
            if in_top is None
            else [year for year, is_top in in_top.items() if is_top[spot].any()],
        }
        for number, (spot, explanation, gap) in enumerate(
            zip(selection.spots, explained, gaps, strict=True)
        )
    ]


def _standing(totals: FloatArray, selection: Selection) -> list[int]:
    """Return where each hot spot stands among those listed by what all its places hold."""
    held = np.array([totals[spot].sum() for spot in selection.spots])
    # The sum of equal days of harm may differ in its last digit.
    held = held.round(6)
    return [1 + int((held > each).sum()) for each in held]


def _months(layout: Layout) -> list[str]:
    known = layout.incidents.provenance
    if not known.start or not known.end:
        return []
    return held_months(known.start, known.end, known.missing_months)


def _identify(
    found: list[str], outlines: Sequence[shapely.Geometry], previous: Hotspots | None
) -> list[str]:
    if previous is None:
        return found
    shared = {}
    for old_id, old in zip(previous.ids, previous.frame.geometry, strict=True):
        for new_id, new in zip(found, outlines, strict=True):
            smaller = min(shapely.area(old), shapely.area(new))
            both_m2 = float(shapely.area(shapely.intersection(old, new)))
            shared[new_id, old_id] = (both_m2 / smaller, both_m2)
    kept = keep_ids(found, shared)
    return [kept[new_id] for new_id in found]


def name_of(layout: Layout, place: int) -> str:
    """Return what a place is called after the incidents there, excluded ones too."""
    texts = [
        *layout.incidents.where(layout.case.place == place).table.column("location").to_pylist(),
        *layout.excluded.where(layout.excluded_place == place).table.column("location").to_pylist(),
    ]
    return _own_name(layout, np.asarray([place])) or name_place(texts, _id(layout, place))
