"""One stack under Pulumi's Automation API: state, copy of the checkout and Smashrun of its own."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pulumi import automation

from scripts.simulator import Simulator, seeded_history
from tests.stage.paths import ROOT
from tests.whole.live.limited import LimitedPulumi

PROJECT = "myrunstreak"
DEFAULT_REGION = "us-east-2"
HISTORY_DAYS = 20


class LiveStack:
    """A stack that may be put up, invoked and destroyed.

    Against an emulator on this machine the simulator plays Smashrun and the sync runs for real. AWS cannot reach
    it: there the function is invoked without tokens, and has to say so.
    """

    def __init__(self, stack: automation.Stack, simulator: Simulator | None, region: str) -> None:
        self.stack = stack
        self.simulator = simulator
        self.region = region
        self._up = False

    @classmethod
    def make(cls, folder: Path) -> LiveStack:
        """Build the package and create the stack; nothing is in AWS yet."""
        endpoint, region = (
            os.environ.get("AWS_ENDPOINT_URL", ""),
            os.environ.get("AWS_REGION", DEFAULT_REGION),
        )
        checkout = copy_of_the_checkout(folder / "checkout")
        # An emulator runs functions natively.
        architecture = "x86_64" if endpoint and platform.machine() == "x86_64" else "arm64"
        subprocess.run(
            [
                *(sys.executable, "-m", "scripts.build_lambda", "--arch", architecture),
                *("--root", str(checkout), "--out", str(checkout / "build")),
            ],
            cwd=checkout,
            check=True,
        )
        simulator = _simulator() if endpoint else None
        (folder / "state").mkdir()
        stack = automation.create_stack(
            stack_name=f"live-{secrets.token_hex(3)}",
            work_dir=str(checkout),
            opts=automation.LocalWorkspaceOptions(
                pulumi_command=LimitedPulumi(),
                env_vars={
                    # State and its passphrase live and die with this test.
                    "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
                    "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(8),
                },
            ),
        )
        config = {
            "alarm_email": os.environ.get("LIVE_ALARM_EMAIL", "live-test@example.org"),
            "runner_timezone": "Europe/Amsterdam",
            "remind_at": "18:30,21:30",
            "digest": "true",
            "region": region,
            "architecture": architecture,
            "protect_data": "false",
            "secret_recovery_days": "0",
            "aws_endpoint": endpoint,
        }
        if simulator is not None:
            config |= {
                "smashrun_api_url": simulator.api_url,
                "smashrun_authorize_url": simulator.authorize_url,
                "smashrun_token_url": simulator.token_url,
            }
        values = {key: value for key, value in config.items() if value}
        stack.set_all_config(
            {
                f"{PROJECT}:{key}": automation.ConfigValue(value, secret=key == "alarm_email")
                for key, value in values.items()
            }
        )
        return cls(stack, simulator, region)

    def up(self) -> None:
        """Put it up, once.

        Raises:
            TookTooLong: it hung, and was ended with its children.
        """
        if not self._up:
            self._up = True  # a failed attempt has to be taken down as well
            self.stack.up(on_output=print)

    def output(self, name: str) -> str:
        """A stack output."""
        return str(self.stack.outputs()[name].value)

    def destroy(self) -> None:
        """Take it down."""
        self.stack.destroy(on_output=print)
        self._up = False

    def close(self) -> None:
        """Leave nothing: neither resources nor the stack."""
        try:
            if self._up:
                with suppress(automation.CommandError):
                    self.stack.cancel()  # what was killed has left the stack locked
                self.destroy()
            self.stack.workspace.remove_stack(self.stack.name)
        finally:
            if self.simulator is not None:
                self.simulator.stop()

    def client(self, service: str) -> Any:
        """A boto3 client in the stack's region, with the caller's own credentials."""
        import boto3
        from botocore.config import Config

        # One attempt and patience: an invocation that is sent twice syncs twice.
        config = Config(read_timeout=330, retries={"total_max_attempts": 1})
        return boto3.session.Session().client(service, region_name=self.region, config=config)  # type: ignore[call-overload]

    def store_tokens(self) -> None:
        """Put the simulator's tokens into the secret, as `make auth` does."""
        assert self.simulator is not None
        answer, now = self.simulator.issue_tokens(), datetime.now(UTC)
        tokens: Mapping[str, Any] = {
            **answer,
            "obtained_at": now.isoformat(),
            "expires_at": (now + timedelta(seconds=answer["expires_in"])).isoformat(),
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
        }
        self.client("secretsmanager").put_secret_value(
            SecretId=self.output("tokens_secret_name"), SecretString=json.dumps(tokens)
        )

    def ask(self, path: str) -> tuple[int, Mapping[str, str]]:
        """GET a path of the API without a key; status and headers. An emulator is asked at its own address."""
        url, headers = urlsplit(self.output("api_url")), dict[str, str]()
        if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
            gateway = urlsplit(endpoint)
            headers["Host"], url = f"{url.hostname}:{gateway.port}", gateway
        request = urllib.request.Request(f"{url.scheme}://{url.netloc}{path}", headers=headers)
        context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, cast("Mapping[str, str]", refused.headers)

    def invoke(self) -> tuple[Any, str | None]:
        """Start the sync as the schedule does; its answer and, where it failed, the kind of failure."""
        answer = self.client("lambda").invoke(
            FunctionName=self.output("sync_function_name"),
            Qualifier="live",
            Payload=json.dumps({"scheduled_time": datetime.now(UTC).isoformat()}).encode(),
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def copy_of_the_checkout(folder: Path) -> Path:
    """What Pulumi runs: the program as it is now, with the project's own venv, so that no stack file is left behind."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("infra", "lambda_src", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def _simulator() -> Simulator:
    today = datetime.now(UTC)
    first = (today - timedelta(days=HISTORY_DAYS)).date().isoformat()
    history = [run for run in seeded_history(today=today, years=1) if str(run["startDateTimeLocal"]) >= first]
    return Simulator(history).start()
