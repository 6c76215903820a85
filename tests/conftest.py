"""Fixtures every test may ask for: where the shared data and oracles lie."""

from pathlib import Path

import pytest
from hypothesis import settings

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
