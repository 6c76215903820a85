"""Build one ZIP that installs and runs Footbeat on a machine without a network.

It holds Footbeat, every locked requirement as a wheel for one platform and one Python, and a
starter that makes an environment beside itself on its first run. Nothing needs administrator
rights; Python itself must be there.

    python scripts/bundle.py                          for this machine
    python scripts/bundle.py --platform win_amd64     for Windows, built anywhere
"""

import argparse
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
STARTERS = ROOT / "scripts" / "bundle"
# Installed by the build, never needed to run.
BUILD_ONLY = {"editables", "hatchling", "pathspec", "pluggy", "trove-classifiers"}
TAGS = {
    "win_amd64": ("win_amd64",),
    "linux_x86_64": (
        *(f"manylinux_2_{minor}_x86_64" for minor in range(35, 4, -1)),
        "manylinux2014_x86_64",
        "linux_x86_64",
    ),
    "macosx_arm64": tuple(f"macosx_{n}_0_arm64" for n in (15, 14, 13, 12, 11)),
}
SYSTEMS = {"win": ("win32", "Windows"), "linux": ("linux", "Linux"), "macosx": ("darwin", "Darwin")}


@dataclass(frozen=True, slots=True)
class Target:
    """The machine a bundle is for."""

    platform: str
    python: str

    @property
    def markers(self) -> dict[str, str]:
        """The values of the environment markers on that machine."""
        sys_platform, system = SYSTEMS[self.platform.split("_")[0]]
        machine = {"win_amd64": "AMD64", "macosx_arm64": "arm64"}.get(self.platform, "x86_64")
        return {
            "implementation_name": "cpython",
            "os_name": "nt" if sys_platform == "win32" else "posix",
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_system": system,
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": sys_platform,
        }


def this_platform() -> str:
    """Name this machine as `TAGS` does."""
    return re.sub(r"[-.]", "_", sysconfig.get_platform()).replace("macosx_11_0", "macosx")


def locked_for(target: Target, lock: str) -> str:
    """Return the part of a lock that holds on the target, its markers resolved."""
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    kept = []
    for block in blocks:
        first, *rest = block.splitlines()
        wanted = Requirement(first.rstrip(" \\"))
        holds = wanted.marker is None or wanted.marker.evaluate(target.markers)
        if holds and wanted.name not in BUILD_ONLY:
            hashes = [line for line in rest if "--hash" in line]
            kept.append("\n".join([f"{wanted.name}{wanted.specifier} \\", *hashes]))
    return "\n".join(kept) + "\n"


def pip(*arguments: str) -> None:
    """Run this environment's pip."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def download(target: Target, wheels: Path) -> None:
    """Fetch the target's wheels, each checked against its hash."""
    lock = (ROOT / "requirements" / "core.txt").read_text(encoding="utf-8")
    requirements = wheels.parent / "requirements.txt"
    requirements.write_text(locked_for(target, lock), encoding="utf-8", newline="\n")
    tags = [f"--platform={tag}" for tag in TAGS[target.platform]]
    pip(
        *("download", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *(f"--python-version={target.python}", "--implementation=cp", *tags),
        *("--dest", str(wheels), "--requirement", str(requirements)),
    )


def build_project(wheels: Path) -> str:
    """Build Footbeat's own wheel and return its version."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT))
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version: str = metadata["project"]["version"]
    return version


def add_starters(folder: Path, target: Target, version: str) -> None:
    """Copy the starter and the note on how to use it, filled in for the target."""
    windows = target.platform.startswith("win")
    for name in ("READ-ME-FIRST.txt", "Footbeat.cmd" if windows else "footbeat.sh"):
        text = (STARTERS / name).read_text(encoding="utf-8")
        text = text.replace("@PYTHON@", target.python).replace("@VERSION@", version)
        text = text.replace("@STARTER@", "Footbeat.cmd" if windows else "./footbeat.sh")
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\r\n" if windows else "\n")
        path.chmod(0o755)
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE.txt")


def pack(folder: Path, path: Path) -> Path:
    """Write the ZIP whole, then give it its name."""
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, Path(folder.name) / file.relative_to(folder))
    return unfinished.replace(path)


def build(target: Target, out: Path) -> Path:
    """Build the bundle and return its path."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "Footbeat"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        version = build_project(wheels)
        download(target, wheels)
        add_starters(folder, target, version)
        name = f"footbeat-{version}-{target.platform}-py{target.python.replace('.', '')}.zip"
        return pack(folder, out / name)


def main() -> None:
    """Build what the command line asks for."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    parser = argparse.ArgumentParser(description="Build one offline ZIP.")
    parser.add_argument("--platform", choices=sorted(TAGS), default=this_platform())
    parser.add_argument("--python", default=here, help=f"Python on the target (here {here})")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = parser.parse_args()
    path = build(Target(asked.platform, asked.python), asked.out)
    print(f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    print(f"{path.stat().st_size / 1e6:,.0f} MB")
    if asked.platform != this_platform():
        print(f"Built on {platform.system()} and not tried on {asked.platform}.")


if __name__ == "__main__":
    main()
