"""Resolve `requirements/*.in` and `pyproject.toml` to hashed `requirements/*.txt`.

Every later file is constrained by the earlier ones, so that the files agree and can be
installed into one environment in any order. Only versions and hashes are written: no
registry's address, so that the same files serve a force's internal mirror.
"""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("requirements")
HEADER = "# Locked by `make lock`: change pyproject.toml and run it again, never this file.\n"
LOCKS = {
    "core": (),
    "spark": ("spark",),
    "dev": ("spark", "ml", "dev"),
    "docs": ("docs",),
}
# Everything else must come as a wheel: installing then runs no package's set-up script.
SOURCE_ONLY = ("pyspark",)


def compile_lock(*arguments: str) -> str:
    """Return what uv resolves, for every system and Python from 3.11 on."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--upgrade"]
    command += ["--no-emit-index-url", "--no-emit-find-links", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lock(name: str, extras: tuple[str, ...], earlier: list[Path]) -> Path:
    """Resolve one file under the constraints of the `earlier` ones."""
    target = REQUIREMENTS / f"{name}.txt"
    locked = compile_lock(
        *("--only-binary=:all:", *(f"--no-binary={name}" for name in SOURCE_ONLY)),
        *(f"--extra={extra}" for extra in extras),
        *(f"--constraints={path}" for path in earlier),
        *("pyproject.toml", str(REQUIREMENTS / "build.in")),
    )
    target.write_text(HEADER + locked, encoding="utf-8", newline="\n")
    return target


def lock_peers() -> Path:
    """Resolve what benchmarks compare with: an environment of its own, agreeing with nothing."""
    target = REQUIREMENTS / "bench.txt"
    locked = compile_lock(str(REQUIREMENTS / "bench.in"))
    target.write_text(HEADER + locked, encoding="utf-8", newline="\n")
    return target


def main() -> None:
    """Resolve every file in order."""
    earlier: list[Path] = []
    for name, extras in LOCKS.items():
        earlier.append(lock(name, extras, earlier))
        sys.stderr.write(f"locked {earlier[-1]}\n")
    sys.stderr.write(f"locked {lock_peers()}\n")


if __name__ == "__main__":
    main()
