"""One self-contained HTML page: its shell, its parts, and its promise to fetch nothing.

A page holds its own style and script, allows only those two by their hashes, and needs neither
a network nor JavaScript: the script only adds sorting, zooming and the tie between a map and
its table to facts that already stand in the page.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from footbeat.reports import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footbeat.manifest import Manifest
    from footbeat.tables import Provenance

_TEMPLATES = Path(__file__).parent / "templates"
_NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of one column of a table twin.

    Attributes
    ----------
    text
        Words over the column.
    kind
        ``text``, ``word`` (no wider than it must be), ``number`` (figures to the right) or
        ``drawing``.
    is_sortable
        Whether a reader may order the rows by it.
    """

    text: str
    kind: str = "text"
    is_sortable: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table twin.

    Attributes
    ----------
    text
        What is read.
    value
        What rows are ordered by; the text where it is None and the column holds text.
    note
        A second, smaller line.
    drawing
        A drawing after the text that says the same.
    link
        Target on the page the text leads to.
    """

    text: str
    value: float | str | None = None
    note: str = ""
    drawing: Markup = _NOTHING
    link: str = ""

    @property
    def sort_value(self) -> str:
        """The value as the page's script reads it; empty where it is not known."""
        if isinstance(self.value, str):
            return self.value
        if self.value is None or not math.isfinite(self.value):
            return ""
        return f"{self.value:.10g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table twin; `place` ties it to the mark of the same place on a map."""

    cells: Sequence[Cell]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """A table that holds the same facts, in the same order, as the drawing beside it.

    Attributes
    ----------
    name
        Identifier on the page.
    caption
        What the table shows.
    headings, rows
        Its columns and rows; the first cell of a row names it.
    """

    name: str
    caption: str
    headings: Sequence[Heading]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its finding as the title, and measure, period and source beneath.

    `spoken` says in words what is drawn, for whoever cannot see it.
    """

    finding: str
    measure: str
    drawing: Markup
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands around every page: marking, what it is about, cautions, sources.

    Attributes
    ----------
    subject
        What the page is about and for when: “Southend · Oct 2018 to Feb 2019”.
    marking
        Protective marking, at the head and foot of the screen and of every printed sheet.
    cautions
        What the reader must not decide with it, first.
    notes
        How it was counted; stands at the foot.
    attribution
        Sentences the licences of the data ask for.
    is_synthetic
        Whether the data were simulated, which is then said in large letters.
    manifest
        What went in and what ran; None where the page is a preview.
    """

    subject: str
    marking: str = ""
    cautions: Sequence[str] = ()
    notes: Sequence[str] = ()
    attribution: Sequence[str] = ()
    is_synthetic: bool = False
    manifest: Manifest | None = None

    @classmethod
    def around(
        cls,
        provenance: Provenance,
        subject: str,
        *,
        notes: Sequence[str] = (),
        manifest: Manifest | None = None,
    ) -> Self:
        """Return the imprint of a page about data of this `provenance`."""
        return cls(
            subject=subject,
            marking=provenance.marking,
            cautions=tuple(dict.fromkeys(provenance.cautions)),
            notes=tuple(each for each in dict.fromkeys(notes) if each not in provenance.cautions),
            attribution=provenance.attribution,
            is_synthetic=provenance.is_synthetic,
            manifest=manifest,
        )


def render_page(template: str, *, title: str, imprint: Imprint, **facts: Any) -> str:  # noqa: ANN401 - each template asks for facts of its own
    """Return a whole page as text.

    Parameters
    ----------
    template
        File in ``reports/templates`` that extends ``page.html.jinja``.
    title
        Title of the document, also read out first by a screen reader.
    imprint
        Marking, cautions, attribution and manifest.
    facts
        What the template shows.
    """
    style = Markup(_source("style.css") + _print_margins(imprint))  # noqa: S704 - our own file
    script = Markup(_source("page.js"))  # noqa: S704 - our own file
    return (
        _environment()
        .get_template(template)
        .render(
            title=title,
            imprint=imprint,
            style=style,
            script=script,
            policy=_policy(style, script),
            **facts,
        )
    )


def _policy(style: str, script: str) -> str:
    allowed = {"style-src": _digest(style), "script-src": _digest(script)}
    rules = ["default-src 'none'", *(f"{kind} '{text}'" for kind, text in allowed.items())]
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _print_margins(imprint: Imprint) -> str:
    marking = f"{imprint.marking}{' · SYNTHETIC DATA' if imprint.is_synthetic else ''}"
    head = f"@top-left{{content:{_css_text(marking)}}}"
    name = f"@top-right{{content:{_css_text(f'Footbeat · {imprint.subject}')}}}"
    return f"\n@page{{{head}{name}@bottom-left{{content:{_css_text(marking)}}}}}\n"


def _css_text(text: str) -> str:
    # Every sign but letters and digits as its code: nothing can end the string or the sheet.
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'


def _keep_together(value: object) -> object:
    # A percent sign stays on the line of its number; markup is left alone.
    if isinstance(value, str) and not isinstance(value, Markup):
        return value.replace(" %", "\N{NO-BREAK SPACE}%")
    return value


@cache
def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_keep_together,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    return environment
