"""What a session for one runner may do: judged as IAM judges it, and short enough for STS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from myrunstreak.club.role import Duty, credentials_of, session_policy
from myrunstreak.contract.club import ClubSettings, new_runner_id
from myrunstreak.errors import InvalidSettings

from tests.stage.iam import Grant, Need, grants

REGION = "us-east-2"
ROLE = "arn:aws:iam::123456789012:role/runners"
BUCKET = "arn:aws:s3:::club-bucket"
ME, OTHER = new_runner_id(), new_runner_id()
PARAMETERS = f"arn:aws:ssm:{REGION}:123456789012:parameter/myrunstreak/dev/runners"


def club(**fields: Any) -> ClubSettings:
    """A club on S3."""
    given = {
        "club": "s3://club-bucket/",
        "club_secrets": "/myrunstreak/dev/runners",
        "runner_role": ROLE,
        **fields,
    }
    return ClubSettings.model_validate(given)


def allowed(duty: Duty) -> list[Grant]:
    """What a session for me may do."""
    return grants(json.dumps(session_policy(ME, club(), REGION, duty)))


def may(duty: Duty, action: str, arn: str, **context: str) -> bool:
    """Whether a session for me may do it."""
    need = Need(action, arn, tuple((key.replace("_", ":"), value) for key, value in context.items()))
    return any(grant.covers(need) for grant in allowed(duty))


def test_a_sync_keeps_its_record_and_tokens() -> None:
    """Everything under the prefix, and one parameter."""
    for action in ("s3:GetObject", "s3:PutObject"):
        assert may("sync", action, f"{BUCKET}/runners/{ME}/runs.duckdb")
        assert may("sync", action, f"{BUCKET}/runners/{ME}/raw/2026/a.json")
    assert may("sync", "s3:ListBucket", BUCKET, s3_prefix=f"runners/{ME}/raw/")
    for action in ("ssm:GetParameter", "ssm:PutParameter"):
        assert may("sync", action, f"{PARAMETERS}/{ME}/tokens")


def test_an_answer_reads_and_keeps_only_who_is_signed_in_and_what_is_shared() -> None:
    """The API has no tokens: what it does not have, it cannot lose."""
    assert may("answer", "s3:GetObject", f"{BUCKET}/runners/{ME}/runs.duckdb")
    assert not may("answer", "s3:PutObject", f"{BUCKET}/runners/{ME}/runs.duckdb")
    assert not may("answer", "s3:PutObject", f"{BUCKET}/runners/{ME}/api-keys.json")
    assert may("answer", "s3:PutObject", f"{BUCKET}/runners/{ME}/sessions/sessions.json")
    assert may("answer", "s3:PutObject", f"{BUCKET}/runners/{ME}/sharing.json")
    assert not [grant for grant in allowed("answer") if grant.action.startswith(("ssm", "kms"))]


@pytest.mark.parametrize("duty", ["sync", "answer"])
def test_nothing_of_another_runner_nor_of_the_club_is_reached(duty: Duty) -> None:
    """Neither by a longer name, nor by a listing without a prefix."""
    for key in (f"runners/{OTHER}/runs.duckdb", f"runners/{ME}0/x", "club/runners.json", "runs.duckdb"):
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            assert not may(duty, action, f"{BUCKET}/{key}")
    for prefix in ("", "runners/", f"runners/{OTHER}/", f"runners/{ME}", "club/"):
        assert not may(duty, "s3:ListBucket", BUCKET, s3_prefix=prefix)
    assert not may(duty, "s3:ListBucket", BUCKET)
    for action in ("ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"):
        assert not may(duty, action, f"{PARAMETERS}/{OTHER}/tokens")
    assert not may(duty, "s3:DeleteObject", f"{BUCKET}/runners/{ME}/runs.duckdb")


def test_a_key_serves_for_this_runners_parameter_only() -> None:
    """What SSM tells KMS about itself."""
    key = f"arn:aws:kms:{REGION}:123456789012:key/1"
    via = f"ssm.{REGION}.amazonaws.com"
    need = [("kms:viaservice", via), ("kms:encryptioncontext:parameter_arn", f"{PARAMETERS}/{ME}/tokens")]
    assert any(one.covers(Need("kms:Decrypt", key, tuple(need))) for one in allowed("sync"))
    need[1] = (need[1][0], f"{PARAMETERS}/{OTHER}/tokens")
    assert not any(one.covers(Need("kms:Decrypt", key, tuple(need))) for one in allowed("sync"))
    assert not any(one.covers(Need("kms:Decrypt", key)) for one in allowed("sync"))


def test_the_longest_names_that_aws_gives_make_a_policy_that_sts_takes(aws: str) -> None:
    """2,048 characters."""
    long = club(club=f"s3://{'b' * 63}/", club_secrets="/" + "s" * 200)
    assert credentials_of(ME, long, REGION, "sync") is not None


def test_names_that_are_too_long_are_refused_with_what_to_do(aws: str) -> None:
    """Not by STS, with every sync."""
    with pytest.raises(InvalidSettings, match="Choose shorter names"):
        credentials_of(ME, club(club=f"s3://bucket/{'p' * 400}/"), REGION, "sync")


def test_without_a_role_the_process_acts_for_itself() -> None:
    """A club on a disk, and the operator's commands."""
    assert credentials_of(ME, club(runner_role=None), REGION, "sync") is None


def test_a_role_is_for_a_club_on_s3() -> None:
    """A folder has no policy."""
    with pytest.raises(InvalidSettings, match="has to be on S3"):
        credentials_of(ME, club(club="./data/club"), REGION, "sync")


def test_tokens_in_another_place_get_no_statement() -> None:
    """Beside the record they are under its prefix."""
    policy = session_policy(ME, club(club_secrets=None), REGION, "sync")
    assert "ssm:" not in json.dumps(policy)
