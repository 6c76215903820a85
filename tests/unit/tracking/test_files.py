"""Files of pings: every format gives the same rows, every fault its own words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from footbeat.errors import ColumnError, CrsError, StoreError
from footbeat.tracking.layouts import PingLayout, load_layout
from footbeat.tracking.pings import PingOptions, read_pings

BOUNDS = (500_000.0, 200_000.0, 501_000.0, 201_000.0)


def options(**changes: object) -> PingOptions:
    latest = datetime(2026, 7, 1, tzinfo=UTC)
    known = {"key": b"k" * 32, "crs": "EPSG:27700", "bounds": BOUNDS, "latest": latest}
    return PingOptions(**({"timezone": "Europe/London"} | known | changes))


def rows_of(path: Path, **changes: object) -> pd.DataFrame:
    return read_pings([path], options(**changes)).to_pandas()


GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>EX1</name>
<trkseg>{}</trkseg></trk></gpx>"""
POINT = '<trkpt lat="51.69" lon="-0.55"><time>2026-06-01T18:00:{:02}Z</time></trkpt>'


def test_every_format_gives_the_same_rows(tmp_path: Path):
    times = [f"2026-06-01T18:00:{second:02}Z" for second in range(3)]
    (tmp_path / "a.gpx").write_text(GPX.format("".join(map(POINT.format, range(3)))))
    points = [
        {
            "type": "Feature",
            "properties": {"unit": "EX1", "time": at},
            "geometry": {"type": "Point", "coordinates": [-0.55, 51.69]},
        }
        for at in times
    ]
    line = {
        "type": "Feature",
        "properties": {"unit": "EX1", "coordTimes": times},
        "geometry": {"type": "LineString", "coordinates": [[-0.55, 51.69]] * 3},
    }
    for name, features in (("b.geojson", points), ("c.geojson", [line])):
        (tmp_path / name).write_text(json.dumps({"type": "F", "features": features}))
    frame = pd.DataFrame({"Call-Sign": "EX1", "Fix Time": times, "Longitude": -0.55})
    frame.assign(LATITUDE=51.69).to_csv(tmp_path / "d.csv", index=False)
    frame.assign(LATITUDE=51.69).to_csv(tmp_path / "e.csv", index=False, sep=";", encoding="utf-16")
    frame["Fix Time"] = pd.to_datetime(frame["Fix Time"])
    frame.assign(LATITUDE=51.69).to_parquet(tmp_path / "f.parquet")
    tables = [rows_of(path) for path in sorted(tmp_path.iterdir())]
    assert len(tables) == 6
    for table in tables:
        assert len(table) == 3
        assert table["rejected"].isna().all()
        pd.testing.assert_frame_equal(
            table[["unit_id", "time", "x", "y"]], tables[0][["unit_id", "time", "x", "y"]]
        )
    assert tables[0]["x"].between(500_000, 501_000).all()


def test_layout_names_a_radio_s_columns_and_units(tmp_path: Path):
    (tmp_path / "radio.toml").write_text(
        """[columns]
unit_id = "ISSI"
time = "GPS date"
x = "E"
y = "N"
speed_ms = "Speed"
[crs]
input = "EPSG:27700"
[format]
timezone = "UTC"
day_first = true
speed = "mph"
""",
        encoding="utf-8",
    )
    text = "ISSI,GPS date,E,N,Speed\n123,02/06/2026 18:00:05,500100,200100,10\n"
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    row = rows_of(tmp_path / "r.csv", layout=load_layout(tmp_path / "radio.toml")).iloc[0]
    assert row["time"] == pd.Timestamp("2026-06-02T18:00:05Z")
    assert row["speed_ms"] == pytest.approx(4.4704)


def test_times_without_a_zone_are_local_and_epochs_are_read(tmp_path: Path):
    (tmp_path / "local.csv").write_text("unit,time,x,y\nu,2026-06-01 19:00:00,500100,200100\n")
    (tmp_path / "epoch.csv").write_text("unit,time,x,y\nu,1780336800,500100,200100\n")
    (tmp_path / "milli.csv").write_text("unit,time,x,y\nu,1780336800000,500100,200100\n")
    (tmp_path / "parts.csv").write_text("unit,time,x,y\nu,1780336800.0,500100,200100\n")
    times = {str(rows_of(path)["time"].iloc[0]) for path in sorted(tmp_path.iterdir())}
    assert times == {"2026-06-01 18:00:00+00:00"}


def test_mixed_zones_are_rejected_not_guessed(tmp_path: Path):
    text = "unit,time,x,y\n" + "u,2026-06-01T18:00:00Z,500100,200100\n" * 3
    (tmp_path / "m.csv").write_text(text + "u,2026-06-01T18:00:00,500100,200100\n")
    assert rows_of(tmp_path / "m.csv")["rejected"].tolist()[3] == "time zone unlike the file’s"


def test_file_cut_off_in_a_row_loses_only_that_row(tmp_path: Path):
    (tmp_path / "c.csv").write_text(
        "unit,time,x,y\nu,2026-06-01T18:00:00Z,500100,200100\nu,2026-06"
    )
    assert rows_of(tmp_path / "c.csv")["rejected"].fillna("").tolist() == ["", "row broken off"]


def test_metres_called_degrees_are_refused_with_the_remedy(tmp_path: Path):
    (tmp_path / "m.csv").write_text("unit,time,x,y\nu,2026-06-01T18:00:00Z,500100,200100\n")
    with pytest.raises(CrsError, match="Pass --ping-crs EPSG:27700"):
        rows_of(tmp_path / "m.csv", ping_crs="EPSG:4326")


def test_hot_spots_in_another_zone_are_met(tmp_path: Path):
    (tmp_path / "d.csv").write_text("unit,time,lon,lat\nu,2026-06-01T18:00:00Z,-0.55,51.69\n")
    row = rows_of(tmp_path / "d.csv", crs="EPSG:32630").iloc[0]
    assert row["x"] == pytest.approx(669_370, abs=500)


def test_document_type_in_a_gpx_file_is_refused(tmp_path: Path):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><gpx>&a;</gpx>'
    (tmp_path / "x.gpx").write_text(bomb)
    with pytest.raises(StoreError, match="must be a whole GPX file"):
        rows_of(tmp_path / "x.gpx")


def test_layout_with_an_unknown_column_is_refused(tmp_path: Path):
    (tmp_path / "l.toml").write_text('[columns]\nofficer = "Name"\n')
    with pytest.raises(ColumnError, match="must name only"):
        load_layout(tmp_path / "l.toml")


def test_call_sign_never_leaves_the_reader(tmp_path: Path):
    text = "unit,time,x,y\n" + "EX41 ,2026-06-01T18:00:00Z,500100,200100\n"
    (tmp_path / "u.csv").write_text(text)
    one = rows_of(tmp_path / "u.csv")["unit_id"].iloc[0]
    other = rows_of(tmp_path / "u.csv", key=b"l" * 32)["unit_id"].iloc[0]
    assert one.startswith("u-")
    assert "ex41" not in one.casefold()
    assert one != other


def test_layout_without_a_file_knows_the_common_headers():
    chosen = PingLayout().choose(["Device ID", "Timestamp", "LNG", "Lat", "HAcc"], "f")
    assert chosen["unit_id"] == "Device ID"
    assert chosen["accuracy_m"] == "HAcc"
