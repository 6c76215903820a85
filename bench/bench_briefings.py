"""Twenty briefings to PDF: typst beside WeasyPrint.

Both set one A4 page a hot spot with its map as the same vector drawing, its facts and its table
of neighbours. Drawing the maps is not timed; the alternative is given the finished drawings.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
from shapely.geometry import LineString, box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import Window
from footbeat.reports.briefing import brief_day, write_briefing_pdf
from footbeat.streets import Streets
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule
from footbeat.tasking.windows import VisitPlan
from harness import Row, measure, measure_peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.reports.briefing import Briefing

NAME = "Briefings to PDF (pages)"
SHARED = Path(tempfile.gettempdir()) / "footbeat-bench-map.svg"

PEER = """
import weasyprint
from pathlib import Path

def prepare(size):
    drawing = Path({shared!r}).read_text(encoding="utf-8")
    page = (
        "<section style='page-break-after: always; font: 10pt Liberation Sans, Arial'>"
        "<header>OFFICIAL–SENSITIVE · Fri 6 Nov 2026</header><h1>7 High Street south</h1>"
        "<p><b>PATROL TODAY</b> once between 19:10 and 20:40, 15 min</p>"
        "<div style='width: 110mm; float: left'>" + drawing + "</div>"
        "<p><b>Why here</b><br>18 street robberies and woundings since Nov 2023.</p>"
        "<p><b>Walk</b><br>650 m, starts at Heygate Avenue; be seen at A, B, C.</p>"
        "<p><b>Look for</b><br>Groups on the station steps.</p><p><b>Last done</b><br>Tue</p>"
        "<table style='clear: both; width: 100%'>"
        + "".join("<tr><td>%d<td>Place %d<td>200 m<td>comparison" % (i, i) for i in range(4))
        + "</table><p style='border: 1pt solid'>Comparison today means that chance, not anyone's "
        "judgement, gave this place no extra patrol today. Answer calls, use your powers and walk "
        "through as on any other day; do not avoid it and do not add to it.</p></section>"
    )
    return "<html lang=en><title>Briefing</title>" + page * size

def run(things):
    return weasyprint.HTML(string=things).write_pdf()[:4] == b"%PDF"
"""


def rows() -> Iterator[Row]:
    """Yield the time for 5, 10 and 20 hot spots; both sides must give a PDF."""
    folder = Path(tempfile.mkdtemp(prefix="footbeat-bench-"))
    for size in (5, 10, 20):
        papers = _papers(size)
        SHARED.write_text(papers.maps[papers.places[0].map], encoding="utf-8")

        def write(papers: Briefing = papers) -> bool:
            write_briefing_pdf(papers, folder / "a.pdf")
            return (folder / "a.pdf").read_bytes()[:4] == b"%PDF"

        peer = measure_peer(PEER.replace("{shared!r}", repr(str(SHARED))), size)
        yield Row(NAME, size, measure(write), "WeasyPrint", peer, agree=None)


def _papers(size: int) -> Briefing:
    shapes = [box(i * 400, 0, i * 400 + 250, 250) for i in range(size)]
    names = {"hotspot_id": [f"h{i:02}" for i in range(size)], "why": ["18 robberies"] * size}
    frame = gpd.GeoDataFrame(names, geometry=shapes, crs="EPSG:27700")
    lines = [LineString([(-500, y), (size * 400, y)]) for y in range(-300, 600, 90)]
    lines += [LineString([(x, -500), (x, 700)]) for x in range(-300, size * 400, 110)]
    columns = {"name": [f"Street {i}" for i in range(len(lines))], "kind": "minor"}
    ground = Streets(gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:27700"), ())
    visits = VisitPlan(Window.parse("14:00-22:00"))
    options = ScheduleOptions(date(2026, 11, 6), 7, f"daily:{size // 2}", visits)
    hotspots = Hotspots(complete_hotspots(frame, "bench"), Provenance("EPSG:27700"))
    drawn = draw_schedule(hotspots, options, seed=bytes(32), nonce=bytes(32))
    return brief_day(drawn, drawn.days[0], ground, with_comparison=True)
