"""With the rights of one runner nothing of another is reached: judged by an AWS that enforces its policies."""

from __future__ import annotations

from typing import Any

import pytest
from myrunstreak.errors import MyRunStreakError
from myrunstreak.handlers import dispatch, worker

from tests.stage.club import Member, receive, recent_runs, records_of
from tests.stage.enforced_club import EnforcedClub, is_refused, noted_calls
from tests.stage.fleet import Fleet, work_off
from tests.stage.handler import Context

# What a worker asks of AWS in a runner's name.
ASKED_FOR_A_RUNNER = {
    ("s3", "GetObject"),
    ("s3", "PutObject"),
    ("s3", "ListObjectsV2"),
    ("ssm", "GetParameter"),
    ("ssm", "PutParameter"),
}
ASKED_BY_ITSELF = {("s3", "GetObject"), ("sts", "AssumeRole"), ("sqs", "SendMessageBatch")}


def sync(enforced: EnforcedClub, *members: Member) -> list[int]:
    """Let the worker have a message for each; the numbers of those that failed."""
    with enforced.acting_as("worker"):
        answer = worker.lambda_handler(records_of(one.message for one in members), Context())
    return [int(one["itemIdentifier"].rpartition("-")[2]) for one in answer["batchItemFailures"]]


def names(parameters: dict[str, Any], member: Member) -> bool:
    """Whether a call is about a runner's own."""
    return any(member.id in str(parameters.get(name, "")) for name in ("Key", "Prefix", "Name"))


def of_the_other(parameters: dict[str, Any], member: Member, other: Member) -> dict[str, Any]:
    """The same call about another runner's."""
    moved = {
        name: value.replace(member.id, other.id) if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    # The body of a call that was made is read to its end, and a condition would be judged first.
    return {name: value for name, value in moved.items() if name not in {"Body", "IfMatch", "IfNoneMatch"}}


def test_every_call_of_a_worker_is_refused_for_another_runner(enforced: EnforcedClub) -> None:
    """The calls of two syncs, one of them with tokens to renew: each made again with the other's id in the place."""
    with enforced.operating() as stage:
        member, other = stage.add(recent_runs(20)), stage.add(recent_runs(3))
    assert [] == sync(enforced, other)
    with noted_calls() as calls:
        assert [] == sync(enforced, member)
        member.smashrun.expire_access_tokens()
        assert [] == sync(enforced, member)
    own = [one for one in calls.made if names(one[2], member)]
    assert ASKED_FOR_A_RUNNER == {
        (client.meta.service_model.service_name, operation) for client, operation, _ in own
    }
    for client, operation, parameters in own:
        assert is_refused(client, operation, of_the_other(parameters, member, other)), (operation, parameters)
    assert not [one for one in calls.made if names(one[2], other)]


def test_a_runners_session_reaches_nothing_beside_the_record(enforced: EnforcedClub) -> None:
    """Neither the club's own files, nor a listing of more than the record, nor an older state, nor a deletion."""
    with enforced.operating() as stage:
        member, other = stage.add(recent_runs(3)), stage.add(recent_runs(3))
    sync(enforced, other)
    with noted_calls() as calls:
        sync(enforced, member)
    own = {
        client.meta.service_model.service_name: client
        for client, _, parameters in calls.made
        if names(parameters, member)
    }
    s3, ssm, bucket = own["s3"], own["ssm"], enforced.bucket
    theirs = f"runners/{other.id}"
    for key in (
        "club/runners.json",
        "club/board.json",
        f"{theirs}/runs.duckdb",
        f"{theirs}/sessions/sessions.json",
        f"{theirs}/api-keys.json",
    ):
        assert is_refused(s3, "GetObject", {"Bucket": bucket, "Key": key}), key
        assert is_refused(s3, "PutObject", {"Bucket": bucket, "Key": key, "Body": b""}), key
        assert is_refused(s3, "DeleteObject", {"Bucket": bucket, "Key": key}), key
        source = {"Bucket": bucket, "Key": key}
        copy = {"Bucket": bucket, "Key": f"runners/{member.id}/stolen", "CopySource": source}
        assert is_refused(s3, "CopyObject", copy), key
    for prefix in ("", "runners/", theirs, f"{theirs}/", "club/"):
        asked = {"Bucket": bucket, "Prefix": prefix}
        assert is_refused(s3, "ListObjectsV2", asked), prefix
        assert is_refused(s3, "ListObjectVersions", asked), prefix
    assert is_refused(s3, "DeleteObject", {"Bucket": bucket, "Key": f"runners/{member.id}/runs.duckdb"})
    tokens = other.settings.tokens_secret.removeprefix("ssm:")
    for operation, more in (
        ("GetParameter", {"WithDecryption": True}),
        ("PutParameter", {"Value": "{}", "Overwrite": True}),
        ("DeleteParameter", {}),
    ):
        assert is_refused(ssm, operation, {"Name": tokens, **more}), operation
    assert is_refused(ssm, "GetParametersByPath", {"Path": tokens.rpartition("/")[0], "Recursive": True})


def test_a_worker_by_itself_reaches_no_record(enforced: EnforcedClub) -> None:
    """It knows who the runners are, takes sessions, and tells the lake: that is all that it asks."""
    with enforced.operating() as stage:
        member = stage.add(recent_runs(3))
    with noted_calls() as calls:
        sync(enforced, member)
    by_itself = [one for one in calls.made if not names(one[2], member)]
    assert ASKED_BY_ITSELF == {
        (client.meta.service_model.service_name, operation) for client, operation, _ in by_itself
    }
    s3 = next(client for client, operation, _ in by_itself if operation == "GetObject")
    key = f"runners/{member.id}/runs.duckdb"
    assert is_refused(s3, "GetObject", {"Bucket": enforced.bucket, "Key": key})
    assert is_refused(s3, "PutObject", {"Bucket": enforced.bucket, "Key": key, "Body": b""})


def test_a_dispatch_reaches_no_record(enforced: EnforcedClub) -> None:
    """It sends who is due, and notes until when."""
    with enforced.operating() as stage:
        members = [stage.add(zone=zone) for zone in ("Asia/Tokyo", "UTC", "America/New_York")]
    with enforced.acting_as("dispatch"), noted_calls() as calls:
        dispatch.lambda_handler({}, Context())
        first = dispatch.lambda_handler({}, Context())
    assert not [one for one in calls.made if any(names(one[2], member) for member in members)]
    assert {("s3", "GetObject"), ("s3", "PutObject")} <= calls.by_service()
    assert 0 == first["sent"]
    s3 = next(client for client, operation, _ in calls.made if operation == "PutObject")
    key = f"runners/{members[0].id}/api-keys.json"
    assert is_refused(s3, "GetObject", {"Bucket": enforced.bucket, "Key": key})


@pytest.mark.parametrize("trouble", ["dead tokens", "poisoned record"])
def test_the_trouble_of_one_runner_delays_nobody(enforced: EnforcedClub, trouble: str) -> None:
    """Their message comes again, three times in all, and then waits for the operator; the others' are done at once."""
    with enforced.operating() as stage:
        one, troubled, other = (stage.add(recent_runs(3)) for _ in range(3))
        if trouble == "dead tokens":
            stage.lose_tokens(troubled)
        else:
            enforced.emulator.client("s3").put_object(
                Bucket=enforced.bucket, Key=f"runners/{troubled.id}/runs.duckdb", Body=b"no database"
            )
    for member in (troubled, one, troubled, other):
        enforced.sqs.send_message(QueueUrl=enforced.queues["syncs"], MessageBody=member.message)
    done = work_off(Fleet.of(enforced))
    assert {one.id: 1, other.id: 1, troubled.id: 6} == done
    letters = receive(enforced.sqs, enforced.queues["letters"])
    assert [troubled.id, troubled.id] == [letter["runner"] for letter in letters]
    with enforced.operating():
        assert 3 == len(one.rows()) == len(other.rows())
        if trouble == "poisoned record":
            with pytest.raises(MyRunStreakError):
                troubled.rows()
