"""Run the benchmarks, all of them or those named, and write `bench/RESULTS.md`."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from harness import NotRunError, render_rows

if TYPE_CHECKING:
    from types import ModuleType

HERE = Path(__file__).parent
SHOWN = ("footbeat", "numpy", "numba", "scipy", "duckdb", "pyarrow", "pandas", "shapely")


def questions(names: list[str]) -> list[ModuleType]:
    """Import the benchmarks named, or all of them."""
    found = sorted(path.stem for path in HERE.glob("bench_*.py"))
    wanted = [f"bench_{name.removeprefix('bench_')}" for name in names] or found
    absent = sorted(set(wanted) - set(found))
    if absent:
        sys.exit(f"There must be a file for every question. Not found: {', '.join(absent)}.")
    return [importlib.import_module(name) for name in wanted]


def machine() -> str:
    """Say on what this ran."""
    versions = []
    for name in SHOWN:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"{datetime.now(tz=UTC):%d %B %Y}; {os.cpu_count()} cores ({processor()}), "
        f"{platform.system()}, Python {platform.python_version()}; {', '.join(versions)}."
    )


def processor() -> str:
    """Name the processor, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def run_question(module: ModuleType) -> str:
    """Run one question and return its section."""
    title = f"## {module.NAME}"
    purpose = (module.__doc__ or "").strip()
    try:
        body = render_rows(module.rows())
    except NotRunError as reason:
        body = f"Not run: {reason}.\n"
    return f"{title}\n\n{purpose}\n\n{body}"


def main(names: list[str]) -> None:
    """Run the questions and print or write the results."""
    sections = []
    for module in questions(names):
        start = time.perf_counter()
        sections.append(run_question(module))
        print(sections[-1])
        print(f"({time.perf_counter() - start:.0f} s for this question)\n", file=sys.stderr)
    if names:
        return
    head = (
        "# Results\n\nWritten by `make bench`; the rules are in [bench/README.md](README.md). "
        "Ratios hold on other machines, seconds do not. Medians of at least 5 runs.\n\n"
        f"{machine()}\n"
    )
    text = "\n".join([head, *sections])
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main(sys.argv[1:])
