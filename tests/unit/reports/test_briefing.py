from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import geopandas as gpd
import pypdf
import pytest
from shapely.geometry import LineString, box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.errors import DataError
from footbeat.periods import Window
from footbeat.reports.assignments import write_assignment_pdf
from footbeat.reports.briefing import Extras, brief_day, briefing_bounds, write_briefing_pdf
from footbeat.reports.briefing_docx import COMPARISON_TODAY, write_briefing_docx
from footbeat.reports.placemap import Pin, Walk, draw_place, fit_sheet
from footbeat.streets import Streets
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import Schedule, draw_schedule
from footbeat.tasking.windows import VisitPlan

DAY = date(2026, 11, 6)


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    shapes = [box(i * 300, 0, i * 300 + 200, 200) for i in range(6)]
    frame = gpd.GeoDataFrame(
        {
            "hotspot_id": [f"h{i}" for i in range(6)],
            "name": [f"Pier <Hill> & #steps {i}" for i in range(6)],
            "why": ["18 robberies since Nov 2023"] * 6,
            "named_officer": ["PC 1, ext 2"] + [None] * 5,
        },
        geometry=shapes,
        crs="EPSG:27700",
    )
    provenance = Provenance(
        "EPSG:27700", attribution=("OGL v3.0",), cautions=("Points are moved.",), is_synthetic=True
    )
    options = ScheduleOptions(DAY, 7, "daily:2", VisitPlan(Window.parse("18:00-23:00")))
    hotspots = Hotspots(complete_hotspots(frame, "t"), provenance)
    return draw_schedule(hotspots, options, seed=bytes(range(32)), nonce=bytes(32))


@pytest.fixture(scope="module")
def ground() -> Streets:
    lines = [LineString([(-200, 100), (2000, 100)]), LineString([(100, -200), (100, 400)])]
    frame = gpd.GeoDataFrame(
        {"name": ["Marine Parade", "Hill Road"], "kind": ["major", "minor"]},
        geometry=lines,
        crs="EPSG:27700",
    )
    return Streets(frame, ("© OpenStreetMap contributors",))


def _texts(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_shift_sheet_comes_first_then_a_page_for_each_patrol(
    schedule: Schedule, ground: Streets, tmp_path: Path
) -> None:
    papers = brief_day(schedule, DAY, ground)
    write_briefing_pdf(papers, tmp_path / "a.pdf")
    texts = _texts(tmp_path / "a.pdf")
    assert len(texts) == 3
    assert "Fri 6 Nov 2026: 2 patrols" in texts[0]
    for text, place in zip(texts[1:], papers.patrols, strict=True):
        assert place.name in text
        assert "PATROL TODAY" in text
        assert "Marine Parade" in text


def test_every_sheet_explains_the_comparison_and_carries_marking_and_attribution(
    schedule: Schedule, ground: Streets, tmp_path: Path
) -> None:
    write_briefing_pdf(brief_day(schedule, DAY, ground), tmp_path / "a.pdf")
    for number, text in enumerate(_texts(tmp_path / "a.pdf"), 1):
        flat = " ".join(text.split())
        assert "Comparison today means that chance" in flat
        assert "OFFICIAL–SENSITIVE" in flat
        assert "OGL v3.0 · © OpenStreetMap contributors" in flat
        assert f"Page {number} of 3" in flat


def test_cautions_and_synthetic_data_are_said_on_the_shift_sheet(
    schedule: Schedule, tmp_path: Path
) -> None:
    write_briefing_pdf(brief_day(schedule, DAY), tmp_path / "a.pdf")
    first, second, *_ = _texts(tmp_path / "a.pdf")
    assert "Points are moved." in first
    assert "Synthetic data" in first
    assert "no streets are shown" in " ".join(second.split())


def test_pdf_is_tagged_titled_and_in_english(schedule: Schedule, tmp_path: Path) -> None:
    write_briefing_pdf(brief_day(schedule, DAY), tmp_path / "a.pdf")
    reader = pypdf.PdfReader(tmp_path / "a.pdf")
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert reader.metadata is not None
    assert reader.metadata.title == "Patrol briefing, Fri 6 Nov 2026"


def test_extras_reach_the_page_they_belong_to(schedule: Schedule, ground: Streets) -> None:
    spot = brief_day(schedule, DAY).patrols[0].hotspot_id
    walk = Walk(LineString([(0, 0), (50, 0), (50, 50), (0, 0)]), stands=((50, 0),))
    extras = Extras({spot: "the steps"}, {spot: "Tue"}, {spot: "KB21"}, {spot: (walk, "650 m")})
    papers = brief_day(schedule, DAY, ground, extras=extras)
    first, second = papers.patrols
    assert (first.look_for, first.last_done, first.unit) == ("the steps", "Tue", "KB21")
    assert (first.walk, first.has_walk) == ("650 m", True)
    assert (second.look_for, second.last_done, second.has_walk) == ("", "not known", False)
    assert papers.maps[first.map].count("stroke-dasharray") > papers.maps[second.map].count(
        "stroke-dasharray"
    )


def test_each_visit_names_its_own_unit_on_both_papers(schedule: Schedule, tmp_path: Path) -> None:
    due = "18:05–19:35, 21:20–22:50"
    twice = replace(schedule, frame=schedule.frame.assign(due=due))
    spot = brief_day(twice, DAY).patrols[0].hotspot_id
    papers = brief_day(twice, DAY, extras=Extras(units={spot: "KB22, KB21"}))
    assert papers.patrols[0].who.replace("\xa0", " ") == "KB22 18:05–19:35, KB21 21:20–22:50"
    write_briefing_pdf(papers, tmp_path / "a.pdf")
    write_briefing_docx(papers, tmp_path / "a.docx")
    for page in _texts(tmp_path / "a.pdf")[:2]:
        assert page.index("KB22") < page.index("KB21")
    tables = docx.Document(str(tmp_path / "a.docx")).tables
    cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    assert "KB22\nKB21" in cells
    assert any("KB22\xa018:05–19:35" in cell for cell in cells)


def test_comparison_pages_are_only_made_when_asked_for(schedule: Schedule) -> None:
    assert {place.arm for place in brief_day(schedule, DAY).places} == {"treated"}
    papers = brief_day(schedule, DAY, with_comparison=True)
    assert len(papers.places) == 6


def test_neighbours_are_the_nearest_with_what_they_have_today(schedule: Schedule) -> None:
    papers = brief_day(schedule, DAY, with_comparison=True)
    first = papers.places[0]
    assert [other["number"] for other in first.neighbours] == [2, 3, 4, 5]
    assert first.neighbours[0]["distance"] == "100 m"


def test_day_outside_the_schedule_is_refused(schedule: Schedule) -> None:
    with pytest.raises(DataError, match="must be for a day"):
        brief_day(schedule, date(2027, 1, 1))


def test_week_on_paper_names_every_day(schedule: Schedule, tmp_path: Path) -> None:
    write_assignment_pdf(schedule, tmp_path / "w.pdf", schedule.days)
    text = " ".join(" ".join(_texts(tmp_path / "w.pdf")).split())
    assert [day for day in range(6, 13) if f"{day} Nov 2026" not in text] == []
    assert "Comparison, no extra patrol:" in text


def test_bounds_reach_beyond_every_hot_spot(schedule: Schedule) -> None:
    xmin, ymin, xmax, ymax = briefing_bounds(schedule)
    assert xmin <= -250
    assert ymin <= -250
    assert xmax >= 1950
    assert ymax >= 450


def test_docx_holds_the_same_words_and_described_maps(
    schedule: Schedule, ground: Streets, tmp_path: Path
) -> None:
    papers = brief_day(schedule, DAY, ground)
    write_briefing_docx(papers, tmp_path / "a.docx")
    paper = docx.Document(str(tmp_path / "a.docx"))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    words = " ".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])
    for place in papers.patrols:
        assert place.name in words
        assert place.due in words
        assert place.why in words
    assert words.count(COMPARISON_TODAY) == 3
    pictures = [shape._inline.docPr.get("descr") for shape in paper.inline_shapes]  # noqa: SLF001
    assert len(pictures) == 3
    assert all(text.startswith("Map of") for text in pictures)
    assert "OFFICIAL–SENSITIVE" in paper.sections[0].header.paragraphs[0].text


def test_synthetic_is_said_once_where_a_caution_says_it(schedule: Schedule, tmp_path: Path) -> None:
    briefing = replace(brief_day(schedule, DAY), cautions=("SYNTHETIC: an invented town.",))
    write_briefing_pdf(briefing, tmp_path / "a.pdf")
    first = _texts(tmp_path / "a.pdf")[0]
    assert "SYNTHETIC: an invented town." in first
    assert "Synthetic data" not in first


def test_scale_bar_gives_way_to_a_disc() -> None:
    spot = box(0, 0, 20, 20)
    sheet = fit_sheet([0, 0, 1000, 1000], width=920, height=920, margin=0.0)
    low_left = Pin(30, 10, "1", is_filled=True)
    moved = str(draw_place(sheet, spot, None, pins=[low_left], title="t"))
    kept = str(draw_place(sheet, spot, None, pins=[Pin(500, 900, "1", is_filled=True)], title="t"))
    assert 'x="14"' in kept
    assert 'x="14"' not in moved
