import geopandas as gpd
import openpyxl
import pypdfium2
import pytest
import shapely
from docx import Document

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.errors import UsageError
from footbeat.reports.listing import describe_list, save_list
from footbeat.tables import Provenance


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


def test_pdf_says_caution_why_and_where_to_sign(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.pdf")
    pages = pypdfium2.PdfDocument(tmp_path / "list.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in pages)
    for part in ("Points are moved.", "all on or near High Street", "Signature", "proposal"):
        assert part in " ".join(text.split())


def test_document_has_a_picture_a_place_and_one_of_all(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.docx")
    paper = Document(str(tmp_path / "list.docx"))
    assert len(paper.inline_shapes) == 3
    assert any("Decision" in paragraph.text for paragraph in paper.paragraphs)


def test_workbook_leaves_room_to_decide_and_holds_no_formula(hotspots, tmp_path):
    save_list(hotspots, tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    cells = [cell for row in book["List"].iter_rows() for cell in row if cell.value is not None]
    assert {"Decision", "Reason", "Named officer"} <= {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_other_endings_are_refused(hotspots, tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.docx"):
        save_list(hotspots, tmp_path / "list.odt")
