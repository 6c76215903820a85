"""Make the pictures of the README and the tutorial anew, from a real run of the demonstration.

    python scripts/pictures.py

runs `footbeat demo`, sets what it printed as a terminal would, opens its map in Chromium, and
writes docs/img/demo.png and docs/img/map.png. Chromium must be installed.
"""

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).parent.parent / "docs" / "img"
COLUMNS = 100
COLOURS = 64
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #fff; }}
pre {{ margin: 0; padding: 20px 25px; color: #0b0c0c; }}
pre {{ font: 15px/1.4 "DejaVu Sans Mono", monospace; }}
</style><pre>{}</pre>"""


def run_demo(folder: Path) -> str:
    """Run the demonstration and return the screen it ends in."""
    command = [sys.executable, "-m", "footbeat", "demo", "--out", "demo"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "COLUMNS": str(COLUMNS), "PYTHONUTF8": "1"},
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return f"$ footbeat demo\n\n{done.stdout.rstrip()}"


def photograph(page: Path, size: tuple[int, int], picture: Path) -> None:
    """Write what Chromium shows of a page, in few colours."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium must be installed; it was not found on the path.")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    shot = f"--screenshot={page.with_suffix('.png')}"
    window = f"--window-size={size[0]},{size[1]}"
    subprocess.run(
        [chromium, *flags, "--no-first-run", "--hide-scrollbars", window, shot, page.as_uri()],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    with Image.open(page.with_suffix(".png")) as image:
        image.convert("RGB").quantize(COLOURS).save(picture, optimize=True)


def main() -> None:
    """Write both pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        screen = run_demo(folder)
        page = folder / "screen.html"
        page.write_text(TERMINAL.format(html.escape(screen)), encoding="utf-8")
        photograph(page, (980, 21 * (screen.count("\n") + 3)), IMAGES / "demo.png")
        photograph(folder / "demo" / "map.html", (1280, 1010), IMAGES / "map.png")


if __name__ == "__main__":
    main()
