"""What a trial report says."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pypdf
import pytest
from docx import Document

from footbeat.errors import StoreError, UsageError
from footbeat.reports.account import answer, describe_trial
from footbeat.reports.methods import name_estimator
from footbeat.reports.page import Twin
from footbeat.reports.trial import render_trial_html, save_trial_report
from footbeat.trials.results import PlaceEffect

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.trials.effect import Effect


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def texts(twin: Twin) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in twin.rows]


def test_answer_is_one_sentence_with_interval_counts_and_exposure(effect: Effect) -> None:
    assert plain(answer(effect)) == (
        "30 % fewer incidents on patrol days (7 % to 47 % fewer): "
        "71 incidents on 720 patrol days, 152 on 1,080 comparison days."
    )


def test_interval_that_holds_no_difference_is_not_called_an_effect(effect: Effect) -> None:
    said = plain(answer(replace(effect, ratio=0.9, low=0.7, high=1.15)))
    assert said.startswith("The trial was too small to tell: 10 % fewer incidents on patrol days (")


def test_more_on_patrol_days_is_said_as_plainly_as_fewer(effect: Effect) -> None:
    said = plain(answer(replace(effect, ratio=1.5, low=1.2, high=1.9)))
    assert said.startswith("50 % more incidents on patrol days (20 % to 90 % more)")


def test_open_interval_never_counts_as_an_effect(effect: Effect) -> None:
    said = answer(replace(effect, ratio=0.0, low=None, high=1.8, events_treated=0))
    assert said.startswith("The trial was too small to tell")
    assert "no limit on fewer" in said


def test_answer_without_a_ratio_gives_the_counts(effect: Effect) -> None:
    nothing = replace(effect, ratio=None, low=None, high=None, events_control=0, events_treated=0)
    assert answer(nothing) == (
        "The effect on incidents cannot be told: "
        "0 incidents on 720 patrol days, 0 on 1,080 comparison days."
    )


def test_counts_table_has_one_row_for_each_arm(effect: Effect) -> None:
    account = describe_trial(effect)
    assert texts(account.counts) == [
        ["Patrol days", "720", "71", "98.6", "17,280"],
        ["Comparison days", "1,080", "152", "140.7", "25,920"],
    ]


def test_report_without_records_of_patrols_says_that_delivery_is_not_known(effect: Effect) -> None:
    account = describe_trial(replace(effect, delivered_share=None))
    assert account.delivered.startswith("Delivery is not known")


def test_no_difference_is_followed_by_what_would_still_fit(effect: Effect) -> None:
    account = describe_trial(replace(effect, ratio=0.9, low=0.7, high=1.15))
    assert "anything from 30 % fewer to 15 % more fits" in plain(account.limits[2])


def test_warnings_come_before_cautions_and_none_is_said_twice(effect: Effect) -> None:
    account = describe_trial(replace(effect, warnings=("a", "b"), cautions=("b", "c")))
    assert account.imprint.cautions == ("a", "b", "c")


def test_unplanned_outcome_is_called_that(effect: Effect) -> None:
    account = describe_trial(replace(effect, planned=False))
    assert "not the planned outcome" in dict(account.design)["Analysis"]


def test_section_with_nothing_to_say_is_left_out(effect: Effect) -> None:
    bare = replace(effect, lags=(), checks=(), places=(), specification=(), prevented_per_100=None)
    headings = {section.heading for section in describe_trial(bare).sections}
    assert headings.isdisjoint({"Carry-over", "Checks", "Place by place", "What that comes to"})


def test_every_number_of_the_page_stands_in_the_pdf_and_the_document(
    effect: Effect, tmp_path: Path
) -> None:
    account = describe_trial(effect)
    for name in ("report.pdf", "report.docx"):
        save_trial_report(effect, tmp_path / name)
    sheets = pypdf.PdfReader(tmp_path / "report.pdf").pages
    pdf = " ".join(plain(sheet.extract_text()) for sheet in sheets).split()
    paper = Document(str(tmp_path / "report.docx"))
    assert "· Footbeat · Trial report" in f"· {paper.sections[0].header.paragraphs[0].text}"
    cells = [plain(c.text) for table in paper.tables for row in table.rows for c in row.cells]
    for twin in (account.counts, *(s.twin for s in account.sections if s.twin)):
        for text in (plain(text) for row in texts(twin) for text in row):
            assert set(text.split()) <= set(pdf), text
            assert any(text in cell for cell in cells), text


def test_pdf_says_its_title_and_language_and_is_tagged(effect: Effect, tmp_path: Path) -> None:
    save_trial_report(effect, tmp_path / "report.pdf", place="Southend")
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    catalogue = reader.trailer["/Root"]
    assert "Southend" in str(reader.metadata.title if reader.metadata else "")
    assert catalogue["/Lang"] == "en-GB"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "SYNTHETIC DATA" in reader.pages[-1].extract_text()


def test_same_effect_gives_the_same_pdf(effect: Effect, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        save_trial_report(effect, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_picture_in_the_document_is_described(effect: Effect, tmp_path: Path) -> None:
    save_trial_report(effect, tmp_path / "report.docx")
    with zipfile.ZipFile(tmp_path / "report.docx") as parts:
        text = parts.read("word/document.xml").decode()
        assert 'descr="This trial: ' in text
        assert "w:tblHeader" in text
        assert any(name.endswith(".png") for name in parts.namelist())


def test_unknown_format_is_refused_before_anything_is_written(
    effect: Effect, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="must end in"):
        save_trial_report(effect, tmp_path / "report.odt")
    assert list(tmp_path.iterdir()) == []


def test_report_is_not_written_over(effect: Effect, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError):
        save_trial_report(effect, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == "mine"


def test_effect_read_back_gives_the_same_page(effect: Effect) -> None:
    again = type(effect).from_json(json.loads(json.dumps(effect.as_json())))
    assert render_trial_html(again) == render_trial_html(effect)


def test_places_go_by_their_names_and_by_identifier_where_there_is_none(effect: Effect) -> None:
    named = PlaceEffect("hex250:1:2", 0.8, 0.6, 1.1, 1, 2, 3, 4, name="High Street")
    account = describe_trial(replace(effect, places=(named, replace(named, name=""))))
    places = next(section for section in account.sections if section.heading == "Place by place")
    assert places.twin is not None
    assert [row[0] for row in texts(places.twin)] == ["High Street", "hex250:1:2"]


def test_what_was_prevented_is_said_as_fewer_or_more(effect: Effect) -> None:
    account = describe_trial(replace(effect, prevented_per_100=(-6.72, -1.81, 2.28)))
    said = next(s for s in account.sections if s.heading == "What that comes to").paragraphs[0]
    assert said == ("1.8 more incidents (between 2.3 fewer and 6.7 more) for each 100 patrol days.")


def test_hours_have_an_en_dash_and_estimators_plain_names(effect: Effect) -> None:
    account = describe_trial(replace(effect, hours="15:00-03:00"))
    assert dict(account.design)["Hours counted"] == "15:00–03:00 each day"
    assert name_estimator("poisson-place-day") == "Poisson with place and day effects"
    assert name_estimator("effect-none-near") == "Effect where no patrol was near"
    assert name_estimator("some-new-one") == "Some new one"
