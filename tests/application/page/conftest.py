"""A locked page, asked over HTTP without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stage.page_records import NOW, a_streak
from tests.stage.page_site import PageSite, served


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[PageSite]:
    """A page that asks who is there."""
    with served(tmp_path, a_streak(40), NOW, has_keys=True) as site:
        yield site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PageSite]:
    """A page without keys."""
    with served(tmp_path, a_streak(40), NOW) as site:
        yield site
