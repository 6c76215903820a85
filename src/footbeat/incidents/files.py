"""The files of an export: folders walked, zips opened with care, text made plain UTF-8."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from footbeat.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
# A zip, a zip in it, and one in that.
_DEEPEST = 3
_CHUNK_BYTES = 1 << 22
_HIDDEN = (".", "__MACOSX", "~$")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One table of the input: where it can be read, what to call it, its form, and its zip."""

    path: Path
    name: str
    form: Form
    within: str = ""


def list_inputs(paths: Iterable[Path], scratch: Path) -> tuple[list[InputFile], list[str]]:
    """Return the tables in files, folders and zips in a fixed order, and what was passed over.

    Members of a zip are unpacked into `scratch` under names of our own, so that none can
    write elsewhere; zips within zips too, up to three deep. No two files have one name.

    Raises
    ------
    StoreError
        When a path is not there, nothing in it is a table, or a zip is broken, encrypted, lies
        too deep or unpacks to far more than it should.
    """
    found: list[InputFile] = []
    skipped: list[str] = []
    for child, name in _name_files(paths):
        found.extend(_open(child, name, scratch, skipped))
    found = _drop_zips(found)
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
    return sorted(
        child
        for child in path.rglob("*")
        if child.is_file()
        and not any(part.startswith(_HIDDEN) for part in child.relative_to(path).parts)
        and not child.name.endswith(".manifest.json")
    )


def _name_files(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Return every file with the name to call it by: within its folder, longer where two agree."""
    files: list[Path] = []
    parts: dict[Path, int] = {}
    for path in paths:
        if not path.exists():
            raise StoreError(
                f"`{path.name}` must exist.", found="It is not there.", do="Check the path."
            )
        for child in _walk(path):
            files.append(child)
            parts[child] = 1 if child == path else len(child.relative_to(path).parts)
    names = _tell_apart(parts)
    return [(file, names[file]) for file in files]


def _tell_apart(parts: dict[Path, int]) -> dict[Path, str]:
    """Return files with the last parts of their paths, by number, and more where two agree."""
    whole = {path: path.absolute().parts for path in parts}
    names = {path: "/".join(whole[path][-n:]) for path, n in parts.items()}
    shared = {name for name, n in Counter(names.values()).items() if n > 1}
    longer = {
        path: n + 1
        for path, n in parts.items()
        if names[path] in shared and n + 1 < len(whole[path])
    }
    return _tell_apart(parts | longer) if longer else names


def _drop_zips(found: list[InputFile]) -> list[InputFile]:
    """Call tables of a zip by their names within it, unless another table is called so."""
    short = [file.name.removeprefix(file.within) for file in found]
    n_called = Counter(short)
    return [
        replace(file, name=name) if n_called[name] == 1 else file
        for file, name in zip(found, short, strict=True)
    ]


def _open(path: Path, name: str, scratch: Path, skipped: list[str]) -> Sequence[InputFile]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _Unpacking(name, scratch, skipped).unpack(path, name)
    if suffix in _FORMS:
        return [InputFile(path, name, _FORMS[suffix])]
    skipped.append(name)
    return []


@dataclass(slots=True)
class _Room:
    """What an archive, and those within it, may unpack to."""

    name: str
    packed: int = 0
    unpacked: int = 0
    n_members: int = 0

    def take(self, members: Sequence[zipfile.ZipInfo]) -> None:
        """Count the members, and refuse the archive where they are too many or too large."""
        self.packed = self.packed or max(1, sum(member.compress_size for member in members))
        self.unpacked += sum(member.file_size for member in members)
        self.n_members += len(members)
        found = ""
        if any(member.flag_bits & 1 for member in members):
            found = "It asks for a password."
        elif self.n_members > _MOST_MEMBERS:
            found = f"It holds {self.n_members:,} files; the most is {_MOST_MEMBERS:,}."
        elif self.unpacked > _MOST_BYTES or (
            self.unpacked > _RATIO_FROM_BYTES and self.unpacked / self.packed > _MOST_RATIO
        ):
            large, small = self.unpacked / 1024**2, self.packed / 1024**2
            found = f"It unpacks to {large:,.0f} MB from {small:,.1f} MB."
        if found:
            raise StoreError(
                f"`{self.name}` cannot be unpacked safely.",
                found=found,
                do="Unpack it yourself, look at it, and give the folder.",
            )


def check_archive(name: str, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse an archive that asks for a password, or unpacks to far more than it should.

    Raises
    ------
    StoreError
        When it does.
    """
    _Room(name).take(members)


class _Unpacking:
    """One zip and the zips within it, unpacked into `scratch` within one room."""

    def __init__(self, name: str, scratch: Path, skipped: list[str]) -> None:
        self._room = _Room(name)
        self._scratch = scratch
        self._skipped = skipped

    def unpack(self, path: Path, name: str, depth: int = 1) -> list[InputFile]:
        """Return the tables of a zip, those of the zips within it among them."""
        if depth > _DEEPEST:
            raise StoreError(
                f"`{name}` lies too deep: at most {_DEEPEST} zips may stand in each other.",
                found="It is a zip within those.",
                do="Unpack it yourself, and give the folder.",
            )
        try:
            with zipfile.ZipFile(path) as archive:
                members = [m for m in archive.infolist() if not m.is_dir()]
                self._room.take(members)
                tables: list[InputFile] = []
                for member in sorted(members, key=lambda member: member.filename):
                    tables.extend(self._open_member(archive, member, name, depth))
                return tables
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
            raise StoreError(
                f"`{name}` must be a whole zip file.",
                found="It is damaged, cut short or packed in a way that is not supported.",
                do="Download or export it again.",
            ) from error

    def _open_member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, depth: int
    ) -> Sequence[InputFile]:
        label = f"{name}/{member.filename}".replace("\\", "/")
        suffix = Path(label).suffix.lower()
        if not _is_visible(member.filename) or suffix not in {".zip", *_FORMS}:
            self._skipped.append(label)
            return []
        target = self._write(archive, member, suffix)
        if suffix != ".zip":
            return [InputFile(target, label, _FORMS[suffix], f"{self._room.name}/")]
        tables = self.unpack(target, label, depth + 1)
        # Emptied and not removed, so that its number stays taken.
        target.write_bytes(b"")
        return tables

    def _write(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, suffix: str) -> Path:
        number = len(list(self._scratch.glob("member-*")))
        target = self._scratch / f"member-{number:05}{suffix}"
        left = member.file_size
        with archive.open(member) as packed, target.open("wb") as unpacked:
            while chunk := packed.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise zipfile.BadZipFile
                unpacked.write(chunk)
        return target


def _is_visible(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not any(part.startswith(_HIDDEN) and part not in {".", ".."} for part in parts)
