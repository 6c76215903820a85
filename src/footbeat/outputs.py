"""Files written whole or not at all, and never over another without leave.

Every output of Footbeat goes through :func:`writing` or :func:`writing_folder`: the work
happens in a hidden sibling, which takes the final name only when nothing failed. A reader
therefore sees the old file or the new one, whatever happens to the process in between.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from footbeat.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def writing(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without an error.

    The temporary file keeps the ending of `path`, for libraries that choose a format by it.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or its folder cannot be written to.
    """
    check_writable(path, overwrite=overwrite)
    scratch = _scratch_folder(path)
    try:
        draft = scratch / path.name
        yield draft
        _replace(draft, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def writing_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends without an error.

    With `overwrite` an earlier folder of that name is set aside first and removed last, so a
    failure leaves it untouched.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    scratch = _scratch_folder(path)
    try:
        draft = scratch / path.name
        draft.mkdir()
        yield draft
        if path.exists():
            _replace(path, scratch / f"{path.name}.old")
        _replace(draft, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def check_writable(path: Path, *, overwrite: bool = False) -> None:
    """Raise before any work when `path` is taken or its folder does not exist.

    Raises
    ------
    StoreError
        When `path` exists and `overwrite` is false, or its folder does not exist.
    """
    if path.exists() and not overwrite:
        raise StoreError(
            f"`{path.name}` must not exist yet.",
            found=f"There is already something at {path}.",
            do="Choose another name, or pass --overwrite.",
        )
    if not path.absolute().parent.is_dir():
        raise StoreError(
            f"The folder of `{path.name}` must exist.",
            found=f"There is no folder {path.absolute().parent}.",
            do="Make the folder first, or write somewhere else.",
        )


def check_suffix(path: Path, allowed: tuple[str, ...]) -> str:
    """Return the ending of `path` in lower case when it is one of `allowed`.

    Raises
    ------
    UsageError
        When the ending is none of `allowed`.
    """
    suffix = path.suffix.lower()
    if suffix not in allowed:
        raise UsageError(
            f"The output must end in {', '.join(allowed)}.",
            found=f"It is called {path.name}.",
            do=f"Name it {path.stem}{allowed[0]}.",
        )
    return suffix


def _scratch_folder(path: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=".footbeat-", dir=path.absolute().parent))
    except OSError as error:
        raise _cannot_write(path, error) from error


def _replace(draft: Path, path: Path) -> None:
    try:
        os.replace(draft, path)  # noqa: PTH105 - Path.replace hides which of the two failed
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"`{path.name}` cannot be written.",
        found=f"The system says: {error.strerror}.",
        do="Check the folder's permissions and the free space, and close the file elsewhere.",
    )
