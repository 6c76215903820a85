"""What was delivered, on one page: patrol days, comparison days, and the ledger by name."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

from footbeat.outputs import writing
from footbeat.reports import words
from footbeat.reports.charts import Share, draw_shares, speak_shares
from footbeat.reports.page import Cell, Figure, Heading, Imprint, Row, Twin, render_page
from footbeat.tracking.fidelity import say_minutes
from footbeat.tracking.fidelity_plot import label_place, mean_minutes

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from footbeat.manifest import Manifest
    from footbeat.tables import Provenance
    from footbeat.tracking.fidelity import Fidelity

_PATROL = ("delivered", "early", "late", "short", "missed")
_COMPARISON = ("clean", "visited", "contaminated")
_MEANINGS = {
    "delivered": "a visit meets the window",
    "early": "over before the window",
    "late": "after the window",
    "short": "less than {0:g} minutes",
    "missed": "no visit",
    "clean": "no visit",
    "visited": "less than {0:g} minutes",
    "contaminated": "{0:g} minutes or more",
}


def render_fidelity_page(
    fidelity: Fidelity, provenance: Provenance, *, name: str, manifest: Manifest | None = None
) -> str:
    """Return the page: the finding, both kinds of day, minutes by hot spot, the ledger."""
    subject = f"{name} · {words.period(provenance.start, provenance.end)}"
    return render_page(
        "fidelity.html.jinja",
        title=f"What was delivered: {name}",
        imprint=Imprint.around(provenance, subject, manifest=manifest),
        headline=f"{fidelity.headline}.",
        figures=[
            _figure(fidelity, "treated", _PATROL, "Patrol days"),
            _figure(fidelity, "control", _COMPARISON, "Comparison days"),
        ],
        minutes=_tabulate_minutes(fidelity),
        ledger=_tabulate_ledger(fidelity) if len(fidelity.ledger) else None,
        delivered_min=f"{fidelity.delivered_min:g}",
        done=fidelity.delivered,
        assigned=fidelity.assigned,
        overrides=fidelity.overrides,
    )


def save_fidelity_page(
    fidelity: Fidelity,
    path: Path,
    provenance: Provenance,
    *,
    name: str,
    manifest: Manifest | None = None,
    overwrite: bool = False,
) -> None:
    """Write the page, whole or not at all."""
    text = render_fidelity_page(fidelity, provenance, name=name, manifest=manifest)
    with writing(path, overwrite=overwrite) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _figure(fidelity: Fidelity, arm: str, outcomes: tuple[str, ...], title: str) -> Figure:
    days = fidelity.placedays[fidelity.placedays["arm"] == arm]
    counts = days["outcome"].value_counts()
    shares = [
        Share(
            f"{outcome}: {_MEANINGS[outcome].format(fidelity.delivered_min)}",
            int(counts.get(outcome, 0)) / max(len(days), 1),
            words.count(int(counts.get(outcome, 0))),
        )
        for outcome in outcomes
    ]
    measure = f"Share of {words.count(len(days))} place-days, with their number"
    return Figure(title, measure, draw_shares(shares, most=1.0), speak_shares(shares))


def _tabulate_minutes(fidelity: Fidelity) -> Twin:
    means = mean_minutes(fidelity.placedays)
    days = fidelity.placedays.drop_duplicates("hotspot_id").set_index("hotspot_id")
    targets = fidelity.placedays.groupby("hotspot_id")["target_min"].max()
    rows = []
    for name in reversed(dict.fromkeys(means.index.get_level_values("hotspot_id"))):
        cells = [Cell(label_place(str(name), str(days.loc[name, "name"])))]
        for arm in ("treated", "control"):
            if (name, arm) not in means.index:
                cells.append(Cell("none"))
                continue
            mean = means.loc[(name, arm)]
            target = targets[name] if arm == "treated" else None
            said = say_minutes(mean["minutes_low"], mean["minutes_high"], target)
            cells.append(Cell(said, float(mean["patrol_minutes"])))
        rows.append(Row(cells))
    heads = [Heading("Hot spot"), Heading("Patrol day", "number")]
    heads.append(Heading("Comparison day", "number"))
    return Twin("minutes", "Mean minutes a day, low to high, by hot spot", heads, rows)


def _tabulate_ledger(fidelity: Fidelity) -> Twin:
    heads = [Heading("Hot spot"), Heading("Day"), Heading("Minutes", "number")]
    heads.append(Heading("Override"))
    longest_first = fidelity.ledger.sort_values("patrol_minutes", ascending=False)
    rows = [Row(_ledger_cells(row)) for row in longest_first.to_dict("records")]
    return Twin("ledger", "Each day with a visit or an override, most minutes first", heads, rows)


def _ledger_cells(row: Mapping[Hashable, Any]) -> list[Cell]:
    return [
        Cell(label_place(row["hotspot_id"], row["name"])),
        Cell(words.day(_as_date(row["day"])), str(row["day"])),
        Cell(row["said"], None if isnan(row["patrol_minutes"]) else float(row["patrol_minutes"])),
        Cell(_override(row)),
    ]


def _override(row: Mapping[Hashable, Any]) -> str:
    if row["event"] != "override":
        return "none recorded"
    return row["reason"] if isinstance(row["reason"], str) else "recorded without a reason"


def _as_date(day: object) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))
