"""The commands `footbeat target …`, from a force's file to a list, judged and compared."""

import json
from dataclasses import fields

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer
from shapely.geometry import box

from footbeat.areas import read_hotspots
from footbeat.cli.main import run
from footbeat.cli.target.tuning import names_of
from footbeat.targeting.methods import METHODS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("target")
    rng = np.random.default_rng(0)
    n = 900
    hot = rng.random(n) < 0.4
    x = np.where(hot, 531_000 + rng.normal(0, 60, n), rng.uniform(529_000, 533_000, n))
    y = np.where(hot, 181_000 + rng.normal(0, 60, n), rng.uniform(179_000, 183_000, n))
    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(x, y)
    frame = pd.DataFrame(
        {
            "id": range(n),
            "offence": "robbery",
            "start": pd.Timestamp("2023-01-01 20:00")
            + pd.to_timedelta(rng.integers(0, 500 * 24 * 60, n), unit="min"),
            "longitude": longitude,
            "latitude": latitude,
        }
    )
    frame.to_csv(folder / "records.csv", index=False)
    words = ["incidents", "read", folder / "records.csv", "--source", "generic"]
    assert speak([*words, "--crs", "EPSG:27700", "--out", folder / "i.parquet"]) == 0
    return folder


def speak(words):
    return run([str(word) for word in [*words, "--json", "--quiet"]])


def answer(words, capsys):
    capsys.readouterr()
    code = speak(words)
    return code, json.loads(capsys.readouterr().out)


def find(folder, name, *options):
    return ["target", "find", folder / "i.parquet", "--out", folder / name, "--draws", 50, *options]


def test_find_writes_a_list_a_manifest_and_the_keys_of_the_contract(folder, capsys):
    code, values = answer(find(folder, "h.gpkg", "--top", 5), capsys)
    assert code == 0
    assert {
        "n_incidents", "n_cells", "method", "params", "hotspots", "left_out", "concentration"
    } <= set(values)  # fmt: skip
    assert {
        "hotspot_id", "name", "rank", "n", "harm_days", "score", "rank_low", "rank_high", "p_top",
        "why", "explained",
    } == set(values["hotspots"][0])  # fmt: skip
    assert {"area_share", "incident_share", "harm_share"} <= set(values["concentration"])
    hotspots = read_hotspots(folder / "h.gpkg")
    assert list(hotspots.ids) == [spot["hotspot_id"] for spot in values["hotspots"]]
    assert (folder / "h.gpkg.manifest.json").exists()
    centre = hotspots.frame.geometry.iloc[0].centroid
    assert np.hypot(centre.x - 531_000, centre.y - 181_000) < 250


def test_same_seed_gives_the_same_answer(folder, capsys):
    answers = [answer(find(folder, f"s{i}.gpkg"), capsys)[1] for i in range(2)]
    for each in answers:
        each.pop("files")
    assert answers[0] == answers[1]


def test_a_list_that_is_there_is_not_written_over(folder, capsys):
    answer(find(folder, "twice.gpkg"), capsys)
    code, values = answer(find(folder, "twice.gpkg"), capsys)
    assert (code, values["error"]["code"]) == (14, "store")


def test_compare_names_who_stayed(folder, capsys):
    answer(find(folder, "old.gpkg", "--top", 5), capsys)
    answer(find(folder, "new.gpkg", "--top", 3, "--method", "count"), capsys)
    _, values = answer(["target", "compare", folder / "old.gpkg", folder / "new.gpkg"], capsys)
    assert {"entered", "left", "stayed", "changed", "edits"} == set(values)
    assert values["stayed"][0]["old_rank"] == 1
    assert any("method was shrunk-count, is count" in text for text in values["changed"])


def test_score_of_own_cells_needs_no_incidents(folder, capsys):
    x, y = np.meshgrid(np.arange(5) * 500.0, np.arange(5) * 500.0)
    cells = pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "n": 0})
    cells.loc[12, "n"] = 9
    cells.to_csv(folder / "cells.csv", index=False)
    words = ["target", "score", "--counts", folder / "cells.csv", "--method", "gi-star"]
    code, values = answer([*words, "--size-m", 500, "--out", folder / "gi.csv"], capsys)
    scored = pd.read_csv(folder / "gi.csv")
    assert (code, values["n_cells"]) == (0, 25)
    assert scored.columns.tolist() == ["cell", "x", "y", "n", "score", "p", "p_fdr"]
    assert (scored["score"] > 0).sum() == 9


def test_density_at_given_points(folder, capsys):
    pd.DataFrame({"x": [531_000.0, 0.0], "y": [181_000.0, 0.0]}).to_csv(
        folder / "at.csv", index=False
    )
    words = ["target", "score", folder / "i.parquet", "--method", "kde", "--at", folder / "at.csv"]
    answer([*words, "--measure", "sum", "--radius-m", 300, "--out", folder / "kde.csv"], capsys)
    score = pd.read_csv(folder / "kde.csv")["score"]
    assert score[0] > 100
    assert score[1] == 0


def test_local_moran_of_ones_own_cells_is_the_textbook_value(folder, capsys):
    # One to nine over a lattice of three by three, rook neighbours: I is 0.5.
    cells = pd.DataFrame({"x": [0, 100, 200] * 3, "y": np.repeat([0, 100, 200], 3)})
    cells.assign(n=range(1, 10)).to_csv(folder / "lattice.csv", index=False)
    words = ["target", "score", "--counts", folder / "lattice.csv", "--method", "local-moran"]
    words += ["--size-m", 100, "--radius-m", 100, "--out", folder / "moran.csv", "--overwrite"]
    _, said = answer(words, capsys)
    table = pd.read_csv(folder / "moran.csv")
    expected = [2.4, 2.7, 0.6, 0.3, 0, 0.3, 0.6, 2.7, 2.4]
    assert table["score"].tolist() == pytest.approx(expected, abs=1e-10)
    assert table["quadrant"].tolist() == ["low-low"] * 5 + ["high-high"] * 4
    assert said["notes"] == [
        "Moran's I of the whole is 0.5 (expected -0.125, z 2.558 under randomisation)."
    ]
    assert said["figures"]["moran_i"] == pytest.approx(0.5, abs=1e-12)
    assert said["figures"]["z_random"] == pytest.approx(2.558, abs=5e-4)
    assert set(said["figures"]) == {"moran_i", "expected", "z_normal", "z_random"}


def test_p_of_local_moran_tells_cold_patches_and_outliers_too(folder, capsys):
    n = np.random.default_rng(2).poisson(20, (12, 12))
    n[1:4, 1:4], n[7:10, 7:10] = 60, 3
    n[2, 9], n[8, 8] = 60, 40
    x, y = np.meshgrid(np.arange(12) * 100, np.arange(12) * 100)
    cells = pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "n": n.ravel()})
    cells.to_csv(folder / "patches.csv", index=False)
    words = ["target", "score", "--counts", folder / "patches.csv", "--method", "local-moran"]
    words += ["--size-m", 100, "--permutations", 999, "--out", folder / "patches_out.csv"]
    _, said = answer(words, capsys)
    table = pd.read_csv(folder / "patches_out.csv")
    at = table.iloc[[2 * 12 + 2, 8 * 12 + 7, 8 * 12 + 8]]
    assert at["quadrant"].tolist() == ["high-high", "low-low", "high-low"]
    assert at["p"].max() <= 0.01
    assert "in the smaller tail" in said["notes"][1]


@pytest.mark.parametrize("method", ["gi-star", "local-moran"])
def test_cells_that_are_all_alike_are_flagged(folder, capsys, method):
    cells = pd.DataFrame({"x": [0, 100, 200] * 3, "y": np.repeat([0, 100, 200], 3), "n": 4})
    cells.to_csv(folder / "alike.csv", index=False)
    words = ["target", "score", "--counts", folder / "alike.csv", "--method", method]
    words += ["--size-m", 100, "--out", folder / "alike_out.csv", "--overwrite"]
    _, said = answer(words, capsys)
    assert "the statistic is not defined" in said["notes"][0]
    assert (pd.read_csv(folder / "alike_out.csv")["score"] == 0).all()


def test_backtest_near_repeat_and_concentration_speak_the_contract(folder, capsys):
    file = folder / "i.parquet"
    words = ["target", "backtest", file, "--methods", "count,shrunk-count,gi-star", "--folds", 2]
    _, league = answer(words, capsys)
    assert {"folds", "methods", "calibration", "verdict"} <= set(league)
    assert len(league["folds"]) == 2
    _, knox = answer(["target", "near-repeat", file, "--permutations", 19], capsys)
    assert np.shape(knox["observed"]) == np.shape(knox["p"]) == (3, 3)
    assert knox["bands_m"] == [0.1, 200, 400]
    _, spread = answer(["target", "concentration", file], capsys)
    assert {"gini", "generalised_gini", "shares"} <= set(spread)


@pytest.mark.parametrize(
    ("options", "code", "problem"),
    [
        (["--method", "magic"], 2, "must be one Footbeat has"),
        (["--shape", "street"], 2, "must be given"),
        (["--size-m", "100", "--size-ha", "2"], 2, "given once"),
        (["--size-m", "0.1"], 11, "at most 5,000,000 cells"),
        (["--weekdays", "someday"], 2, "must list some of"),
        (["--hours", "18:00-18:00"], 2, "must end after it starts"),
        (["--since", "2030-01-01"], 2, "must hold days that the data cover"),
        (["--group", "serious"], 2, "must be an offence group"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(folder, capsys, options, code, problem):
    found, values = answer(find(folder, "bad.gpkg", *options), capsys)
    assert found == code
    assert problem in values["error"]["problem"]
    assert not list(folder.glob("bad*"))


@pytest.mark.parametrize(
    "words",
    [
        ["score", "--method", "count", "--out", "never.csv"],
        ["concentration"],
        ["persistence"],
        ["backtest", "--methods", "count"],
    ],
)
def test_a_size_of_nought_is_not_taken_for_the_default(folder, capsys, words):
    capsys.readouterr()
    code = speak(["target", words[0], folder / "i.parquet", *words[1:], "--size-m", "0", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert (code, error["found"]) == (2, "It is 0.")


@pytest.mark.parametrize("bands", ["nan", "200,inf"])
def test_bands_without_an_end_are_refused(folder, capsys, bands):
    capsys.readouterr()
    code = speak(["target", "near-repeat", folder / "i.parquet", "--bands-m", bands, "--json"])
    assert (code, "Bands" in capsys.readouterr().out) == (2, True)


def test_list_for_signature_is_written(folder, capsys):
    answer(find(folder, "sign.gpkg", "--top", 2), capsys)
    _, values = answer(["target", "list", folder / "sign.gpkg", "--out", folder / "l.xlsx"], capsys)
    assert values["hotspots"] == 2


@pytest.mark.parametrize(
    ("words", "problem", "found"),
    [
        (["--since", "2030-01-01"], "days that the data cover", "The data cover 2023-01-01 to"),
        (["--until", "2001-01-01"], "days that the data cover", "until 2001-01-01"),
        (["--since", "2024-02-01", "--until", "2024-01-01"], "end after it begins", "2024-02-01"),
        (["--since", "2030-13-01"], "--since must be a day", "2030-13-01"),
        (["--size-m", "0"], "more than 0 metres", "It is 0."),
        (["--size-ha", "-1"], "more than 0 hectares", "It is -1."),
        (["--min-incidents", "nan"], "'--min-incidents'", ""),
        (["--min-incidents", "-1"], "'--min-incidents'", ""),
        (["--spacing-m", "inf"], "'--spacing-m': It must be a finite number", ""),
        (["--max-area-ha", "inf"], "'--max-area-ha': It must be a finite", ""),
        (["--method", "kde", "--radius-m", "inf"], "'--radius-m': It must be a finite", ""),
        (["--seed", "-1"], "'--seed'", ""),
        (["--method", "recency", "--option", "half_life_days=0"], "more than 0", "“0”"),
        (["--bogus"], "No such option: --bogus", ""),
        (["--top", "none"], "'--top'", ""),
        (["--weekdays", "blue"], "must list some of", "blue"),
    ],
)
def test_every_refusal_says_what_was_found_and_what_to_do(folder, capsys, words, problem, found):
    out = folder / "never.gpkg"
    capsys.readouterr()
    code = speak(["target", "find", folder / "i.parquet", "--out", out, "--json", *words])
    error = json.loads(capsys.readouterr().out)["error"]
    assert code == 2
    assert problem in error["problem"]
    assert found in error["found"]
    assert error["do"]
    assert "Value error" not in error["problem"] + error["found"]
    assert not out.exists()


def test_an_area_that_holds_nothing_is_named_as_such(folder, capsys):
    shapes = gpd.GeoSeries([box(0, 50, 1, 51)], crs="EPSG:4326")
    shapes.to_file(folder / "far.geojson")
    words = ["target", "find", folder / "i.parquet", "--out", folder / "never.gpkg", "--json"]
    capsys.readouterr()
    assert speak([*words, "--area", folder / "far.geojson"]) == 11
    error = json.loads(capsys.readouterr().out)["error"]
    assert "none has a place in the ground that can be chosen" in error["found"]
    assert "--group" not in error["do"]


def test_a_model_needs_a_reference_and_a_won_back_test(folder, capsys):
    refused = find(folder, "m.gpkg", "--method", "prospective")
    code, values = answer(refused, capsys)
    assert (code, values["error"]["code"]) == (12, "access")
    words = ["target", "backtest", folder / "i.parquet", "--methods", "prospective"]
    _, judged = answer([*words, "--bootstraps", 0, "--folds", 3], capsys)
    allowed = [*refused, "--ethics-ref", "DPIA 7", "--backtest", folder / "b.json"]
    mine = next(each for each in judged["methods"] if each["method"] == "prospective")
    count = next(each for each in judged["methods"] if each["method"] == "count")
    mine["beats_count"] = True
    (folder / "b.json").write_text(json.dumps(judged), encoding="utf-8")
    code, values = answer(allowed, capsys)
    assert code == 12
    assert "says that it beats the count, but" in values["error"]["found"]
    # It does not win here: what is tried from here on is what becomes of one that did.
    total = count["hits"] / count["hit_rate"]
    mine |= {"p": 0.01, "p_adjusted": 0.01, "difference": 0.1, "hits": count["hits"] + total / 10}
    mine["hit_rate"] = mine["hits"] / total
    (folder / "b.json").write_text(json.dumps(judged), encoding="utf-8")
    code, values = answer([*allowed, "--size-m", 500], capsys)
    assert code == 12
    assert "size_m 250.0 there, 500.0 here" in values["error"]["found"]
    code, values = answer(allowed, capsys)
    assert code == 0
    assert any("do not predict who" in caution for caution in values["cautions"])
    assert any("judged 20 places, 90 days at a time" in each for each in values["cautions"])
    code, _ = answer(["target", "list", folder / "m.gpkg", "--out", folder / "m.xlsx"], capsys)
    assert code == 0


def test_features_feed_a_score_and_a_back_test(folder, capsys):
    rows = ["x,y,kind", "531000,181000,bar", "529500,182500,bar", "532000,180000,shop"]
    (folder / "f.csv").write_text("\n".join(rows), encoding="utf-8")
    words = ["target", "score", folder / "i.parquet", "--method", "risk-terrain"]
    code, values = answer(
        [*words, "--features", folder / "f.csv", "--out", folder / "r.csv"], capsys
    )
    assert code == 0
    assert any("“bar”" in note for note in values["notes"])
    words = ["target", "backtest", folder / "i.parquet", "--methods", "risk-terrain,forecast"]
    code, values = answer([*words, "--features", folder / "f.csv", "--folds", 2], capsys)
    assert code == 0
    assert [each["scored"] for each in values["methods"]] == [True] * 3


def test_clusters_are_hot_spots_of_their_own(folder, capsys):
    words = find(folder, "c.gpkg", "--method", "dbscan", "--radius-m", 80)
    code, values = answer([*words, "--cluster-by", "dbscan"], capsys)
    assert code == 0
    assert values["hotspots"][0]["hotspot_id"].startswith("cluster:")


def test_an_imported_harm_table_ranks_and_is_named(folder, capsys):
    (folder / "harm.csv").write_text("offence,days\nrobbery,365\n", encoding="utf-8")
    words = find(folder, "w.gpkg", "--weight", "harm", "--harm-table", folder / "harm.csv")
    code, values = answer(words, capsys)
    assert code == 0
    assert values["hotspots"][0]["harm_days"] == 365 * values["hotspots"][0]["n"]
    assert read_hotspots(folder / "w.gpkg").provenance.harm_edition == "harm"
    (folder / "newer.csv").write_text("offence,days\nrobbery,400\n", encoding="utf-8")
    again = find(folder, "v.gpkg", "--weight", "harm", "--harm-table", folder / "newer.csv")
    code, values = answer([*again, "--previous", folder / "w.gpkg"], capsys)
    assert (code, values["error"]["code"]) == (11, "data.mismatch")


def test_a_change_by_hand_is_kept_compared_and_listed(folder, capsys):
    _, values = answer(find(folder, "e.gpkg", "--top", 4), capsys)
    first, last = (values["hotspots"][k]["hotspot_id"] for k in (0, -1))
    signed = ["--reason", "closed for works", "--by", "A. Khan", "--overwrite"]
    words = ["target", "edit", folder / "e.gpkg", "--out", folder / "f.gpkg", *signed]
    code, values = answer([*words, "--event", "exclude", "--place", last], capsys)
    assert (code, len(values["hotspots"])) == (0, 3)
    words[2] = folder / "f.gpkg"
    code, values = answer(
        [*words, "--event", "nudge", "--place", first, "--move-m", "20,0"], capsys
    )
    assert (code, len(values["edits"])) == (0, 2)
    _, values = answer(["target", "compare", folder / "e.gpkg", folder / "f.gpkg"], capsys)
    assert [said.split(" ")[0] for said in values["edits"]] == ["Excluded", "Moved"]
    asked = ["--top", 4, "--previous"]
    _, values = answer(find(folder, "f2.geojson", *asked, folder / "f.gpkg"), capsys)
    told = "f2.geojson does not keep the 1 decision made by hand: only a GeoPackage does."
    assert told in values["notes"]
    _, values = answer(find(folder, "f3.gpkg", *asked, folder / "f2.geojson"), capsys)
    told = "f2.geojson keeps no decision made by hand: only a GeoPackage does."
    assert told in values["notes"]
    words = ["target", "list", folder / "f.gpkg", "--out", folder / "f.docx", "--overwrite"]
    code, values = answer(words, capsys)
    assert len(values["changes"]) == 2
    words = ["target", "edit", folder / "f.gpkg", "--out", folder / "g.gpkg", *signed]
    words += ["--event", "nudge", "--place", first, "--move-m"]
    for far in ("twenty", "nan,0"):
        code, values = answer([*words, far], capsys)
        assert (code, values["error"]["code"]) == (2, "usage")


def test_persistence_speaks_its_contract(folder, capsys):
    words = ["target", "persistence", folder / "i.parquet", "--group", "all", "--out"]
    code, values = answer([*words, folder / "p.gpkg"], capsys)
    assert code == 0
    assert set(values["counted"]) == {"persistent", "emerging", "intermittent", "former"}
    assert values["places"][0]["persistence"] == "persistent"
    assert gpd.read_file(folder / "p.gpkg")["pattern"].iloc[0].count("●") >= 8


def test_scan_gives_p_by_draws_and_says_its_disks(folder, capsys):
    words = ["target", "score", folder / "i.parquet", "--method", "scan", "--size-m", "500"]
    words += ["--permutations", "9", "--radius-m", "1000", "--option", "model=poisson"]
    code, values = answer([*words, "--out", folder / "scan.csv"], capsys)
    assert code == 0
    assert values["params"]["n_draws"] == 9
    assert values["params"]["radii_m"] == [0.0, 500.0, 1000.0]
    assert values["params"]["model"] == "poisson"
    p = pd.read_csv(folder / "scan.csv")["p"]
    assert p.between(0.1, 1).all()
    assert any("draws" in note for note in values["notes"])
    words[1:2] = ["find"]
    code, values = answer([*words, "--out", folder / "scan.gpkg", "--draws", "5"], capsys)
    assert code == 0
    assert gpd.read_file(folder / "scan.gpkg", layer="cells")["p"].notna().all()


def test_disks_of_a_scan_follow_the_size_of_a_cell(folder, capsys):
    words = ["target", "score", folder / "i.parquet", "--method", "scan", "--size-m", "500"]
    _, values = answer([*words, "--out", folder / "scan_500.csv"], capsys)
    assert values["params"]["radii_m"] == [0.0, 600.0, 1200.0]
    code, values = answer([*words, "--radius-m", "300", "--out", folder / "no.csv"], capsys)
    assert code == 2
    assert "reach from one cell to the next" in values["error"]["problem"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--method", "count", "--permutations", "9"], "--permutations"),
        (["--method", "count", "--radius-m", "300"], "--radius-m"),
        (["--method", "gi-star", "--kernel", "gaussian"], "--kernel"),
        (["--method", "kde", "--cluster-by", "hdbscan"], "--cluster-by"),
        (["--method", "dbscan", "--cluster-by", "hdbscan", "--radius-m", "90"], "--radius-m"),
        (["--method", "count", "--option", "half_life_days=3"], "half_life_days"),
        (["--method", "recency", "--option", "half_life_days=soon"], "soon"),
        (["--method", "scan", "--option", "model=bayes"], "bayes"),
        (["--method", "self-exciting", "--option", "fitted=x"], "fitted"),
        (["--method", "gi-star", "--option", "n_draws=-1"], "a whole number of 0 or more"),
        (["--method", "gi-star", "--option", "n_draws=99"], "pass --permutations"),
        (["--method", "scan", "--option", "seed=3"], "pass --permutations"),
        (["--method", "gi-star", "--permutations", "9", "--option", "n_draws=99"], "given once"),
        (["--method", "kde", "--radius-m", "300", "--option", "bandwidth_m=500"], "given once"),
        (["--method", "kde", "--kernel", "gaussian", "--option", "kernel=quartic"], "given once"),
        (["--method", "kde", "--option", "kernel=quartic", "--option", "kernel=gaussian"], "once"),
        (["--method", "dbscan", "--option", "min_share=2"], "a share of 0 to 1"),
        (["--method", "count", "--permutations", "9"], "gi-star, local-moran or scan"),
        (["--method", "kde", "--at", "p.csv", "--extent", "0,0,1,1"], "Leave --extent or --at out"),
        (["--method", "count", "--streets", "s.gpkg"], "shape hex"),
        (["--method", "count", "--features", "f.csv"], "count"),
    ],
)
def test_option_without_effect_is_refused(folder, capsys, words, found):
    out = ["--out", folder / "never.csv"]
    code, values = answer(["target", "score", folder / "i.parquet", *words, *out], capsys)
    assert code == 2
    assert found in str(values["error"])
    assert not (folder / "never.csv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "2019-01-01"],
        ["--until", "2019-01-01"],
        ["--group", "all"],
        ["--weight", "harm"],
        ["--shape", "street"],
        ["--extent", "0,0,1,1"],
        ["incidents.parquet"],
    ],
)
def test_what_cells_of_ones_own_leave_nothing_to_is_refused(folder, capsys, words):
    out = ["--counts", folder / "mine.csv", "--size-m", 100, "--out", folder / "never.csv"]
    code, values = answer(["target", "score", *words, *out], capsys)
    assert code == 2
    assert "It holds the cells and what is in them" in str(values["error"]) or "--shape" in str(
        values["error"]
    )


@pytest.mark.parametrize(
    ("words", "needs"),
    [(["--transform", "sqrt"], "--weight harm"), (["--place", "Southend"], "--map")],
)
def test_words_for_what_is_not_asked_for_are_refused(folder, capsys, words, needs):
    code, values = answer(find(folder, "never.gpkg", *words), capsys)
    assert code == 2
    assert needs in values["error"]["do"]
    assert not (folder / "never.gpkg").exists()


def test_every_option_of_a_method_is_reached_by_name(folder, capsys):
    words = ["target", "score", folder / "i.parquet", "--method", "recency"]
    out = ["--out", folder / "recency.csv"]
    _, values = answer([*words, "--option", "half-life-days=45", *out], capsys)
    assert values["params"]["half_life_days"] == 45
    words = ["target", "backtest", folder / "i.parquet", "--methods", "count,recency"]
    words += ["--bootstraps", "0", "--folds", "1"]
    code, values = answer([*words, "--option", "recency.half_life_days=1"], capsys)
    assert code == 0
    assert values["methods"][0]["p"] is None
    code, _ = answer([*words, "--option", "half_life_days=1"], capsys)
    assert code == 2


def test_options_that_only_python_can_give_are_models_that_were_fitted():
    hidden = {
        (name, field.name)
        for name, method in METHODS.items()
        for field in fields(method.options)
        if field.name not in names_of(name)
    }
    assert hidden == {("self-exciting", "fitted"), ("forecast", "learned")}
