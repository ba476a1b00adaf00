"""A real Chromium; without one the tests of this folder are left out, with one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.documents.page_pictures import DEFINITIONS
from tests.stage.page_records import NOW, a_streak, many_runs, one_run
from tests.stage.page_site import PageSite, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


Opener = Callable[..., BrowserContext]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Opener]:
    """Opens a window of its own: a phone's unless another size is given."""
    opened: list[BrowserContext] = []

    def make(width: int = 390, height: int = 844, **more: Any) -> BrowserContext:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """Twelve thousand runs; no key is asked."""
    with served(tmp_path_factory.mktemp("many"), many_runs(), NOW, definitions=DEFINITIONS) as site:
        yield site


@pytest.fixture
def streak_site(tmp_path: Path) -> Iterator[PageSite]:
    """A streak of 40 days that is done today."""
    with served(tmp_path, a_streak(40), NOW) as site:
        yield site


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """One run."""
    with served(tmp_path_factory.mktemp("single"), one_run(), NOW) as site:
        yield site


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """No run at all."""
    with served(tmp_path_factory.mktemp("empty"), [], NOW) as site:
        yield site


def settle(page: Page) -> None:
    """Until the worker has kept the page."""
    kept = [0, 0]
    for _ in range(100):
        kept = page.evaluate(
            "Promise.all(['seen-1', 'shell-1'].map(async (name) => (await (await caches.open(name)).keys()).length))"
        )
        if kept[0] >= 1 and kept[1] >= 3:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the worker has kept {kept}")
