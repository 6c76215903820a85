"""A table of many forces: each row takes the mean harm of its own force's offences."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from footbeat.cli.main import run
from footbeat.errors import MismatchError
from footbeat.incidents.harm import attach_harm, name_force
from footbeat.incidents.harm_files import import_harm, mix_categories
from footbeat.incidents.load import load_incidents

HEADER = "Crime ID,Month,Falls within,Longitude,Latitude,Location,LSOA code,Crime type"
WEIGHTS = "offence_code,css_weight\n34B,365\n28E,20\n8N,10\n"
MIX = (
    "force_name,police_uk_category,offence_code,n_offences\n"
    "Essex,Robbery,34B,1\nEssex,Burglary,28E,1\n"
    '"London, City of",Robbery,34B,1\n"London, City of",Robbery,8N,1\n'
)


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    forces = ("Essex Police", "City of London Police", "Kent Police")
    rows = [f"id{i},2024-01,{f},0.71,51.54,Elm Road,,Robbery" for i, f in enumerate(forces)]
    for name, text in (
        ("street.csv", "\n".join([HEADER, *rows])), ("weights.csv", WEIGHTS), ("mix.csv", MIX),
    ):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    paths = {name: str(tmp_path / f"{name}.csv") for name in ("street", "weights", "mix")}
    out = str(tmp_path / "o.parquet")
    return ["incidents", "read", paths["street"], "--out", out, "--json",
            "--harm-table", paths["weights"], "--harm-mix", paths["mix"]]  # fmt: skip


def test_each_row_takes_the_mix_of_its_force(
    tmp_path: Path, inputs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*inputs, "--each-force"]) == 0
    table = pq.read_table(tmp_path / "o.parquet").sort_by("incident_id")
    assert table.column("harm_days").to_pylist() == [365.0, 187.5, None]
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert any("no offences of Kent Police:" in text for text in warnings)
    edition = load_incidents(tmp_path / "o.parquet").provenance.harm_edition
    assert edition.endswith("mixed by the offences of each force")


@pytest.mark.parametrize("extra", [["--force", "Essex"], ["--source", "records-from-to"]])
def test_what_cannot_go_together_is_refused(
    inputs: list[str], extra: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*inputs, "--each-force", *extra]) in {2, 11}
    error = json.loads(capsys.readouterr().out)["error"]
    assert "each-force" in error["problem"] or "column" in error["problem"].casefold()


def test_a_mix_by_force_is_not_attached_to_rows_that_hold_no_force(
    tmp_path: Path, inputs: list[str]
) -> None:
    run([*inputs, "--each-force"])
    weights = import_harm(tmp_path / "weights.csv")
    mix = mix_categories(weights, tmp_path / "mix.csv", each_force=True)
    with pytest.raises(MismatchError, match="when the export is read"):
        attach_harm(load_incidents(tmp_path / "o.parquet"), mix, replace_edition=True)


def test_every_force_of_england_and_wales_is_found_in_the_mix(shared_data: Path) -> None:
    reference = shared_data / "reference"
    index = import_harm(reference / "cchi2020.csv")
    mixes = reference / "offence_share_by_force_2017_18.csv"
    mix = mix_categories(index, mixes, each_force=True)
    path = shared_data / "police_uk/england_wales_2024.parquet"
    names = pq.read_table(path, columns=["falls_within"]).column(0).unique().to_pylist()
    assert [name for name in names if name_force(name) not in mix.forces] == []
    essex = mix_categories(index, mixes, force="Essex").days
    assert {key: mix.days[f"essex\t{key}"] for key in essex} == essex
