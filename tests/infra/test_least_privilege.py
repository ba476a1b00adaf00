"""What the function may do and what it does: nothing denied that is used, nothing granted that is not."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from tests.infra.deployed import Call, Deployed
from tests.infra.recording import ACCOUNT, Recording, granted

# What the handler calls, and which right AWS asks for.
RIGHTS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "ListObjectsV2": "s3:ListBucket",
    "GetSecretValue": "secretsmanager:GetSecretValue",
    "PutSecretValue": "secretsmanager:PutSecretValue",
}
# What Lambda does in the function's name, without a call of the handler's.
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
Need = tuple[str, str]


def needs(call: Call) -> Iterator[Need]:
    """The rights that a call takes: actions and ARNs."""
    action = RIGHTS[call.operation]
    match call.service:
        case "s3":
            bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
            where = bucket if action == "s3:ListBucket" else f"{bucket}/{call.parameters['Key']}"
            yield action, where
            if "IfMatch" in call.parameters:
                yield "s3:GetObject", where
        case "secretsmanager":
            secret = call.parameters["SecretId"]
            yield action, f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:{secret}-AbCdEf"
        case other:
            raise AssertionError(f"the handler calls {other}, for which no right is known")


def covers(grant: Need, need: Need) -> bool:
    """Whether a grant allows what is needed."""
    return grant[0] == need[0] and fnmatchcase(need[1], grant[1])


@pytest.fixture
def used(lived: Deployed) -> set[Need]:
    """What the invocations took."""
    return {need for call in lived.calls for need in needs(call)}


def test_nothing_that_the_sync_does_is_denied(used: set[Need], dev: Recording) -> None:
    """First sync, further syncs, token renewal, backups, a restore, a rival."""
    grants = granted(dev, "-sync-role")
    assert used
    assert [] == sorted(need for need in used if not any(covers(grant, need) for grant in grants))


def test_nothing_is_granted_that_the_sync_does_not_do(used: set[Need], dev: Recording) -> None:
    """Each action on each resource is used, or is Lambda's own."""
    idle = {grant for grant in granted(dev, "-sync-role") if not any(covers(grant, need) for need in used)}
    assert BY_LAMBDA == {action for action, _ in idle}


def test_the_functions_role_may_do_nothing_elsewhere(dev: Recording) -> None:
    """Another bucket, another secret, a deletion, another stack's database."""
    grants = granted(dev, "-sync-role")
    bucket = f"arn:aws:s3:::{dev.outputs['bucket_name']}"
    secrets = f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:"
    for need in (
        ("s3:DeleteObject", f"{bucket}/runs.duckdb"),
        ("s3:GetObject", "arn:aws:s3:::another/runs.duckdb"),
        ("s3:GetObject", f"{bucket}/backups/weekly/2026-W48.duckdb"),
        ("s3:GetObject", f"{bucket}/backups/replaced/20261127T182901.000000Z.duckdb"),
        ("s3:PutObject", f"{bucket}/backups/replaced/20261127T182901.000000Z.duckdb"),
        ("s3:GetObjectVersion", f"{bucket}/runs.duckdb"),
        ("s3:DeleteObjectVersion", f"{bucket}/runs.duckdb"),
        ("s3:ListBucketVersions", bucket),
        ("s3:PutObject", f"{bucket}/elsewhere"),
        ("s3:PutObject", f"{bucket}/streaks.toml"),
        ("s3:GetObject", f"{bucket}/sessions/sessions.json"),
        ("s3:PutObject", f"{bucket}/sessions/sessions.json"),
        ("s3:PutBucketPolicy", bucket),
        ("secretsmanager:GetSecretValue", f"{secrets}other-AbCdEf"),
        ("secretsmanager:DeleteSecret", f"{secrets}myrunstreak/dev/sync-state-AbCdEf"),
        ("lambda:InvokeFunction", "arn:aws:lambda:us-east-2:123456789012:function:myrunstreak-dev-sync:live"),
    ):  # fmt: skip
        assert not any(covers(grant, need) for grant in grants), need
