"""Trino's protocol, as its client speaks it, and the settings of a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.engines.emulator import Emulator
from scripts.engines.engine import EngineFailed
from scripts.engines.trino import Trino, catalog_properties, server_properties, write_properties
from scripts.loopback import LoopbackServer, Request, Response


class Server:
    """Answers in pages, as Trino does."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.pages: list[tuple[int, dict[str, object]]] = []
        self.url = ""

    def answer(self, request: Request) -> Response:
        """The next page."""
        self.asked.append(f"{request.method} {request.path} {request.body.decode()}".strip())
        status, page = self.pages.pop(0)
        if self.pages:
            page = page | {"nextUri": f"{self.url}/next"}
        return Response(status, json.dumps(page).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    """On loopback."""
    server = Server()
    with LoopbackServer(server.answer) as listening:
        server.url = f"http://127.0.0.1:{listening.port}"
        yield server


def test_the_pages_of_an_answer_are_put_together(server: Server) -> None:
    """A page may have no rows yet, and a busy server asks for patience."""
    server.pages = [(200, {}), (503, {}), (200, {"data": [["a", 1]]}), (200, {"data": [["b", None]]})]
    assert [["a", 1], ["b", None]] == Trino(server.url).ask("SELECT 1")
    assert ["POST /v1/statement SELECT 1", "GET /next", "GET /next", "GET /next"] == server.asked


def test_what_trino_refuses_is_an_error_with_its_words(server: Server) -> None:
    """And not an empty answer."""
    server.pages = [(200, {"error": {"message": "line 1:8: Column 'x' cannot be resolved"}})]
    with pytest.raises(EngineFailed, match="Trino 476: line 1:8: Column 'x' cannot be resolved"):
        Trino(server.url).ask("SELECT x")


def test_a_server_listens_on_this_machine_alone_and_keeps_to_its_folder(tmp_path: Path) -> None:
    """All of its files are in the folder that goes with it."""
    settings = server_properties(tmp_path, 1234, 2)
    assert "127.0.0.1" == settings["node.internal-address"] == settings["node.bind-ip"]
    assert "1024MB" == settings["query.max-memory-per-node"]
    assert {tmp_path / "catalog", tmp_path / "spill"} <= {*settings.values()}


def test_the_catalog_is_the_table_bucket(tmp_path: Path) -> None:
    """By its ARN, as on AWS."""
    emulator = Emulator("http://127.0.0.1:5", "arn:aws:s3tables:us-east-2:000000000000:bucket/lake")
    write_properties(tmp_path / "lake.properties", catalog_properties(emulator))
    lines = (tmp_path / "lake.properties").read_text().splitlines()
    assert f"iceberg.rest-catalog.warehouse={emulator.warehouse}" in lines
    assert "iceberg.rest-catalog.uri=http://127.0.0.1:5/iceberg" in lines
