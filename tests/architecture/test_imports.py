"""Who knows the job knows who imports whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Source

# Top-level packages of every extra: importing Footbeat must need none of them.
EXTRAS = (
    "axe_playwright_python",
    "django",
    "esda",
    "hypothesis",
    "libpysal",
    "lightgbm",
    "mkdocs",
    "playwright",
    "pointpats",
    "pyfixest",
    "pypdf",
    "pypdfium2",
    "pyspark",
    "pytest",
)
# Refuses what is not a core requirement, then imports every module.
BLOCKER = """
import importlib, importlib.metadata, pkgutil, sys

allowed = {allowed!r}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} is not a core requirement", name=name)

sys.meta_path.insert(0, Blocker())
import footbeat
failed = []
for module in pkgutil.walk_packages(footbeat.__path__, "footbeat."):
    if module.name.startswith(allowed) or module.name == "footbeat.__main__":
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        failed.append(f"{{module.name}}: {{error}}")
print("\\n".join(failed))
"""
# Rooms that belong to an extra.
OF_AN_EXTRA = ("footbeat.desk", "footbeat.engine.spark")


def relative_imports(source: Source) -> list[str]:
    found = [n for n in ast.walk(source.tree) if isinstance(n, ast.ImportFrom) and n.level]
    return [source.where(node) for node in found]


def test_imports_are_absolute(sources: list[Source]) -> None:
    assert [where for source in sources for where in relative_imports(source)] == []


def imports_among(sources: list[Source]) -> dict[str, set[str]]:
    """Map each module to the modules of the package that it imports anywhere in its text."""
    known = {source.module for source in sources}
    graph: dict[str, set[str]] = {}
    for source in sources:
        named = set()
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        graph[source.module] = (named & known) - {source.module}
    return graph


def test_no_two_modules_import_each_other(sources: list[Source]) -> None:
    graph = imports_among(sources)
    mutual = {
        tuple(sorted((one, other)))
        for one, others in graph.items()
        for other in others
        if one in graph[other] and not is_package_of(one, other) and not is_package_of(other, one)
    }
    assert mutual == set()


def is_package_of(package: str, module: str) -> bool:
    """Whether `module` lies in `package`, whose `__init__` may gather names from it."""
    return module.startswith(f"{package}.")


def test_steps_import_earlier_steps_only(root: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    linted = subprocess.run(
        [*command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout[-4000:] + linted.stderr


def test_core_needs_core_requirements_only(root: Path) -> None:
    script = BLOCKER.format(allowed=OF_AN_EXTRA, blocked=set(EXTRAS) | others_than_core(root))
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


def others_than_core(root: Path) -> set[str]:
    """Name the installed top-level packages that no line of the core lock brings."""
    from importlib.metadata import packages_distributions

    locked = {
        line.split("==")[0]
        for line in (root / "requirements" / "core.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }
    kept = locked | {"footbeat", "pip", "setuptools"}
    return {
        package
        for package, distributions in packages_distributions().items()
        if not {d.lower().replace("_", "-").replace(".", "-") for d in distributions} & kept
        and package not in sys.stdlib_module_names
    }
