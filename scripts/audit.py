"""Look up known vulnerabilities of the locked requirements.

Ends with 1 when one is found. A package that could not be looked up is never counted as safe:
it is said how many were, and where none was (no network), that nothing was audited. That ends
with 0, as a build without a network is not a finding.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One known vulnerability of one locked package."""

    package: str
    version: str
    advisory: str
    fixed_in: str

    def __str__(self) -> str:
        fixed = f"fixed in {self.fixed_in}" if self.fixed_in else "no fix yet"
        return f"{self.package} {self.version}: {self.advisory} ({fixed})"


@dataclass(frozen=True, slots=True)
class Audit:
    """What was asked, what could be answered, and what was found."""

    n_locked: int
    n_looked_up: int
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        if not self.n_looked_up:
            return "Not audited: the list of known vulnerabilities cannot be reached from here."
        return (
            f"{len(self.findings)} known vulnerabilities in {self.n_looked_up} packages; "
            f"{self.n_locked - self.n_looked_up} could not be looked up."
        )


def audit(files: list[str]) -> Audit:
    """Look up every package of the locked files."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    command += ["--progress-spinner=off", "--format=json", "--timeout=30"]
    for file in files:
        command += ["--requirement", file]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    try:
        packages = json.loads(run.stdout)["dependencies"]
    except json.JSONDecodeError:
        return Audit(0, 0, ())
    return read_answer(packages)


def read_answer(packages: list[dict[str, Any]]) -> Audit:
    """Count what was answered and gather what was found."""
    answered = [package for package in packages if "skip_reason" not in package]
    found = tuple(
        Finding(
            package["name"],
            package["version"],
            vulnerability["id"],
            ", ".join(vulnerability["fix_versions"]),
        )
        for package in answered
        for vulnerability in package["vulns"]
    )
    return Audit(len(packages), len(answered), found)


def main() -> int:
    """Audit the files named on the command line and return the exit code."""
    done = audit(sys.argv[1:])
    print(*done.findings, done, sep="\n")
    return 1 if done.findings else 0


if __name__ == "__main__":
    sys.exit(main())
