"""The files of an export: folders walked, zips opened with care, text made plain UTF-8."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from footbeat.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Form = Literal["csv", "parquet", "xlsx"]

_FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
_MOST_MEMBERS = 20_000
_MOST_BYTES = 50 * 1024**3
# Text rarely packs tighter than 1:100; a bomb packs a thousandfold.
_MOST_RATIO = 200
_RATIO_FROM_BYTES = 50 * 1024**2
_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class InputFile:
    """One table of the input: where it can be read, what to call it, and its form."""

    path: Path
    name: str
    form: Form


def list_inputs(paths: Iterable[Path], scratch: Path) -> tuple[list[InputFile], list[str]]:
    """Return the tables in files, folders and zips in a fixed order, and what was passed over.

    Members of a zip are unpacked into `scratch` under names of our own, so that none can
    write elsewhere.

    Raises
    ------
    StoreError
        When a path is not there, nothing in it is a table, or a zip is broken, encrypted or
        unpacks to far more than it should.
    """
    found: list[InputFile] = []
    skipped: list[str] = []
    for path in paths:
        if not path.exists():
            raise StoreError(
                f"`{path.name}` must exist.", found="It is not there.", do="Check the path."
            )
        for child in _walk(path):
            found.extend(_open(child, _label(child, path), scratch, skipped))
    if not found:
        raise StoreError(
            "The input must hold at least one CSV, XLSX or Parquet file.",
            found=f"None of the {len(skipped):,} files there is one.",
            do="Give the export itself, its folder, or the zip it came in.",
        )
    return found, skipped


def check_apart(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse an output that would replace one of the inputs, or a table of an input folder.

    Raises
    ------
    UsageError
        When one would.
    """
    taken = [child for path in inputs if path.exists() for child in _walk(path)]
    for output in (path for path in outputs if path.exists()):
        if any(output.samefile(child) for child in taken):
            raise UsageError(
                "An output must not replace what is read.",
                found=f"`{output.name}` is one of the inputs.",
                do="Write to another name or folder, and keep the raw export.",
            )


def _walk(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    hidden = (".", "__MACOSX", "~$")
    return sorted(
        child
        for child in path.rglob("*")
        if child.is_file()
        and not any(part.startswith(hidden) for part in child.relative_to(path).parts)
        and not child.name.endswith(".manifest.json")
    )


def _label(child: Path, root: Path) -> str:
    return child.name if child == root else child.relative_to(root).as_posix()


def _open(path: Path, name: str, scratch: Path, skipped: list[str]) -> Iterator[InputFile]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        yield from _unpack(path, scratch, skipped)
    elif suffix in _FORMS:
        yield InputFile(path, name, _FORMS[suffix])
    else:
        skipped.append(name)


def _unpack(path: Path, scratch: Path, skipped: list[str]) -> list[InputFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            check_archive(path.name, members)
            wanted = [m for m in members if _is_table(m.filename)]
            skipped.extend(m.filename for m in members if not _is_table(m.filename))
            return [_unpack_member(archive, m, scratch) for m in sorted(wanted, key=_member_name)]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise StoreError(
            f"`{path.name}` must be a whole zip file.",
            found="It is damaged, cut short or packed in a way that is not supported.",
            do="Download or export it again.",
        ) from error


def _member_name(member: zipfile.ZipInfo) -> str:
    return member.filename


def _is_table(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    hidden = (".", "__MACOSX", "~$")
    visible = not any(part.startswith(hidden) and part not in {".", ".."} for part in parts)
    return visible and Path(parts[-1]).suffix.lower() in _FORMS


def check_archive(name: str, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that asks for a password, or unpacks to far more than it should.

    Raises
    ------
    StoreError
        When it does.
    """
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    found = ""
    if any(member.flag_bits & 1 for member in members):
        found = "It asks for a password."
    elif len(members) > _MOST_MEMBERS:
        found = f"It holds {len(members):,} files; the most is {_MOST_MEMBERS:,}."
    elif unpacked > _MOST_BYTES or (
        unpacked > _RATIO_FROM_BYTES and unpacked / packed > _MOST_RATIO
    ):
        found = f"It unpacks to {unpacked / 1024**2:,.0f} MB from {packed / 1024**2:,.1f} MB."
    if found:
        raise StoreError(
            f"`{name}` cannot be unpacked safely.",
            found=found,
            do="Unpack it yourself, look at it, and give the folder.",
        )


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, scratch: Path) -> InputFile:
    name = member.filename.replace("\\", "/")
    suffix = Path(name).suffix.lower()
    target = scratch / f"member-{len(list(scratch.glob('member-*'))):05}{suffix}"
    left = member.file_size
    with archive.open(member) as packed, target.open("wb") as unpacked:
        while chunk := packed.read(_CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile
            unpacked.write(chunk)
    return InputFile(target, name, _FORMS[suffix])
