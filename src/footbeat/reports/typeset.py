"""Typst, told once how Footbeat prints: fonts that are always there, tags, no clock."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATES = Path(__file__).parent / "typst"
_PNG_DPI = 220.0
_ONE_DRAWING = """
#set page(width: auto, height: auto, margin: 4pt)
#set text(font: ("Liberation Sans", "Arial", "DejaVu Sans"))
#image(bytes(sys.inputs.drawing), format: "svg", width: 170mm)
"""


def save_pdf(template: str, facts: Mapping[str, Any], path: Path) -> None:
    """Write the PDF a template makes of `facts`, tagged for screen readers (PDF/UA-1)."""
    import typst

    typst.compile(
        str(_TEMPLATES / template),
        output=str(path),
        format="pdf",
        font_paths=_fallback_fonts(),
        sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
    )


def draw_png(drawing: str) -> bytes:
    """Return a vector drawing as a PNG for documents that cannot hold it otherwise."""
    import typst

    with tempfile.TemporaryDirectory(prefix="footbeat-") as folder:
        source, image = Path(folder) / "drawing.typ", Path(folder) / "drawing.png"
        source.write_text(_ONE_DRAWING, encoding="utf-8")
        typst.compile(
            str(source),
            output=str(image),
            format="png",
            ppi=_PNG_DPI,
            font_paths=_fallback_fonts(),
            sys_inputs={"drawing": drawing},
        )
        return image.read_bytes()


def _fallback_fonts() -> list[str]:
    # A sans that is always there: matplotlib brings DejaVu Sans.
    import matplotlib as mpl

    return [str(Path(mpl.get_data_path()) / "fonts" / "ttf")]
