"""The real handler with a stack's own environment, against stand-ins for AWS and Smashrun: what it calls and reports."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from myrunstreak.contract.layout import DATABASE_NAME, RAW_FOLDER, S3Location
from myrunstreak.handlers.sync import lambda_handler
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.blobs.s3 import S3Blobs
from myrunstreak.sync_state import SyncStateManager

from scripts.simulator import Fault, Simulator, Switches
from tests.infra.recording import Recording
from tests.stage.aws import REGION, new_bucket, use_aws
from tests.stage.history import history, late


@dataclass(frozen=True)
class Call:
    """One call of an AWS API."""

    service: str
    operation: str
    parameters: dict[str, Any]


@dataclass
class Deployed:
    """A stack's bucket, secrets and function, and what invoking it has shown.

    Attributes:
        calls: every AWS call of the invocations.
        steps: the same calls by the invocation's name.
        kept: at the end, the key and size of every version of every object in the bucket.
        reports: the metrics of each invocation, by the step's name: dimension sets, and values by metric.
    """

    stack: Recording
    sim: Simulator
    calls: list[Call] = field(default_factory=list[Call])
    kept: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    steps: dict[str, list[Call]] = field(default_factory=dict[str, list[Call]])
    reports: dict[str, Report] = field(default_factory=dict[str, "Report"])

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self.stack.outputs["bucket_name"]

    def put_tokens(self, life: timedelta = timedelta(days=80), **other: Any) -> None:
        """Store the tokens of a fresh consent, as `setup_tokens` does."""
        answer = self.sim.issue_tokens()
        now = datetime.now(UTC)
        tokens = {
            **answer,
            "obtained_at": now.isoformat(),
            "expires_at": (now + life).isoformat(),
            "client_id": self.sim.client_id,
            "client_secret": self.sim.client_secret,
        }
        self.put_secret(tokens | other)

    def put_secret(self, value: dict[str, Any]) -> None:
        """Replace the tokens secret's value."""
        name = self.stack.outputs["tokens_secret_name"]
        boto3.client("secretsmanager", region_name=REGION).put_secret_value(
            SecretId=name, SecretString=json.dumps(value)
        )

    def put_details_progress(self, *, pending: int, fell_at: datetime) -> None:
        """Let the sync state say how long details have been waiting."""
        client = boto3.client("secretsmanager", region_name=REGION)
        name = self.stack.outputs["sync_state_secret_name"]
        state = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        state["details"] = {"pending": pending, "fell_at": fell_at.isoformat()}
        client.put_secret_value(SecretId=name, SecretString=json.dumps(state))

    def lose_an_archived_object(self) -> None:
        """Delete the oldest one, a month after the archive was last found whole."""
        s3 = boto3.client("s3", region_name=REGION)
        [oldest] = s3.list_objects_v2(Bucket=self.bucket, Prefix=RAW_FOLDER, MaxKeys=1).get("Contents", [])
        s3.delete_object(Bucket=self.bucket, Key=oldest.get("Key", ""))
        state = SyncStateManager(self.stack.outputs["sync_state_secret_name"], REGION)
        state.update(lambda known: known.model_copy(update={"archive_whole_at": None}))

    def invoke(self, step: str, event: dict[str, Any] | None = None) -> None:
        """Invoke the function once and keep what it called and reported."""
        output, before = io.StringIO(), len(self.calls)
        with self.watched(), redirect_stdout(output):
            try:
                lambda_handler(event or {})
            except Exception as error:
                print(repr(error))
        self.steps[step] = self.calls[before:]
        self.reports[step] = Report.read(output.getvalue())

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the calls made meanwhile."""
        real: Callable[..., Any] = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        def recorded(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            self.calls.append(Call(client.meta.service_model.service_name, operation, parameters))
            return real(client, operation, parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(botocore.client.BaseClient, "_make_api_call", recorded)
            yield


@dataclass(frozen=True)
class Report:
    """The metrics of one invocation."""

    namespace: str
    dimension_sets: list[dict[str, str]]
    values: dict[str, float]

    @classmethod
    def read(cls, output: str) -> Report:
        """Read the one line of CloudWatch's embedded format among the log lines."""
        lines = [json.loads(line) for line in output.splitlines() if line.startswith('{"_aws"')]
        assert 1 == len(lines), output
        [line] = lines
        [directive] = line["_aws"]["CloudWatchMetrics"]
        return cls(
            directive["Namespace"],
            [{name: line[name] for name in names} for names in directive["Dimensions"]],
            {metric["Name"]: sum(line[metric["Name"]]) for metric in directive["Metrics"]},
        )


@contextmanager
def deployed(stack: Recording, moto_url: str, folder: Path) -> Iterator[Deployed]:
    """Put a stack's bucket and empty secrets into the stand-in, and the function's variables into the environment."""
    with (
        Simulator(history(), Switches(largest_page=20)) as sim,
        pytest.MonkeyPatch.context() as env,
    ):
        variables = stack.one(":Function", "-sync").inputs["environment"]["variables"]
        addresses = {
            "SMASHRUN_API_URL": sim.api_url,
            "SMASHRUN_AUTHORIZE_URL": sim.authorize_url,
            "SMASHRUN_TOKEN_URL": sim.token_url,
        }
        for name, value in (variables | addresses | {"AWS_REGION": REGION}).items():
            env.setenv(name, value)
        use_aws(env, moto_url)
        env.setattr("tempfile.tempdir", str(folder))
        # The handler takes the package's loggers over, as it may in a process of its own.
        package = logging.getLogger("myrunstreak")
        for name in ("handlers", "propagate", "level"):
            env.setattr(package, name, getattr(package, name))
        it = Deployed(stack, sim)
        new_bucket(it.bucket)
        for output in ("tokens_secret_name", "sync_state_secret_name"):
            boto3.client("secretsmanager", region_name=REGION).create_secret(Name=stack.outputs[output])
        yield it


def live_through(it: Deployed, folder: Path) -> None:
    """Everything that the sync does on AWS, and everything that it reports: a life in a few invocations."""
    s3 = boto3.client("s3", region_name=REGION)
    it.invoke("no tokens")
    it.put_tokens()
    it.invoke("first")
    old = s3.get_object(Bucket=it.bucket, Key=DATABASE_NAME)["Body"].read()
    it.invoke("nothing new")
    it.invoke("short, nothing new", {"short": True})
    it.put_tokens(life=timedelta(days=2), obtained_at=(datetime.now(UTC) - timedelta(days=80)).isoformat())
    it.sim.add(late(1))
    it.sim.inject(Fault.rate_limited(1, path="/my/activities"))
    it.invoke("throttled, renewed and one new run")
    known = [activity["activityId"] for activity in it.sim.activities if "activityId" in activity]
    for activity_id in known[:14]:
        it.sim.delete(activity_id)
    it.put_tokens(life=timedelta(days=3), refresh_token=None)
    # An older database was restored: what is archived since is read again.
    s3.put_object(Bucket=it.bucket, Key=DATABASE_NAME, Body=old)
    it.invoke("restored, with runs missing")
    it.sim.add(late(2) | {"hasDetails": 1})
    it.put_details_progress(pending=1, fell_at=datetime.now(UTC) - timedelta(days=8))
    it.invoke("details stalled", {"details": False})
    it.lose_an_archived_object()
    it.invoke("an object of the archive lost")
    it.invoke("a streak shortened", {"accept_deletes": True})
    rival = folder / "rival"
    rival.write_bytes(b"rival")
    with it.watched(), pytest.raises(Superseded):
        S3Blobs(S3Location(it.bucket, ""), REGION).write(DATABASE_NAME, rival, Version('"stale"'))
    listed = s3.list_object_versions(Bucket=it.bucket).get("Versions", [])
    it.kept = [(version.get("Key", ""), version.get("Size", 0)) for version in listed]
