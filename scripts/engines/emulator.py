"""S3 Tables on this machine: the rehearsal's AWS emulator, on loopback, with one table bucket."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from scripts.engines.errors import EnginesUnavailable
from scripts.engines.install import ROOT

REGION: Final = "us-east-2"
# Nothing is checked: what a reader may see is the rehearsal's subject, not this one's.
KEY: Final = "test"

_PATIENCE_S: Final = 60.0
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Emulator:
    """Where the tables are.

    Attributes:
        url: of S3 and the other services.
        warehouse: the table bucket's ARN.
    """

    url: str
    warehouse: str

    @property
    def catalog_url(self) -> str:
        """The Iceberg REST catalog."""
        return f"{self.url}/iceberg"


@contextmanager
def running_emulator(folder: Path) -> Generator[Emulator]:
    """Start it and make the table bucket; ``folder`` takes its log.

    Raises:
        EnginesUnavailable: it is not installed, or does not start.
    """
    python = ROOT / ".rehearsal-venv" / "bin" / "python"
    if not python.exists():
        raise EnginesUnavailable(
            "the AWS emulator is missing: run scripts/setup_rehearsal.sh, as `make engines` does."
        )
    port = free_port()
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
    }
    url = f"http://127.0.0.1:{port}"
    with running([str(python), "-m", "ministack"], folder / "emulator.log", environment) as process:
        wait_until(lambda: _answers(url), process, "the AWS emulator", folder / "emulator.log", _PATIENCE_S)
        yield Emulator(url, _make_table_bucket(url))


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str], *, is_asked: bool = False
) -> Generator[subprocess.Popen[bytes]]:
    """A process that ends with the block; what it says goes into the log, unless it is asked and answers over pipes."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.PIPE if is_asked else subprocess.DEVNULL,
            stdout=subprocess.PIPE if is_asked else written,
            stderr=written,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_on_request() -> None:
    """Let a request to end this process end what it has started, too."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def wait_until(
    is_ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path, patience_s: float
) -> None:
    """Wait until a process answers.

    Raises:
        EnginesUnavailable: it has ended, or does not answer in time.
    """
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        if is_ready():
            return
        time.sleep(0.2)
    raise EnginesUnavailable(f"{name} does not start. It said: {last_words(log)}")


def last_words(log: Path) -> str:
    """The line of a log that says most about an end: the last that names an error, or the last of all."""
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    wrong = [line for line in lines if re.search(r"(Error|Exception|\]): ", line)]
    return (wrong or lines or ["nothing"])[-1][:300]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(f"{url}/_ministack/health", timeout=5) as answer:
            return isinstance(json.load(answer), dict)
    except (OSError, ValueError):
        return False


def _make_table_bucket(url: str) -> str:
    boto3: Any = import_module("boto3")
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
    client = boto3.client("s3tables", endpoint_url=url, region_name=REGION, **keys)
    return client.create_table_bucket(name="lake")["arn"]
