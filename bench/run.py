"""Run the benchmarks, all of them or those named, and write `bench/RESULTS.md`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from harness import FULL
from record import (
    HEAD,
    merge_records,
    read_records,
    record_row,
    render_question,
    write_records,
)

if TYPE_CHECKING:
    from types import ModuleType

    from record import Record

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
        f"{os.cpu_count()} cores ({processor()}), "
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


def run_question(module: ModuleType, when: str) -> tuple[list[Record], str]:
    """Run one question and return its records, and why it stopped where it did."""
    name = module.__name__.removeprefix("bench_")
    records = []
    try:
        for row in module.rows():
            # Rows measured before a failure are kept.
            records.append(record_row(row, question=name, when=when))  # noqa: PERF401 - as said
    except Exception as reason:  # noqa: BLE001 - one question must not take the others with it
        return records, f"{type(reason).__name__}: {reason}".splitlines()[0]
    return records, ""


def render(records: list[Record], machines: dict[str, str], failed: dict[str, str]) -> str:
    """Return all questions that have records, or failed, as one page."""
    dates = {record["when"] for record in records}
    said = [f"{when}: {text}" for when, text in machines.items() if when in dates]
    sections = []
    for module in questions([]):
        name = module.__name__.removeprefix("bench_")
        own = [record for record in records if record["question"] == name]
        if own or name in failed:
            purpose = (module.__doc__ or "").strip()
            sections.append(render_question(module.NAME, purpose, own, failed.get(name, "")))
    return "\n".join([HEAD, *(f"{text}\n" for text in said), *sections])


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read what to run; an option that is not known runs nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="*", help="those to run, such as pings; all of them")
    parser.add_argument("--full", action="store_true", help="the largest sizes too")
    parser.add_argument("--keep", action="store_true", help="write what the named ones measured")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Run the questions; write the results, or with names and no `--keep` only print them."""
    asked = read_arguments(arguments)
    names = asked.questions
    if asked.full:
        os.environ[FULL] = "1"
    keeps = not names or asked.keep
    store = HERE / "results.json"
    when = f"{datetime.now(tz=UTC):%d %b %Y %H:%M}"
    kept = read_records(store) if keeps else []
    machines_file = HERE / "machines.json"
    machines = read_machines(machines_file) | {when: machine()}
    failed: dict[str, str] = {}
    for module in questions(names):
        start = time.perf_counter()
        new, why = run_question(module, when)
        name = module.__name__.removeprefix("bench_")
        if why:
            failed[name] = why
        print(render_question(module.NAME, "", new, why))
        print(f"({time.perf_counter() - start:.0f} s for this question)\n", file=sys.stderr)
        kept = merge_records(kept, new, name)
        # Written after every question: a run that is stopped keeps what it measured.
        if keeps:
            write_records(kept, store)
            used = {when: text for when, text in machines.items() if _is_used(when, kept)}
            machines_file.write_text(json.dumps(used, indent=1) + "\n", encoding="utf-8")
            text = render(kept, machines, failed)
            (HERE / "RESULTS.md").write_text(text, encoding="utf-8", newline="\n")


def read_machines(path: Path) -> dict[str, str]:
    """Return on what each run was made."""
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _is_used(when: str, records: list[Record]) -> bool:
    return any(record["when"] == when for record in records)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main(sys.argv[1:])
