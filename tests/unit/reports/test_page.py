"""The shell of a page: what it may run, what it escapes, what it always says."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from footbeat.manifest import FileHash, Manifest
from footbeat.reports.page import Cell, Imprint, render_page
from footbeat.reports.trial import render_trial_html
from footbeat.trials.effect import Effect

HOSTILE = "</style></script><img src=x onerror=alert(1)>\"'"


@pytest.fixture
def page(effect: Effect) -> str:
    return render_trial_html(effect, place="Southend")


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def between(page: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
    assert found
    return found.group(1)


def test_page_may_run_its_own_style_and_script_and_nothing_else(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy.group(1).replace("&#39;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == f"'{digest(between(page, 'style'))}'"
    assert rules["script-src"] == f"'{digest(between(page, 'script'))}'"


def test_page_names_no_outside_address_but_the_drawing_standard(page: str) -> None:
    assert set(re.findall(r"https?://[^\"' )]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|action)=", page)


def test_page_has_no_inline_style_or_handler(page: str) -> None:
    body = page.split("</head>", maxsplit=1)[1].split("<script>", maxsplit=1)[0]
    assert not re.search(r"<[^>]+\s(style|on\w+)=", body)


def test_words_of_others_never_become_markup(effect: Effect) -> None:
    hostile = replace(effect, outcome_label=HOSTILE, marking=HOSTILE, warnings=(HOSTILE,))
    page = render_trial_html(hostile, place=HOSTILE)
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert page.count("</script>") == 1


def test_simulated_data_are_called_synthetic_on_screen_and_on_every_sheet(
    effect: Effect,
) -> None:
    page = render_trial_html(effect)
    assert "<strong>SYNTHETIC</strong>" in page
    assert "SYNTHETIC" in between(page, "style")
    real = render_trial_html(replace(effect, is_synthetic=False))
    assert "SYNTHETIC" not in real


def test_manifest_is_told_at_the_foot(effect: Effect) -> None:
    made = Manifest(
        "trial report", {"place": None}, (FileHash("a.csv", 12, "ab" * 32),), (), seed=3
    )
    page = render_trial_html(effect, manifest=made)
    assert "footbeat trial report" in page
    assert "ab" * 8 in page
    assert "place = not set" in page


def test_unknown_value_sorts_as_empty_so_that_it_goes_last() -> None:
    assert Cell("not known", float("nan")).sort_value == ""
    assert Cell("not known").sort_value == ""
    assert Cell("12", 12.0).sort_value == "12"


def test_every_cell_lies_under_a_heading_with_a_scope(effect: Effect) -> None:
    page = render_trial_html(effect)
    rows = re.findall(r'<tr role="row".*?</tr>', page, re.DOTALL)
    assert rows
    assert all('scope="' in row for row in rows)


def test_template_that_asks_for_an_unknown_fact_fails() -> None:
    with pytest.raises(Exception, match="undefined"):
        render_page("map.html.jinja", title="x", imprint=Imprint(subject="x"))


def test_long_list_of_inputs_is_cut_and_says_so(effect: Effect) -> None:
    files = tuple(FileHash(f"{i}.csv", 1, f"{i:064d}") for i in range(15))
    page = render_trial_html(effect, manifest=Manifest("try", {}, files, ()))
    assert page.count("SHA-256") == 12
    assert "and 3 more files" in page
