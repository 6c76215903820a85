"""Text files as exports write them, made plain: UTF-8, one line end, a header, a delimiter."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.errors import ColumnError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK_BYTES = 1 << 22
_LONGEST_HEADER = 200_000
_MOST_COLUMNS = 2_000
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
        The first record.
    delimiter
        One of comma, semicolon, tab and bar.
    encoding
        The encoding it was in.
    had_nul
        Whether NUL bytes were removed.
    """

    path: Path
    headers: tuple[str, ...]
    delimiter: str
    encoding: str
    had_nul: bool = False


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


def plain_text(path: Path, name: str, draft: Path, encoding: str = "") -> PlainText:
    """Return the file as UTF-8 with one line end, rewritten to `draft` only where it must be.

    Without `encoding`, a byte order mark decides; else UTF-8 where every byte fits; else
    UTF-16 where every other byte of the start is NUL; else Windows-1252.

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
    headers, delimiter = _read_header(ready, name)
    return PlainText(ready, headers, delimiter, look.encoding, look.has_nul)


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
    if line.count('"') % 2:
        line = start.lstrip("\r\n")
    headers = next(csv.reader(line.splitlines(keepends=True), delimiter=delimiter))
    return tuple(header.strip() for header in headers), delimiter
