"""The tools of the repository say only what they know."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPTS = Path(__file__).parents[2] / "scripts"
LOCK = """\
# A comment
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:aa
    # via typer
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:dd
hatchling==1.33.0 \\
    --hash=sha256:ee
"""


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("platform", "python", "expected"),
    [
        ("win_amd64", "3.12", ["colorama==0.4.6", "numpy==2.5.5"]),
        ("linux_x86_64", "3.11", ["numpy==2.4.6"]),
    ],
)
def test_bundle_takes_what_holds_on_the_target(
    platform: str, python: str, expected: list[str]
) -> None:
    bundle = script("bundle")
    kept = bundle.locked_for(bundle.Target(platform, python), LOCK)
    assert [line.split()[0] for line in kept.splitlines() if "==" in line] == expected
    assert "via" not in kept


def test_bundle_keeps_every_hash() -> None:
    bundle = script("bundle")
    kept = bundle.locked_for(bundle.Target("linux_x86_64", "3.11"), LOCK)
    assert "sha256:bb" in kept
    assert "sha256:cc" in kept


def test_package_that_could_not_be_looked_up_is_not_called_safe() -> None:
    audit = script("audit")
    done = audit.read_answer([{"name": "a", "skip_reason": "not found"}])
    assert str(done).startswith("Not audited")


def test_vulnerability_is_named_with_its_remedy() -> None:
    audit = script("audit")
    found = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    done = audit.read_answer(
        [
            {"name": "a", "version": "1.0", "vulns": [found]},
            {"name": "b", "skip_reason": "not found"},
        ]
    )
    assert str(done.findings[0]) == "a 1.0: PYSEC-1 (fixed in 2.0)"
    assert "1 known vulnerabilities in 1 packages; 1 could not be looked up" in str(done)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", False),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", False),
        ("GNU General Public License v3 (GPLv3)", True),
        ("AGPL-3.0-only", True),
        ("GPL-2.0-only OR MIT", False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False),
    ],
)
def test_licence_that_reaches_our_code_is_refused(licence: str, *, expected: bool) -> None:
    assert script("licences").is_forbidden(licence) is expected


def test_bundle_starters_are_complete() -> None:
    for name in ("Footbeat.cmd", "footbeat.sh", "READ-ME-FIRST.txt"):
        text = (SCRIPTS / "bundle" / name).read_text(encoding="utf-8")
        assert "@VERSION@" in text
        assert "@PYTHON@" in text
