"""Raw pings go when they are due, and only they."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from footbeat.errors import UsageError
from footbeat.tracking.layouts import PingLayout
from footbeat.tracking.retention import delete_due, list_due

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
    early = NOW - timedelta(days=30)
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
