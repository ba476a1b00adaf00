"""The worker in this process: one runner a message, the others none the worse, and nothing of one left for the next."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from myrunstreak import redaction
from myrunstreak.contract.layout import S3Location
from myrunstreak.contract.telemetry import SERVICE
from myrunstreak.errors import InvalidSettings, ReauthorisationRequired
from myrunstreak.handlers.worker import lambda_handler
from myrunstreak.store.copies import warm

from tests.stage.aws import REGION, new_bucket
from tests.stage.club import ClubStage, Member, receive, recent_runs, records_of
from tests.stage.handler import Context, Printed, read_lines
from tests.stage.town import Town


@pytest.fixture
def sqs(aws: str) -> Any:
    """A client of our own."""
    return boto3.client("sqs", region_name=aws)


@pytest.fixture
def stage(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClubStage]:
    """A club whose worker tells a lake."""
    queue = sqs.create_queue(QueueName=f"lake-{uuid4().hex[:8]}")["QueueUrl"]
    role = "arn:aws:iam::123456789012:role/runners"
    with Town() as town:
        stage = ClubStage(town, new_bucket(), runner_role=role, lake_queue=queue)
        for name, value in stage.environment.items():
            monkeypatch.setenv(name, value)
        yield stage


def handle(*bodies: str) -> list[int]:
    """Let the worker have a batch; the numbers of the messages that failed."""
    # The logger of an earlier test writes to what was stdout then.
    for known in logging.getLogger(SERVICE).handlers:
        if isinstance(known, logging.StreamHandler):
            known.stream = sys.stdout
    answer = lambda_handler(records_of(bodies), Context())
    return [int(one["itemIdentifier"].rpartition("-")[2]) for one in answer["batchItemFailures"]]


def told(sqs: Any, stage: ClubStage) -> list[str]:
    """Whose records the lake was told of."""
    return [one["runner"] for one in receive(sqs, str(stage.club.lake_queue))]


def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """What was printed since the last look."""
    return read_lines(capsys.readouterr().out)


def ids(member: Member) -> list[int]:
    """The runs in the runner's published record."""
    return [row[0] for row in member.rows()]


def test_each_message_is_one_runners_sync(sqs: Any, stage: ClubStage) -> None:
    """Records, state and tokens in their own places, and the lake hears of both."""
    one, other = stage.add(recent_runs(5)), stage.add(recent_runs(3))
    assert [] == handle(one.message, other.message)
    assert (5, 3) == (len(ids(one)), len(ids(other)))
    assert sorted([one.id, other.id]) == sorted(told(sqs, stage))


def test_a_record_among_many_has_no_backups(stage: ClubStage) -> None:
    """No rule of a bucket could end them; its old versions and its archive bring it back."""
    member = stage.add(recent_runs(2))
    assert [] == handle(member.message)
    database = member.settings.database
    assert isinstance(database, S3Location)
    prefix = database.key.removesuffix("runs.duckdb")
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket=database.bucket, Prefix=prefix)
    folders = {one.get("Key", "").removeprefix(prefix).split("/")[0] for one in listed.get("Contents", [])}
    assert {"runs.duckdb", "raw"} < folders
    assert "backups" not in folders


def test_a_failed_message_alone_comes_again(sqs: Any, stage: ClubStage) -> None:
    """Dead tokens in the middle of a batch: the others are synced, and the lake hears of all three."""
    one, dead, other = (stage.add(recent_runs(3)) for _ in range(3))
    stage.lose_tokens(dead)
    assert [1] == handle(one.message, dead.message, other.message)
    assert 3 == len(ids(one)) == len(ids(other))
    assert {one.id, dead.id, other.id} == set(told(sqs, stage))


def test_what_is_no_message_fails_alone(stage: ClubStage) -> None:
    """It ends among the dead letters, where the operator sees it."""
    member = stage.add(recent_runs(2))
    assert [0, 2] == handle("{", member.message, '{"runner": "../../x"}')
    assert 2 == len(ids(member))


def test_who_has_left_or_was_never_there_is_dropped(
    sqs: Any, stage: ClubStage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of theirs is touched, the message does not come again, and the log says why."""
    gone = stage.add(recent_runs(2))
    stage.registry.mark_left(gone.id, gone.runner.added_at)
    assert [] == handle(gone.message, gone.message.replace(gone.id, "0" * 26))
    assert 0 == gone.smashrun.count()
    assert [] == told(sqs, stage)
    reasons = [(one["runner"], one["reason"]) for one in printed(capsys).logs if one["message"] == "Dropped"]
    assert reasons == [
        (gone.id, "The runner has left the club"),
        ("0" * 26, "There is no such runner in the club"),
    ]


def test_a_registry_that_cannot_be_read_drops_nobody(stage: ClubStage) -> None:
    """Else a missing permission would look like a club without runners."""
    member = stage.add(recent_runs(2))
    s3: Any = boto3.client("s3", region_name=REGION)
    bucket = stage.club.club.removeprefix("s3://").rstrip("/")
    s3.put_object(Bucket=bucket, Key="club/runners.json", Body=b"{")
    assert [0] == handle(member.message)


def test_by_hand_a_failure_is_raised_and_a_result_returned(stage: ClubStage) -> None:
    """As the state machine that goes over all runners wants it."""
    member, dead = stage.add(recent_runs(4)), stage.add()
    result = lambda_handler({"runner": member.id, "sync": {"full": True}}, Context())
    assert ("complete", 4) == (result["status"], result["runs_new"])
    stage.lose_tokens(dead)
    with pytest.raises(ReauthorisationRequired):
        lambda_handler({"runner": dead.id}, Context())
    with pytest.raises(InvalidSettings, match="cannot be understood"):
        lambda_handler({"runner": "nobody"}, Context())


def test_metrics_name_no_runner_and_the_log_does(
    stage: ClubStage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dimension for each runner would cost more than all the rest."""
    one, other = stage.add(recent_runs(2)), stage.add(recent_runs(2))
    handle(one.message, other.message)
    seen = printed(capsys)
    assert 2 == len(seen.emf)
    assert not [key for key in (one.id, other.id) if key in json.dumps(seen.emf)]
    ended = [line["runner"] for line in seen.logs if line["message"] == "Sync ended"]
    assert [one.id, other.id] == ended


def test_nothing_of_a_runner_is_left(
    stage: ClubStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, no copy of the record, no secret in memory; also after a failure."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    member, dead = stage.add(recent_runs(3)), stage.add()
    handle(member.message)  # who is in the club stays known
    stage.lose_tokens(dead)
    files, secrets = _files(tmp_path), set(redaction._known)
    assert [1] == handle(member.message, dead.message)
    assert files == _files(tmp_path)
    assert secrets == redaction._known
    assert {} == warm._warm_copies
    assert str(tmp_path) == tempfile.gettempdir()


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
