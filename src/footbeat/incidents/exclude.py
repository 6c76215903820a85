"""Offence groups, and what must not steer patrols.

What policing itself finds (drugs, carried weapons, stop and search) follows patrols, so ranking
places by it sends patrols where patrols went. Homes, prisons, hospitals and custody suites
cannot be patrolled on foot from the street. All of these are kept, flagged and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents

# Offences that are recorded because an officer looked.
OFFICER_GENERATED = (
    "drugs-possession",
    "drugs-trafficking",
    "possession-of-weapons",
    "police-uk:drugs",
    "police-uk:possession-of-weapons",
    "stop-and-search",
    "arrest",
    "intelligence",
)
CLOSED_PREMISES = ("prison", "hospital", "custody-suite", "police-station")

_SERIOUS = (
    "homicide",
    "attempted-murder",
    "wounding",
    "gbh",
    "aggravated-assault",
    "robbery",
    "threats-with-weapon",
)


@dataclass(frozen=True, slots=True)
class OffenceGroup:
    """A named set of offences.

    Attributes
    ----------
    says
        What it holds, in words for a list's header.
    offences
        Offence keys; empty for every offence.
    kinds
        Kinds of record it counts.
    needs_public, needs_knife
        Whether only incidents in public places, or with a knife, belong.
    weights
        For `combined`: the weight of each other group.
    """

    name: str
    says: str
    offences: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("crime",)
    needs_public: bool = False
    needs_knife: bool = False
    weights: tuple[tuple[str, float], ...] = ()


_GROUPS = (
    OffenceGroup(
        "serious-violence",
        "homicide, attempted murder, wounding, grievous bodily harm, robbery and threats with a "
        "weapon, where not known to be indoors",
        _SERIOUS,
        needs_public=True,
    ),
    OffenceGroup(
        "violence",
        "all violence and robbery; with data.police.uk this includes sexual, domestic and "
        "indoor offences, which its categories do not tell apart",
        (*_SERIOUS, "abh", "common-assault", "rape", "threats", "police-uk:violent-crime"),
    ),
    OffenceGroup("knife-enabled", "offences with a knife or sharp instrument", needs_knife=True),
    OffenceGroup("robbery", "robbery of persons and businesses", ("robbery",)),
    OffenceGroup("asb", "anti-social behaviour", kinds=("asb",)),
    OffenceGroup("retail", "shoplifting", ("shoplifting",)),
    OffenceGroup(
        "combined",
        "violence counted five times and anti-social behaviour once",
        kinds=("crime", "asb"),
        weights=(("violence", 5.0), ("asb", 1.0)),
    ),
    OffenceGroup("all", "every crime"),
)
OFFENCE_GROUPS: Mapping[str, OffenceGroup] = {group.name: group for group in _GROUPS}


def load_group(name: str) -> OffenceGroup:
    """Return the offence group of that name.

    Raises
    ------
    UsageError
        When there is none.
    """
    if name not in OFFENCE_GROUPS:
        raise UsageError(
            "`--group` must be an offence group.",
            found=f"It is “{name}”.",
            do=f"Choose {', '.join(OFFENCE_GROUPS)}.",
        )
    return OFFENCE_GROUPS[name]


def default_group(incidents: Incidents) -> str:
    """Return the group the data's source is best counted by: `violence` for data.police.uk."""
    return str(incidents.provenance.extra.get("default_group", "serious-violence"))


def in_group(incidents: Incidents, group: str) -> NDArray[np.bool_]:
    """Tell which incidents belong to an offence group, shape (rows,).

    Excluded incidents are told as members too: use :func:`may_steer` as well.

    Raises
    ------
    UsageError
        When there is no such group.
    DataError
        When the data cannot tell the group apart: no offence of it could ever be recorded.
    """
    chosen = load_group(group)
    if chosen.weights:
        return group_weights(incidents, group) > 0
    kind = incidents.table.column("kind")
    member = _is_in(kind, chosen.kinds)
    if chosen.offences:
        _check_can_tell(incidents, chosen)
        member &= _is_in(incidents.table.column("offence"), chosen.offences)
    if chosen.needs_public:
        member &= ~_is_false(incidents.table.column("is_public"))
    if chosen.needs_knife:
        _check_knife(incidents)
        member &= _is_true(incidents.table.column("is_knife"))
    return member


def group_weights(incidents: Incidents, group: str) -> NDArray[np.float64]:
    """Return the weight of each incident in a group: 0 outside, 1 inside, more in `combined`."""
    chosen = load_group(group)
    if not chosen.weights:
        return in_group(incidents, group).astype(np.float64)
    parts = [weight * in_group(incidents, name) for name, weight in chosen.weights]
    return np.asarray(np.sum(parts, axis=0), np.float64)


def may_steer(incidents: Incidents) -> NDArray[np.bool_]:
    """Tell which incidents may steer patrols: those with no reason to exclude them."""
    return _to_mask(incidents.table.column("excluded").is_null())


def exclusion_reasons(rows: pa.RecordBatch) -> pa.Array:
    """Return why each row must not steer patrols, missing where it may.

    `rows` has the contract's columns `status`, `offence`, `is_police_generated`,
    `is_domestic`, `is_public`, `premises` and `location_grade`.
    """
    status, premises = rows.column("status"), rows.column("premises")
    indoors = pc.invert(pc.fill_null(rows.column("is_public"), False))  # noqa: FBT003 - Arrow's own signature
    domestic = pc.and_(pc.fill_null(rows.column("is_domestic"), False), indoors)  # noqa: FBT003 - as above
    closed = pc.fill_null(pc.is_in(premises, pa.array(CLOSED_PREMISES)), False)  # noqa: FBT003 - as above
    unusable = pc.equal(rows.column("location_grade"), "X")
    at_premises = pc.binary_join_element_wise("premises", premises, ": ")
    return pc.case_when(
        pc.make_struct(
            pc.not_equal(status, "live"), rows.column("is_police_generated"), domestic, closed,
            unusable,
        ),
        status, "officer-generated", "domestic indoor", at_premises, "location unusable",
    )  # fmt: skip


def _check_can_tell(incidents: Incidents, group: OffenceGroup) -> None:
    """Refuse a group the source's categories are too coarse for, rather than return nothing."""
    if "police-uk" not in incidents.sources or group.name != "serious-violence":
        return
    raise DataError(
        "`serious-violence` cannot be told apart in data.police.uk files.",
        found="Their one category of violence holds minor and domestic offences too.",
        do="Use --group violence or robbery, or the force's own records.",
    )


def _check_knife(incidents: Incidents) -> None:
    flag = incidents.table.column("is_knife")
    if len(flag) and flag.null_count == len(flag):
        raise DataError(
            "`knife-enabled` cannot be told apart without a knife flag.",
            found="`is_knife` is not known for any incident.",
            do="Map the export's knife column to `is_knife`, or choose another group.",
        )


def _is_in(column: pa.ChunkedArray, values: tuple[str, ...]) -> NDArray[np.bool_]:
    return _to_mask(pc.is_in(column, pa.array(values)))


def _is_true(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return _to_mask(column.fill_null(False))  # noqa: FBT003 - Arrow's own signature


def _is_false(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return ~_to_mask(column.fill_null(True))  # noqa: FBT003 - Arrow's own signature


def _to_mask(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(column.to_numpy(zero_copy_only=False), bool)
