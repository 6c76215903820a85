"""How long somebody waits before the program says anything.

The limit is Python itself doing nothing. Each run starts a process, so that imports count.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from harness import Row, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Start-up"


def start(*arguments: str) -> None:
    """Start Python and wait until it ends."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def rows() -> Iterator[Row]:
    """Yield the time to `footbeat --help` and to `import footbeat`."""
    least = measure(partial(start, "-c", "pass"))
    for work, arguments in {
        "`footbeat --help`": ("-m", "footbeat", "--help"),
        "`import footbeat`": ("-c", "import footbeat"),
    }.items():
        yield Row(
            work=work,
            size=1,
            ours=measure(partial(start, *arguments)),
            limit="Python doing nothing",
            least=least,
        )
