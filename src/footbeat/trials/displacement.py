"""Totals before and after in treated, control and surrounding areas, from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import ColumnError, StoreError
from footbeat.stats.displacement import Areas, Counts

if TYPE_CHECKING:
    from pathlib import Path

AREAS = ("treated", "control", "displacement-treated", "displacement-control")
_WEIGHTS = ("weight_pre", "weight_post", "harm")


def read_areas(path: Path) -> Areas:
    """Read a CSV with columns `area`, `pre`, `post` and, if wanted, weights and harm.

    Several rows of one area add up: one for each offence with its own `harm`, say.

    Raises
    ------
    StoreError
        When the file cannot be read.
    ColumnError
        When a column is missing, an area is unknown, or a number makes no sense.
    """
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV table.",
            found="It cannot be read as one." if path.exists() else "It is not there.",
            do="Give the columns area, pre, post.",
        ) from error
    _check(frame, path.name)
    filled = frame.assign(**{n: frame.get(n, pd.Series(1.0, frame.index)) for n in _WEIGHTS})
    parts = {name: _counts(filled[filled["area"] == name]) for name in AREAS}
    treated, control = parts["treated"], parts["control"]
    if treated is None or control is None:
        raise ColumnError(
            f"`{path.name}` must have a treated and a control area.",
            found=f"Its areas are {', '.join(sorted(set(frame['area'])))}.",
            do="Add the missing row; without control areas nothing can be compared.",
        )
    return Areas(treated, control, parts[AREAS[2]], parts[AREAS[3]])


def _check(frame: pd.DataFrame, name: str) -> None:
    absent = [column for column in ("area", "pre", "post") if column not in frame]
    numbers = [column for column in ("pre", "post", *_WEIGHTS) if column in frame]
    values = frame[numbers].apply(pd.to_numeric, errors="coerce")
    wrong = int((values.isna() | (values < 0)).sum().sum())
    weights = [column for column in _WEIGHTS[:2] if column in frame]
    wrong += int((values[weights] == 0).sum().sum())
    unknown = sorted(set(frame["area"]) - set(AREAS)) if "area" in frame else []
    if absent or wrong or unknown:
        found = [
            f"Missing columns: {', '.join(absent)}." if absent else "",
            f"{wrong} numbers are missing or negative, or weights of 0." if wrong else "",
            f"{len(unknown)} areas have another name." if unknown else "",
        ]
        raise ColumnError(
            f"`{name}` must have the columns area, pre and post.",
            found=" ".join(part for part in found if part),
            do=f"Areas are {', '.join(AREAS)}; counts are 0 or more.",
        )


def _counts(rows: pd.DataFrame) -> Counts | None:
    if rows.empty:
        return None
    columns = [rows[name].to_numpy(dtype=np.float64) for name in ("pre", "post", *_WEIGHTS)]
    return Counts(*columns)
