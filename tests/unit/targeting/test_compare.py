import geopandas as gpd
import shapely

from footbeat.areas import Hotspots
from footbeat.tables import Provenance
from footbeat.targeting.compare import match_places


def hotspot(west_m, east_m):
    frame = gpd.GeoDataFrame(
        {"hotspot_id": ["a"]}, geometry=[shapely.box(west_m, 0, east_m, 250)], crs="EPSG:27700"
    )
    return Hotspots(frame, Provenance(crs="EPSG:27700"))


def test_half_short_by_a_rounding_error_is_the_same_place():
    pairs = match_places(hotspot(0, 500), hotspot(250 + 1e-11, 750))
    assert [(i, j) for i, j, _ in pairs] == [(0, 0)]


def test_less_than_half_is_another_place():
    assert match_places(hotspot(0, 500), hotspot(251, 751)) == []
