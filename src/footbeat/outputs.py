"""Files written whole or not at all, and never over another without leave.

Every output of Footbeat goes through :func:`writing` or :func:`writing_folder`: the work
happens in a hidden sibling, which takes the final name only when nothing failed. A reader
therefore sees the old file or the new one, whatever happens to the process in between. What a
killed process leaves behind is removed by the next one that writes there.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from footbeat.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

# The same input gives the same bytes: inside, every file bears the first day ZIP knows. When it
# was made, its folder says.
FILE_DAY = datetime(1980, 1, 1, tzinfo=UTC)

_LOG = logging.getLogger(__name__)
_PREFIX = ".footbeat-"
_LOCK = "lock"
_TRIES = 3


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
    with scratch_folder(path) as scratch:
        draft = scratch / path.name
        yield draft
        _replace(draft, path)


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
    with scratch_folder(path) as scratch:
        draft = scratch / path.name
        draft.mkdir()
        yield draft
        if path.exists():
            _replace(path, scratch / f"{path.name}.old")
        _replace(draft, path)


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
            do=f"Name it {path.stem.strip('.') or 'result'}{allowed[0]}.",
        )
    return suffix


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside `path` for work in progress, which is gone at the end.

    It holds a lock as long as its process lives, by which :func:`clear_scratch` knows it.

    Raises
    ------
    StoreError
        When the folder of `path` cannot be written to.
    """
    if n_left := clear_scratch(path):
        _LOG.info("Removed scratch of %d interrupted runs.", n_left)
    try:
        folder, lock = _make_scratch(path.absolute().parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        yield folder
    finally:
        if lock:
            lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def private_scratch() -> AbstractContextManager[Path]:
    """Return a scratch folder, as :func:`scratch_folder` does, among the system's own."""
    return scratch_folder(Path(tempfile.gettempdir()) / "footbeat")


def clear_scratch(path: Path) -> int:
    """Remove what killed processes left beside `path`, and return how many scratch folders went.

    The system lets go of a lock when its process ends, however it ends, so that what is being
    written now is never touched; nor is a folder that has no lock.
    """
    locks = [*path.absolute().parent.glob(f"{_PREFIX}*/{_LOCK}")]
    return sum(_remove_free(lock) for lock in locks)


def _make_scratch(parent: Path) -> tuple[Path, sqlite3.Connection | None]:
    """Return a new folder and its lock; none where the file system knows no locks."""
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        (folder / _LOCK).touch()
        lock = _try_lock(folder / _LOCK)
        # Another process may have taken it for a dead one's before it was locked.
        if lock and (folder / _LOCK).exists():
            return folder, lock
        shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)), None


def _remove_free(path: Path) -> bool:
    """Remove a scratch folder unless its lock is held; tell whether it went."""
    lock = _try_lock(path)
    if lock is None:
        return False
    # Held meanwhile where a file that is open can be removed, so that nobody else begins.
    shutil.rmtree(path.parent, ignore_errors=True)
    lock.close()
    shutil.rmtree(path.parent, ignore_errors=True)
    return not path.exists()


def _try_lock(path: Path) -> sqlite3.Connection | None:
    """Lock a file that is there; None where another process holds it or locks are not known.

    SQLite locks files on every system alike, and the system frees them with the process.
    """
    name = f"{path.as_uri()}?mode=rw"
    try:
        lock = sqlite3.connect(name, uri=True, timeout=0, check_same_thread=False)
    except sqlite3.Error:
        return None
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        lock.close()
        return None
    return lock


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
