"""What people decide: ground included or excluded, and whether a model may be used."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from footbeat.errors import AccessError, DataError, MismatchError, StoreError, UsageError
from footbeat.manifest import Manifest, hash_files, save_manifest
from footbeat.targeting.decided import Decided, read_decided
from footbeat.targeting.ethics import (
    grant_leave,
    read_backtest,
    require_leave_of_list,
)
from footbeat.targeting.features import Features
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.judged import describe_judged, tell_apart
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.timed import ProspectiveOptions
from footbeat.targeting.weighing import check_editions

PIER = Decided(shapely.box(3000, 200, 3200, 400), "Pier, licensing (A. Khan)")


def row(method, hits, p=None, p_adjusted=None):
    return {
        "method": method, "scored": True, "hits": hits, "hit_rate": hits / 400, "p": p,
        "p_adjusted": p_adjusted, "difference": hits / 400 - 0.2 if p else None,
        "beats_count": p_adjusted is not None and p_adjusted < 0.05,
    }  # fmt: skip


BEATEN = {
    "folds": ["first", "second", "third"],
    "methods": [
        row("prospective", 100, 0.01, 0.02), row("forecast", 76, 0.5, 0.5), row("count", 80)
    ],
}  # fmt: skip


def found_in(incidents, *, method="count", top=3, **kwargs):
    leave = kwargs.pop("leave", None)
    options = FindOptions(CaseOptions("square", 200), method, None, SelectOptions(top), 20, leave)
    return find_hotspots(incidents, options, rng=np.random.default_rng(0), **kwargs)


def test_included_ground_is_on_the_list_with_its_reason_and_its_rank(scattered_town):
    found = found_in(scattered_town(), include=[PIER])
    last = found.hotspots.frame.iloc[-1]
    assert last.geometry.intersects(PIER.outline)
    assert last["why"].startswith("Included by decision: Pier, licensing (A. Khan). ")
    assert len(found.hotspots) == 3
    assert found.hotspots.frame["rank"].tolist() == [1, 2, 3]


def test_included_ground_keeps_its_name_and_what_it_displaced_is_told_as_such(scattered_town):
    pier = replace(PIER, name="Pier")
    found = found_in(scattered_town(), include=[pier])
    assert found.hotspots.frame["name"].iloc[-1] == "Pier"
    frame, told = found.hotspots.frame, found.left_out[0]
    assert told.rank == 3
    assert frame["score"].iloc[-1] < float(told.reason.split()[1].rstrip(";"))
    assert told.reason.endswith(
        "hot spot 2, the last chosen by its score (1 place was included by decision), scores "
        f"{frame['score'].iloc[1]:,.3g}"
    )


def test_no_two_places_left_out_have_one_rank(scattered_town):
    barred = [Decided(shapely.box(0, 0, 4000, 1500)), Decided(shapely.box(0, 2500, 4000, 4000))]
    found = found_in(scattered_town(), exclude=barred)
    ranks = [each.rank for each in found.left_out]
    assert len(ranks) > 8
    assert ranks == sorted(set(ranks))


def test_excluded_ground_with_a_name_is_told_once_however_many_places_it_holds(scattered_town):
    barracks = Decided(shapely.box(0, 0, 4000, 1500), "Barracks, not ours", "Barracks")
    found = found_in(scattered_town(), exclude=[barracks])
    assert [each.place for each in found.left_out].count("Barracks") == 1
    assert len({each.rank for each in found.left_out}) == len(found.left_out)


def test_included_ground_that_ranks_first_by_itself_stays_first(scattered_town):
    busy = Decided(shapely.box(900, 900, 1100, 1100), "Station")
    found = found_in(scattered_town(), include=[busy])
    assert found.hotspots.frame.iloc[0]["why"].startswith("Included by decision: Station. ")


def test_ground_smaller_than_a_cell_includes_the_cell_it_lies_in(scattered_town):
    door = Decided(shapely.box(3010, 210, 3012, 212), "Door")
    found = found_in(scattered_town(), include=[door])
    assert found.hotspots.frame.geometry.intersects(door.outline).sum() == 1


def test_included_ground_without_any_incident_is_listed_last(scattered_town):
    town = scattered_town()
    x, y = town.numbers("x"), town.numbers("y")
    quiet = town.where(~((x > 2950) & (x < 3250) & (y > 150) & (y < 450)))
    found = found_in(quiet, include=[PIER])
    assert found.hotspots.frame.iloc[-1]["n"] == 0
    assert "0 incidents" in found.hotspots.frame.iloc[-1]["why"]


def test_more_included_than_wanted_and_a_place_both_ways_are_refused(scattered_town):
    with pytest.raises(UsageError, match="included than are wanted"):
        found_in(
            scattered_town(),
            top=1,
            include=[PIER, replace(PIER, outline=shapely.box(0, 0, 300, 300))],
        )
    with pytest.raises(UsageError, match="both included and excluded"):
        found_in(scattered_town(), include=[PIER], exclude=[PIER])
    with pytest.raises(DataError, match="on the ground that can be chosen"):
        found_in(scattered_town(), include=[Decided(shapely.box(90_000, 0, 90_100, 100))])


def test_decisions_are_read_with_name_reason_and_person(tmp_path):
    bow_tie = shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])
    frame = gpd.GeoDataFrame(
        {"name": ["Pier", None], "reason": ["licensing", None], "by": ["A. Khan", None]},
        geometry=[bow_tie, shapely.box(0, 0, 1, 1)],
        crs="EPSG:27700",
    )
    frame.to_file(tmp_path / "d.gpkg")
    first, second = read_decided(tmp_path / "d.gpkg", "EPSG:27700")
    assert first.in_words("included") == "included by decision: Pier, licensing (A. Khan)"
    assert shapely.is_valid(first.outline)
    assert second.in_words("excluded") == "excluded by decision"


def test_a_model_draws_no_list_without_leave_and_says_what_is_needed(scattered_town):
    with pytest.raises(AccessError, match="beats the count") as caught:
        found_in(scattered_town(), method="prospective")
    assert "--ethics-ref" in caught.value.do
    assert caught.value.exit_code == 12


def beaten_on(incidents, case=None, options=None):
    case = case or CaseOptions("square", 200)
    return {
        **BEATEN,
        "judged_on": describe_judged(lay_out(incidents, case), {"prospective": options}),
    }


def test_with_leave_every_output_says_places_and_not_people(scattered_town):
    judged = beaten_on(scattered_town())
    leave = grant_leave("prospective", "DPIA 12/26", judged, "b.json")
    found = found_in(scattered_town(), method="prospective", leave=leave)
    caution = found.hotspots.provenance.cautions[-1]
    assert caution.startswith("These rank places by past crime; they do not predict who.")
    assert "DPIA 12/26" in caution
    assert "25.0 % against 20.0 % of the count" in caution
    require_leave_of_list(found.hotspots)


@pytest.mark.parametrize(
    ("method", "reference", "found"),
    [
        ("prospective", " ", "No ethics reference"),
        ("forecast", "DPIA", "does not beat"),
        ("risk-terrain", "DPIA", "does not judge it"),
    ],
)
def test_leave_is_refused_without_review_or_win(method, reference, found):
    with pytest.raises(AccessError, match=found):
        grant_leave(method, reference, BEATEN, "b.json")


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"hit_rate": 0.5}, "contradict each other"),
        ({"difference": -0.05}, "its difference -0.05"),
        ({"p": 0.2, "p_adjusted": 0.4}, "p adjusted is 0.4"),
        ({"p_adjusted": 0.01}, "by Holm from the file's own p 0.02"),
        ({"p": None, "p_adjusted": None}, "are not there"),
    ],
)
def test_a_win_that_does_not_follow_from_the_files_own_figures_gives_no_leave(changed, found):
    first, *others = BEATEN["methods"]
    edited = {**BEATEN, "methods": [{**first, **changed}, *others]}
    with pytest.raises(AccessError, match=found):
        grant_leave("prospective", "DPIA", edited, "b.json")
    with pytest.raises(AccessError, match="fewer than 3 periods"):
        grant_leave("prospective", "DPIA", {**BEATEN, "folds": ["one"]}, "b.json")


def test_a_back_test_changed_after_its_manifest_was_written_is_refused(tmp_path):
    path = tmp_path / "b.json"
    path.write_text('{"methods": []}', encoding="utf-8")
    save_manifest(Manifest("target backtest", {}, (), hash_files([path])), path)
    assert read_backtest(path) == {"methods": []}
    path.write_text('{"methods": [1]}', encoding="utf-8")
    with pytest.raises(StoreError, match="as it was written"):
        read_backtest(path)


def pubs(dx):
    where = np.array([1000.0, 2000.0]) + dx
    never = np.full(2, np.inf)
    return Features(where, where, np.array(["pub", "bar"], dtype=object), -never, never)


@pytest.mark.parametrize(("method", "differs"), [("risk-terrain", True), ("prospective", False)])
def test_only_methods_that_look_at_features_are_bound_to_those_judged(
    scattered_town, method, differs
):
    town, case = scattered_town(), CaseOptions("square", 200)
    there, here = (
        describe_judged(lay_out(town, case, features=pubs(dx)), {method: None}) for dx in (0, 50)
    )
    assert tell_apart(there, there, method) == ()
    assert tell_apart(there, here, method) == (("other features of the ground",) if differs else ())


def test_periods_that_do_not_meet_and_other_weights_of_harm_are_told(scattered_town):
    here = describe_judged(lay_out(scattered_town(), CaseOptions("square", 200)), {"count": None})
    assert tell_apart({**here, "period": ["1999-01-01", "1999-12-31"]}, here, "count")[
        0
    ].startswith("period")
    mine, more, other = {"robbery": 365.0}, {"robbery": 365.0, "arson": 30.0}, {"robbery": 20.0}
    assert tell_apart({**here, "harm_days": more}, {**here, "harm_days": mine}, "count") == ()
    found = tell_apart({**here, "harm_days": other}, {**here, "harm_days": mine}, "count")
    assert found == ("other weights of harm",)


def test_a_back_test_that_does_not_say_what_it_judged_gives_no_leave():
    with pytest.raises(AccessError, match="does not say what it judged"):
        grant_leave("prospective", "DPIA", BEATEN, "b.json")


@pytest.mark.parametrize(
    ("case", "options", "found"),
    [
        (CaseOptions("square", 250), None, "size_m 250 there, 200 here"),
        (CaseOptions("hex", 200), None, "shape hex there, square here"),
        (CaseOptions("square", 200, group="all"), None, "group all there, serious-violence here"),
        (CaseOptions("square", 200), ProspectiveOptions(reach_weeks=2), "options of prospective"),
    ],
)
def test_a_back_test_of_another_list_gives_no_leave(scattered_town, case, options, found):
    town = scattered_town()
    leave = grant_leave("prospective", "DPIA", beaten_on(town, case, options), "b.json")
    with pytest.raises(AccessError, match=found) as caught:
        found_in(town, method="prospective", leave=leave)
    assert caught.value.exit_code == 12


def test_a_back_test_of_another_town_gives_no_leave_but_one_of_the_month_before_does(
    scattered_town, incidents_at
):
    town = scattered_town()
    x, y = town.numbers("x"), town.numbers("y")
    away = incidents_at(x + 9000, y, start=town.table.column("start").to_pandas())
    leave = grant_leave("prospective", "DPIA", beaten_on(away), "b.json")
    with pytest.raises(AccessError, match="other ground"):
        found_in(town, method="prospective", leave=leave)
    earlier = town.where(np.arange(len(town)) % 10 > 0)
    leave = grant_leave("prospective", "DPIA", beaten_on(earlier), "b.json")
    assert len(found_in(town, method="prospective", leave=leave).hotspots) == 3


def test_leave_for_one_model_is_none_for_another(scattered_town):
    leave = grant_leave("prospective", "DPIA", beaten_on(scattered_town()), "b.json")
    with pytest.raises(AccessError, match="is for prospective"):
        found_in(scattered_town(), method="self-exciting", leave=leave)


def test_a_list_whose_file_names_a_model_without_reference_is_not_worded(scattered_town):
    leave = grant_leave("prospective", "DPIA", beaten_on(scattered_town()), "b.json")
    found = found_in(scattered_town(), method="prospective", leave=leave).hotspots
    known = replace(found.provenance, extra={"method": "prospective"})
    with pytest.raises(AccessError, match="names no ethics reference"):
        require_leave_of_list(replace(found, provenance=known))


def test_a_file_that_is_no_back_test_is_refused(tmp_path):
    (tmp_path / "b.json").write_text(json.dumps({"verdict": "fine"}), encoding="utf-8")
    with pytest.raises(StoreError, match="must hold a back-test"):
        read_backtest(tmp_path / "b.json")


def test_harm_of_another_edition_than_the_last_list_is_refused(scattered_town):
    old = found_in(scattered_town()).hotspots
    old = replace(old, provenance=replace(old.provenance, harm_edition="2016"))
    town = scattered_town()
    newer = replace(town, provenance=replace(town.provenance, harm_edition="2020"))
    with pytest.raises(MismatchError, match="two editions"):
        check_editions(newer, [None, old])
    check_editions(newer, [None])


def test_decisions_may_head_their_columns_as_they_like(tmp_path):
    columns = {"Zone Name": ["Pier"], "REASON": ["licensing"], "By": ["A. Khan"]}
    frame = gpd.GeoDataFrame(columns, geometry=[PIER.outline], crs="EPSG:27700")
    frame.to_file(tmp_path / "d.gpkg")
    (read,) = read_decided(tmp_path / "d.gpkg", "EPSG:27700")
    assert (read.said, read.name) == (PIER.said, "Pier")
