"""Where a table begins: the header is found in text and in sheets by the same tests."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from footbeat.incidents.sources import NEEDED, Source, normalise_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Fits = Callable[[Sequence[str]], bool]

# How far down a header is looked for.
LONGEST_PREAMBLE = 50
# A title above the table rarely fills three cells; a header does.
_FEWEST_HEADERS = 3
_NUMBER = re.compile(r"[-+]?[0-9][0-9 .,:/T-]*")
# Excel's own first line, which names the delimiter and is no record.
_SEPARATOR = re.compile(r'"?sep=."?\s*', re.IGNORECASE)


def find_header(records: Iterable[Sequence[str]], fits: Fits) -> int | None:
    """Return the place of the first of the upper records that passes a test, or None."""
    upper = enumerate(islice(records, LONGEST_PREAMBLE))
    return next((place for place, cells in upper if fits(cells)), None)


def fits_source(source: Source) -> Fits | None:
    """Return the test for a source's needed columns; none for a source that names none."""
    needed = [set(map(normalise_header, source.columns.get(ours, ()))) for ours in NEEDED]

    def fits(cells: Sequence[str]) -> bool:
        known = set(map(normalise_header, cells))
        return all(names & known for names in needed)

    return fits if all(needed) else None


def is_wide(cells: Sequence[str]) -> bool:
    """Tell whether at least three cells are filled."""
    return sum(map(bool, cells)) >= _FEWEST_HEADERS


def is_heading(cells: Sequence[str]) -> bool:
    """Tell whether at least three cells are filled, and none of them with a number or a date."""
    return is_wide(cells) and not any(map(_NUMBER.fullmatch, cells))


def is_separator(line: str) -> bool:
    """Tell whether a line only names the delimiter, as Excel's ``sep=;`` does."""
    return _SEPARATOR.fullmatch(line) is not None
