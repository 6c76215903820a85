import time
from dataclasses import replace

import geopandas as gpd
import openpyxl
import pypdfium2
import pytest
import shapely
from docx import Document

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.errors import UsageError
from footbeat.reports.listing import describe_list
from footbeat.reports.listing_files import save_list
from footbeat.tables import Provenance
from footbeat.targeting.found import LeftOut


@pytest.fixture
def hotspots():
    frame = gpd.GeoDataFrame(
        {
            "hotspot_id": ["hex250:0:0", "hex250:4:0"],
            "name": ["=High Street", "Elm Road"],
            "rank_low": [1, 1],
            "rank_high": [2, 3],
            "p_top": [0.97, 0.9],
            "n": [18.0, 9.0],
            "harm_days": [730.0, None],
            "why": ["18 incidents; all on or near High Street.", "9 incidents."],
        },
        geometry=[shapely.box(0, 0, 200, 200), shapely.box(1000, 0, 1200, 200)],
        crs="EPSG:27700",
    )
    provenance = Provenance(
        crs="EPSG:27700",
        source="test",
        start="2024-01-01",
        end="2024-04-30",
        cautions=("Points are moved.",),
    )
    return Hotspots(complete_hotspots(frame, "test"), provenance)


def test_every_place_is_worded_with_its_certainty_and_picture(hotspots):
    listing = describe_list(hotspots)
    first, second = listing.entries
    assert first.counted == "18 incidents, 730 days of harm"
    assert "between 1st and 2nd" in first.certainty
    assert second.counted == "9 incidents"
    assert all(entry.picture.startswith("<svg") for entry in listing.entries)


def test_edition_of_the_harm_is_named_where_there_is_harm(hotspots):
    known = replace(hotspots.provenance, harm_edition="2020 edition")
    assert "harm: 2020 edition" in describe_list(replace(hotspots, provenance=known)).subject
    assert "harm" not in describe_list(hotspots).subject


def test_pdf_says_caution_why_and_where_to_sign(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.pdf")
    pages = pypdfium2.PdfDocument(tmp_path / "list.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in pages)
    for part in ("Points are moved.", "all on or near High Street", "Signature", "proposal"):
        assert part in " ".join(text.split())


def test_document_has_a_picture_a_place_and_one_of_all(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.docx")
    paper = Document(str(tmp_path / "list.docx"))
    # One of all, and for each place its map and its interval.
    assert len(paper.inline_shapes) == 5
    assert "Decision" in paper.tables[1].rows[0].cells[0].text
    assert "Signature" in [p.text for p in paper.paragraphs if p.style.name == "Heading 1"]


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pdf"])
def test_every_kind_of_list_states_the_months_observed_not_those_asked_for(
    hotspots, tmp_path, ending
):
    gap = tuple(f"2023-{month:02}" for month in range(1, 13))
    known = replace(hotspots.provenance, start="2023-01-01", missing_months=gap)
    path = tmp_path / f"list.{ending}"
    save_list(replace(hotspots, provenance=known), path)
    said = text_of(path)
    assert "Jan 2024 to Apr 2024" in said
    assert "Jan 2023" not in said


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pdf"])
def test_every_kind_of_list_says_what_it_holds_how_it_was_done_and_on_which_files(
    hotspots, tmp_path, ending
):
    whole = {"area_ha": 173.0, "total_ha": 4428.0, "n_listed": 860, "n_incidents": 2509}
    known = replace(hotspots.provenance, extra={"whole": whole, "top": 2, "method": "count"})
    run = {
        "parameters": {"shape": "hex", "size_m": 250.0, "group": "violence", "weight": "count"},
        "inputs": [{"name": "incidents.parquet", "n_bytes": 1, "sha256": "ab" * 32}],
        "version": "0.1.0",
    }
    path = tmp_path / f"list.{ending}"
    save_list(replace(hotspots, provenance=known), path, run=run)
    said = text_of(path).replace("\N{NO-BREAK SPACE}", " ")
    for part in (
        "2 places: the list held 34 % of the incidents counted (860 of 2,509)",
        "3.9 % of the ground (173 of 4,428 hectares)",
        "Ranked by: count.",
        "hex of 250 m",
        "Read incidents.parquet, SHA-256 abababab",
        "1st to 2nd" if ending != "xlsx" else "Rank at best",
    ):
        assert part in said


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pdf"])
def test_what_was_left_out_and_changed_stands_on_every_kind_of_list(hotspots, tmp_path, ending):
    path = tmp_path / f"list.{ending}"
    gone = LeftOut("Barracks Lane", 3, "excluded by decision: not ours")
    changes = ["Renamed A as B: as the beat calls it (A. Khan, 2026-11-22)."]
    save_list(hotspots, path, left_out=[gone], changes=changes)
    for part in ("Barracks Lane", "excluded by decision: not ours", "as the beat calls it"):
        assert part in text_of(path)


def text_of(path):
    if path.suffix == ".pdf":
        pages = pypdfium2.PdfDocument(path)
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    paper = Document(str(path))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    head = [each.text for each in paper.sections[0].header.paragraphs]
    return " ".join([*head, *cells, *(paragraph.text for paragraph in paper.paragraphs)])


def test_workbook_leaves_room_to_decide_and_holds_no_formula(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    cells = [cell for row in book["List"].iter_rows() for cell in row if cell.value is not None]
    assert {"Decision", "Reason", "Named officer"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_other_endings_are_refused(hotspots, tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.docx"):
        save_list(hotspots, tmp_path / "list.odt")


def test_the_same_list_gives_the_same_bytes_at_any_time(hotspots, tmp_path, monkeypatch):
    save_list(hotspots, tmp_path / "now.docx")
    now = time.localtime
    monkeypatch.setattr(time, "localtime", lambda at=None: now(at or time.time() + 86_400))
    save_list(hotspots, tmp_path / "later.docx")
    assert (tmp_path / "now.docx").read_bytes() == (tmp_path / "later.docx").read_bytes()
    save_list(hotspots, tmp_path / "list.xlsx")
    assert openpyxl.load_workbook(tmp_path / "list.xlsx").properties.created.year == 1980
