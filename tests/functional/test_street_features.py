"""Features made of a street file alone, good enough for a risk terrain of Cambridge."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from footbeat.targeting.features import read_features


@pytest.fixture(scope="module")
def described(shared_data: Path):
    script = Path(__file__).parents[2] / "scripts" / "street_features.py"
    spec = importlib.util.spec_from_file_location("street_features", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.describe_streets(shared_data / "streets" / "cambridge.gpkg", "EPSG:32631")


def test_kinds_are_counted_where_streets_meet_and_end(described):
    counts = described["kind"].value_counts()
    assert counts.to_dict() == {
        "dead end": 1638,
        "main road": 767,
        "junction with a main road": 618,
        "crossroads": 421,
    }


def test_the_file_is_read_as_features(described, tmp_path):
    described.to_csv(tmp_path / "f.csv", index=False)
    features = read_features(tmp_path / "f.csv", "EPSG:32631")
    assert features.kinds == tuple(sorted(described["kind"].unique()))
    centre = np.array([304_500.0]), np.array([5_787_000.0])
    assert features.nearest_m("dead end", *centre)[0] < 2000
