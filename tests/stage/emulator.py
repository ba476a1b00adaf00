"""An AWS of our own: ministack in its own venv, IAM enforced, TLS, on loopback only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

from tests.stage.paths import ROOT
from tests.stage.ports import free_port

VENV = ROOT / ".rehearsal-venv"
REGION = "us-east-2"
SECOND_REGION = "us-west-2"
ACCOUNT = "000000000000"
# The emulator's root user: everything is allowed to it, as to an account's own.
ROOT_USER = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class RehearsalImpossible(Exception):
    """Something that the rehearsal needs is missing; the message says what and how to get it."""


def venv_python() -> Path:
    """The emulator's interpreter, which is also the function's.

    Raises:
        RehearsalImpossible: there is no usable venv.
    """
    python = VENV / "bin" / "python"
    done = (
        subprocess.run(
            [python, "-c", "import awslambdaric, cbor2, ministack"], capture_output=True, check=False
        )
        if python.exists()
        else None
    )
    if done is None or done.returncode:
        raise RehearsalImpossible(f"{VENV.name} is missing or broken: run `scripts/setup_rehearsal.sh`.")
    if not shutil.which("openssl"):
        raise RehearsalImpossible("openssl is missing, which makes the emulator's certificate: install it.")
    return python


@cache
def venv_version() -> str:
    """Such as ``3.12``."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run(
        [venv_python(), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


class Emulator:
    """One ministack process.

    Args:
        folder: takes its certificate, its log and its temporary files.
        encrypted: whether it speaks TLS, without which a bucket's own policy may refuse a client; quicker without.
        delays: whether a message of a queue waits as long as its sender has said.
    """

    def __init__(self, folder: Path, *, encrypted: bool = True, delays: bool = True) -> None:
        self.folder = folder
        self._encrypted = encrypted
        self._delays = delays
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._session: Any = None  # one for all clients: making one reads every API's description anew

    @property
    def certificate(self) -> Path:
        """What clients have to trust; without TLS the bucket's own policy would refuse them."""
        return self.folder / "ministack-tls" / "server.crt"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RehearsalImpossible: it does not start.
        """
        python, port = venv_python(), free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = f"{'https' if self._encrypted else 'http'}://127.0.0.1:{port}"
        # Functions inherit the emulator's environment, so it gets as little as Lambda would give.
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "TMPDIR": str(self.folder),
            "LANG": "C.UTF-8",
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "USE_SSL": str(int(self._encrypted)),
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
            **({} if self._delays else {"WITHOUT_DELAYS": "1"}),
        }
        with (self.folder / "emulator.log").open("wb") as log:
            # Without the modules beside it (-P): one of them has the name of one of Python's.
            program = [python, "-P", Path(__file__).with_name("emulator_process.py")]
            self._process = subprocess.Popen(program, env=env, cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.1)
        self.stop()
        tail = (self.folder / "emulator.log").read_text(errors="replace")[-1500:]
        raise RehearsalImpossible(f"The emulator does not start:\n{tail}")

    def _answers(self) -> bool:
        import ssl

        try:
            context = ssl.create_default_context(cafile=str(self.certificate)) if self._encrypted else None
            opener = urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
            )
            with opener.open(f"{self.url}/_ministack/health", timeout=5) as answer:
                return isinstance(json.load(answer), dict)
        except (OSError, ValueError):
            return False

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.terminate()  # it ends its functions' processes
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def client(self, service: str, region: str = REGION, **credentials: str) -> Any:
        """A boto3 client; as the root user unless credentials are given."""
        from botocore.config import Config

        if self._session is None:
            import boto3

            self._session = boto3.session.Session()
        return self._session.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            verify=str(self.certificate) if self._encrypted else None,
            config=Config(
                retries={"total_max_attempts": 1}, read_timeout=120, s3={"addressing_style": "path"}
            ),
            **(credentials or ROOT_USER),
        )

    def environment(self) -> dict[str, str]:
        """What a program's environment needs so that its boto3 comes here as the root user."""
        trust = {"AWS_CA_BUNDLE": str(self.certificate)} if self._encrypted else {}
        return trust | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ROOT_USER["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ROOT_USER["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
