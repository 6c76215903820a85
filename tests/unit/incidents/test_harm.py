"""Harm: the short table, imported tables, mixes by category."""

from __future__ import annotations

from pathlib import Path

import pytest

from footbeat.errors import ColumnError, MismatchError, UsageError
from footbeat.incidents.harm import attach_harm, load_short_table
from footbeat.incidents.harm_files import import_harm, mix_categories
from footbeat.incidents.read import read_incidents


def test_the_short_table_agrees_with_the_index_it_cites(shared_data: Path) -> None:
    index = import_harm(shared_data / "reference" / "cchi2020.csv").days
    titles = {
        "homicide": "murder - victim aged 1 and over",
        "attempted-murder": "attempted murder",
        "rape": "rape of a female (16 or over)",
        "wounding": "wounding with intent to do grievous bodily harm",
        "gbh": "gbh serious wound without intent (s20)",
        "robbery": "robbery (personal)",
        "abh": "assault occasioning actual bodily harm (abh)",
        "common-assault": "assault without injury - common assault and battery",
    }
    assert load_short_table().days == {key: index[title] for key, title in titles.items()}


def test_the_index_is_known_by_home_office_codes_as_well(shared_data: Path) -> None:
    table = import_harm(shared_data / "reference" / "cchi2020.csv")
    codes = ("34b", "034/01", "5d", "8n", "105a", "2", "robbery", "wounding")
    assert [table.days[code] for code in codes] == [365, 365, 1460, 10, 1, 3285, 365, 1460]
    assert "8n" in table.ambiguous
    assert "34b" not in table.ambiguous


def test_severity_weights_are_imported(shared_data: Path) -> None:
    table = import_harm(shared_data / "reference" / "ons_css_weights_partial_2019.csv")
    assert table.days["4.4"] == pytest.approx(1022.814458)
    assert table.licence == "Open Government Licence v3.0"


def test_categories_take_the_mix_of_a_force(shared_data: Path) -> None:
    reference = shared_data / "reference"
    index = import_harm(reference / "cchi2020.csv")
    essex = mix_categories(index, reference / "offence_share_by_force_2017_18.csv", force="Essex")
    assert essex.days["robbery"] == 365
    assert essex.days["shoplifting"] < essex.days["violence and sexual offences"] < 365
    with pytest.raises(ColumnError):
        mix_categories(index, reference / "offence_share_by_force_2017_18.csv", force="Rutland")


def test_a_table_of_ones_own_weighs_incidents(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("offence,days\nRobbery,100\nBurglary,7\n", encoding="utf-8")
    incidents, _ = read_incidents([shared_data / "police_uk" / "southend" / "2024-01"])
    with pytest.raises(MismatchError):
        attach_harm(incidents, import_harm(path))
    weighed = attach_harm(incidents, import_harm(path), replace_edition=True)
    harm = weighed.to_frame().groupby("category")["harm_days"].first()
    assert (harm["Robbery"], harm["Burglary"]) == (100, 7)
    assert weighed.to_frame().query("category == 'Drugs'")["harm_days"].isna().all()


def test_a_file_that_is_no_table_of_harm_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ColumnError, match="table of harm"):
        import_harm(tmp_path / "a.csv")
    with pytest.raises(UsageError):
        import_harm(tmp_path / "a.pdf")


def test_a_force_the_mix_does_not_have_is_answered_with_those_it_has(shared_data: Path) -> None:
    reference = shared_data / "reference"
    index = import_harm(reference / "cchi2020.csv")
    with pytest.raises(ColumnError, match="offences of the force") as refused:
        mix_categories(index, reference / "offence_share_by_force_2017_18.csv", force="Essexx")
    assert "Essex," in str(refused.value.do)
