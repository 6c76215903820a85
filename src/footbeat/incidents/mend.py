"""Mending a CSV file in which a quote is not closed, so that one slip costs one line.

A reader that trusts quotes takes everything up to the next quote as one value: a stray inch
mark then swallows thousands of rows without a word. Here the line with the slip is given up
and everything after it is read again from its own beginning.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from footbeat.engine.scan import BadRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

UNCLOSED = "UNQUOTED VALUE"
OVERLONG = "LINE SIZE OVER MAXIMUM"

# A value may hold line ends of its own; more than this is a quote nobody closed.
_LONGEST_VALUE_LINES = 100
_LONGEST_LINE = 1_000_000
# Stands for a line too long to be held.
_CUT = "\0"


def mend_quotes(path: Path, draft: Path, delimiter: str, n_columns: int) -> list[BadRecord]:
    """Write the records with sound quotes to `draft` and return the lines given up, by number.

    Parameters
    ----------
    path
        A UTF-8 file with one kind of line end and a header.
    """
    bad: list[BadRecord] = []
    n_lines = 0
    with (
        path.open(encoding="utf-8", newline="") as source,
        draft.open("w", encoding="utf-8", newline="") as target,
    ):
        for record, is_sound in _split_records(_lines(source), delimiter, n_columns):
            if is_sound:
                target.write(record)
            else:
                bad.append(BadRecord(n_lines + 1, OVERLONG if record == _CUT else UNCLOSED))
            n_lines += max(record.count("\n"), 1)
    return bad


def _lines(source: TextIO) -> Iterator[str]:
    """Yield lines, those too long to be held as one sign only."""
    while line := source.readline(_LONGEST_LINE):
        if line.endswith("\n") or len(line) < _LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith("\n"):
            line = source.readline(_LONGEST_LINE)
        yield _CUT


def _split_records(
    lines: Iterator[str], delimiter: str, n_columns: int
) -> Iterator[tuple[str, bool]]:
    waiting: deque[str] = deque()
    for line in lines:
        waiting.append(line)
        while waiting and (taken := _take(waiting, delimiter, n_columns, is_last=False)):
            yield taken
    while waiting:
        yield _take(waiting, delimiter, n_columns, is_last=True) or (waiting.popleft(), False)


def _take(
    waiting: deque[str], delimiter: str, n_columns: int, *, is_last: bool
) -> tuple[str, bool] | None:
    """Take one record, or the one line that spoils it; None asks for more lines."""
    n_quotes = 0
    for n_lines, line in enumerate(waiting, start=1):
        if line == _CUT:
            return waiting.popleft(), False
        n_quotes += line.count('"')
        if n_quotes % 2 == 0:
            record = "".join(list(waiting)[:n_lines])
            if n_lines == 1 and not n_quotes:
                return waiting.popleft(), True
            if not _is_sound(record, delimiter, n_columns, spans=n_lines > 1):
                return waiting.popleft(), False
            for _ in range(n_lines):
                waiting.popleft()
            return record, True
        if n_lines >= _LONGEST_VALUE_LINES:
            return waiting.popleft(), False
    return (waiting.popleft(), False) if is_last else None


def _is_sound(record: str, delimiter: str, n_columns: int, *, spans: bool) -> bool:
    """Tell whether quotes stand where they may; a record over several lines must also fit."""
    try:
        rows = list(csv.reader([record], delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return not spans or (len(rows) == 1 and len(rows[0]) == n_columns)
