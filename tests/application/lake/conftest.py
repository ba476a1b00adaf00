"""A club whose lake is the emulator's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from myrunstreak.lake.catalog import Catalog

from tests.application.lake.club import Club
from tests.stage.lake import TableBucket, emulator, table_bucket

__all__ = ["emulator", "table_bucket"]


@pytest.fixture
def club(table_bucket: TableBucket, tmp_path: Path) -> Iterator[Club]:
    """No runner has joined, and the lake has no tables yet."""
    (tmp_path / "scratch").mkdir()
    catalog = Catalog(table_bucket.bucket, tmp_path / "scratch")
    yield Club(table_bucket.settings(tmp_path / "club"), catalog, tmp_path / "scratch")
    catalog.close()
