"""Acting as one runner: a session of the runners' role that reaches this one's record, and nothing of any other's."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from myrunstreak.aws import acting_with, aws_client
from myrunstreak.contract.club import SHARING_NAME, ClubSettings
from myrunstreak.contract.layout import SESSIONS_FOLDER, S3Location
from myrunstreak.contract.references import PARAMETER_PREFIX
from myrunstreak.errors import InvalidSettings
from myrunstreak.redaction import remember

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# What a session is for: keeping the record, or answering about it.
Duty = Literal["sync", "answer"]

# Of a role that was taken by a function's own role; a longer one is refused.
_SESSION_S: Final = 3600
_LONGEST_POLICY: Final = 2048
# What the page and the club's API keep: who is signed in, when Smashrun was asked, what is shared.
_KEPT_BY_ANSWERS: Final = (f"{SESSIONS_FOLDER}/*", SHARING_NAME)


@contextmanager
def acting_as(runner_id: str, club: ClubSettings, region: str, duty: Duty) -> Generator[None]:
    """Make the AWS clients of this context with one runner's rights; without RUNNER_ROLE, with the process's own."""
    with acting_with(credentials_of(runner_id, club, region, duty)):
        yield


def credentials_of(runner_id: str, club: ClubSettings, region: str, duty: Duty) -> Credentials | None:
    """The credentials of a session of RUNNER_ROLE for one runner; they renew themselves. None without that role.

    Raises:
        InvalidSettings: the club is not on S3, or its names are too long for a session's policy.
    """
    role = club.runner_role
    if role is None:
        return None
    from botocore.credentials import DeferredRefreshableCredentials

    policy = json.dumps(session_policy(runner_id, club, region, duty), separators=(",", ":"))
    if len(policy) > _LONGEST_POLICY:
        raise InvalidSettings(
            f"CLUB and CLUB_SECRETS are so long that the policy of a runner's session has {len(policy)} characters; "
            f"AWS accepts {_LONGEST_POLICY}. Choose shorter names."
        )
    with acting_with(None):
        sts = aws_client("sts", region, connect_timeout_s=3, read_timeout_s=10)

    def take_role() -> dict[str, str]:
        taken = sts.assume_role(
            RoleArn=role, RoleSessionName=runner_id, Policy=policy, DurationSeconds=_SESSION_S
        )["Credentials"]
        remember(taken["SecretAccessKey"], taken["SessionToken"])
        return {
            "access_key": taken["AccessKeyId"],
            "secret_key": taken["SecretAccessKey"],
            "token": taken["SessionToken"],
            "expiry_time": taken["Expiration"].isoformat(),
        }

    return DeferredRefreshableCredentials(take_role, "assume-role")


def session_policy(runner_id: str, club: ClubSettings, region: str, duty: Duty) -> dict[str, Any]:
    """What a session for one runner may do at most; what RUNNER_ROLE may not, it may not either.

    Raises:
        InvalidSettings: the club is not on S3.
    """
    record = club.record_of(runner_id)
    if not isinstance(record, S3Location):
        raise InvalidSettings(f"CLUB is {club.club!r}; with RUNNER_ROLE it has to be on S3.")
    bucket = f"arn:aws:s3:::{record.bucket}"
    objects = f"{bucket}/{record.key}"
    kept = ("*",) if duty == "sync" else _KEPT_BY_ANSWERS
    statements = [
        _allow(["s3:GetObject"], [f"{objects}*"]),
        _allow(["s3:PutObject"], [f"{objects}{name}" for name in kept]),
        _allow(["s3:ListBucket"], [bucket], StringLike={"s3:prefix": f"{record.key}*"}),
    ]
    if duty == "sync":
        statements += _tokens_of(club.tokens_of(runner_id), str(club.runner_role).split(":")[4], region)
    return {"Version": "2012-10-17", "Statement": statements}


def _tokens_of(reference: str, account: str, region: str) -> list[dict[str, Any]]:
    """The right to one parameter, and through SSM to the account's key for parameters where it is this one's."""
    if not reference.startswith(PARAMETER_PREFIX):
        return []
    name = reference.removeprefix(PARAMETER_PREFIX).removeprefix("/")
    parameter = f"arn:aws:ssm:{region}:{account}:parameter/{name}"
    return [
        _allow(["ssm:GetParameter", "ssm:PutParameter"], [parameter]),
        _allow(
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            [f"arn:aws:kms:{region}:{account}:key/*"],
            StringEquals={
                "kms:ViaService": f"ssm.{region}.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": parameter,
            },
        ),
    ]


def _allow(actions: Sequence[str], resources: Sequence[str], **conditions: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})
