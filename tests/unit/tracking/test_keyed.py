"""Keyed sheets: what is taken over, what is rejected, what is refused."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from footbeat.errors import FootbeatError
from footbeat.tracking.keyed import Log, read_log

HEAD = "hotspot,day,start,stop,unit,officers,agency,funding,engagements,stop and search"


@pytest.fixture
def read(tmp_path: Path, square):
    def read_text(*rows: str, head: str = HEAD) -> Log:
        path = tmp_path / "log.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return read_path(path)

    def read_path(path: Path) -> Log:
        latest = datetime(2026, 12, 1, tzinfo=UTC)
        return read_log(path, square, key=b"k" * 32, timezone="Europe/London", latest=latest)

    read_text.path = read_path
    return read_text


def test_row_becomes_a_visit_and_its_activities(read):
    log = read("A,2026-06-01,19:40,19:56,EX1,2,police,additional,3,1")
    (visit,) = log.visits.to_pylist()
    assert visit["arrive"] == datetime(2026, 6, 1, 18, 40, tzinfo=UTC)
    assert (visit["minutes"], visit["minutes_low"], visit["minutes_high"]) == (16, 15, 17)
    assert (visit["source"], visit["officers"], visit["funding"]) == ("keyed", 2, "additional")
    assert "EX1" not in visit["unit_id"]
    done = {row["kind"]: row["n"] for row in log.activities.to_pylist()}
    assert done == {"engagements": 3, "stop and search": 1}
    assert {row["visit_id"] for row in log.activities.to_pylist()} == {visit["visit_id"]}


def test_times_on_five_minutes_are_no_more_exact_than_that(read):
    (visit,) = read("A,2026-06-01,19:40,19:55,EX1,,,,,").visits.to_pylist()
    assert (visit["minutes_low"], visit["minutes"], visit["minutes_high"]) == (10, 15, 20)


def test_patrol_past_midnight_belongs_to_the_day_it_began(read):
    log = read("A,01/06/2026,23:50,00:10,EX1,,,,,", "A,2026-06-01,01:12,01:24,EX1,,,,,")
    days = [(row["day"], row["minutes"]) for row in log.visits.to_pylist()]
    assert days == [(date(2026, 6, 1), 20.0), (date(2026, 6, 1), 12.0)]


def test_activities_without_a_patrol_stand_alone(read):
    log = read("A,2026-06-01,,,,,council,,4,")
    assert log.visits.num_rows == 0
    (row,) = log.activities.to_pylist()
    assert (row["visit_id"], row["kind"], row["n"], row["agency"]) == (
        None,
        "engagements",
        4,
        "council",
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Z,2026-06-01,19:40,19:56,EX1,,,,,", "no such hot spot"),
        ("A,yesterday,19:40,19:56,EX1,,,,,", "no readable day"),
        ("A,9999-12-31,01:40,01:56,EX1,,,,,", "no readable day"),
        ("A,2026-06-01,evening,19:56,EX1,,,,,", "no readable start"),
        ("A,2026-06-01,19:40,,EX1,,,,,", "no readable stop"),
        ("A,2026-06-01,19:40,19:30,EX1,,,,,", "no length between nothing and 12 hours"),
        ("A,2027-08-01,19:40,19:56,EX1,,,,,", "patrol in the future"),
        ("A,2026-06-01,19:40,19:56,EX1,,,lottery,,", "funding neither additional nor usual"),
    ],
)
def test_row_that_cannot_be_used_is_counted_with_its_reason(read, row: str, reason: str):
    log = read(row, "A,2026-06-01,19:40,19:56,EX1,,,,,")
    assert log.rejects == {reason: 1}
    assert (log.n_read, log.visits.num_rows) == (2, 1)


def test_names_in_a_sheet_stay_there(read):
    head = HEAD + ",officer name,remarks"
    people = ["Jane Smith", "John Brown", "Sarah Jones", "David Wilson", "Emma Taylor"]
    rows = [f"A,2026-06-0{n + 1},19:40,19:56,EX1,,,,1,,x,{p}" for n, p in enumerate(people)]
    log = read(*rows, head=head)
    assert set(log.refused) == {"officer name", "remarks"}
    text = str(log.visits.to_pylist()) + str(log.activities.to_pylist())
    assert not any(part in text for person in people for part in person.split())


def test_workbook_with_excel_s_own_days_and_times_is_read(read, tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["Hot spot", "Date", "Start", "Minutes", "Unit", "Engagements"])
    book.active.append(["a", datetime(2026, 6, 1), time(19, 41), 14, 41, 2])  # noqa: DTZ001 - Excel knows no zones
    book.save(tmp_path / "log.xlsx")
    log = read.path(tmp_path / "log.xlsx")
    (visit,) = log.visits.to_pylist()
    assert visit["arrive"] == datetime(2026, 6, 1, 18, 41, tzinfo=UTC)
    assert visit["minutes"] == 14
    assert log.activities.num_rows == 1


@pytest.mark.parametrize("name", ["log.docx", "absent.csv", "broken.xlsx", "empty.csv"])
def test_file_that_is_no_sheet_says_so(read, tmp_path: Path, name: str):
    if name != "absent.csv":
        (tmp_path / name).write_bytes(b"" if name == "empty.csv" else b"words")
    with pytest.raises(FootbeatError) as error:
        read.path(tmp_path / name)
    assert error.value.do


def test_refused_columns_are_in_no_table(read):
    head = "hotspot,day,start,stop,unit,theme,Collar no,Week number,stops"
    rows = [f"A,2026-06-01,{h}:40,{h}:56,EX1,07700 90012{h % 10},1234,23,2" for h in range(12, 20)]
    log = read(*rows, head=head)
    assert set(log.refused) == {"theme", "Collar no", "Week number"}
    assert {row["kind"] for row in log.activities.to_pylist()} == {"stops"}
    assert {row["theme"] for row in log.visits.to_pylist()} == {None}


def test_number_of_officers_is_no_activity(read):
    log = read("A,2026-06-01,19:40,19:56,2,3", head="hotspot,day,start,stop,No. of officers,stops")
    assert [row["officers"] for row in log.visits.to_pylist()] == [2]
    assert [row["kind"] for row in log.activities.to_pylist()] == ["stops"]


@pytest.mark.parametrize(
    ("times", "arrive", "bounds"),
    [
        # Clocks go back at 02:00 on 25 October 2026: 01:00 to 02:00 exists twice.
        (",01:50,,20", "00:50", (15, 20, 25)),
        (",01:51,,20", "00:51", (19, 20, 21)),
        (",01:51,02:11,", "01:51", (19, 20, 81)),
        (",01:11,01:41,", "00:11", (29, 30, 91)),
        (",00:51,01:11,", "23:51", (19, 20, 81)),
        (",01:51,01:11,", "00:51", (19, 20, 21)),
        (",23:51,00:11,", "22:51", (19, 20, 21)),
    ],
)
def test_patrol_in_the_doubled_hour_is_as_long_as_was_keyed(read, times, arrive, bounds):
    (visit,) = read(
        f"A,2026-10-24{times}", head="hotspot,day,start,stop,minutes"
    ).visits.to_pylist()
    assert f"{visit['arrive']:%H:%M}" == arrive
    assert (visit["minutes_low"], visit["minutes"], visit["minutes_high"]) == bounds
    assert visit["day"] == date(2026, 10, 24)


def test_patrol_keyed_in_the_hour_that_is_left_out_keeps_its_length(read):
    # Clocks go forward at 01:00 on 29 March 2026.
    head = "hotspot,day,start,stop,minutes"
    log = read("A,2026-03-28,01:11,01:41,", "A,2026-03-28,00:51,,20", head=head)
    assert [visit["minutes"] for visit in log.visits.to_pylist()] == [30, 20]


def test_headers_in_camel_case_are_read_and_refused_as_words(read):
    head = "HotSpot,PatrolDate,StartTime,StopTime,CallSign,OfficerName,CollarNo,KnifeSweeps"
    log = read("A,2026-06-01,19:40,19:56,EX1,Ann,1234,2", head=head)
    assert (log.visits.num_rows, log.rejects) == (1, {})
    assert set(log.refused) == {"OfficerName", "CollarNo"}
    assert [row["kind"] for row in log.activities.to_pylist()] == ["KnifeSweeps"]


def test_tag_that_looks_like_a_person_is_left_out_and_the_others_stay(read):
    themes = ["Knife crime", "John Smith", "Retail theft", "ASB", "Knife crime", "Robbery"]
    rows = [f"A,2026-06-01,{h}:41,{h}:56,{theme},1" for h, theme in enumerate(themes, start=12)]
    log = read(*rows, head="hotspot,day,start,stop,theme,stops")
    assert (log.refused, log.hidden) == ({}, {"theme": 1})
    found = [row["theme"] for row in log.visits.to_pylist()]
    assert found == [None if theme == "John Smith" else theme for theme in themes]


def test_patrol_over_the_start_of_a_day_is_split_and_its_activities_stay_with_the_first(read):
    # The day of 25 October begins at 06:00, when the clocks have gone back.
    log = read("A,2026-10-24,05:30,06:40,EX1,2,,,3,")
    found = [
        (row["day"].day, row["minutes_low"], row["minutes"], row["minutes_high"])
        for row in log.visits.to_pylist()
    ]
    assert found == [(24, 27.5, 30, 32.5), (25, 37.5, 40, 42.5)]
    (done,) = log.activities.to_pylist()
    assert done["visit_id"] == log.visits.to_pylist()[0]["visit_id"]


def test_clock_times_of_cells_without_a_format_are_parts_of_a_day(read):
    (visit,) = read("A,2026-06-01,0.583333333,.597222222,EX1,,,,,").visits.to_pylist()
    assert (visit["arrive"], visit["minutes"]) == (datetime(2026, 6, 1, 13, tzinfo=UTC), 20)


def test_digits_that_are_no_decimals_are_no_count(read):
    log = read("A,2026-06-01,19:40,19:56,EX1,²,,,²,1")
    assert [row["kind"] for row in log.activities.to_pylist()] == ["stop and search"]
    assert [row["officers"] for row in log.visits.to_pylist()] == [None]


def test_officers_are_a_number_from_one_or_not_known_and_told(read):
    crews = ["2", "2.0", "0", "two", ""]
    log = read(*(f"A,2026-06-0{n},19:40,19:56,EX1,{c},,,," for n, c in enumerate(crews, start=1)))
    assert [row["officers"] for row in log.visits.to_pylist()] == [2, 2, None, None, None]
    assert log.n_crews_unread == 2


def test_two_columns_with_the_same_heading_are_refused(read):
    with pytest.raises(FootbeatError, match="its own heading") as error:
        read("A,2026-06-01,19:40,19:56,1,2", head="hotspot,day,start,stop,Sweeps,sweeps")
    assert "Sweeps" in error.value.found


TITLE = ["Patrol log, June 2026", "", "", "", "", ""]
GROUPS = ["Patrol", "", "", "", "Activity", ""]
HALF = ["Hot spot", "Date", "Time", "", "Activity", ""]
REST = ["", "", "Start", "Stop", "Engagements", "Sweeps"]
FULL = ["Hot spot", "Date", "Start", "Stop", "Engagements", "Sweeps"]


@pytest.mark.parametrize(
    "above", [[FULL], [TITLE, FULL], [GROUPS, FULL], [TITLE, GROUPS, FULL], [TITLE, HALF, REST]]
)
def test_titles_above_the_headings_and_merged_headings_are_read(read, tmp_path: Path, above):
    book = openpyxl.Workbook()
    for row in [*above, ["A", "2026-06-01", "19:40", "19:56", 3, ""]]:
        book.active.append([cell or None for cell in row])
    book.save(tmp_path / "log.xlsx")
    log = read.path(tmp_path / "log.xlsx")
    assert (log.n_read, log.visits.num_rows, log.rejects) == (1, 1, {})
    assert [(row["kind"], row["n"]) for row in log.activities.to_pylist()] == [("Engagements", 3)]
