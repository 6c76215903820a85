"""What went in, what ran, what came out: the record that makes an output repeatable.

Beside every output `NAME` stands `NAME.manifest.json` with the hash of every input and
output, the version of Footbeat, every parameter, and the seed where chance was used.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from footbeat.outputs import writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = version("footbeat")

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileHash:
    """One file: its name without folders, its size, and the SHA-256 of its bytes."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one command read, was told, and wrote.

    Attributes
    ----------
    command
        The command without its files, such as ``target find``.
    parameters
        Every option with the value used, defaults included.
    inputs, outputs
        The files read and written.
    info
        What is known of the data: source, precision, coordinate system, cautions.
    seed
        The seed where chance was used and may be shown; a sealed seed never stands here.
    """

    command: str
    parameters: Mapping[str, Any]
    inputs: tuple[FileHash, ...]
    outputs: tuple[FileHash, ...]
    info: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    version: str = VERSION


def hash_file(path: Path) -> FileHash:
    """Return the name, size and SHA-256 of a file, read in pieces of one mebibyte."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return FileHash(path.name, path.stat().st_size, digest.hexdigest())


def hash_files(paths: Iterable[Path]) -> tuple[FileHash, ...]:
    """Return the hash of every file, folders walked, in the order of their paths."""
    return tuple(hash_file(path) for path in sorted(_files(paths)))


def manifest_path(output: Path) -> Path:
    """Return where the manifest of `output` stands: beside it, named after it."""
    return output.with_name(f"{output.name}.manifest.json")


def save_manifest(manifest: Manifest, output: Path) -> Path:
    """Write the manifest beside `output`, replacing that of an earlier run, and return its path."""
    path = manifest_path(output)
    with writing(path, overwrite=True) as draft:
        draft.write_text(canonical_json(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return path


def load_manifest(output: Path) -> dict[str, Any]:
    """Return the manifest that stands beside `output`, as plain values."""
    content: dict[str, Any] = json.loads(manifest_path(output).read_text(encoding="utf-8"))
    return content


def canonical_json(value: object, *, indent: int | None = None) -> str:
    """Return `value` as JSON in one agreed form: sorted keys, no spaces, UTF-8, no NaN.

    The same value gives the same bytes on every machine, so its hash can be published.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [0.5, None]})
    '{"a":[0.5,null],"b":1}'
    """
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(
        value,
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        separators=separators,
        indent=indent,
        default=_plain,
    )


def _plain(value: object) -> object:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value)
    return str(value)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (child for child in path.rglob("*") if child.is_file())
        else:
            yield path
