"""Raw pings go when they are due, and only they."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.errors import UsageError
from footbeat.tracking.layouts import PingLayout
from footbeat.tracking.retention import delete_due, list_due, may_hold_pings

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, day in (("old", "2026-06-01"), ("new", "2026-06-20")):
        text = f"unit,time,x,y\nu,{day}T18:00:00Z,1,2\nu,2026-05-01T18:00:00Z,1,2\n"
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "visits.parquet").write_bytes(b"something else")
    (tmp_path / "notes.txt").write_text("no pings\n")
    return tmp_path


def test_only_files_whose_last_fix_is_old_are_deleted(folder: Path):
    content = (folder / "old.csv").read_bytes()
    pings, others = list_due(folder, PingLayout(), timezone="UTC", now=NOW)
    done = delete_due(folder, pings, others, now=NOW, keep_days=31)
    assert [file.name for file in done.deleted] == ["old.csv"]
    assert done.kept == ("new.csv",)
    assert set(done.passed_over) == {"visits.parquet", "notes.txt"}
    assert not (folder / "old.csv").exists()
    assert (folder / "new.csv").exists()
    certificate = json.loads(done.certificate.read_text())
    assert certificate["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert certificate["files"][0]["last_fix"] == "2026-06-01T18:00:00+00:00"


def test_nothing_due_leaves_no_certificate(folder: Path):
    early = NOW - timedelta(days=15)
    pings, others = list_due(folder, PingLayout(), timezone="UTC", now=early)
    done = delete_due(folder, pings, others, now=early, keep_days=31)
    assert (done.deleted, done.certificate) == ((), None)


def test_certificate_is_not_taken_for_pings(folder: Path):
    pings, others = list_due(folder, PingLayout(), timezone="UTC", now=NOW)
    delete_due(folder, pings, others, now=NOW, keep_days=31)
    later = NOW + timedelta(days=365)
    pings, others = list_due(folder, PingLayout(), timezone="UTC", now=later)
    assert [file.path.name for file in pings] == ["new.csv"]


def test_days_below_nothing_are_refused(folder: Path):
    with pytest.raises(UsageError, match="cannot be negative"):
        list_due(folder, PingLayout(), timezone="UTC", now=NOW, keep_days=-1)


def age(path: Path, day: datetime) -> Path:
    os.utime(path, (day.timestamp(), day.timestamp()))
    return path


def due_of(folder: Path) -> dict[str, bool]:
    pings, _ = list_due(folder, PingLayout(), timezone="UTC", now=NOW)
    return {file.path.relative_to(folder).as_posix(): file.is_due for file in pings}


def doubts_of(folder: Path, layout: PingLayout | None = None) -> set[str]:
    _, others = list_due(folder, layout or PingLayout(), timezone="UTC", now=NOW)
    return {path.name for path in others if may_hold_pings(path)}


def test_one_clock_in_the_future_keeps_no_file(tmp_path: Path):
    text = "unit,time,x,y\nu,2026-03-01T18:00:00Z,1,2\nu,2099-01-01T00:00:00Z,1,2\n"
    (tmp_path / "a.csv").write_text(text)
    pings, others = list_due(tmp_path, PingLayout(), timezone="UTC", now=NOW)
    done = delete_due(tmp_path, pings, others, now=NOW, keep_days=31)
    (entry,) = json.loads(done.certificate.read_text())["files"]
    assert (entry["name"], entry["fixes_in_the_future"]) == ("a.csv", 1)
    assert entry["last_fix"] == "2026-03-01T18:00:00+00:00"


def test_file_without_a_past_time_is_due_by_its_modification_and_without_any_is_left(
    tmp_path: Path,
):
    head = "unit,time,x,y\nu,"
    for name, when in (("future", "2099-01-01T00:00:00Z"), ("none", "teatime")):
        for which, day in (("old", datetime(2026, 5, 1, tzinfo=UTC)), ("new", NOW)):
            path = tmp_path / f"{name}-{which}.csv"
            path.write_text(f"{head}{when},1,2\n")
            age(path, day)
    assert due_of(tmp_path) == {"future-old.csv": True, "future-new.csv": False}
    assert doubts_of(tmp_path) == {"none-old.csv", "none-new.csv"}


GPX = '<gpx version="1.1" creator="t"><trk><trkseg><trkpt lat="51" lon="0">'
GPX += "<time>2026-05-01T10:00:00Z</time></trkpt>"
GPX += "</trkseg></trk></gpx>"
POINT = '{"type":"Feature","geometry":{"type":"Point","coordinates":[0,51]},"properties":'
POINT += '{"unit":"u","time":"2026-05-01T10:00:00Z"}}'


@pytest.mark.parametrize("ending", ["csv", "gpx", "geojson"])
def test_file_that_broke_off_goes_when_its_modification_is_due_too(tmp_path: Path, ending: str):
    whole = tmp_path / f"whole.{ending}"
    if ending == "csv":
        whole.write_text("unit,time,x,y\nu,2026-05-01T10:00:00Z,1,2\nu,2026-05-01T10:00:30Z,1,2\n")
    else:
        features = f'{{"type":"FeatureCollection","features":[{POINT},{POINT}]}}'
        whole.write_text(GPX if ending == "gpx" else features)
    bytes_kept = whole.read_bytes()[:-15]
    for name, day in (("long ago", datetime(2026, 5, 2, tzinfo=UTC)), ("today", NOW)):
        cut = tmp_path / f"{name}.{ending}"
        cut.write_bytes(bytes_kept)
        age(cut, day)
    expected = {f"long ago.{ending}": True, f"today.{ending}": False, f"whole.{ending}": True}
    assert due_of(tmp_path) == expected


def test_folders_below_are_looked_into_and_links_are_not_followed(tmp_path: Path):
    old = "unit,time,x,y\nu,2026-03-01T18:00:00Z,1,2\n"
    (tmp_path / "pings" / "june").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for place in ("pings/june/a.csv", "elsewhere/b.csv"):
        (tmp_path / place).write_text(old)
    (tmp_path / "pings" / "b.csv").symlink_to(tmp_path / "elsewhere" / "b.csv")
    (tmp_path / "pings" / "more").symlink_to(tmp_path / "elsewhere")
    folder = tmp_path / "pings"
    pings, others = list_due(folder, PingLayout(), timezone="UTC", now=NOW)
    done = delete_due(folder, pings, others, now=NOW, keep_days=31)
    assert [file.name for file in done.deleted] == ["june/a.csv"]
    assert set(done.passed_over) == {"b.csv", "more"}
    assert (tmp_path / "elsewhere" / "b.csv").exists()


def test_results_beside_the_pings_are_left_alone(tmp_path: Path):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    pq.write_table(pa.table({"hotspot_id": ["A"], "minutes": [1.0]}), tmp_path / "v.parquet")
    (tmp_path / "p.csv.manifest.json").write_text('{"command": "x", "features": 1}')
    (tmp_path / "rota.csv").write_text("name,shift\nx,late\n")
    (tmp_path / "empty.csv").write_text("")
    for path in tmp_path.iterdir():
        age(path, long_ago)
    assert due_of(tmp_path) == {}


def test_what_is_not_surely_pings_is_left_alone(tmp_path: Path, pings_of):
    polygon = (
        '{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,51],[1,51],[1,52]]]}'
    )
    polygon += ',"properties":{"time":"2026-05-01T10:00:00Z"}}'
    hotspots = '{"type":"FeatureCollection","features":['
    texts = {
        "spots.geojson": hotspots + f"{polygon},{polygon}"[:-9],
        "route.gpx": "<gpx><metadata><time>2026-05-01T10:00:00Z</time></metadata><rte><rtept ",
        "walk.gpx": '<gpx><trk><trkseg><trkpt lat="51" lon="0"/></trkseg></trk></gpx>',
        "incidents.csv": "unit,time,x,y,offence\nu,2026-05-01T10:00:00Z,1,2,Robbery\n",
        "incidents.geojson": hotspots + POINT.replace('"unit"', '"offence":"x","unit"') + "]}",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    pq.write_table(pings_of([0.0], [1.0]), tmp_path / "cut.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "cut.parquet").read_bytes()[:-15])
    for path in tmp_path.iterdir():
        age(path, datetime(2020, 1, 1, tzinfo=UTC))
    assert due_of(tmp_path) == {}
    assert doubts_of(tmp_path) == {"walk.gpx", "incidents.csv", "incidents.geojson", "cut.parquet"}


def test_what_may_hold_pings_is_named_until_a_layout_describes_it(tmp_path: Path):
    (tmp_path / "pings.csv.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "radio.csv").write_text("ISSI,Zeit,Ost,Nord\n7,2026-03-01T10:00:00Z,1,2\n")
    (tmp_path / "rota.csv").write_text("name,shift\nx,late\n")
    (tmp_path / "schedule.csv").write_text(
        "hotspot_id,day,arm,probability\nA,2026-06-01,treated,1\n"
    )
    assert doubts_of(tmp_path) == {"pings.csv.gz", "radio.csv"}
    names = {"unit_id": ("ISSI",), "time": ("Zeit",), "x": ("Ost",), "y": ("Nord",)}
    assert doubts_of(tmp_path, PingLayout(names)) == {"pings.csv.gz"}
    columns = "unit,time,x,y,Battery level,Heading,HDOP\nu,2026-03-01T18:00:00Z,1,2,80,90,1\n"
    (tmp_path / "tracker.csv").write_text(columns)
    assert due_of(tmp_path) == {"tracker.csv": True}
