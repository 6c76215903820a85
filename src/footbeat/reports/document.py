"""The account of a trial as a DOCX others can edit, comment on and paste from."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor

from footbeat.outputs import FILE_DAY
from footbeat.reports.typeset import draw_png

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from docx.document import Document as Paper
    from docx.table import Table, _Cell, _Row

    from footbeat.reports.account import Account
    from footbeat.reports.methods import Section
    from footbeat.reports.page import Figure, Heading, Twin

_FONT = "Arial"
_SIZES_PT = {"Title": 16, "Heading 1": 12, "Heading 2": 10, "Normal": 10}
_SECOND = RGBColor(0x50, 0x5A, 0x5F)
_TEXT_WIDTH = Mm(170)
_NARROWEST_MM, _WIDEST_MM = 16, 30


def save_account(account: Account, path: Path) -> None:
    """Write the account as a DOCX: A4, real headings, header rows, pictures described."""
    paper = Document()
    _set_up(paper, account)
    imprint = account.imprint
    if imprint.is_synthetic:
        _add(paper, "SYNTHETIC", is_bold=True, size_pt=22)
        _add(paper, "Made by a program to try Footbeat. No real place, crime or patrol is shown.")
    paper.add_paragraph(account.answer, style="Title")
    if imprint.cautions:
        paper.add_heading("Read this first", 1)
        _add_list(paper, imprint.cautions)
    _add_figure(paper, account.figure)
    _add_table(paper, account.counts)
    paper.add_heading("What this cannot say", 1)
    _add_list(paper, account.limits)
    _add(paper, account.delivered)
    for name, words in account.design:
        _add(paper, f"{name}: {words}", is_small=True)
    for section in account.sections:
        _add_section(paper, section)
    for sentence in imprint.attribution:
        _add(paper, sentence, is_small=True)
    save_paper(paper, path)


def save_paper(paper: Paper, path: Path) -> None:
    """Write a DOCX whose bytes say nothing of when it was written."""
    drawn = io.BytesIO()
    paper.save(drawn)
    with zipfile.ZipFile(drawn) as parts, zipfile.ZipFile(path, "w") as file:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, FILE_DAY.timetuple()[:6])
            file.writestr(part, parts.read(name), zipfile.ZIP_DEFLATED)


def _set_up(paper: Paper, account: Account) -> None:
    sheet = paper.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = Mm(20)
    marking = account.imprint.marking
    if account.imprint.is_synthetic:
        marking = f"{marking} · SYNTHETIC DATA".strip(" ·")
    head = sheet.header.paragraphs[0]
    head.style = paper.styles["Normal"]
    running = (marking, "Footbeat", account.imprint.subject)
    head.add_run(" · ".join(part for part in running if part)).font.size = Pt(8.5)
    sheet.footer.paragraphs[0].text = marking
    for name, size in _SIZES_PT.items():
        font = paper.styles[name].font
        font.name, font.size, font.color.rgb = _FONT, Pt(size), RGBColor(0x0B, 0x0C, 0x0C)
        # A heading's theme font would win over the name set above.
        fonts = paper.styles[name].element.rPr.rFonts
        for theme in ("asciiTheme", "hAnsiTheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    title = paper.styles["Title"]
    title.font.bold = True
    for line in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(line)
    paper.core_properties.title = account.imprint.subject
    paper.core_properties.author = "Footbeat"
    paper.core_properties.language = "en-GB"


def _add_section(paper: Paper, section: Section) -> None:
    paper.add_heading(section.heading, 1)
    holds = section.figure is not None or section.twin is not None
    for words in section.paragraphs:
        _add(paper, words, keeps_next=holds)
    if section.figure:
        _add_figure(paper, section.figure)
    if section.twin:
        _add_table(paper, section.twin)


def _add(
    paper: Paper,
    words: str,
    *,
    is_bold: bool = False,
    is_small: bool = False,
    keeps_next: bool = False,
    size_pt: float = 10,
) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.keep_with_next = keeps_next
    paragraph.paragraph_format.space_after = Pt(2 if is_small else 6)
    run = paragraph.add_run(words)
    run.bold, run.font.size = is_bold, Pt(size_pt)
    if is_small:
        run.font.size, run.font.color.rgb = Pt(8.5), _SECOND


def _add_list(paper: Paper, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        paper.add_paragraph(sentence, style="List Bullet")


def _add_figure(paper: Paper, figure: Figure) -> None:
    _add(paper, figure.finding, is_bold=True, keeps_next=True)
    _add(paper, figure.measure, is_small=True, keeps_next=True)
    picture = paper.add_picture(io.BytesIO(draw_png(figure.drawing)), width=_TEXT_WIDTH)
    picture._inline.docPr.set("descr", figure.spoken)  # noqa: SLF001 - the library has no other way


def _add_table(paper: Paper, twin: Twin) -> None:
    _add(paper, twin.caption, is_bold=True, keeps_next=True)
    kinds = [heading.kind for heading in twin.headings]
    table = paper.add_table(rows=1, cols=len(kinds))
    table.autofit = False
    _rule(table)
    _repeat_header(table.rows[0])
    for cell, heading in zip(table.rows[0].cells, twin.headings, strict=True):
        _fill(cell, heading.text, "", heading.kind, is_bold=True)
    for row in twin.rows:
        added = table.add_row()
        _hold_together(added)
        cells = added.cells
        for cell, item, kind in zip(cells, row.cells, kinds, strict=True):
            _fill(cell, item.text, item.note, kind)
    for column, width in zip(table.columns, _widths(twin.headings), strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(2)


def _widths(headings: Sequence[Heading]) -> list[Length]:
    n_narrow = sum(one.kind != "text" for one in headings)
    most = min(_WIDEST_MM, 110 // max(n_narrow, 1))
    widths = [
        Mm(most if one.kind == "word" else min(most, max(_NARROWEST_MM, 3 * len(one.text))))
        for one in headings
    ]
    narrow = sum(w for w, one in zip(widths, headings, strict=True) if one.kind != "text")
    wide = Length((_TEXT_WIDTH - narrow) // max(len(headings) - n_narrow, 1))
    return [wide if one.kind == "text" else w for w, one in zip(widths, headings, strict=True)]


def _rule(table: Table) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", "B1B4B6")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)  # noqa: SLF001 - the library has no other way


def _fill(cell: _Cell, words: str, note: str, kind: str, *, is_bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(words)
    run.bold, run.font.size = is_bold, Pt(9)
    if kind == "number":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if note:
        second = cell.add_paragraph().add_run(note)
        second.font.size, second.font.color.rgb = Pt(8.5), _SECOND


def _hold_together(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - as above


def _repeat_header(row: _Row) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 - the library has no other way
