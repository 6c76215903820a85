import geopandas as gpd
import numpy as np
import pytest
import shapely

from footbeat.errors import DataError
from footbeat.streets import Streets, read_streets
from footbeat.targeting.changed import Changed, rule_by
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.ground import area_places, measure_streets, street_places
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.methods import METHODS, load_scorer
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.spread import measure_spread

EVERY = CaseOptions(group="all")


def streets_of(*lines, names=None):
    frame = gpd.GeoDataFrame(
        {
            "name": names or [f"Street {i}" for i in range(len(lines))],
            "kind": "minor",
            "is_walkable": True,
        },
        geometry=[shapely.LineString(line) for line in lines],
        crs="EPSG:27700",
    )
    return Streets(frame, ())


def areas_of(*boxes):
    return gpd.GeoDataFrame(
        {
            "code": [f"E{i}" for i in range(len(boxes))],
            "label": [f"Area {i}" for i in range(len(boxes))],
        },
        geometry=[shapely.box(*box) for box in boxes],
        crs="EPSG:27700",
    )


@pytest.fixture
def crossroads():
    arms = [(0, 0, 100, 0), (100, 0, 300, 0), (100, 0, 100, 150), (100, 0, 100, -80)]
    return street_places(streets_of(*[((a, b), (c, d)) for a, b, c, d in arms]))


def test_segments_end_where_streets_meet_and_touch_there(crossroads):
    assert len(crossroads) == 4
    assert sorted(crossroads.exposure.tolist()) == [80, 100, 150, 200]
    assert len(crossroads.links) == 6


@pytest.mark.parametrize("event", ["merge", "exclude"])
def test_a_change_of_streets_does_not_reach_short_ones_beside_them(event):
    lines = [((0, 0), (100, 0)), ((100, 0), (200, 0)), ((100, 0), (100, 12)), ((200, 0), (200, 9))]
    places = street_places(streets_of(*lines))
    named = np.flatnonzero(places.exposure == 100)
    ground = shapely.union_all(places.shapes_of(named))
    told = (";".join(places.ids[named]), "one beat", "A. Khan", "2026-11-22", "said")
    rulings, lost = rule_by([Changed(event, *told, "Quay", shapely.to_wkt(ground, -1))], places)
    (ruled,) = rulings.joined or rulings.barred
    assert ruled.places.tolist() == named.tolist()
    assert not lost


def test_incident_belongs_to_the_nearest_segment_within_fifty_metres(crossroads):
    found = crossroads.locate(np.array([250.0, 98.0, 500.0]), np.array([20.0, 140.0, 500.0]))
    assert [crossroads.names[i] if i >= 0 else None for i in found] == [
        "Street 1",
        "Street 2",
        None,
    ]


def test_incidents_far_from_streets_are_left_out_and_told(crossroads, incidents_at):
    layout = lay_out(incidents_at([250, 250, 2000], [0, 5, 2000]), EVERY, places=crossroads)
    assert len(layout.case) == 2
    assert any("1 of 3 incidents are farther than 50 m" in note for note in layout.notes)
    assert any("half by at most 2 m, 95 in 100 by at most 5 m" in note for note in layout.notes)


def test_separate_lines_are_no_street_network():
    with pytest.raises(DataError, match="must meet each other"):
        street_places(streets_of(((0, 0), (10, 0)), ((50, 50), (90, 50))))


def test_streets_inside_a_hot_spot_are_measured():
    streets = streets_of(((-100, 5), (100, 5)), ((5, -100), (5, 100)))
    assert measure_streets(shapely.box(0, 0, 50, 50), streets) == pytest.approx(100)


def test_hot_spots_on_streets_take_the_street_name_and_merge_along_it(crossroads, incidents_at):
    town = incidents_at([250] * 9 + [100] * 4, [0] * 9 + [120] * 4)
    options = FindOptions(EVERY, select=SelectOptions(top=1, max_area_ha=5), n_draws=20)
    found = find_hotspots(town, options, rng=np.random.default_rng(1), places=crossroads)
    assert found.hotspots.frame["name"].iloc[0].startswith("Street 1")
    assert found.hotspots.frame["n"].iloc[0] == 9
    assert "km of walkable street" in found.concentration.basis


@pytest.mark.parametrize("codes", [["A", "B"], ["B", "A"]])
def test_point_on_a_shared_boundary_belongs_to_the_eastern_area_whatever_its_code(codes):
    areas = areas_of((0, 0, 100, 100), (100, 0, 200, 100)).drop(columns=["code", "label"])
    places = area_places(areas.assign(code=codes))
    found = places.locate(np.array([100.0, 150.0, 900.0]), np.array([50.0] * 3))
    assert places.ids[found[:2]].tolist() == [codes[1], codes[1]]
    assert found[2] == -1


def test_area_that_crosses_itself_is_mended():
    bow = areas_of((0, 0, 1, 1), (500, 500, 600, 600))
    bow.geometry = [
        shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]),
        shapely.box(500, 500, 600, 600),
    ]
    places = area_places(bow)
    assert places.area_ha[0] == pytest.approx(0.5)


def test_areas_without_a_code_are_refused():
    same = areas_of((0, 0, 1, 1), (1, 0, 2, 1)).assign(code="x", label="y")
    with pytest.raises(DataError, match="must have an identifier each"):
        area_places(same)


def test_areas_are_named_and_their_hot_spots_keep_the_code(incidents_at):
    places = area_places(areas_of((0, 0, 100, 100), (100, 0, 200, 100), (200, 0, 300, 100)))
    options = FindOptions(EVERY, "count", select=SelectOptions(top=1, max_area_ha=0), n_draws=20)
    found = find_hotspots(
        incidents_at([150] * 5 + [50], [50] * 6),
        options,
        rng=np.random.default_rng(1),
        places=places,
    )
    row = found.hotspots.frame.iloc[0]
    assert (row["hotspot_id"], row["name"], row["n"]) == ("E1", "Area 1", 5)
    assert found.concentration.area_share == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if "street" in m.shapes])
def test_every_street_method_ranks_the_busy_segment_first(
    name, crossroads, incidents_at, features_at
):
    town = incidents_at([250] * 9 + [100] * 2 + [40], [0] * 9 + [120] * 2 + [0])
    bars = features_at({"bar": [(200, 0), (260, 10)]})
    case = lay_out(town, EVERY, places=crossroads, features=bars).case
    score = load_scorer(name, "street").settled(case).score(case).score
    assert crossroads.names[int(np.argmax(score))] == "Street 1"


def test_streets_of_a_town_become_segments(shared_data):
    streets = read_streets(shared_data / "streets" / "cambridge.gpkg", "EPSG:27700")
    places = street_places(streets)
    assert len(set(places.ids.tolist())) == len(places) > 4000
    assert (np.diff(np.lexsort((places.y, places.x))) == 1).all()


def test_streets_of_another_town_are_refused_as_such(crossroads, incidents_at):
    town = incidents_at([300_000.0] * 4, [300_000.0] * 4)
    with pytest.raises(DataError, match="streets given must cover the incidents") as told:
        lay_out(town, CaseOptions("street", group="all"), places=crossroads)
    assert told.value.found == "All 4 incidents that count are farther than 50 m from a street."


def test_concentration_is_measured_over_the_streets_given(crossroads, incidents_at):
    town = incidents_at(*np.transpose([[60.0, 1.0]] * 9 + [[100.0, 100.0]]))
    spread = measure_spread(town, CaseOptions("street", group="all"), places=crossroads)
    assert (spread.n_incidents, spread.n_cells) == (10, len(crossroads))
    assert spread.shares[0].n_incidents == 9
    assert spread.basis == f"The whole is the {len(crossroads)} streets given."
