"""Folders and a server for the store's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.application.store.places import in_bucket, open_it, place, versions, way
from tests.stage.drafts import Shelf

__all__ = ["in_bucket", "open_it", "place", "versions", "way"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty archive."""
    return Shelf(tmp_path / "shelf")


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """An S3 on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
