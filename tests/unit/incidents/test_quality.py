"""The data's faults, measured: grades, stacked points, copies, delays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from footbeat.errors import ColumnError, StoreError
from footbeat.incidents.counts import weigh_by_hour
from footbeat.incidents.load import Incidents, save_incidents
from footbeat.incidents.near import tell_near
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.quality import measure_file, measure_quality
from footbeat.incidents.read import convert_incidents, read_incidents
from footbeat.incidents.stacks import load_labels, say_remembered, write_labels
from footbeat.reports.quality_page import render_quality_page

MAP = """
name = "records"
[columns]
incident_id = "id"
start = "from"
end = "to"
recorded_at = "recorded"
x = "x"
y = "y"
offence = "offence"
location = "street"
[crs]
input = "EPSG:27700"
"""
HEADER = "id,from,to,recorded,x,y,offence,street"


def read(folder: Path, *rows: str) -> Incidents:
    source, path = folder / "map.toml", folder / "records.csv"
    source.write_text(MAP, encoding="utf-8")
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    return read_incidents([path], source=source)[0]


def row(
    name: str, x: str = "588123", y: str = "185457", start: str = "2024-01-01 10:00", **parts: str
) -> str:
    end, recorded = parts.get("end", start), parts.get("recorded", "")
    return f"{name},{start},{end},{recorded},{x},{y},robbery,{parts.get('street', 'High Street')}"


def test_places_are_graded_by_the_digits_of_their_coordinates(tmp_path: Path) -> None:
    places = [
        ("588123", "185450"),
        ("588120", "185450"),
        ("588100", "185400"),
        ("588000", "185000"),
    ]
    rows = [row(str(i), x, y) for i, (x, y) in enumerate(places)]
    assert measure_quality(read(tmp_path, *rows)).by_grade == {
        "A": 1,
        "B": 1,
        "C": 1,
        "D": 1,
        "X": 0,
    }


def test_a_row_like_another_of_the_same_minute_is_nearly_a_duplicate(tmp_path: Path) -> None:
    rows = [
        row("a"),
        row("b", start="2024-01-01 10:08"),
        row("c", start="2024-01-01 11:00"),
        row("d", x="590001"),
    ]
    assert measure_quality(read(tmp_path, *rows)).duplicates.near == 1


@pytest.mark.parametrize(
    ("x", "near"),
    # Over an edge of a raster of 25 m, and from corner to corner within one cell of it.
    [(("587999", "588001"), 1), (("588000", "588023"), 0)],
)
def test_near_is_measured_between_the_rows(tmp_path: Path, x: tuple[str, str], near: int) -> None:
    first, second = row("a", x=x[0], y="185400"), row("b", x=x[1], y="185400" if near else "185423")
    assert measure_quality(read(tmp_path, first, second)).duplicates.near == near


def test_what_is_near_agrees_with_every_pair_compared() -> None:
    rng = np.random.default_rng(25)
    n = 300
    x, y = rng.uniform(0, 300, (2, n))
    start, like = rng.integers(0, 120, n) * 60_000_000, rng.integers(-2, 3, n) * 2**60
    name = rng.integers(0, 250, n)
    gap = start[:, None] - start
    is_earlier = (gap > 0) | ((gap == 0) & (np.arange(n) < np.arange(n)[:, None]))
    near = is_earlier & (gap <= 600_000_000) & (np.hypot(x[:, None] - x, y[:, None] - y) <= 25)
    alike = (like[:, None] == like) & (name[:, None] != name)
    expected = (near & alike).any(axis=1)
    assert expected.sum() > 10
    assert (tell_near(x, y, start, like=like, name=name) == expected).all()


def test_a_file_is_measured_as_its_table_is(tmp_path: Path) -> None:
    rows = [row(f"s{i}", recorded="2024-01-03 09:00") for i in range(25)]
    late = row("z", x="588321", start="2024-03-31 23:55", recorded="2020-01-01 10:00")
    unread = row("bad", x="")
    incidents = read(tmp_path, *rows, row("n", start="2024-02-01 00:00"), late, unread)
    save_incidents(incidents, tmp_path / "saved.parquet")
    quality, provenance = measure_file(tmp_path / "saved.parquet")
    assert quality == measure_quality(incidents)
    assert provenance == incidents.provenance
    assert (quality.n, quality.duplicates.near, quality.everything.stacked_share) == (
        27,
        24,
        26 / 27,
    )
    assert (quality.by_hour[0], quality.by_hour[10], quality.by_hour[23]) == (1, 25, 1)
    assert quality.everything.midnight_share == pytest.approx(1 / 27)
    assert quality.n_recorded_early == 1
    assert sum(quality.rejects_by_reason.values()) == 1
    page = render_quality_page(quality, provenance, name="saved")
    assert "could not be kept: 1" in page
    assert "before they can have begun: 1" in page


def test_other_forms_of_incidents_are_named(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(StoreError, match="must be a Parquet file") as refused:
        measure_file(path)
    assert "for other programs" in str(refused.value.found)


def test_late_recording_is_a_share_of_those_with_a_recording_time(tmp_path: Path) -> None:
    late, early, unknown = "2024-01-03 09:00", "2024-01-01 12:00", ""
    rows = [row(when or "u", recorded=when) for when in (late, early, unknown)]
    assert measure_quality(read(tmp_path, *rows)).recorded_late_share == 0.5


def test_a_window_of_hours_is_no_exact_time(tmp_path: Path) -> None:
    rows = [row("a"), row("b", end="2024-01-01 16:00")]
    assert measure_quality(read(tmp_path, *rows)).exact_time_share == 0.5


def test_one_point_with_many_streets_is_a_geocoder_default(tmp_path: Path) -> None:
    stacked = [row(f"s{i}", street=f"{name} Road") for i, name in enumerate("ABCDEFGH" * 3)]
    spread = [row(f"p{i}", x=str(588_200 + i)) for i in range(50)]
    (stack,) = measure_quality(read(tmp_path, *stacked, *spread)).stacked
    assert (stack.n, stack.guess, stack.label) == (24, "geocoder default", "")


def test_a_labelled_point_is_excluded_when_the_export_is_read_again(tmp_path: Path) -> None:
    rows = [row(f"s{i}") for i in range(25)] + [row(f"p{i}", x=str(590_000 + i)) for i in range(50)]
    stacks = measure_quality(read(tmp_path, *rows)).stacked
    labels = tmp_path / "labels.csv"
    write_labels(stacks, labels)
    assert load_labels(labels).names == ()
    labels.write_text(labels.read_text("utf-8").rstrip() + "custody-suite\n", encoding="utf-8")
    report = convert_incidents(
        [tmp_path / "records.csv"],
        tmp_path / "again.parquet",
        ReadOptions(source=tmp_path / "map.toml", labels=labels),
        rejects=tmp_path / "rejects.parquet",
    )
    assert report.excluded_by_reason == {"premises: custody-suite": 25}


@pytest.mark.parametrize("label", ["Hospital", "POLICE STATION", "Custody-Suite"])
def test_labels_are_read_without_case(tmp_path: Path, label: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"x,y,label\n1,2,{label}\n", encoding="utf-8")
    labels = load_labels(path)
    assert labels.names == (label.lower().replace(" ", "-"),)
    assert say_remembered(labels) == ""


def test_a_label_that_excludes_nothing_is_named(tmp_path: Path) -> None:
    labels, data = tmp_path / "labels.csv", tmp_path / "records.csv"
    labels.write_text("x,y,label\n588123,185457,prizon\n", encoding="utf-8")
    read(tmp_path, row("a"))
    report = convert_incidents(
        [data],
        tmp_path / "again.parquet",
        ReadOptions(source=tmp_path / "map.toml", labels=labels),
        rejects=tmp_path / "rejects.parquet",
    )
    assert any("Points labelled prizon still steer" in text for text in report.warnings)


@pytest.mark.parametrize("text", ["x,y\n1,2\n", "x,y,label\neast,2,prison\n"])
def test_a_file_of_labels_with_faults_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text.replace("x,y\n1,2", "a,label\n1,prison"), encoding="utf-8")
    with pytest.raises(ColumnError, match="x, y and label"):
        load_labels(path)


def test_labels_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        load_labels(tmp_path / "none.csv")


def test_the_page_says_what_the_data_cannot_do(shared_data: Path) -> None:
    kept, _ = read_incidents([shared_data / "police_uk" / "southend"])
    page = render_quality_page(measure_quality(kept), kept.provenance, name="Southend")
    assert "none has a time of day" in page
    assert "Of 67 months 58 are not known" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "On or near Police Station" in page


def test_incidents_are_spread_over_the_hours_they_can_have_happened_in(tmp_path: Path) -> None:
    rows = row("a", end="2024-01-01 14:00"), row("b", end="2024-01-05 10:00")
    spread = weigh_by_hour(read(tmp_path, *rows))
    assert spread.weights[0, 10:14].tolist() == [0.25] * 4
    assert spread.excluded_share == 0.5


@pytest.mark.parametrize(
    ("street", "guess"),
    [
        ("Station Road", ""),
        ("Victoria Railway Station", "station"),
        ("Hospital Lane", ""),
        ("Southend Hospital", "hospital"),
        ("Clubhouse Way", ""),
        ("Barnard Castle Court", ""),
        ("The Sugar Bar", "venue"),
        ("Luton Airport", "airport"),
        ("Multi-storey car park", "car park"),
    ],
)
def test_a_street_called_after_a_place_is_not_the_place(
    tmp_path: Path, street: str, guess: str
) -> None:
    incidents = read(tmp_path, *(row(str(i), street=street) for i in range(25)))
    assert [stack.guess for stack in measure_quality(incidents).stacked] == [guess]


def test_rows_known_to_the_day_belong_to_the_share_left_out(tmp_path: Path) -> None:
    spread = weigh_by_hour(read(tmp_path, row("a"), row("b", start="2024-01-02")))
    assert (spread.n_counted, spread.excluded_share) == (1, 0.5)


def test_the_week_is_what_the_table_gives_in_memory(tmp_path: Path) -> None:
    rows = [
        row("a", start="2024-03-30 22:00", end="2024-03-31 04:30"),
        row("b", start="2024-01-05 23:30"),
        row("c", start="2024-01-01 10:00", end="2024-01-03 10:00"),
        row("d", start="2024-01-02"),
    ]
    incidents = read(tmp_path, *rows)
    quality = measure_quality(incidents)
    assert quality.week is not None
    expected = weigh_by_hour(incidents)
    assert np.allclose(quality.week.weights, expected.weights, atol=1e-12)
    assert (quality.week.n_counted, quality.week.excluded_share) == (2, 0.5)
    page = render_quality_page(quality, incidents.provenance, name="week")
    assert "2 incidents, each spread over the" in page
    assert "50\N{NO-BREAK SPACE}% of all are left out" in page


def test_data_of_months_have_no_week(tmp_path: Path) -> None:
    incidents = read(tmp_path, row("a", start="2024-01-02"))
    quality = measure_quality(incidents)
    assert quality.week is None
    assert "By weekday" not in render_quality_page(quality, incidents.provenance, name="week")
