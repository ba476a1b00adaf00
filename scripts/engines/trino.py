"""Trino on this machine: one server, asked over its HTTP protocol."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from myrunstreak.lake.board import Dialect

from scripts.engines import java
from scripts.engines.emulator import KEY, REGION, Emulator, free_port, running, wait_until
from scripts.engines.engine import CATALOG, EngineFailed, Rows
from scripts.engines.errors import EnginesUnavailable
from scripts.engines.install import TRINO, find_artifact

_PATIENCE_S: Final = 300.0
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Trino:
    """A client of one server."""

    def __init__(self, url: str) -> None:
        self.dialect: Dialect = "trino"
        self.name = f"Trino {find_artifact('trino-server-core').version}"
        self._url = url

    def ask(self, sql: str) -> Rows:
        """The rows: days as text, numbers as numbers.

        Raises:
            EngineFailed: Trino refused the question.
        """
        rows: list[list[object]] = []
        answer = _call(
            urllib.request.Request(f"{self._url}/v1/statement", sql.encode(), {"X-Trino-User": "engines"})
        )
        while True:
            if "error" in answer:
                raise EngineFailed(f"{self.name}: {answer['error']['message']}")
            rows += answer.get("data") or []
            if "nextUri" not in answer:
                return rows
            answer = _call(urllib.request.Request(answer["nextUri"]))


def _call(request: urllib.request.Request) -> dict[str, Any]:
    while True:
        try:
            with _DIRECT.open(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in {502, 503, 504}:  # the protocol's own: ask again
                raise
            time.sleep(0.1)


@contextmanager
def running_trino(emulator: Emulator, folder: Path, memory_gb: int) -> Generator[Trino]:
    """Start a server over the emulator's catalog; ``folder`` takes its configuration, log and scratch files.

    Raises:
        EnginesUnavailable: Trino or its Java is missing, or it does not start.
    """
    if not TRINO.exists():
        raise EnginesUnavailable("Trino is missing: run `make engines`.")
    home, port = java.find_java(java.TRINO, "Trino"), free_port()
    url = f"http://127.0.0.1:{port}"
    catalogs = folder / "catalog"
    catalogs.mkdir(parents=True)
    write_properties(catalogs / f"{CATALOG}.properties", catalog_properties(emulator))
    write_properties(folder / "config.properties", server_properties(folder, port, memory_gb))
    options = {
        "config": folder / "config.properties",
        "node.environment": "engines",
        "node.id": "engines",
        "node.data-dir": folder / "data",
    }
    command = [
        *(str(home / "bin" / "java"), f"-Xmx{memory_gb}G", "-cp", f"{TRINO}/lib/*"),
        *(f"-D{name}={value}" for name, value in options.items()),
        "io.trino.server.TrinoServer",
    ]
    log = folder / "trino.log"
    with running(command, log, {"PATH": os.environ.get("PATH", os.defpath)}) as process:
        trino = Trino(url)
        wait_until(lambda: _is_ready(trino), process, trino.name, log, _PATIENCE_S)
        yield trino


def server_properties(folder: Path, port: int, memory_gb: int) -> dict[str, object]:
    """A server alone: coordinator and worker, on loopback; a question may take half the memory, and then the disk."""
    return {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "node.internal-address": "127.0.0.1",
        "node.bind-ip": "127.0.0.1",
        "http-server.http.port": port,
        "discovery.uri": f"http://127.0.0.1:{port}",
        "plugin.dir": TRINO / "plugin",
        "catalog.config-dir": folder / "catalog",
        "query.max-memory-per-node": f"{memory_gb * 512}MB",
        "spill-enabled": "true",
        "spiller-spill-path": folder / "spill",
    }


def catalog_properties(emulator: Emulator) -> dict[str, object]:
    """The Iceberg catalog; on AWS also ``iceberg.rest-catalog.security=SIGV4``, and no endpoint and keys for S3."""
    return {
        "connector.name": "iceberg",
        "iceberg.catalog.type": "rest",
        "iceberg.rest-catalog.uri": emulator.catalog_url,
        "iceberg.rest-catalog.warehouse": emulator.warehouse,
        "fs.native-s3.enabled": "true",
        "s3.endpoint": emulator.url,
        "s3.region": REGION,
        "s3.path-style-access": "true",
        "s3.aws-access-key": KEY,
        "s3.aws-secret-key": KEY,
    }


def write_properties(file: Path, properties: dict[str, object]) -> None:
    """A file of ``name=value``."""
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")


def _is_ready(trino: Trino) -> bool:
    try:
        return trino.ask("SELECT 1") == [[1]]
    except (OSError, ValueError, EngineFailed):
        return False
