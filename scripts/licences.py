"""List the licences of what Footbeat installs with itself, and refuse those a force cannot take.

Only the packages of `requirements/core.txt` travel with Footbeat; those of the other locks are
tools of its developers and are not listed.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CORE = Path(__file__).parent.parent / "requirements" / "core.txt"
# Copyleft that would reach Footbeat's own code; the Lesser GPL and Mozilla's do not.
FORBIDDEN = re.compile(
    r"\b(?:AGPL|Affero|GPL|General Public|SSPL|BUSL|Commons Clause)", re.IGNORECASE
)
ALLOWED = re.compile(r"(?i)\b(?:LGPL|Lesser)")


def core_packages() -> list[str]:
    """List the names in the core lock."""
    lines = CORE.read_text(encoding="utf-8").splitlines()
    return [line.split("==")[0] for line in lines if re.match(r"[a-z0-9].*==", line)]


def licences(packages: list[str]) -> dict[str, str]:
    """Map each installed package, with its version, to its licence."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    answer = subprocess.run(
        [*command, "--with-system", "--packages", *packages],
        check=True,
        capture_output=True,
        text=True,
    )
    return {
        f"{row['Name']} {row['Version']}": row["License"].split("\n")[0]
        for row in json.loads(answer.stdout)
    }


def is_forbidden(licence: str) -> bool:
    """Whether a licence would reach Footbeat's own code."""
    choices = re.split(r"\bOR\b|;", licence)
    return all(FORBIDDEN.search(choice) and not ALLOWED.search(choice) for choice in choices)


def main() -> int:
    """Print the list and return the exit code."""
    found = licences(core_packages())
    for package, licence in sorted(found.items()):
        print(f"{package:32} {licence}")
    refused = [package for package, licence in found.items() if is_forbidden(licence)]
    unknown = [package for package, licence in found.items() if licence == "UNKNOWN"]
    for package in refused + unknown:
        print(f"{package} must have a licence that a force can take: it says {found[package]}.")
    return 1 if refused or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
