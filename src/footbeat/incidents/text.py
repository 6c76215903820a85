"""Text files as exports write them, made plain: UTF-8, one line end, a header, a delimiter."""

from __future__ import annotations

import codecs
import csv
import shutil
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from footbeat.errors import ColumnError, StoreError
from footbeat.incidents.headers import find_header, is_separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from footbeat.incidents.headers import Fits

_CHUNK_BYTES = 1 << 22
_LONGEST_HEADER = 200_000
_MOST_COLUMNS = 2_000
_FIRST_ROWS = 100
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class PlainText:
    """A CSV file ready to be scanned.

    Attributes
    ----------
    path
        UTF-8 with one kind of line end: the file itself where it already was.
    headers
        The first record; without its last cell where no row has one there.
    delimiter
        One of comma, semicolon, tab and bar.
    encoding
        The encoding it was in.
    had_nul
        Whether NUL bytes were removed.
    n_above
        Lines above the header that were left out.
    n_titles
        Those of them that say something.
    is_wider
        Whether the first record has a cell more than the rows.
    """

    path: Path
    headers: tuple[str, ...]
    delimiter: str
    encoding: str
    had_nul: bool = False
    n_above: int = 0
    n_titles: int = 0
    is_wider: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What one pass over the bytes shows."""

    encoding: str
    has_nul: bool
    has_lone_cr: bool
    has_crlf: bool
    has_lone_lf: bool

    @property
    def is_plain(self) -> bool:
        mixed = self.has_lone_cr or (self.has_crlf and self.has_lone_lf)
        return self.encoding in {"utf-8", "utf-8-sig"} and not self.has_nul and not mixed


def plain_text(
    path: Path,
    name: str,
    draft: Path,
    encoding: str = "",
    *,
    fits: Sequence[Fits] = (),
) -> PlainText:
    """Return the file as UTF-8 with one line end, rewritten to `draft` only where it must be.

    Without `encoding`, a byte order mark decides; else UTF-8 where every byte fits; else
    UTF-16 where every other byte of the start is NUL; else Windows-1252. The header is the
    first line whose cells pass the first of the tests `fits` that any passes, else the first
    line that is neither empty nor ``sep=``; lines above it are left out.

    Raises
    ------
    StoreError
        When the file is empty, is not text, or is not in the encoding that was said.
    ColumnError
        When its header is no header.
    """
    if path.stat().st_size == 0:
        raise StoreError(
            f"`{name}` must have a header and rows.",
            found="The file is empty.",
            do="Export it again.",
        )
    look = _look_at(path, encoding)
    ready = path if look.is_plain else _rewrite(path, name, draft, look.encoding)
    above = _find_above(ready, fits)
    if above:
        ready = _cut(ready, draft.with_name(f"cut-{draft.name}"), len(above))
    headers, delimiter = _read_header(ready, name)
    n_titles = len([line for line in above if line.strip()])
    plain = PlainText(ready, headers, delimiter, look.encoding, look.has_nul, len(above), n_titles)
    if _are_narrower(plain):
        return replace(plain, headers=headers[:-1], is_wider=True)
    return plain


def _look_at(path: Path, stated: str) -> _Look:
    with path.open("rb") as file:
        start = file.read(_CHUNK_BYTES)
    encoding = stated or _marked(start)
    wide = encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
    nul = cr = crlf = lf = 0
    fits = not encoding or encoding.startswith("utf-8")
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in _chunks(path):
        nul += chunk.count(0)
        pairs = chunk.count(b"\r\n")
        crlf, cr, lf = (
            crlf + pairs,
            cr + chunk.count(b"\r") - pairs,
            lf + chunk.count(b"\n") - pairs,
        )
        # Letters of ASCII alone always fit, and telling them is many times quicker.
        fits = fits and ((chunk.isascii() and not decoder.getstate()[0]) or _fits(decoder, chunk))
    if not encoding:
        encoding = "utf-8" if fits else "cp1252"
    return _Look(encoding, nul > 0 and not wide, cr > 0, crlf > 0, lf > 0)


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes in pieces that never part a carriage return from its line feed."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk + (file.read(1) if chunk.endswith(b"\r") else b"")


def _marked(start: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    sample = start[:2_000]
    if len(sample) > 3 and sample[1::2].count(0) > len(sample) // 3:  # noqa: PLR2004 - needs two letters
        return "utf-16-le"
    if len(sample) > 3 and sample[::2].count(0) > len(sample) // 3:  # noqa: PLR2004 - as above
        return "utf-16-be"
    return ""


def _fits(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _rewrite(path: Path, name: str, draft: Path, encoding: str) -> Path:
    try:
        # Windows-1252 leaves five bytes without a meaning; one of them must not stop a file.
        lenient = "replace" if encoding == "cp1252" else "strict"
        with (
            path.open(encoding=encoding, errors=lenient, newline=None) as source,
            draft.open("w", encoding="utf-8", newline="\n") as target,
        ):
            while text := source.read(_CHUNK_BYTES):
                target.write(text.replace("\0", ""))
    except (UnicodeError, LookupError) as error:
        raise StoreError(
            f"`{name}` must be text in the encoding its mapping says.",
            found=f"It cannot be read as {encoding}.",
            do="Leave `encoding` out of the mapping, or export as UTF-8.",
        ) from error
    return draft


def _find_above(path: Path, fits: Sequence[Fits]) -> list[str]:
    """Return the lines that stand above the header and are no part of the table."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = file.read(_LONGEST_HEADER).split("\n")
    for test in fits:
        records = (_parse_header("\n".join(lines[at:]))[0] for at in range(len(lines)))
        found = find_header(records, test)
        if found is not None:
            return lines[:found]
    said = (at for at, line in enumerate(lines) if line.strip() and not is_separator(line))
    return lines[: next(said, 0)]


def _cut(path: Path, draft: Path, n_lines: int) -> Path:
    with path.open("rb") as source, draft.open("wb") as target:
        for _ in range(n_lines):
            source.readline()
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
    return draft


def _read_header(path: Path, name: str) -> tuple[tuple[str, ...], str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        start = file.read(_LONGEST_HEADER)
    line = start.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=line.count)
    too_wide = line.count(delimiter) >= _MOST_COLUMNS
    if not line.strip() or too_wide or len(line) >= _LONGEST_HEADER:
        raise ColumnError(
            f"`{name}` must begin with a header of at most {_MOST_COLUMNS:,} columns.",
            found="Its first line is empty." if not line.strip() else "Its first line is longer.",
            do="Export it again with a header line.",
        )
    return _parse_header(start.lstrip("\r\n"))


def _are_narrower(plain: PlainText) -> bool:
    """Tell whether each of the first rows lacks the last cell of the header, and no other.

    A last heading that stands twice is left for the message that says so.
    """
    *others, last = (header.casefold() for header in plain.headers)
    if not others or (last and last in others):
        return False
    with plain.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        # No line is longer than one that is a row may be.
        lines = iter(lambda: file.readline(_CHUNK_BYTES), "")
        rows = csv.reader(lines, delimiter=plain.delimiter)
        try:
            first = [len(row) for row in islice(filter(None, rows), _FIRST_ROWS + 1)][1:]
        except csv.Error:  # a cell of over 131,072 letters
            return False
    return set(first) == {len(others)}


def _parse_header(start: str) -> tuple[tuple[str, ...], str]:
    """Return the first record's cells, which a quote may carry over lines, and the delimiter."""
    line = start.split("\n", 1)[0]
    delimiter = max(",;\t|", key=line.count)
    text = start if line.count('"') % 2 else line
    try:
        headers = next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), [])
    except csv.Error:  # a cell of over 131,072 letters is no heading
        headers = []
    return tuple(header.strip() for header in headers), delimiter
