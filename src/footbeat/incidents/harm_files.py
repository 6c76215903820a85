"""Harm tables from the files their publishers give; the tables themselves are never shipped."""

from __future__ import annotations

import csv
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from footbeat.errors import ColumnError, UsageError
from footbeat.incidents.harm import HarmTable, KeyType, load_short_table, name_force
from footbeat.incidents.home_office import load_home_office, spell_code
from footbeat.incidents.sheets import write_sheet
from footbeat.incidents.sources import normalise_header
from footbeat.incidents.text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Rows = Sequence[Mapping[str, str]]

_SHARES = ("force_name", "police_uk_category", "offence_code", "n_offences")
_ENDINGS = (".csv", ".xlsx")
_WEIGHT = r"(css_)?weight(ing|s)?(_.*)?"


def import_harm(path: Path, *, edition: str = "") -> HarmTable:
    """Read a table of harm: the Cambridge workbook, the ONS severity weights, or one's own.

    The Cambridge file is known by its columns for scores and Home Office codes, the ONS file
    by a weight beside `offence_code`. A table of one's own has `offence` and
    `days`.

    Raises
    ------
    UsageError
        When the file is neither CSV nor XLSX.
    StoreError
        When it cannot be read.
    ColumnError
        When its columns are none of these, or no row has a weight.
    """
    rows = _read_rows(path, *(needed for needed, _ in _BUILDERS))
    known = set(rows[0]) if rows else set()
    for needed, build in _BUILDERS:
        if known.issuperset(needed):
            table = build(rows, edition or path.stem)
            if table.days:
                return table
    raise ColumnError(
        f"`{path.name}` must be a table of harm.",
        found=f"Its columns are {', '.join(sorted(known)[:20]) or 'none'}.",
        do="Give the Cambridge workbook, the ONS severity weights, or a CSV file with the "
        "columns offence and days.",
    )


def mix_categories(
    table: HarmTable, shares: Path, *, force: str = "", each_force: bool = False
) -> HarmTable:
    """Return the mean harm of data.police.uk's categories, from the offences recorded in each.

    Parameters
    ----------
    table
        Weights by Home Office code.
    shares
        CSV file with `force_name, police_uk_category, offence_code, n_offences`.
    force
        The force whose mix counts; empty for all forces together.
    each_force
        Whether each row is to take the mix of its own force.

    Returns
    -------
    HarmTable
        Keys are categories in lower case. A category in which codes without a weight hold
        more than half of the offences has none. A mean hides that one robbery and one
        murder differ: use it to rank places, never single incidents.

    Raises
    ------
    ColumnError
        When the file lacks a column or the force.
    """
    rows = _read_rows(shares, set(_SHARES))
    known = set(rows[0]) if rows else set()
    if not known.issuperset(_SHARES):
        raise ColumnError(
            f"`{shares.name}` must have the columns {', '.join(_SHARES)}.",
            found=f"Its columns are {', '.join(sorted(known)[:20]) or 'none'}.",
            do="Lay the offences out by force, category and Home Office code.",
        )
    chosen = [row for row in rows if not force or row["force_name"] == force]
    if not chosen:
        raise ColumnError(
            f"`{shares.name}` must hold offences of the force.",
            found=f"It has none of “{force}”.",
            do=f"Its forces are {', '.join(sorted({row['force_name'] for row in rows}))}.",
        )
    days, forces = _mean_by_category(chosen, table), list[str]()
    if each_force:
        by_force = _split_by_force(chosen)
        forces = sorted(by_force)
        days = {
            f"{name}\t{category}": mean
            for name in forces
            for category, mean in _mean_by_category(by_force[name], table).items()
        }
    whose = "each force" if each_force else force or "all forces"
    edition = f"{table.edition}, mixed by the offences of {whose}"
    return HarmTable(edition, "police-uk", table.guideline_date, table.source, table.licence,
                     dict(sorted(days.items())), forces=tuple(forces))  # fmt: skip


def _split_by_force(rows: Rows) -> dict[str, list[Mapping[str, str]]]:
    by_force: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        by_force.setdefault(name_force(row["force_name"]), []).append(row)
    return by_force


def _mean_by_category(rows: Rows, table: HarmTable) -> dict[str, float]:
    return {
        category: mean
        for category in {row["police_uk_category"].casefold() for row in rows}
        if (mean := _mean_of(category, rows, table)) is not None
    }


def _mean_of(category: str, rows: Rows, table: HarmTable) -> float | None:
    weighed = unweighed = total = 0.0
    for row in rows:
        if row["police_uk_category"].casefold() != category:
            continue
        # Corrections of an earlier year make some counts negative: they count as none.
        n = max(float(row["n_offences"] or 0), 0.0)
        days = table.days.get(row["offence_code"].casefold())
        if days is None:
            unweighed += n
        else:
            weighed, total = weighed + n, total + n * days
    return total / weighed if weighed > unweighed else None


def _read_rows(path: Path, *tables: set[str]) -> list[dict[str, str]]:
    """Return the rows below the first header that has the columns of one of the tables."""
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(
            "A table of harm must be a CSV or XLSX file.",
            found=f"It is called {path.name}.",
            do="Save it as one of these.",
        )

    def fits(headers: Sequence[str]) -> bool:
        return any(needed.issubset(_name_weight(headers)) for needed in tables)

    with tempfile.TemporaryDirectory(prefix="footbeat-") as folder:
        sheet = Path(folder) / "sheet.csv"
        if path.suffix.lower() == ".xlsx":
            write_sheet(path, path.name, sheet, fits=(fits,))
        source = sheet if sheet.exists() else path
        text = plain_text(source, path.name, Path(folder) / "plain.csv", fits=(fits,))
        with text.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=text.delimiter)
            names = _name_weight(next(rows))
            return [dict(zip(names, row, strict=False)) for row in rows if any(row)]


def _name_weight(headers: Sequence[str]) -> list[str]:
    """Call scores `cchi_score`, weights beside offence codes `css_weight`; of several the last."""
    plain = map(normalise_header, headers)
    headers = [re.sub(r"^cchi_score_.*", "cchi_score", name) for name in plain]
    fitting = [at for at, name in enumerate(headers) if re.fullmatch(_WEIGHT, name)]
    if "offence_code" not in headers or not fitting:
        return list(headers)
    return ["css_weight" if at == fitting[-1] else name for at, name in enumerate(headers)]


def _build_cambridge(rows: Rows, edition: str) -> HarmTable:
    """Keys are titles, full codes such as 34/1 and 034/01, and counting codes such as 34B.

    One code stands for several titles; where their scores differ see `_settle`.
    Attempts repeat the score of the offence and are left out.
    """
    full = [row for row in rows if not row.get("short_title", "").startswith("Attempted -")]
    pairs = [
        (key, score)
        for row in full
        if (score := _number(row.get("cchi_score", ""))) is not None
        for key in _cambridge_keys(row)
    ]
    days, ambiguous = _settle(pairs)
    return HarmTable(edition, "home-office", "", "Cambridge Crime Harm Index, imported from the "
                     "official file", "copyright of its publisher", days, ambiguous)  # fmt: skip


def _cambridge_keys(row: Mapping[str, str]) -> list[str]:
    titles = [row.get("short_title", ""), row.get("full_offence_title", "")]
    keys = [
        re.sub(r"\s*\((indictable|summary|either way)\)$", "", t.strip().casefold()) for t in titles
    ]
    classes = [row.get("home_office_classification", ""), row.get("classification_code", "")]
    codes = dict.fromkeys(code for text in classes for code in spell_code(text.strip()))
    return [key for key in (*keys, *codes) if key]


def _build_severity(rows: Rows, edition: str) -> HarmTable:
    pairs = [
        (code, value)
        for row in rows
        if (value := _number(row.get("css_weight", ""))) is not None and row["offence_code"].strip()
        for code in spell_code(row["offence_code"].strip())
    ]
    days, ambiguous = _settle(pairs)
    return HarmTable(edition, "home-office", "", "ONS Crime Severity Score, imported",
                     "Open Government Licence v3.0", days, ambiguous)  # fmt: skip


def _build_own(rows: Rows, edition: str) -> HarmTable:
    pairs = [
        (row["offence"].strip().casefold(), value)
        for row in rows
        if (value := _number(row.get("days", ""))) is not None and row["offence"].strip()
    ]
    days, ambiguous = _settle(pairs)
    key_type: KeyType = "own"
    return HarmTable(
        edition, key_type, "", "a table of one's own", "as its owner says", days, ambiguous
    )


_BUILDERS = (
    ({"cchi_score", "short_title"}, _build_cambridge),
    ({"offence_code", "css_weight"}, _build_severity),
    ({"offence", "days"}, _build_own),
)


def _settle(pairs: Iterable[tuple[str, float]]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return one value for each key, and the keys that had several.

    Of several, the one of the offence Footbeat reads the code as counts (8N is actual bodily
    harm), else the commonest, else the lowest. Footbeat's own keys are added by their codes.
    """
    counts: dict[str, Counter[float]] = {}
    for key, value in pairs:
        counts.setdefault(key, Counter())[value] += 1
    codes, short = load_home_office(), load_short_table().days
    days = {
        key: min(seen, key=lambda v: (v != short.get(codes.get(key, "")), -seen[v], v))
        for key, seen in counts.items()
    }
    for code, ours in codes.items():
        if code in days:
            days.setdefault(ours, days[code])
    return days, tuple(sorted(key for key, seen in counts.items() if len(seen) > 1))


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None  # noqa: PLR2004 - a million days is no sentence
