"""Fixtures every test may ask for: where the shared data and oracles lie."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from footbeat.trials.effect import Effect

# Kernels compile on their first call, so the time of one example says nothing.
settings.register_profile("footbeat", deadline=None)
settings.load_profile("footbeat")

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def _folder(name: str) -> Path:
    folder = _SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/{name}, which is not part of the repository")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    return _folder("data")


@pytest.fixture(scope="session")
def shared_oracles() -> Path:
    return _folder("oracles")


@pytest.fixture(scope="session")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder as data.police.uk names it: a made-up town, eight months, two missing."""
    rng = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("download")
    middles = rng.uniform((0.66, 51.53), (0.74, 51.56), (60, 2))
    streets = [f"Street {i:02d}" for i in range(60)]
    streets[0] = "Bow & <b>Arrow</b> Lane"
    for month in ("2023-01", "2023-02", "2023-03", "2023-06", "2023-07", "2023-08"):
        at = np.minimum(rng.geometric(0.06, 400) - 1, 59)
        rows = [
            f"{month}{i:03d}{'a' * 50},{month},Made-up Police,Made-up Police,{lon:.6f},{lat:.6f},"
            f"On or near {streets[j]},E01000001,Made-up 001A,Violence and sexual offences,,"
            for i, (j, (lon, lat)) in enumerate(zip(at, middles[at], strict=True))
        ]
        header = (
            "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,"
            "LSOA name,Crime type,Last outcome category,Context"
        )
        (folder / month).mkdir()
        file = folder / month / f"{month}-made-up-street.csv"
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def effect() -> Effect:
    """Give the saved result of a made-up trial, with every check filled in."""
    text = (Path(__file__).parent / "data" / "effect.json").read_text(encoding="utf-8")
    return Effect.from_json(json.loads(text))
