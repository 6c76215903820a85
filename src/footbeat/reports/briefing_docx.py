"""The papers of one operational day as a DOCX whose every word can be edited."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from footbeat.reports.document import save_paper
from footbeat.reports.typeset import draw_png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from docx.document import Document as Paper
    from docx.section import Section
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

    from footbeat.reports.briefing import Briefing, Place

COMPARISON_TODAY = (
    "Comparison today means that chance, not anyone's judgement, gave a place no extra patrol "
    "today. Answer calls, use your powers and walk through as on any other day; do not avoid it "
    "and do not add to it. If people need protecting, patrol at once: that is an override. The "
    "sergeant records it with a reason; the draw is not changed."
)
_FONT, _INK, _SECOND = "Arial", RGBColor(0x0B, 0x0C, 0x0C), RGBColor(0x50, 0x5A, 0x5F)
_SIZES_PT = {"Heading 1": 22, "Heading 2": 12, "Normal": 10}
_MAP_MM, _OVERVIEW_MM = 105, 92
_HALVES_MM = (110, 68)
_TEXT_MM, _ROW_MM = 178, 6.5
_ALL_SIDES = ("top", "left", "bottom", "right")
_SHIFT_MM = (10, 46, 30, 10, 18, 14, 14, 36)
_NEIGHBOURS_MM = (12, 90, 26, 50)


def write_briefing_docx(briefing: Briefing, path: Path) -> None:
    """Write the shift sheet and one page a hot spot, as in the PDF, to be edited."""
    paper = Document()
    _set_up(paper, briefing)
    _add_shift_sheet(paper, briefing)
    for place in briefing.places:
        paper.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _add_place(paper, place, briefing)
    save_paper(paper, path)


def _set_up(paper: Paper, briefing: Briefing) -> None:
    sheet = paper.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = Mm(16)
    sheet.top_margin, sheet.bottom_margin = Mm(22), Mm(18)
    for name, size in _SIZES_PT.items():
        font = paper.styles[name].font
        font.name, font.size, font.color.rgb = _FONT, Pt(size), _INK
        # A heading's theme font would win over the name set above.
        fonts = paper.styles[name].element.rPr.rFonts
        for theme in ("asciiTheme", "hAnsiTheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    for name in ("Header", "Footer"):
        paper.styles[name].paragraph_format.tab_stops.clear_all()
        paper.styles[name].font.size = Pt(8.5)
    head = sheet.header.paragraphs[0]
    head.paragraph_format.tab_stops.add_tab_stop(Mm(_TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)
    head.add_run(briefing.marking).bold = True
    head.add_run(f"\tFootbeat · {briefing.heading}").font.color.rgb = _SECOND
    _frame(head, ("bottom",))
    _add_footer(sheet, briefing.attribution)
    paper.core_properties.title = briefing.title
    paper.core_properties.author = "Footbeat"
    paper.core_properties.language = "en-GB"


def _add_footer(sheet: Section, attribution: str) -> None:
    foot = sheet.footer.paragraphs[0]
    foot.paragraph_format.tab_stops.add_tab_stop(Mm(_TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)
    foot.add_run(f"{attribution}\tPage ")
    _add_field(foot, "PAGE")
    foot.add_run(" of ")
    _add_field(foot, "NUMPAGES")
    for run in foot.runs:
        run.font.size, run.font.color.rgb = Pt(8.5), _SECOND


def _add_field(paragraph: Paragraph, name: str) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001 - the library knows no page numbers


def _frame(paragraph: Paragraph, sides: Sequence[str]) -> None:
    """Draw a line along sides of a paragraph."""
    borders = OxmlElement("w:pBdr")
    for side in sides:
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "4"), ("color", "0B0C0C")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - the library has no other way


def _add_banner(paper: Paper, text: str, *, is_filled: bool) -> None:
    """Add what is due today, white on black for a patrol, framed for a comparison day."""
    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(12)
    _frame(paragraph, _ALL_SIDES)
    if is_filled:
        run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "0B0C0C")):
            shade.set(qn(f"w:{name}"), value)
        paragraph._p.get_or_add_pPr().append(shade)  # noqa: SLF001 - as above


def _add_shift_sheet(paper: Paper, briefing: Briefing) -> None:
    paper.add_heading(f"{briefing.day}: {len(briefing.patrols)} patrols", 1)
    paper.add_paragraph(
        f"Operational day 06:00–05:59 · hours of the visits {briefing.hours} · "
        f"phase {briefing.phase}"
    )
    said = any(text.upper().startswith("SYNTHETIC") for text in briefing.cautions)
    if briefing.is_synthetic and not said:
        paper.add_paragraph("Synthetic data: this town and everything in it were simulated.")
    for text in briefing.cautions:
        paper.add_paragraph(f"! {text}")
    heads = (
        "No.",
        "Patrol today",
        "Arrive between",
        "Min",
        "Unit",
        "Start",
        "Stop",
        "If short or missed, why",
    )
    rows = [
        (
            str(place.number),
            place.name,
            place.due.replace(", ", "\n"),
            place.dose,
            place.unit.replace(", ", "\n"),
            "",
            "",
            "",
        )
        for place in briefing.patrols
    ]
    _add_table(paper, heads, rows, _SHIFT_MM)
    paper.add_heading("Comparison today", 2)
    names = ", ".join(f"{place.number} {place.name}" for place in briefing.comparisons)
    paper.add_paragraph(f"{names}.")
    _frame(paper.add_paragraph(COMPARISON_TODAY), _ALL_SIDES)
    _add_map(paper, briefing.maps["overview"], briefing.overview_alt, _OVERVIEW_MM)


def _add_place(paper: Paper, place: Place, briefing: Briefing) -> None:
    paper.add_heading(f"{place.number}  {place.name}", 1)
    is_patrol = place.arm == "treated"
    told = f"PATROL TODAY: {place.visits}" if is_patrol else "COMPARISON TODAY: no extra patrol"
    _add_banner(paper, told, is_filled=is_patrol)
    table = paper.add_table(rows=1, cols=2)
    _set_widths(table, _HALVES_MM)
    halves = table.rows[0].cells
    _picture(halves[0], briefing.maps[place.map], place.map_alt, _MAP_MM)
    for title, words in (
        ("Unit", place.who),
        ("Why here", place.why),
        ("Walk", place.walk),
        ("Look for", place.look_for),
        ("Last done", place.last_done),
        ("Ask for", place.ask_for),
    ):
        if words or title == "Look for":
            paragraph = halves[1].add_paragraph()
            paragraph.add_run(f"{title}\n").bold = True
            paragraph.add_run(words)
    paper.add_heading("Neighbouring places today", 2)
    rows = [
        (
            str(other["number"]),
            str(other["name"]),
            str(other["distance"]),
            f"patrol, {other['due']}" if other["arm"] == "treated" else "comparison",
        )
        for other in place.neighbours
    ]
    _add_table(paper, ("No.", "Place", "Distance", "Today"), rows, _NEIGHBOURS_MM)
    _frame(paper.add_paragraph(COMPARISON_TODAY), _ALL_SIDES)
    log = paper.add_paragraph()
    log.add_run("Log").bold = True
    log.add_run("   unit ______________   start __________   stop __________")
    paper.add_paragraph("☐ engagement   ☐ search (count only)   ☐ arrest   ☐ nothing to note")


def _add_table(
    paper: Paper, heads: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[int]
) -> None:
    table = paper.add_table(rows=1, cols=len(heads), style="Table Grid")
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - the library has no other way
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        _fill(cell, text, is_bold=True)
    for row in rows:
        line = table.add_row()
        line.height = Mm(_ROW_MM)
        for cell, text in zip(line.cells, row, strict=True):
            _fill(cell, text)
    _set_widths(table, widths_mm)
    paper.add_paragraph()


def _set_widths(table: Table, widths_mm: Sequence[int]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _fill(cell: _Cell, text: str, *, is_bold: bool = False) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    run = cell.paragraphs[0].add_run(text)
    run.bold, run.font.size = is_bold, Pt(9)


def _add_map(paper: Paper, drawing: str, words: str, width_mm: int) -> None:
    picture = paper.add_picture(io.BytesIO(draw_png(drawing)), width=Mm(width_mm))
    picture._inline.docPr.set("descr", words)  # noqa: SLF001 - the library has no other way


def _picture(cell: _Cell, drawing: str, words: str, width_mm: int) -> None:
    run = cell.paragraphs[0].add_run()
    picture = run.add_picture(io.BytesIO(draw_png(drawing)), width=Mm(width_mm))
    picture._inline.docPr.set("descr", words)  # noqa: SLF001 - the library has no other way
