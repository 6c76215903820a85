"""The errors Footbeat raises, and the exit code each one ends a command with.

::

    FootbeatError
    ├── UsageError        2   the command was asked for something it cannot do
    ├── DataError        11   the input cannot give what was asked of it
    │   ├── ColumnError       a column is missing, renamed or of the wrong kind
    │   ├── CrsError          coordinates are in another system than was said
    │   ├── PrecisionError    the times are too coarse for the question
    │   ├── MismatchError     two files do not belong together
    │   └── TamperedError     a sealed file is not what was sealed
    ├── AccessError      12   the person may not do this
    ├── EngineError      13   DuckDB, Spark or a solver stopped
    └── StoreError       14   a file cannot be read or written

Every message has three parts: the *problem* (with **must** or **cannot**), what was
*found*, and what to *do*. None of them ever holds personal data: a value of a record is
described by its column and its place in the file, never repeated.
"""

from __future__ import annotations

from typing import ClassVar


class FootbeatError(Exception):
    """Say what went wrong, what was found, and what to do about it.

    Parameters
    ----------
    problem
        What must hold, or what cannot be done, as one sentence.
    found
        What was there instead.
    do
        The next step for the person who reads this.

    Examples
    --------
    >>> print(FootbeatError("`k` must not exceed `n`.", found="k is 9, n is 8.", do="Treat 8."))
    `k` must not exceed `n`. k is 9, n is 8. Treat 8.
    """

    code: ClassVar[str] = "footbeat"
    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, found: str = "", do: str = "") -> None:
        super().__init__(problem, found, do)
        self.problem = problem
        self.found = found
        self.do = do

    def __str__(self) -> str:
        return " ".join(part for part in (self.problem, self.found, self.do) if part)

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return the error as the one JSON object a command prints with `--json`."""
        return {
            "error": {
                "code": self.code,
                "problem": self.problem,
                "found": self.found,
                "do": self.do,
            }
        }


class UsageError(FootbeatError):
    """Report options that contradict each other or ask for the impossible."""

    code = "usage"
    exit_code = 2


class DataError(FootbeatError):
    """Report input that cannot give what was asked of it."""

    code = "data"
    exit_code = 11


class ColumnError(DataError):
    """Report a column that is missing, renamed or of the wrong kind."""

    code = "data.column"


class CrsError(DataError):
    """Report coordinates that are in another system than was said."""

    code = "data.crs"


class PrecisionError(DataError):
    """Report times too coarse for the question, such as months asked for hours."""

    code = "data.precision"


class MismatchError(DataError):
    """Report two files that do not belong together."""

    code = "data.mismatch"


class TamperedError(DataError):
    """Report a sealed file that is not what was sealed."""

    code = "data.tampered"


class AccessError(FootbeatError):
    """Report an act the person may not do."""

    code = "access"
    exit_code = 12


class EngineError(FootbeatError):
    """Report an engine or solver that stopped."""

    code = "engine"
    exit_code = 13


class StoreError(FootbeatError):
    """Report a file or folder that cannot be read or written."""

    code = "store"
    exit_code = 14
