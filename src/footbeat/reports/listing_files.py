"""The list for signature as XLSX, DOCX or PDF, with room to decide."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from footbeat.outputs import check_suffix, writing
from footbeat.reports.listing import PROPOSAL, describe_list, headline_of, tell_method, tell_run
from footbeat.reports.listing_docx import write_listing_docx
from footbeat.reports.maps import subject_of
from footbeat.reports.typeset import save_pdf
from footbeat.reports.workbook import Sheet, write_workbook
from footbeat.targeting.ethics import require_leave_of_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from footbeat.areas import Hotspots
    from footbeat.streets import Streets
    from footbeat.targeting.found import LeftOut

FORMATS = (".docx", ".xlsx", ".pdf")

_DECIMALS = {"p_top": 2, "area_ha": 1, "street_m": 0, "walk_min": 0, "n": 0, "harm_days": 0}


def save_list(
    hotspots: Hotspots,
    path: Path,
    *,
    streets: Streets | None = None,
    left_out: Sequence[LeftOut] = (),
    changes: Sequence[str] = (),
    standing: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write the list for signature, by the ending of the path.

    Raises
    ------
    AccessError
        When a model drew the list without leave.
    UsageError
        When the path ends in none of ``.docx``, ``.xlsx`` and ``.pdf``.
    StoreError
        When the file exists and `overwrite` is false, or cannot be written.
    """
    suffix = check_suffix(path, FORMATS)
    require_leave_of_list(hotspots)
    with writing(path, overwrite=overwrite) as draft:
        if suffix == ".xlsx":
            _write_sheet(hotspots, draft, left_out, changes, run)
            return
        listing = describe_list(
            hotspots, streets, left_out=left_out, changes=changes, standing=standing, run=run
        )
        if suffix == ".pdf":
            save_pdf("list.typ", asdict(listing), draft)
        else:
            write_listing_docx(listing, draft)


def _write_sheet(
    hotspots: Hotspots,
    path: Path,
    left_out: Sequence[LeftOut],
    changes: Sequence[str],
    run: Mapping[str, Any] | None,
) -> None:
    frame = hotspots.frame
    names = {
        "rank": "Rank", "name": "Place", "n": "Incidents", "harm_days": "Harm, days",
        "rank_low": "Rank at best", "rank_high": "Rank at worst", "p_top": "Probability of the top",
        "area_ha": "Hectares", "street_m": "Street, m", "walk_min": "Minutes to walk",
        "why": "Why", "hotspot_id": "Identifier",
    }  # fmt: skip
    table = pd.DataFrame(frame[list(names)]).round(_DECIMALS).rename(columns=names)
    for blank in ("Decision", "Reason", "Named officer"):
        table[blank] = ""
    known = hotspots.provenance
    notes = (
        known.marking, subject_of(known), headline_of(hotspots), PROPOSAL, *known.cautions,
        *changes, *tell_method(hotspots, run or {}), *tell_run(run or {}), *known.attribution,
    )  # fmt: skip
    signature = pd.DataFrame({"Signed by": [""], "Rank or role": [""], "Date": [""]})
    passed = pd.DataFrame(
        [(each.rank, each.place, each.reason) for each in left_out],
        columns=["Rank it would have", "Place", "Why it is not on the list"],
    )
    sheets = [Sheet("List", table, notes), Sheet("Signature", signature, (PROPOSAL,))]
    if left_out:
        sheets.insert(1, Sheet("Left out", passed, ("Passed over, best first.",)))
    write_workbook(sheets, path, title=f"{len(frame)} hot spots for signature")
