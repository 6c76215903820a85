"""The report of a trial as a page, a PDF and a document, all from one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from footbeat.outputs import check_suffix, writing
from footbeat.reports.account import Account, describe_trial
from footbeat.reports.page import Figure, Twin, render_page
from footbeat.reports.typeset import save_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.manifest import Manifest
    from footbeat.trials.effect import Effect

FORMATS = (".pdf", ".docx", ".html")


def save_trial_report(
    effect: Effect,
    path: Path,
    *,
    place: str = "",
    manifest: Manifest | None = None,
    overwrite: bool = False,
) -> None:
    """Write the report in the format `path` ends in: PDF, DOCX or HTML.

    Raises
    ------
    UsageError
        When `path` ends in something else.
    StoreError
        When `path` exists and `overwrite` is false, or cannot be written.
    """
    suffix = check_suffix(path, FORMATS)
    with writing(path, overwrite=overwrite) as draft:
        if suffix == ".html":
            draft.write_text(
                render_trial_html(effect, place=place, manifest=manifest), encoding="utf-8"
            )
        elif suffix == ".pdf":
            render_trial_pdf(effect, draft, place=place, manifest=manifest)
        else:
            render_trial_docx(effect, draft, place=place, manifest=manifest)


def render_trial_html(effect: Effect, *, place: str = "", manifest: Manifest | None = None) -> str:
    """Return the report as one offline page.

    `place` names the force or town. Page one holds the answer, one picture, the counts and
    what they cannot say; methods and tables follow.
    """
    account = describe_trial(effect, place=place, manifest=manifest)
    return render_page(
        "trial.html.jinja", title=_title(account), imprint=account.imprint, account=account
    )


def render_trial_pdf(
    effect: Effect, path: Path, *, place: str = "", manifest: Manifest | None = None
) -> None:
    """Write the report as an A4 PDF with tags, title and language (PDF/UA-1)."""
    account = describe_trial(effect, place=place, manifest=manifest)
    save_pdf("trial.typ", _plain(account), path)


def render_trial_docx(
    effect: Effect, path: Path, *, place: str = "", manifest: Manifest | None = None
) -> None:
    """Write the report as a document others can edit and comment on."""
    from footbeat.reports.document import save_account

    save_account(describe_trial(effect, place=place, manifest=manifest), path)


def _title(account: Account) -> str:
    return account.imprint.subject.replace(" · ", ", ")


def _plain(account: Account) -> dict[str, Any]:
    imprint = account.imprint
    made = imprint.manifest
    return {
        "title": _title(account),
        "subject": imprint.subject,
        "marking": imprint.marking,
        "cautions": list(imprint.cautions),
        "attribution": list(imprint.attribution),
        "is_synthetic": imprint.is_synthetic,
        "made": f"Footbeat {made.version}, footbeat {made.command}" if made else "",
        "read": [f"{file.name} (SHA-256 {file.sha256[:16]}…)" for file in made.inputs]
        if made
        else [],
        "answer": account.answer,
        "figure": _plain_figure(account.figure),
        "counts": _plain_twin(account.counts),
        "limits": list(account.limits),
        "delivered": account.delivered,
        "design": [list(line) for line in account.design],
        "sections": [
            {
                "heading": section.heading,
                "paragraphs": list(section.paragraphs),
                "figure": _plain_figure(section.figure),
                "table": _plain_twin(section.twin),
            }
            for section in account.sections
        ],
    }


def _plain_figure(figure: Figure | None) -> dict[str, str] | None:
    if figure is None:
        return None
    return {
        "finding": figure.finding,
        "measure": figure.measure,
        "spoken": figure.spoken,
        "drawing": str(figure.drawing),
    }


def _plain_twin(twin: Twin | None) -> dict[str, Any] | None:
    if twin is None:
        return None
    return {
        "caption": twin.caption,
        "headings": [[heading.text, heading.kind] for heading in twin.headings],
        "rows": [[[cell.text, cell.note] for cell in row.cells] for row in twin.rows],
    }
