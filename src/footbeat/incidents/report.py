"""What reading an export showed: how much was kept, what was not and why, what to beware of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from footbeat.incidents.cells import say_removed, sum_removed
from footbeat.incidents.far import say_alone, say_elsewhere
from footbeat.incidents.far_dates import say_old_cases
from footbeat.incidents.gaps import find_gaps, find_rejected, say_gaps, say_rejected, say_thin
from footbeat.incidents.harm import say_unmixed, say_unweighed
from footbeat.incidents.home_office import say_uncoded
from footbeat.incidents.lsoas import name_vintages, sum_vintages
from footbeat.incidents.personal import is_plain_word
from footbeat.incidents.places import FAR_AWAY, SWAPPED, say_may_turn
from footbeat.incidents.stacks import say_remembered
from footbeat.incidents.status import say_unknown
from footbeat.incidents.tally import PRECISIONS
from footbeat.periods import load_zone, months_between, say_missing
from footbeat.tables import Precision, Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footbeat.incidents.draft import Drafted
    from footbeat.incidents.lsoas import Vintage
    from footbeat.incidents.opened import OpenFile
    from footbeat.incidents.rows import Reading
    from footbeat.incidents.settle import Settled
    from footbeat.incidents.tally import Tally

_MOST_LISTED = 6


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The outcome of reading; kept + rejected = read.

    Attributes
    ----------
    precision
        The coarsest among the kept rows.
    start, end
        First and last day covered, both included; for months, the months published.
    missing_months
        Months within the period of which no row could be used: missing, not zero.
    missing_months_by_force
        For each force that lacks some, the months other forces have rows of and it has not.
    rejected_months, rejected_months_by_force
        Of the months in the data of which no row could be used, the rows by reason: of all
        forces together, and of one force where another's could be.
    apart
        Files of another kind that were kept apart, each with what it holds.
    n_repeated_ids
        Identifiers that several kept rows carry.
    personal_values_removed
        Single values that were blanked because they are surely personal, by column and kind.
    unknown_status
        Rows by each status word of unknown meaning; they were read as live.
    """

    read: int
    kept: int
    rejected: int
    rejects_by_reason: Mapping[str, int]
    excluded_by_reason: Mapping[str, int]
    by_kind: Mapping[str, int]
    precision: Precision
    crs: str
    start: str
    end: str
    missing_months: tuple[str, ...]
    missing_months_by_force: Mapping[str, tuple[str, ...]]
    rejected_months: Mapping[str, Mapping[str, int]]
    rejected_months_by_force: Mapping[str, Mapping[str, Mapping[str, int]]]
    warnings: tuple[str, ...]
    transformation: str
    accuracy_m: float | None
    default_group: str
    n_repeated_ids: int
    personal_values_removed: Mapping[str, Mapping[str, int]]
    unknown_status: Mapping[str, int]
    files: int
    apart: Mapping[str, str]
    provenance: Provenance


def make_report(
    settled: Settled,
    drafted: Drafted,
    reading: Reading,
    opened: Sequence[OpenFile],
    *,
    apart: Mapping[str, str],
    skipped: Sequence[str],
) -> ReadReport:
    """Put together what both passes found, and the provenance every output repeats."""
    tally, plan = drafted.tally, reading.projection
    start, end = _period(settled, tally, reading)
    missing = _missing(tally, start, end)
    vintages = name_vintages(tally.coded, tally.new_coded)
    gaps = find_gaps(tally.months.used, start[:7], end[:7], forces=tally.months.forces)
    rejected = find_rejected(tally.months)
    provenance = _provenance(tally, reading, (start, end), missing, gaps)
    notes = [note for file in opened for note in file.notes]
    return ReadReport(
        read=tally.read,
        kept=settled.n_kept,
        rejected=tally.read - settled.n_kept,
        rejects_by_reason=_ranked(tally.rejects),
        excluded_by_reason=_ranked(tally.excluded),
        by_kind=_ranked(tally.kinds),
        precision=tally.precision,
        crs=plan.crs,
        start=start,
        end=end,
        missing_months=missing,
        missing_months_by_force=gaps,
        rejected_months=rejected.get("", {}),
        rejected_months_by_force={force: months for force, months in rejected.items() if force},
        warnings=(
            *provenance.cautions, plan.sentence(), *notes, *drafted.notes,
            *_warnings(settled, apart, skipped),
            *filter(None, [say_unknown(tally.unknown_status), say_uncoded(tally.uncoded)]),
            *filter(None, [say_remembered(reading.labels), say_thin(tally.months)]),
            *filter(None, [say_removed(tally.removed), _say_axes(settled, tally, reading)]),
            *filter(None, [say_alone(tally.rejects.get(FAR_AWAY, 0), tally.read)]),
            *filter(None, [say_unmixed(tally.months.forces, reading.harm)]),
            *_warn_coarse(tally.precisions), *_warn_vintages(vintages),
        ),
        transformation=plan.description,
        accuracy_m=plan.accuracy_m,
        default_group=reading.source.default_group,
        n_repeated_ids=settled.n_repeated_ids,
        personal_values_removed=sum_removed(tally.removed),
        unknown_status=_shown(tally.unknown_status),
        files=len(opened),
        apart=apart,
        provenance=provenance,
    )  # fmt: skip


def _provenance(
    tally: Tally,
    reading: Reading,
    period: tuple[str, str],
    missing: tuple[str, ...],
    gaps: Mapping[str, tuple[str, ...]],
) -> Provenance:
    source = reading.source
    return Provenance(
        crs=reading.projection.crs,
        source=source.name,
        precision=tally.precision,
        timezone=source.timezone,
        start=period[0],
        end=period[1],
        missing_months=missing,
        harm_edition=reading.harm.edition if tally.n_harm else "",
        attribution=source.attribution,
        is_synthetic=source.is_synthetic,
        cautions=(
            *source.cautions,
            *([say_missing(missing)] if missing else []),
            *([say_gaps(gaps)] if gaps else []),
            *say_rejected(find_rejected(tally.months)),
            *filter(None, [_say_unweighed(tally, reading)]),
        ),
        extra={
            "default_group": source.default_group,
            "missing_months_by_force": {force: list(months) for force, months in gaps.items()},
            "transformation": reading.projection.sentence(),
            "excluded_by_reason": _ranked(tally.excluded),
            "rejects_by_reason": _ranked(tally.rejects),
            "personal_values_removed": sum_removed(tally.removed),
            "identifier_is_key": [source.name] if source.identifier_is_key else [],
            "lsoa_vintage": sum_vintages(name_vintages(tally.coded, tally.new_coded).values()),
        },
    )


def _period(settled: Settled, tally: Tally, reading: Reading) -> tuple[str, str]:
    """Return the first and last day: of the published months, else of the kept rows."""
    if set(tally.precisions) == {"month"}:
        months = tally.months.published()
        return f"{min(months)}-01", str(pd.Period(max(months)).end_time.date())
    zone = load_zone(reading.source.timezone)
    first, last = (
        pd.Timestamp(value, unit="us", tz="UTC").tz_convert(zone).date().isoformat()
        for value in (settled.start_us, settled.end_us - 1)
    )
    return first, last


def _missing(tally: Tally, start: str, end: str) -> tuple[str, ...]:
    months = tally.months.published()
    within = [month for month in months if start[:7] <= month <= end[:7]]
    used = tally.months.months()
    return tuple(m for m in months_between(min(within), max(within)) if m not in used)


def _warnings(settled: Settled, apart: Mapping[str, str], skipped: Sequence[str]) -> list[str]:
    notes = [
        f"{len(names):,} files of {says} were kept apart: they cannot steer patrols."
        for says, names in _by_value(apart).items()
    ]
    if settled.n_repeated_ids:
        notes.append(
            f"{settled.n_repeated_ids:,} identifiers stand on several rows that differ: "
            "all were kept and each is counted. If one number names one record for ever, as in "
            "two extracts of one system, write `identifier_is_key = true` in the first lines of "
            "the mapping and give the files from oldest to newest: then the last row of each holds."
        )
    notes += filter(None, [say_old_cases(settled.n_early), say_elsewhere(settled.n_elsewhere)])
    if skipped:
        notes.append(f"{len(skipped):,} files that are no tables were passed over.")
    return notes


def _say_unweighed(tally: Tally, reading: Reading) -> str:
    n_kept = sum(tally.precisions.values())
    return say_unweighed(_shown(tally.unweighed), n_kept, reading.harm)


def _say_axes(settled: Settled, tally: Tally, reading: Reading) -> str:
    """Say that axes may be exchanged, unless an area has told."""
    if reading.is_inside:
        return ""
    return say_may_turn(tally.rejects.get(SWAPPED, 0), settled.n_kept, tally.n_may_turn)


def _warn_coarse(precisions: Mapping[str, int]) -> list[str]:
    """Say how many rows make the whole table coarser than the others are."""
    coarsest, *finer = [level for level in PRECISIONS if level in precisions]
    if not finer:
        return []
    return [
        (
            f"{precisions[coarsest]:,} of {sum(precisions.values()):,} rows know only the "
            f"{coarsest}: what must know more leaves them out, or refuses the table."
        )
    ]


def _warn_vintages(vintages: Mapping[str, Vintage]) -> list[str]:
    if sum_vintages(vintages.values()) != "mixed":
        return []
    old = [month for month, vintage in vintages.items() if vintage == "2011"]
    return [
        (
            f"LSOA codes are of 2011 in {_listed(old)} and of 2021 elsewhere: they name different "
            "areas, so join by place, not by code."
        )
    ]


def _shown(words: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of words that may be repeated; the others' together."""
    shown = {word: n for word, n in words.items() if is_plain_word(word)}
    hidden = sum(words.values()) - sum(shown.values())
    return _ranked(shown | ({"(not shown)": hidden} if hidden else {}))


def _by_value(apart: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        says: [name for name in apart if apart[name] == says]
        for says in sorted(set(apart.values()))
    }


def _listed(months: Sequence[str]) -> str:
    shown = ", ".join(months[:_MOST_LISTED])
    left = len(months) - _MOST_LISTED
    return f"{shown} and {left:,} more" if left > 0 else shown


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
