"""Tables keep their contract, and say what is wrong when they do not."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footbeat.errors import ColumnError
from footbeat.tables import SCHEDULE, TABLES, VISITS, Provenance, check_table, provenance_of
from footbeat.tables import with_provenance as carry

SCHEDULE_ROW = {
    "hotspot_id": "H1",
    "day": "2026-11-06",
    "arm": "treated",
    "probability": 0.4,
    "window_start": "2026-11-06T19:00:00Z",
    "window_end": "2026-11-06T20:30:00Z",
    "stratum": "all",
    "phase": 1,
}


def _schedule(**changes: object) -> pa.Table:
    table = pa.Table.from_pylist([SCHEDULE_ROW | changes])
    day = table["day"].cast(pa.date32())
    table = table.set_column(table.column_names.index("day"), "day", day)
    for name in ("window_start", "window_end"):
        time = table[name].cast(pa.timestamp("us", tz="UTC"))
        table = table.set_column(table.column_names.index(name), name, time)
    return table


def test_a_table_within_its_contract_comes_back_in_order_of_the_contract():
    table = check_table(_schedule().select(sorted(SCHEDULE_ROW)), SCHEDULE)
    assert tuple(table.column_names) == SCHEDULE.names
    assert table.schema.equals(SCHEDULE.schema)


def test_a_missing_column_is_named_with_what_was_found():
    with pytest.raises(ColumnError, match="must have the columns arm") as raised:
        check_table(_schedule().drop_columns("arm"), SCHEDULE)
    assert "hotspot_id" in raised.value.found


def test_a_value_outside_the_list_is_counted_and_never_repeated():
    with pytest.raises(ColumnError, match="one of treated, control") as raised:
        check_table(_schedule(arm="J. Smith"), SCHEDULE)
    assert "1 of 1 rows" in raised.value.found
    assert "Smith" not in str(raised.value)


def test_a_value_that_must_be_there_is_missed():
    with pytest.raises(ColumnError, match="must not be missing"):
        check_table(_schedule(hotspot_id=None), SCHEDULE)


def test_a_column_of_the_wrong_kind_is_refused():
    wrong = pa.table({"day": pa.array([[1]])})
    table = _schedule().drop_columns("day").append_column("day", wrong["day"])
    with pytest.raises(ColumnError, match="must be of type date32"):
        check_table(table, SCHEDULE)


def test_a_column_that_may_be_missing_is_added_empty():
    row = VISITS.schema.empty_table().drop_columns(["agency", "theme"])
    table = check_table(row, VISITS)
    assert table["agency"].type == pa.string()


def test_every_column_says_what_it_means_and_every_number_its_unit():
    for table in TABLES:
        assert len(set(table.names)) == len(table.names)
        for column in table.columns:
            assert column.meaning
            is_number = column.type in (pa.float64(), pa.int64())
            assert column.unit or not is_number or column.name in {
                "rank", "rank_low", "rank_high", "score", "phase", "n_pings", "n", "assigned",
                "delivered", "n_visits",
            }  # fmt: skip


def test_provenance_survives_a_parquet_file(tmp_path):
    known = Provenance(
        crs="EPSG:27700", missing_months=("2019-03",), cautions=("Points are moved.",)
    )
    pq.write_table(carry(_schedule(), known), tmp_path / "t.parquet")
    assert provenance_of(pq.read_schema(tmp_path / "t.parquet")) == known


def test_provenance_of_a_newer_version_still_reads():
    content = Provenance(crs="EPSG:27700").as_json() | {"unheard_of": 1}
    assert Provenance.from_json(content).crs == "EPSG:27700"


def test_a_file_without_provenance_says_none():
    assert provenance_of(_schedule().schema) is None
