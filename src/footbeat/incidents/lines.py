"""On which line of its file a row stands, so that a reject can be looked up where it came from.

Rows are counted without the records that are none, values may hold line ends of their own,
empty lines are no records, and a header may stand below titles: only a look at the text tells.
"""

# ruff: noqa: PLR2004 - the letters of a text file are themselves

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

from footbeat.engine.scan import BadRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.incidents.opened import OpenFile

    Lines = NDArray[np.int64]

_CHUNK_BYTES = 1 << 22
_MARK = b"\xef\xbb\xbf"
# Where the scan stands within a record.
_FIELD_START, _PLAIN, _QUOTED, _QUOTE_SEEN = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class ReadText:
    """A table as it was read.

    Attributes
    ----------
    opened
        The table, or its mended copy.
    n_rows
        Rows it has.
    bad
        Its records that are no rows, by their number, the header's being 1.
    slips
        Lines that the mended copy lacks, by their line in the text before.
    """

    opened: OpenFile
    n_rows: int
    bad: Sequence[BadRecord]
    slips: Sequence[BadRecord] = ()


def find_lines(read: ReadText, rows: Lines) -> tuple[Lines, list[BadRecord]]:
    """Return the line of each row, and every record that is no row with its line.

    Lines are counted from 1 in the file as it came; in a sheet they are its rows, and in
    Parquet, which has no header, the first row is 1.

    Parameters
    ----------
    rows
        Numbers of rows from 0, in ascending order, shape (k,).
    """
    is_table = read.opened.file.form == "parquet"
    if is_table or not (len(rows) or read.bad or read.slips):
        return rows + 1, list(read.bad)
    bad = np.array([record.line for record in read.bad], np.int64)
    slips = np.array([record.line for record in read.slips], np.int64)
    found = _count_lines(read, rows, bad)
    rows_at, bad_at = (read.opened.to_file(_before_mending(lines, slips)) for lines in found)
    told = zip((*bad_at, *read.opened.to_file(slips)), (*read.bad, *read.slips), strict=True)
    return rows_at, [BadRecord(int(line), record.why) for line, record in told]


def _before_mending(lines: Lines, slips: Lines) -> Lines:
    """Return lines of a mended copy as lines of the text before `slips` were taken out."""
    gaps = slips - np.arange(len(slips))
    return lines + np.searchsorted(gaps, lines, side="right")


def _count_lines(read: ReadText, rows: Lines, bad: Lines) -> tuple[Lines, Lines]:
    """Return the lines of some rows and of the bad records in the text that was read."""
    # The numbers rows would have if every line were one record, the header the first.
    ordinals = rows + 2 + np.searchsorted(bad - 2 - np.arange(len(bad)), rows, side="right")
    n_records = read.n_rows + len(bad) + 1
    if read.opened.file.form == "xlsx" or _n_lines(read.opened.path) == n_records:
        return ordinals, bad
    return _scan_file(read.opened.path, read.opened.delimiter, rows, bad)


def _n_lines(path: Path) -> int:
    n, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            n, last = n + chunk.count(b"\n"), chunk[-1:]
    return n + (last != b"\n")


def _scan_file(path: Path, delimiter: str, rows: Lines, bad: Lines) -> tuple[Lines, Lines]:
    found = np.zeros(len(rows), np.int64), np.zeros(len(bad), np.int64)
    # Phase, line, number of records, line the record began on, whether it is empty, rows, and
    # how many of `rows` and `bad` are found.
    state = np.array([_FIELD_START, 1, 0, 1, 1, -1, 0, 0], np.int64)
    with path.open("rb") as file:
        if file.read(3) != _MARK:
            file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            _scan(np.frombuffer(chunk, np.uint8), ord(delimiter), (rows, bad), found, state)
    _scan(np.frombuffer(b"\n", np.uint8), ord(delimiter), (rows, bad), found, state)
    return found


@numba.njit(cache=True, nogil=True)
def _scan(
    letters: NDArray[np.uint8],
    delimiter: int,
    wanted: tuple[Lines, Lines],
    found: tuple[Lines, Lines],
    state: Lines,
) -> None:
    """Walk over a piece of text; DuckDB counts an empty line as a record, and as no row."""
    phase = state[0]
    for letter in letters:
        if letter == 10 and phase != _QUOTED:
            _end_record(wanted, found, state)
            phase = _FIELD_START
            continue
        if letter == 10:
            state[1] += 1
        if letter != 13:
            state[4] = 0
        phase = _next_phase(phase, letter, delimiter)
    state[0] = phase


@numba.njit(cache=True, nogil=True)
def _next_phase(phase: int, letter: int, delimiter: int) -> int:
    if letter == 34:
        if phase == _QUOTED:
            return _QUOTE_SEEN
        return _PLAIN if phase == _PLAIN else _QUOTED
    if phase == _QUOTED:
        return _QUOTED
    return _FIELD_START if letter == delimiter else _PLAIN


@numba.njit(cache=True, nogil=True)
def _end_record(wanted: tuple[Lines, Lines], found: tuple[Lines, Lines], state: Lines) -> None:
    rows, bad = wanted
    state[2] += 1
    if state[7] < len(bad) and bad[state[7]] == state[2]:
        found[1][state[7]] = state[3]
        state[7] += 1
    elif not state[4]:
        # The header is the first, with the number -1.
        if state[6] < len(rows) and rows[state[6]] == state[5]:
            found[0][state[6]] = state[3]
            state[6] += 1
        state[5] += 1
    state[1] += 1
    state[3], state[4] = state[1], 1
