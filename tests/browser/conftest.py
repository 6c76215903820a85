"""A page in the system's Chromium that may not leave this machine."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LOCAL = {"", "127.0.0.1", "localhost"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Chromium, or skip and say that it is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give an empty page; a request that would leave this machine fails the test."""
    outside: list[str] = []

    def keep_inside(route: Route) -> None:
        if urlsplit(route.request.url).hostname in LOCAL | {None}:
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.route("**/*", keep_inside)
    yield context.new_page()
    context.close()
    assert outside == [], "no page asks an outside service"
