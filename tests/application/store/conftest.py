"""Folders and buckets for the store's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.application.store.places import in_bucket, open_it, place, versions
from tests.stage.drafts import Shelf

__all__ = ["in_bucket", "open_it", "place", "versions"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty archive."""
    return Shelf(tmp_path / "shelf")
