"""The list for signature as a DOCX: a block a place, what was left out, and where to sign."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from footbeat.reports.document import save_paper
from footbeat.reports.typeset import draw_png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from docx.document import Document as Paper
    from docx.table import Table, _Cell, _Row
    from docx.text.run import Run

    from footbeat.reports.listing import Entry, Listing

_FONT, _INK, _SECOND = "Arial", RGBColor(0x0B, 0x0C, 0x0C), RGBColor(0x50, 0x5A, 0x5F)
_SIZES_PT = {"Title": 16, "Heading 1": 12, "Normal": 10}
_WIDTH_MM, _OVERVIEW_MM, _BLOCK_MM, _PICTURE_MM = 182, 176, (118, 64), 58
_RANKS_MM, _BAR_MM = (14, 78, 22, 68), 30
_LEFT_OUT_MM = (14, 62, 106)
_SIGN_MM = (70, 70, 42)


def write_listing_docx(listing: Listing, path: Path) -> None:
    """Write the list: A4, real headings, header rows, pictures described."""
    paper = Document()
    _set_up(paper, listing)
    paper.add_heading(listing.title, 0)
    paper.add_paragraph().add_run(f"{listing.headline}.").bold = True
    paper.add_paragraph(listing.proposal)
    for caution in listing.cautions:
        paper.add_paragraph(f"! {caution}")
    overview = paper.add_paragraph().add_run()
    _draw(overview, listing.overview, listing.overview_alt, _OVERVIEW_MM)
    _add_ranks(paper, listing)
    for entry in listing.entries:
        _add_entry(paper, entry)
    _add_lines(paper, "Changed by hand", listing.changes)
    if listing.left_out:
        paper.add_heading("Left out, and why", 1)
        rows = [(str(each.rank), each.place, each.reason) for each in listing.left_out]
        _add_rows(paper, [("Rank", "Place", "Why it is not on the list"), *rows], _LEFT_OUT_MM)
    _add_lines(paper, "How it was done", listing.method)
    _add_lines(paper, "How to make it again", listing.made)
    paper.add_heading("Signature", 1)
    _add_rows(paper, [("Name", "Rank or role", "Date"), ("\n", "\n", "\n")], _SIGN_MM)
    save_paper(paper, path)


def _set_up(paper: Paper, listing: Listing) -> None:
    sheet = paper.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = Mm(14)
    sheet.top_margin, sheet.bottom_margin = Mm(20), Mm(17)
    for name, size in _SIZES_PT.items():
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), _INK
        style.paragraph_format.space_after = Pt(4)
        # A heading's theme font would win over the name set above.
        for theme in ("asciiTheme", "hAnsiTheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
    head = sheet.header.paragraphs[0]
    # The template's own stops, for its wider margins, would come first.
    head.style = paper.styles["Normal"]
    head.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
    head.add_run(listing.marking).bold = True
    head.add_run(f"\tFootbeat · {listing.subject}").font.color.rgb = _SECOND
    foot = sheet.footer.paragraphs[0]
    foot.add_run(" ".join(listing.attribution)).font.size = Pt(8.5)
    paper.core_properties.title = listing.title
    paper.core_properties.author = "Footbeat"
    paper.core_properties.language = "en-GB"


def _add_entry(paper: Paper, entry: Entry) -> None:
    paper.add_heading(f"{entry.rank}  {entry.name}", 1)
    block = paper.add_table(rows=1, cols=2)
    _set_widths(block, _BLOCK_MM)
    words, picture = block.rows[0].cells
    words.paragraphs[0].add_run(entry.why)
    words.add_paragraph(f"{entry.counted}. Rank {entry.certainty}.")
    small = words.add_paragraph().add_run(f"{entry.ground}. {entry.hotspot_id}")
    small.font.size, small.font.color.rgb = Pt(8.5), _SECOND
    words.add_paragraph(f"Decision {'_' * 14}  Reason {'_' * 26}")
    alt = f"Map of hot spot {entry.rank}, {entry.name}."
    _draw(picture.paragraphs[0].add_run(), entry.picture, alt, _PICTURE_MM)
    _keep_whole(block.rows[0])


def _add_lines(paper: Paper, title: str, lines: Sequence[str]) -> None:
    if lines:
        paper.add_heading(title, 1)
    for line in lines:
        paper.add_paragraph(line, style="List Bullet")


def _add_ranks(paper: Paper, listing: Listing) -> None:
    rows = [(str(each.rank), each.name, each.n, f"{each.ranks} ") for each in listing.entries]
    heads = ("Rank", "Place", "Incidents", "Ranks the data allow")
    lines = _add_rows(paper, [heads, *rows], _RANKS_MM)
    for entry, row in zip(listing.entries, lines[1:], strict=True):
        alt = f"Rank {entry.rank}; the data allow {entry.ranks}."
        _draw(row.cells[3].paragraphs[0].add_run(), entry.bar, alt, _BAR_MM)


def _add_rows(paper: Paper, rows: Sequence[Sequence[str]], widths_mm: Sequence[int]) -> list[_Row]:
    table = paper.add_table(rows=0, cols=len(widths_mm), style="Table Grid")
    for number, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            _fill(cell, text, is_bold=number == 0)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - the library has no other way
    for line in table.rows:
        _keep_whole(line)
    _set_widths(table, widths_mm)
    return list(table.rows)


def _fill(cell: _Cell, text: str, *, is_bold: bool) -> None:
    run = cell.paragraphs[0].add_run(text)
    run.bold, run.font.size = is_bold, Pt(9)
    cell.paragraphs[0].paragraph_format.space_after = Pt(1)


def _set_widths(table: Table, widths_mm: Sequence[int]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _keep_whole(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - the library has no other way


def _draw(run: Run, drawing: str, alt: str, width_mm: float) -> None:
    picture = run.add_picture(io.BytesIO(draw_png(drawing)), width=Mm(width_mm))
    picture._inline.docPr.set("descr", alt)  # noqa: SLF001 - the library has no other way
