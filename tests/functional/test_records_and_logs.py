"""A records export and its command-and-control logs, joined without counting anything twice."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from footbeat.errors import DataError, MismatchError, UsageError
from footbeat.incidents.counts import select_incidents
from footbeat.incidents.join import join_incidents
from footbeat.incidents.load import Incidents, load_incidents
from footbeat.incidents.read import read_incidents

N = 400
RECORDS = "Crime Number,Incident Log,Committed From,Committed To,Recorded Date,HO Code,Status,"
RECORDS += "Easting,Northing,Location,Knife Flag,Domestic Flag,Premises Type"
LOGS = "Log Number,Crime Number,Call Received,Closing Type,Disposition,Easting,Northing,Location"


def simulate(folder: Path) -> tuple[int, int]:
    """Write both exports; return how many crimes count, and how many logs became none."""
    rng = np.random.default_rng(400)
    records, logs = [RECORDS], [LOGS]
    n_live = 0
    for i in range(N):
        x, y = 580_000 + rng.integers(0, 5_000), 185_000 + rng.integers(0, 5_000)
        day, hour = 1 + i % 28, rng.integers(10, 23)
        at = f"{day:02}/03/2024 {hour}:15"
        is_crime = i % 2 == 0
        is_named_by_crime = i % 4 == 0
        log, crime = f"LOG-{i:05}", f"CR/{i:05}/24"
        linked = crime if is_crime and not is_named_by_crime else ""
        kind = "Violence" if is_crime else "ASB - Nuisance"
        logs.append(f"{log},{linked},{at},{kind},Attended,{x},{y},High Street")
        if is_crime:
            status = "No Crime" if i % 20 == 0 else "Live"
            n_live += status == "Live"
            named = log if is_named_by_crime else ""
            records.append(
                f"{crime},{named},{at},{at},{day + 1:02}/03/2024 09:00,34B,{status},{x},{y},"
                f"12 High Street,N,N,Street"
            )
    (folder / "records.csv").write_text("\n".join(records), encoding="utf-8")
    (folder / "logs.csv").write_text("\n".join(logs), encoding="utf-8")
    return n_live, N // 2


def test_a_crime_and_its_log_count_once(tmp_path: Path) -> None:
    n_live, n_asb = simulate(tmp_path)
    crimes, _ = read_incidents([tmp_path / "records.csv"], source="records-from-to")
    logs, _ = read_incidents([tmp_path / "logs.csv"], source="command-control")
    assert (len(crimes), len(logs)) == (N // 2, N)
    both = Incidents(pa.concat_tables([crimes.table, logs.table]), replace(crimes.provenance))

    everything = select_incidents(both, kinds=("crime", "incident-log", "asb"))
    kinds = everything.to_frame()["kind"].value_counts()
    assert kinds["crime"] == n_live
    assert kinds["asb"] == n_asb
    # Logs whose crime was cancelled stay out with it: none of them counts on its own.
    assert kinds.get("incident-log", 0) == 0


def test_kinds_are_not_mixed_unless_asked_for(tmp_path: Path) -> None:
    n_live, n_asb = simulate(tmp_path)
    crimes, _ = read_incidents([tmp_path / "records.csv"], source="records-from-to")
    logs, _ = read_incidents([tmp_path / "logs.csv"], source="command-control")
    both = Incidents(pa.concat_tables([crimes.table, logs.table]), replace(crimes.provenance))
    assert len(select_incidents(both)) == n_live
    assert len(select_incidents(both, group="asb")) == n_asb
    assert len(select_incidents(both, group="serious-violence")) == n_live


def run_command(*arguments: object) -> dict[str, object]:
    command = [sys.executable, "-m", "footbeat", *map(str, arguments), "--json", "--quiet"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, object] = json.loads(run.stdout)
    return told


def test_the_commands_join_crimes_and_logs(tmp_path: Path) -> None:
    n_live, n_asb = simulate(tmp_path)
    crimes, logs, both = (tmp_path / f"{name}.parquet" for name in ("crimes", "logs", "both"))
    read = ("incidents", "read")
    run_command(*read, tmp_path / "records.csv", "--source", "records-from-to", "--out", crimes)
    run_command(*read, tmp_path / "logs.csv", "--source", "command-control", "--out", logs)
    told = run_command("incidents", "join", crimes, logs, "--out", both)
    assert (told["incidents"], told["copies"], told["unmatched"]) == (N // 2 + N, 0, 0)
    # Half the links stand on the crime and half on the log.
    assert told["linked"] == N // 2
    everything = select_incidents(load_incidents(both), kinds=("crime", "incident-log", "asb"))
    assert len(everything) == n_live + n_asb
    assert both.with_name("both.parquet.manifest.json").exists()


def test_a_table_joined_twice_counts_once(tmp_path: Path) -> None:
    simulate(tmp_path)
    crimes, _ = read_incidents([tmp_path / "records.csv"], source="records-from-to")
    logs, _ = read_incidents([tmp_path / "logs.csv"], source="command-control")
    joined = join_incidents([crimes, logs, crimes])
    assert joined.copies == N // 2
    assert len(joined.incidents) == N // 2 + N
    one, other = join_incidents([crimes, logs]), join_incidents([logs, crimes])
    assert one.incidents.table.equals(other.incidents.table)


def test_a_link_to_a_record_nobody_holds_is_told(tmp_path: Path) -> None:
    simulate(tmp_path)
    crimes, _ = read_incidents([tmp_path / "records.csv"], source="records-from-to")
    logs, _ = read_incidents([tmp_path / "logs.csv"], source="command-control")
    early = crimes.where(np.arange(len(crimes)) < N // 4)
    joined = join_incidents([early, logs])
    assert joined.unmatched > 0
    assert any("no table holds" in text for text in joined.incidents.provenance.cautions)


@pytest.mark.parametrize("field", ["crs", "timezone", "harm_edition"])
def test_tables_that_differ_are_not_joined(tmp_path: Path, field: str) -> None:
    simulate(tmp_path)
    crimes, _ = read_incidents([tmp_path / "records.csv"], source="records-from-to")
    other = replace(crimes, provenance=replace(crimes.provenance, **{field: "another"}))
    with pytest.raises(MismatchError, match="must share"):
        join_incidents([crimes, other])
    with pytest.raises(UsageError):
        join_incidents([crimes])


def changed(incidents: Incidents, **values: object) -> Incidents:
    """Return the same records with other values in some columns, and their provenance."""
    table = incidents.table
    for name, value in values.items():
        place = table.column_names.index(name)
        field = table.schema.field(place)
        table = table.set_column(place, field, pa.array([value] * len(table), field.type))
    return Incidents(table, incidents.provenance)


def crimes_of(folder: Path) -> Incidents:
    simulate(folder)
    return read_incidents([folder / "records.csv"], source="records-from-to")[0]


def test_two_offences_under_one_number_are_two_crimes(tmp_path: Path) -> None:
    robberies = crimes_of(tmp_path)
    assaults = changed(robberies, offence="abh")
    both = pa.concat_tables([robberies.table, assaults.table])
    joined = join_incidents([Incidents(both, robberies.provenance), robberies])
    assert (len(joined.incidents), joined.copies) == (N, N // 2)


def test_the_later_extract_holds_whatever_the_order(tmp_path: Path) -> None:
    early = crimes_of(tmp_path)
    ended = replace(early.provenance, end="2024-04-30")
    for end in (ended, early.provenance):
        late = replace(changed(early, status="cancelled", excluded="cancelled"), provenance=end)
        for parts in ([early, late], [late, early]):
            joined = join_incidents(parts)
            assert len(joined.incidents) == N // 2
            assert len(select_incidents(joined.incidents)) == 0
            assert any("stand in several tables" in text for text in joined.warnings)
            told = joined.incidents.provenance.extra["excluded_by_reason"]
            assert told == {"cancelled": N // 2}


def test_data_that_cannot_tell_a_group_apart_cannot_when_joined(tmp_path: Path) -> None:
    crimes = crimes_of(tmp_path)
    open_data = changed(crimes, source="police-uk", offence="police-uk:violent-crime")
    named = replace(open_data, provenance=replace(crimes.provenance, source="police-uk"))
    joined = join_incidents([crimes, named]).incidents
    assert joined.sources == ("records-from-to", "police-uk")
    with pytest.raises(DataError, match="cannot be told apart"):
        select_incidents(joined, group="serious-violence")
