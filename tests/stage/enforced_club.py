"""A club on the emulator that enforces IAM: its bucket, queues and roles, as the program grants them.

The functions run in this process with their own roles' sessions, over the emulator's HTTP.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from myrunstreak.aws import error_code

from infra.components.runner_fleet import assume_policy
from infra.components.work_queue import send_policy
from infra.documents import club_rights, iam
from tests.stage.club import SECRETS, ClubStage
from tests.stage.emulator import ACCOUNT, REGION, Emulator
from tests.stage.lake import TableBucket
from tests.stage.town import Town

FUNCTIONS: Final = ("worker", "api", "dispatch")
_numbers: Final = count(1)


@dataclass
class Calls:
    """The AWS calls that this process made in a stretch of time."""

    made: list[tuple[Any, str, dict[str, Any]]] = field(default_factory=list[tuple[Any, str, dict[str, Any]]])

    def by_service(self) -> set[tuple[str, str]]:
        """Which services were asked for what."""
        return {(client.meta.service_model.service_name, operation) for client, operation, _ in self.made}


@contextmanager
def noted_calls() -> Generator[Calls]:
    """Note each call with the client that made it, and so with its credentials."""
    calls, make = Calls(), BaseClient._make_api_call  # pyright: ignore

    def noting(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.made.append((client, operation, dict(parameters)))
        return make(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", noting):
        yield calls


def is_refused(client: Any, operation: str, parameters: Mapping[str, Any]) -> bool:
    """Whether AWS denies a call."""
    try:
        client._make_api_call(operation, dict(parameters))
    except ClientError as error:
        return error_code(error) in {"AccessDenied", "AccessDeniedException"}
    return False


class EnforcedClub:
    """A club's parts on the emulator, made as the program makes them.

    Attributes:
        stage: the club, for the operator.
        queues: URLs by their names.
    """

    def __init__(self, emulator: Emulator, town: Town) -> None:
        number = next(_numbers)
        self.emulator = emulator
        self.bucket = f"club-{number}"
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.sqs = emulator.client("sqs")
        self.queues = {name: self._queue(f"{name}-{number}") for name in ("letters", "syncs", "updates")}
        letters = _queue_arn(self.queues["letters"])
        self.sqs.set_queue_attributes(
            QueueUrl=self.queues["syncs"],
            Attributes={
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": letters, "maxReceiveCount": 3}),
            },
        )
        self._roles = {name: self._role(f"{name}-{number}", ["*"]) for name in FUNCTIONS}
        trusted = [self._roles[name] for name in ("worker", "api")]
        runner_role = self._role(f"runner-{number}", trusted)
        bucket = f"arn:aws:s3:::{self.bucket}"
        parameters = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{SECRETS}/*"
        syncs, updates = _queue_arn(self.queues["syncs"]), _queue_arn(self.queues["updates"])
        self._allow(runner_role, club_rights.records_policy(bucket), club_rights.tokens_policy(parameters))
        self._allow(
            self._roles["worker"],
            club_rights.worker_policy(bucket),
            assume_policy(runner_role),
            _send_policy(updates),
        )
        self._allow(
            self._roles["api"],
            club_rights.api_policy(bucket),
            assume_policy(runner_role),
            _send_policy(syncs),
            _send_policy(updates),
        )
        self._allow(self._roles["dispatch"], club_rights.dispatch_policy(bucket), _send_policy(syncs))
        with self._as(emulator.environment()):
            self.stage = ClubStage(
                town,
                self.bucket,
                runner_role=runner_role,
                sync_queue=self.queues["syncs"],
                lake_queue=self.queues["updates"],
            )

    def environment(self, function: str) -> dict[str, str]:
        """The environment of one of the functions, with its role's credentials."""
        taken = self.emulator.client("sts").assume_role(
            RoleArn=self._roles[function], RoleSessionName=function
        )["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }
        return {**self.emulator.environment(), **self.stage.environment, **credentials}

    @contextmanager
    def acting_as(self, function: str) -> Iterator[None]:
        """This process is one of the functions."""
        with self._as(self.environment(function)):
            yield

    @contextmanager
    def writing(self, lake: TableBucket) -> Iterator[None]:
        """This process is the lake's writer; it may do everything."""
        places = {"LAKE_TABLES": lake.arn, "LAKE_ENDPOINT": lake.bucket.endpoint or ""}
        with self._as({**self.emulator.environment(), **self.stage.environment, **places}):
            yield

    @contextmanager
    def operating(self) -> Iterator[ClubStage]:
        """This process is the operator, who may do everything."""
        with self._as(self.emulator.environment()):
            yield self.stage

    @contextmanager
    def _as(self, environment: Mapping[str, str]) -> Iterator[None]:
        with patch.dict(os.environ, environment):
            if "AWS_SESSION_TOKEN" not in environment:
                os.environ.pop("AWS_SESSION_TOKEN", None)
            yield

    def _queue(self, name: str) -> str:
        return self.sqs.create_queue(QueueName=name)["QueueUrl"]

    def _role(self, name: str, trusted: list[str]) -> str:
        trust = iam.document({"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"})
        made = self.emulator.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(trust)
        )
        return made["Role"]["Arn"]

    def _allow(self, role: str, *policies: iam.Document) -> None:
        for number, policy in enumerate(policies):
            self.emulator.client("iam").put_role_policy(
                RoleName=role.rpartition("/")[2],
                PolicyName=f"policy-{number}",
                PolicyDocument=json.dumps(policy),
            )


def _send_policy(queue_arn: str) -> iam.Document:
    """The right to send. AWS asks for the same right for ten at once; the emulator for one of the operation's name."""
    policy = send_policy(queue_arn)
    policy["Statement"][0]["Action"].append("sqs:SendMessageBatch")
    return policy


def _queue_arn(url: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
