"""Folders for the store's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.helpers import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty archive."""
    return Shelf(tmp_path / "shelf")
