"""A match level of unknown meaning vouches for no more than the street, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from footbeat.incidents.grades import name_grade
from footbeat.incidents.load import load_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents

MAP = """
name = "records"
[columns]
incident_id = "id"
start = "when"
x = "x"
y = "y"
location_grade = "level"
[crs]
input = "EPSG:27700"
[codes.location_grade]
"L9" = "D"
"""


@pytest.mark.parametrize(
    ("level", "grade"),
    [("A", "A"), ("EXACT MATCH", "A"), ("Not exact", None), ("Level 1", None), ("1", None),
     ("Street", "C"), ("Ward centroid", "D"), ("No match", "X"), ("L9", "D")],
)  # fmt: skip
def test_a_level_has_one_grade_by_rule(level: str, grade: str | None) -> None:
    assert name_grade(level, {"l9": "D"}) == grade


def test_unknown_levels_are_no_better_than_the_street_and_told(tmp_path: Path) -> None:
    source, path, out = (tmp_path / name for name in ("map.toml", "records.csv", "o.parquet"))
    source.write_text(MAP, encoding="utf-8")
    levels = ["EXACT MATCH", "Level 1", "", "L9"]
    rows = [f"r{i},2024-01-01 1{i}:00,588123,185457,{level}" for i, level in enumerate(levels)]
    path.write_text("\n".join(["id,when,x,y,level", *rows]), encoding="utf-8")
    rejects = tmp_path / "r.parquet"
    report = convert_incidents([path], out, ReadOptions(source=source), rejects=rejects)
    kept = load_incidents(out).table.sort_by("incident_id").column("location_grade").to_pylist()
    assert kept == ["A", "C", "C", "D"]
    assert any("2 rows of records.csv have no match level" in text for text in report.warnings)
