import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.errors import StoreError
from footbeat.trials.archive import save_archive, verify_archive
from footbeat.trials.effect import estimate_effect
from footbeat.trials.panel import lay_out


def make_deposit(make: SimpleNamespace, path: Path, estimator: str) -> Path:
    rng = np.random.default_rng(6)
    arms = make.daily(rng, 60, 12, 4)
    counts = rng.poisson(np.where(arms, 0.3, 0.6))
    placedays = make.placedays(arms, counts, "daily:4")
    effect = estimate_effect(
        placedays, estimator=estimator, n_draws=999, rng=np.random.default_rng(9)
    )
    rosters = [phase.roster for phase in lay_out(placedays).phases]
    save_archive(placedays, effect, path, rosters=rosters, seed=9)
    return path


@pytest.fixture
def deposit(make: SimpleNamespace, tmp_path: Path) -> Path:
    return make_deposit(make, tmp_path / "d.zip", "randomisation")


def recompute(deposit: Path, folder: Path) -> list[str]:
    with zipfile.ZipFile(deposit) as archive:
        archive.extractall(folder)
    script = [sys.executable, folder / "recompute.py"]
    return subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()


def rewrite(path: Path, name: str, old: str, new: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one).decode() for one in archive.namelist()}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for one, text in parts.items():
            archive.writestr(one, text)


def test_a_deposit_recomputes_to_the_last_digit(deposit: Path) -> None:
    found = verify_archive(deposit)
    assert found.valid
    assert (found.ratio, found.p) == (found.stated_ratio, found.stated_p)


def test_an_edited_outcome_is_found_by_hash_and_by_headline(deposit: Path) -> None:
    rewrite(deposit, "placedays.csv", ",0,", ",7,")
    found = verify_archive(deposit)
    assert not found.valid
    assert any("placedays.csv is not what was deposited" in text for text in found.problems)


def test_an_edited_headline_is_found(deposit: Path) -> None:
    with zipfile.ZipFile(deposit) as archive:
        p = '"n_draws": 999'
        assert p in archive.read("headline.json").decode()
    rewrite(deposit, "headline.json", '"n_draws": 999', '"n_draws": 1999')
    assert not verify_archive(deposit).valid


def test_the_python_script_agrees_on_its_own(deposit: Path, tmp_path: Path) -> None:
    estimator, ratio, p, low, high = recompute(deposit, tmp_path / "d")
    assert estimator == "answer by randomisation"
    assert float(ratio.split()[1]) == pytest.approx(float(ratio.split()[3]))
    assert float(p.split()[3]) == pytest.approx(float(p.split()[5]), abs=0.02)
    for line in (low, high):
        assert float(line.split()[3]) == pytest.approx(0.05, abs=0.02)


def test_a_planned_model_is_deposited_and_recomputed_as_the_answer(
    make: SimpleNamespace, tmp_path: Path
) -> None:
    deposit = make_deposit(make, tmp_path / "m.zip", "poisson-place-day")
    found = verify_archive(deposit)
    assert found.valid
    estimator, _, poisson, *_ = recompute(deposit, tmp_path / "d")
    assert estimator == "answer by poisson-place-day"
    assert float(poisson.split()[1]) == pytest.approx(found.ratio, rel=1e-6)


def test_a_deposit_holds_no_point_and_no_unit(deposit: Path) -> None:
    with zipfile.ZipFile(deposit) as archive:
        header = archive.read("placedays.csv").decode().splitlines()[0].split(",")
    assert not {"x", "y", "unit_id", "geometry", "location"} & set(header)


def test_something_else_is_no_deposit(tmp_path: Path) -> None:
    (tmp_path / "d.zip").write_text("no", encoding="utf-8")
    with pytest.raises(StoreError, match="something else"):
        verify_archive(tmp_path / "d.zip")
