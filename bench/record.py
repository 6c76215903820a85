"""Keep what was measured from run to run, and write it down for people.

`results.json` holds one record a row; `RESULTS.md` is written from it. A row measured again
replaces its record. Rows of the sizes that only `--full` measures stay, with their own date.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from harness import REPEATS, Measured, Row, growth_exponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Record = dict[str, Any]

HEAD = (
    "# Results\n\nWritten by `make bench`; the rules are in `bench/README.md`. "
    "Ratios hold on other machines, seconds do not. Medians of at least 5 runs, or of as many as "
    "the table says. `--full` marks sizes that are measured only when asked for, and kept.\n"
)


def record_row(row: Row, *, question: str, when: str) -> Record:
    """Return a row as JSON can say it."""
    theirs = row.theirs
    return {
        "question": question,
        "work": row.work,
        "size": row.size,
        "when": when,
        "is_full": row.is_full,
        "ours": _record_runs(row.ours),
        "peer": row.peer,
        "theirs": _record_runs(theirs) if isinstance(theirs, Measured) else None,
        "why_not": "" if theirs is None or isinstance(theirs, Measured) else str(theirs),
        "limit": row.limit,
        "least": _record_runs(row.least) if row.least else None,
        "agree": None if row.agree is None else bool(row.agree),  # numpy's is no JSON
        "note": row.note,
    }


def merge_records(kept: Sequence[Record], new: Sequence[Record], question: str) -> list[Record]:
    """Return the records after a question was measured anew.

    Its old ones go, but for those of full sizes that were not measured this time.
    """
    measured = {_key(record) for record in new}
    stay = [
        record
        for record in kept
        if record["question"] != question or (record["is_full"] and _key(record) not in measured)
    ]
    return [*stay, *new]


def read_records(path: Path) -> list[Record]:
    """Return the records kept, none where there is no file."""
    if not path.exists():
        return []
    found: list[Record] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write_records(records: Sequence[Record], path: Path) -> None:
    """Write the records, one a line."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")


def render_question(title: str, purpose: str, records: Sequence[Record], failed: str = "") -> str:
    """Return one question as Markdown, one table a piece of work."""
    parts = [f"## {title}\n", f"{purpose}\n"]
    by_work: dict[str, list[Record]] = {}
    for record in records:
        by_work.setdefault(record["work"], []).append(record)
    for work, rows in by_work.items():
        rows.sort(key=lambda record: record["size"])
        parts.append(f"### {work}\n\n{_table(rows)}\n")
        parts += [text + "\n" for text in (*_growth(rows), *_notes(rows))]
    if failed:
        parts.append(f"Not run: {failed}.\n")
    return "\n".join(parts)


def _record_runs(measured: Measured) -> Record:
    return {"seconds": [round(s, 6) for s in measured.seconds], "peak_mb": measured.peak_mb}


def _key(record: Record) -> tuple[str, int, str]:
    return record["work"], record["size"], record["peer"]


def _growth(rows: Iterable[Record]) -> Iterable[str]:
    for when, group in groupby(sorted(rows, key=lambda r: r["when"]), key=lambda r: r["when"]):
        times: dict[int, float] = {}
        peaks: dict[int, float] = {}
        for record in group:
            times.setdefault(record["size"], _median(record["ours"]))
            if record["ours"]["peak_mb"]:
                peaks.setdefault(record["size"], record["ours"]["peak_mb"])
        slope = growth_exponent(list(times), list(times.values()))
        if slope is None:
            continue
        said = f"Time grows with size to the power {slope:.2f} ({when})"
        if len(peaks) > 1:
            low, high = min(peaks), max(peaks)
            said += (
                f"; peak memory {peaks[low]:,.0f} MB at {low:,}, {peaks[high]:,.0f} MB at {high:,}"
            )
        yield said + "."


def _notes(rows: Iterable[Record]) -> Iterable[str]:
    return dict.fromkeys(record["note"] for record in rows if record["note"])


def _table(rows: Sequence[Record]) -> str:
    names = "size | Footbeat | alternative | its time | times faster"
    names += " | limit | times the limit | same answer | measured"
    lines = [f"| {names} |", "|---:|---:|---|---:|---:|---|---:|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines)


def _cells(row: Record) -> tuple[str, ...]:
    agree = {None: "not compared", True: "yes", False: "**no**"}[row["agree"]]
    ours = _median(row["ours"])
    theirs, least = row["theirs"], row["least"]
    return (
        f"{row['size']:,}",
        _seconds(row["ours"]),
        row["peer"] or "–",
        _seconds(theirs) if theirs else row["why_not"] or "–",
        _times(_median(theirs) / ours if theirs else None),
        f"{row['limit']}, {_seconds(least)}" if least else "–",
        _times(ours / _median(least) if least else None),
        agree if row["peer"] else "–",
        row["when"] + (", --full" if row["is_full"] else ""),
    )


def _median(runs: Record) -> float:
    return Measured(tuple(runs["seconds"])).median_s


def _seconds(runs: Record) -> str:
    value, memory, n_runs = _median(runs), runs["peak_mb"], len(runs["seconds"])
    shown = f"{value * 1000:,.3g} ms" if value < 1 else f"{float(f'{value:.3g}'):,g} s"
    shown += f", {memory:,.0f} MB" if memory else ""
    return shown + (f" ({n_runs} run{'s' if n_runs > 1 else ''})" if n_runs < REPEATS else "")


def _times(value: float | None) -> str:
    return "–" if value is None else f"{float(f'{value:.2g}'):,g} ×"
