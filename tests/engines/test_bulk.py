"""Lists found on an engine are those found in memory, and alike on every engine."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import box

from footbeat.cli.frame import plain
from footbeat.engine.choose import choose_engine
from footbeat.errors import DataError, UsageError
from footbeat.grid import Grid
from footbeat.incidents.counts import count_by_cell
from footbeat.incidents.exclude import may_steer
from footbeat.incidents.load import Incidents, load_incidents, save_incidents
from footbeat.periods import Window
from footbeat.tables import INCIDENTS
from footbeat.targeting.bulk import find_in_bulk, gather_grounds, join_lists
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions, would_count
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.tally import (
    BulkFile,
    condense,
    count_points,
    kinds_in,
    tally_incidents,
)

OPTIONS = FindOptions(select=SelectOptions(top=5), n_draws=100)
GROUND = box(-500, -500, 6500, 6500)


@pytest.fixture
def file(tmp_path: Path, random_incidents) -> BulkFile:
    path = tmp_path / "incidents.parquet"
    save_incidents(random_incidents(3), path)
    return BulkFile.open(path)


def find(file: BulkFile, engine: str, by: str = "", options: FindOptions = OPTIONS):
    return find_in_bulk(
        file,
        options,
        engine=choose_engine(engine),
        rng=np.random.default_rng(1),
        area=GROUND,
        by=by,
    )


@pytest.mark.parametrize("method", ["count", "shrunk-count", "gi-star", "local-moran"])
def test_list_counted_on_an_engine_is_the_list_found_in_memory(file: BulkFile, method: str) -> None:
    options = FindOptions(method=method, select=SelectOptions(top=5), n_draws=0)
    one = find(file, "duckdb", options=options)[""]
    other = find_hotspots(
        load_incidents(file.path), options, rng=np.random.default_rng(1), area=GROUND
    )
    columns = ["hotspot_id", "name", "rank", "n", "score", "area_ha", "why"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.hotspots.frame[columns]), pd.DataFrame(other.hotspots.frame[columns])
    )
    assert (one.n_incidents, one.n_cells) == (other.n_incidents, other.n_cells)
    assert one.left_out == other.left_out
    assert one.concentration.incident_share == other.concentration.incident_share


def test_what_is_left_out_and_said_of_harm_is_that_told_in_memory(
    tmp_path: Path, random_incidents
) -> None:
    frame = random_incidents(11).table.to_pandas()
    barred = frame.index < 400
    frame.loc[barred, ["x", "y", "kind", "offence"]] = (3_010.0, 90.0, "crime", "robbery")
    frame["excluded"] = np.where(barred, "premises: hospital", frame["excluded"])
    frame["harm_days"] = np.where(frame["offence"] == "robbery", 365.0, np.nan)
    rows = pa.Table.from_pandas(frame, INCIDENTS.schema, preserve_index=False)
    path = tmp_path / "closed.parquet"
    save_incidents(Incidents(rows, random_incidents(11).provenance), path)
    options = FindOptions(method="count", select=SelectOptions(top=5), n_draws=0)
    one = find(BulkFile.open(path), "duckdb", options=options)[""]
    other = find_hotspots(load_incidents(path), options, rng=np.random.default_rng(1), area=GROUND)
    assert "hospital" in one.left_out[0].reason
    assert one.left_out == other.left_out
    cautions = one.incidents.provenance.cautions
    assert "have a harm weight" in " ".join(cautions)
    assert cautions == other.incidents.provenance.cautions
    assert one.hotspots.frame["harm_days"].equals(other.hotspots.frame["harm_days"])


def test_without_an_area_the_ground_is_that_found_in_memory(file: BulkFile) -> None:
    options = FindOptions(method="shrunk-count", select=SelectOptions(top=5), n_draws=0)
    rng = np.random.default_rng(1)
    one = find_in_bulk(file, options, engine=choose_engine("duckdb"), rng=rng)[""]
    other = find_hotspots(load_incidents(file.path), options, rng=rng)
    assert one.n_cells == other.n_cells
    shares = ("area_share", "occupied_share", "total_ha", "gini", "generalised_gini", "basis")
    for name in shares:
        assert getattr(one.concentration, name) == getattr(other.concentration, name)
    assert set(one.notes) <= set(other.notes)
    assert one.hotspots.frame["score"].tolist() == other.hotspots.frame["score"].tolist()


def test_memory_and_duckdb_count_alike(file: BulkFile) -> None:
    case = CaseOptions(group="robbery", kinds=("crime",), size_m=250.0)
    one, other = (
        tally_incidents(file, case, engine=choose_engine(name), by="beat")
        for name in ("memory", "duckdb")
    )
    assert list(one) == list(other) == ["East", "West"]
    for value, tally in one.items():
        for name in ("q", "r", "n", "n_located"):
            np.testing.assert_array_equal(getattr(tally, name), getattr(other[value], name))
    table = load_incidents(file.path).table.to_pandas()
    wanted = table[
        (table.kind == "crime") & (table.offence == "robbery") & (table.location_grade != "X")
    ]
    assert sum(int(t.n.sum()) for t in one.values()) == int(wanted.excluded.isna().sum())


def test_period_and_weekdays_choose_the_incidents_they_choose_in_memory(file: BulkFile) -> None:
    incidents = load_incidents(file.path)
    days = pd.DatetimeIndex(incidents.table["start"].to_pandas()).normalize().unique().sort_values()
    case = CaseOptions(
        group="robbery",
        kinds=("crime",),
        size_m=250.0,
        since=days[len(days) // 4].date(),
        weekdays=("fri", "sat"),
    )
    tally = tally_incidents(file, case, engine=choose_engine("duckdb"))[""]
    usable = incidents.where(np.asarray(incidents.table["location_grade"].to_pandas() != "X"))
    counted = would_count(usable, case)
    chosen = counted.where(may_steer(counted))
    q, r, n = count_by_cell(chosen, case.grid)
    holds = tally.n > 0
    assert 0 < len(chosen) < len(usable)
    np.testing.assert_array_equal([tally.q[holds], tally.r[holds]], [q, r])
    np.testing.assert_array_equal(tally.n[holds], n)


@pytest.fixture
def repeated(tmp_path: Path, random_incidents) -> BulkFile:
    """Give incidents on few points, days only, some of known harm, each row many times."""
    table = random_incidents(7, 400).table.to_pandas()
    harm = np.where(table["offence"] == "robbery", 365.0, np.nan)
    table = table.assign(
        x=table["x"].round(-2), y=table["y"].round(-2), harm_days=harm, precision="day",
        beat=table["beat"].where(table["beat"] == "East"),
    )  # fmt: skip
    table["start"] = table["start"].dt.floor("D")
    table["end"] = table["start"] + pd.Timedelta(days=1)
    whole = pd.concat([table] * 20, ignore_index=True)
    whole["incident_id"] = [f"i{k}" for k in range(len(whole))]
    rows = pa.Table.from_pandas(whole, INCIDENTS.schema, preserve_index=False)
    save_incidents(Incidents(rows, random_incidents(7, 400).provenance), tmp_path / "r.parquet")
    return BulkFile.open(tmp_path / "r.parquet")


@pytest.mark.parametrize("since", [None, date(2024, 3, 1)])
def test_rows_alike_are_counted_as_each_would_be(repeated: BulkFile, since: date | None) -> None:
    case = CaseOptions(group="robbery", kinds=("crime",), size_m=250.0, since=since)
    plain = tally_incidents(repeated, case, engine=choose_engine("memory"), by="beat")
    ground = gather_grounds(repeated, engine=choose_engine("memory"), by="beat")
    kinds = kinds_in(repeated, engine=choose_engine("memory"))
    engine = choose_engine("duckdb")
    with condense(repeated, case, engine=engine, by="beat") as few:
        assert few.condensed is not None
        assert pq.read_metadata(few.condensed.path).num_rows <= 400
        counted = tally_incidents(few, case, engine=engine, by="beat")
        assert kinds_in(few, engine=engine).table.equals(kinds.table)
        grounds = gather_grounds(few, engine=engine, by="beat")
    assert all(grounds[value].equals(shape) for value, shape in ground.items())
    assert list(counted) == list(plain) == ["", "East"]
    for value, tally in plain.items():
        for name in ("q", "r", "n", "n_located", "n_excluded", "n_weighed", "harm_days"):
            np.testing.assert_array_equal(getattr(counted[value], name), getattr(tally, name))
        assert tally.n_excluded.any()
        np.testing.assert_array_equal(tally.n_weighed, tally.n)
        np.testing.assert_array_equal(tally.harm_days, 365.0 * tally.n)


def test_rows_that_differ_are_handed_over_as_they_are(file: BulkFile) -> None:
    with condense(file, CaseOptions(), engine=choose_engine("duckdb")) as rows:
        assert rows.condensed is not None
        assert rows.condensed.path == file.path


def test_each_value_has_the_list_of_its_own_incidents(file: BulkFile, tmp_path: Path) -> None:
    lists = find(file, "duckdb", by="beat")
    assert list(lists) == ["East", "West"]
    whole = load_incidents(file.path)
    is_east = np.asarray(whole.table["beat"].to_pandas() == "East")
    save_incidents(whole.where(is_east), tmp_path / "east.parquet")
    alone = find(BulkFile.open(tmp_path / "east.parquet"), "memory")[""]
    columns = ["hotspot_id", "name", "n", "score"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(lists["East"].hotspots.frame[columns]),
        pd.DataFrame(alone.hotspots.frame[columns]),
    )
    joined = join_lists(lists, "beat").frame
    assert joined["hotspot_id"].is_unique
    assert joined.groupby("beat")["rank"].apply(list).to_dict() == {
        "East": [1, 2, 3, 4, 5],
        "West": [1, 2, 3, 4, 5],
    }


@pytest.mark.parametrize("size_m", [250, 2])
def test_points_are_counted_as_the_grid_places_them(tmp_path: Path, size_m: float) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(-3000, 4000, (2, 300_000))
    pq.write_table(pa.table({"x": x, "y": y}), tmp_path / "p.parquet")
    grid = Grid("hex", size_m)
    expected = np.unique(np.stack(grid.locate(x, y)), axis=1, return_counts=True)
    for name in ("memory", "duckdb"):
        q, r, n = count_points(tmp_path / "p.parquet", grid, engine=choose_engine(name))
        np.testing.assert_array_equal(np.stack([q, r]), expected[0])
        np.testing.assert_array_equal(n, expected[1])


def test_method_that_needs_every_incident_is_refused(file: BulkFile) -> None:
    with pytest.raises(UsageError, match="must have the incidents themselves"):
        find(file, "duckdb", options=FindOptions(method="kde"))


def test_linked_records_are_refused(tmp_path: Path, random_incidents) -> None:
    incidents = random_incidents(5, 50)
    place = incidents.table.schema.get_field_index("linked_id")
    linked = incidents.table.set_column(place, "linked_id", pa.array(["i1"] * 50))
    save_incidents(Incidents(linked, incidents.provenance), tmp_path / "l.parquet")
    with pytest.raises(UsageError, match="linked"):
        BulkFile.open(tmp_path / "l.parquet")


def answer(found) -> dict:
    """Give what `target find --json` prints, sums of floats to a billionth."""
    told = plain(found.as_json())
    share = told["concentration"]["harm_share"]
    told["concentration"]["harm_share"] = share if share is None else round(share, 9)
    return told


SUPPORTED = {
    "as it is": (CaseOptions(), {}),
    "another method and grid": (CaseOptions("square", 300), {"method": "gi-star"}),
    "more asked than there are": (CaseOptions(size_m=1500), {"select": SelectOptions(top=400)}),
    "spaced and sparse": (
        CaseOptions(),
        {"select": SelectOptions(top=8, spacing_m=700, max_area_ha=20, min_incidents=12)},
    ),
    "places that hold one or none": (
        CaseOptions("square", 60, group="robbery"), {"method": "count", "select": SelectOptions(30)}
    ),
    "a statistic of the whole": (CaseOptions(), {"method": "local-moran"}),
    "another group": (CaseOptions(group="robbery"), {}),
    "a period": (CaseOptions(since=date(2024, 2, 1), until=date(2024, 5, 31)), {}),
    "hours of some days": (
        CaseOptions(hours=Window.parse("18:00-02:00"), weekdays=("fri", "sat")), {}
    ),
}  # fmt: skip


def over_years(incidents: Incidents) -> Incidents:
    """Give the same incidents, one in three a year and another two years earlier."""
    table = incidents.table
    for name in ("start", "end"):
        times = table[name].to_pandas()
        back = pd.to_timedelta(366 * (np.arange(len(times)) % 3), unit="D")
        at = table.schema.get_field_index(name)
        field = table.schema.field(at)
        table = table.set_column(at, field, pa.array(times - back, field.type))
    return Incidents(table, replace(incidents.provenance, start="2021-12-30"))


@pytest.mark.parametrize(("area", "period"), [(None, "several years"), (GROUND, "one year")])
@pytest.mark.parametrize("case", SUPPORTED)
def test_answer_counted_on_an_engine_is_that_of_memory_in_every_key(
    tmp_path: Path, harmed_incidents, case: str, area, period: str
) -> None:
    asked, extra = SUPPORTED[case]
    incidents = harmed_incidents if period == "one year" else over_years(harmed_incidents)
    save_incidents(incidents, tmp_path / "i.parquet")
    options = FindOptions(**{"case": asked, "select": SelectOptions(top=8), "n_draws": 30} | extra)
    rng = [np.random.default_rng(5) for _ in range(2)]
    one = find_hotspots(incidents, options, rng=rng[0], area=area)
    file = BulkFile.open(tmp_path / "i.parquet")
    other = find_in_bulk(file, options, engine=choose_engine("duckdb"), rng=rng[1], area=area)[""]
    assert answer(one) == answer(other)
    assert one.hotspots.provenance.cautions == other.hotspots.provenance.cautions


@pytest.fixture
def harmed_incidents(random_incidents):
    """A town with a closed custody suite, and harm of two thirds of what happened."""
    incidents = random_incidents(11, 2500)
    table = incidents.table
    rng = np.random.default_rng(4)
    harm = np.where(rng.random(len(table)) < 0.66, rng.choice([1.0, 10.0, 365.0], len(table)), None)
    at = table.schema.get_field_index("harm_days")
    table = table.set_column(at, table.schema.field(at), pa.array(harm, pa.float64()))
    closed = np.hypot(incidents.numbers("x") - 3000, incidents.numbers("y") - 3000) < 900
    why = np.where(closed, "premises: custody-suite", table["excluded"].to_pandas())
    at = table.schema.get_field_index("excluded")
    table = table.set_column(
        at, table.schema.field(at), pa.array(why, pa.string(), from_pandas=True)
    )
    known = replace(incidents.provenance, harm_edition="test", cautions=("Simulated.",))
    return Incidents(table, known)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (FindOptions(CaseOptions(weight="harm")), "--weight harm"),
        (FindOptions(CaseOptions(shape="street")), "--shape street"),
        (FindOptions(CaseOptions(group="combined")), "--group combined"),
        (FindOptions(method="kde"), "kde"),
    ],
)
def test_what_an_engine_cannot_count_is_refused_by_name(file: BulkFile, options, said) -> None:
    with pytest.raises(UsageError, match=said):
        find(file, "duckdb", options=options)


@pytest.mark.parametrize(
    ("case", "area"),
    [
        (CaseOptions(group="retail"), GROUND),
        (CaseOptions(kinds=("hospital",)), None),
        (CaseOptions(), box(9e6, 9e6, 9.1e6, 9.1e6)),
    ],
)
def test_why_nothing_counts_is_told_as_in_memory(file: BulkFile, case, area) -> None:
    options, rng = FindOptions(case), np.random.default_rng(1)
    with pytest.raises(DataError) as ours:
        find_in_bulk(file, options, engine=choose_engine("duckdb"), rng=rng, area=area)
    with pytest.raises(DataError) as theirs:
        find_hotspots(load_incidents(file.path), options, rng=rng, area=area)
    assert str(ours.value) == str(theirs.value)


def test_untimed_incidents_left_out_are_counted_in_all_of_the_file(
    tmp_path: Path, harmed_incidents
) -> None:
    table = harmed_incidents.table
    precision = np.where(np.arange(len(table)) % 3 == 0, "day", "minute")
    at = table.schema.get_field_index("precision")
    table = table.set_column(at, table.schema.field(at), pa.array(precision))
    incidents = Incidents(table, harmed_incidents.provenance)
    save_incidents(incidents, tmp_path / "i.parquet")
    options = replace(OPTIONS, case=SUPPORTED["hours of some days"][0])
    one = find(BulkFile.open(tmp_path / "i.parquet"), "duckdb", options=options)[""]
    other = find_hotspots(incidents, options, rng=np.random.default_rng(1), area=GROUND)
    cautions = other.hotspots.provenance.cautions
    assert "time is not known" in " ".join(cautions)
    assert one.hotspots.provenance.cautions == cautions
    assert answer(one) == answer(other)


def test_wrong_column_is_refused_before_anything_is_read(repeated: BulkFile) -> None:
    with pytest.raises(UsageError, match="must be one of beat, lsoa, source"):
        find(repeated, "duckdb", by="nothing")
