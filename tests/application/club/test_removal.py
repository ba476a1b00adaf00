"""A runner is removed: no byte of theirs stays, every byte of the others does, and a broken removal is done again."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from myrunstreak import aws as our_aws
from myrunstreak.club import lake_function
from myrunstreak.club import removal as module
from myrunstreak.club.registry import Registry
from myrunstreak.club.removal import Removal
from myrunstreak.contract.club import BOARD_NAME, OUTCOMES_FOLDER, ClubSettings, Runner, new_runner_id
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import MyRunStreakError, StoreUnavailable
from myrunstreak.secrets import open_secret

from tests.stage.aws import REGION, Cloud, new_bucket

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
FILES = (
    "runs.duckdb",
    "raw/loopback/0001.json.gz",
    "page/index.html",
    "sessions/sessions.json",
    "sharing.json",
)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Parts:
    """A club in AWS with two runners and a copy in another region.

    Attributes:
        asked: what the lake's function was asked.
        in_flight: how many messages are with workers at each look.
        refusals: how often the lake's function is at work when it is started.
    """

    club: ClubSettings
    registry: Registry
    anna: Runner
    ben: Runner
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    in_flight: list[int] = field(default_factory=list[int])
    refusals: int = 0
    slept: list[float] = field(default_factory=list[float])
    now: datetime = AT

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    @property
    def removal(self) -> Removal:
        """As another process would have it."""
        return Removal(
            self.club, Registry.open(self.club, REGION), REGION, clock=lambda: self.now, sleep=self.sleep
        )

    def bytes_of(self, runner: Runner) -> list[tuple[str, str, str]]:
        """Key, version and tag of all that is or was kept of a runner, in both buckets, with the parameter's name."""
        found: list[tuple[str, str, str]] = []
        for location in (self.club.record_of(runner.id), self.club.replica_of(runner.id)):
            client: Any = boto3.client("s3", region_name=REGION)
            bucket = getattr(location, "bucket", "")
            listed = client.list_object_versions(Bucket=bucket)
            for kind in ("Versions", "DeleteMarkers"):
                found += [
                    (one["Key"], one["VersionId"], one.get("ETag", "deleted"))
                    for one in listed.get(kind, [])
                    if runner.id in one["Key"]
                ]
        if open_secret(self.club.tokens_of(runner.id), REGION).read():
            found.append((self.club.tokens_of(runner.id), "", ""))
        return sorted(found)


@pytest.fixture
def parts(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Both runners have objects in two states, and one that was deleted; the function and the queue are stand-ins."""
    replica = new_bucket()
    club = ClubSettings(
        club=f"s3://{cloud.bucket}/town/",
        club_secrets=f"/club/{uuid4().hex}",
        club_replica=f"s3://{replica}/town/",
        sync_queue="https://sqs/syncs",
        lake_function="lake",
    )
    registry = Registry.open(club, REGION)
    anna, ben = (
        Runner(id=new_runner_id(), name=name, timezone="UTC", added_at=AT) for name in ("Anna", "Ben")
    )
    for runner in (anna, ben):
        registry.add(runner)
        open_secret(club.tokens_of(runner.id), REGION).write({"access_token": "planted"})
        for place in (club.record_of(runner.id), club.replica_of(runner.id)):
            fill(place)
    made = Parts(club, registry, anna, ben)
    real = our_aws.aws_client

    def client(service: str, region: str, **options: Any) -> Any:
        return _StandIn(made) if service in {"lambda", "sqs"} else real(service, region, **options)

    for asks in (module, lake_function):
        monkeypatch.setattr(asks, "aws_client", client)
    return made


@dataclass
class _StandIn:
    parts: Parts

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        left = self.parts.in_flight.pop(0) if self.parts.in_flight else 0
        return {"Attributes": {"ApproximateNumberOfMessagesNotVisible": str(left)}}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert "lake" == FunctionName
        if self.parts.refusals:
            self.parts.refusals -= 1
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
        self.parts.asked.append(json.loads(Payload))
        answer = {"rows_removed": {"runs": 7, "days": 5, "runners": 1}, "on_board": 1}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def fill(place: Any) -> None:
    client: Any = boto3.client("s3", region_name=REGION)
    for name in FILES:
        for content in (b"old", b"new"):
            client.put_object(Bucket=place.bucket, Key=f"{place.key}{name}", Body=content)
    client.delete_object(Bucket=place.bucket, Key=f"{place.key}{FILES[2]}")


def test_nothing_of_one_stays_and_all_of_the_other_does(parts: Parts) -> None:
    """Present and earlier states, deletions, tokens, the copy; the lake is told; the registry forgets."""
    before = parts.bytes_of(parts.ben)
    assert 2 * (2 * len(FILES) + 1) + 1 == len(before) == len(parts.bytes_of(parts.anna))
    removed = parts.removal.remove(parts.anna)
    assert [] == parts.bytes_of(parts.anna)
    assert before == parts.bytes_of(parts.ben)
    assert [parts.ben] == parts.registry.runners()
    assert [{"remove": parts.anna.id}] == parts.asked
    assert (11, 11, True) == (removed.states, removed.replica_states, removed.had_parameter)
    assert {"runs": 7, "days": 5, "runners": 1} == removed.lake_rows


def test_the_clubs_own_objects_do_not_remember_a_runner(parts: Parts) -> None:
    """Neither in an earlier state, nor in the copy, nor where a run over all runners left what became of them."""
    client: Any = boto3.client("s3", region_name=REGION)
    for place in (parts.club.own_folder, parts.club.own_replica):
        assert isinstance(place, S3Location)
        for name in (BOARD_NAME, f"{OUTCOMES_FOLDER}/1/FAILED_0.json"):
            for content in (parts.anna.id, "[]"):
                client.put_object(Bucket=place.bucket, Key=f"{place.key}{name}", Body=content.encode())
    parts.removal.remove(parts.anna)
    states: list[bytes] = []
    for place in (parts.club.own_folder, parts.club.own_replica):
        assert isinstance(place, S3Location)
        for one in client.list_object_versions(Bucket=place.bucket, Prefix=place.key)["Versions"]:
            found = client.get_object(Bucket=place.bucket, Key=one["Key"], VersionId=one["VersionId"])
            states.append(found["Body"].read())
    assert 3 == len(states), "the registry and two boards"
    assert not [one for one in states if parts.anna.id.encode() in one or b"Anna" in one]


def test_it_waits_for_the_syncs_under_way_but_not_for_ever(parts: Parts) -> None:
    """A function ends after 15 minutes; who takes a message later finds that the runner has left."""
    parts.in_flight = [3, 1, 0, 9]
    parts.removal.remove(parts.anna)
    assert [5.0, 5.0] == parts.slept
    parts.in_flight = [1] * 1000
    parts.removal.remove(parts.ben)
    assert parts.now - AT >= timedelta(minutes=15)
    assert parts.in_flight
    assert [] == parts.bytes_of(parts.ben)


def test_it_waits_for_the_lakes_writer_but_not_for_ever(parts: Parts) -> None:
    """One runs at a time: Lambda refuses a second. Where it never ends, the runner is removed again later."""
    parts.refusals = 2
    assert {"runs": 7, "days": 5, "runners": 1} == parts.removal.remove(parts.anna).lake_rows
    assert [5.0, 5.0] == parts.slept
    parts.refusals = 1000
    with pytest.raises(StoreUnavailable, match="again"):
        parts.removal.remove(parts.ben)
    assert timedelta(minutes=15) <= parts.now - AT < timedelta(minutes=16)
    assert parts.registry.find("Ben").left_at


def test_what_a_late_sync_leaves_behind_goes_too(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that published while the lake's function was at work."""
    monkeypatch.setattr(
        Removal, "_remove_from_lake", lambda *_: fill(parts.club.record_of(parts.anna.id)) or {"runs": 1}
    )
    assert 22 == parts.removal.remove(parts.anna).states
    assert [] == parts.bytes_of(parts.anna)


STEPS = (
    "mark_left",
    "_wait_for_syncs",
    "_erase_parameter",
    "erase",
    "_remove_from_lake",
    "take_out",
)


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_and_repeated_equals_not_killed(
    step: str, is_done: bool, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first step on no one may use the record, and the repetition finds the runner by name."""
    before = parts.bytes_of(parts.ben)
    owner: Any = Registry if step in {"mark_left", "take_out"} else module if step == "erase" else Removal
    real = getattr(owner, step)

    def die(*given: Any) -> None:
        if is_done:
            real(*given)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, die)
        with pytest.raises(Killed):
            parts.removal.remove(parts.anna)
    if step == "take_out" and is_done:
        assert [parts.ben] == parts.registry.runners()
    else:
        again = parts.registry.find("anna")
        assert (again.left_at is None) == (step == "mark_left" and not is_done)
        parts.removal.remove(again)
    assert [] == parts.bytes_of(parts.anna)
    assert before == parts.bytes_of(parts.ben)
    assert [parts.ben] == parts.registry.runners()


def test_where_the_lake_cannot_forget_the_runner_stays_in_the_registry(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator is told, and removes again."""
    monkeypatch.setattr(
        _StandIn, "invoke", lambda *_, **__: {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
    )
    with pytest.raises(MyRunStreakError, match="again"):
        parts.removal.remove(parts.anna)
    assert parts.registry.find("Anna").left_at


def test_more_than_a_page_of_versions_goes(cloud: Cloud) -> None:
    """S3 lists and erases a thousand at a time."""
    from myrunstreak.store.blobs.erasing import erase

    for number in range(1001):
        cloud.put(f"runners/a/{number}", b"")
    cloud.put("runners/ab", b"another's")
    assert 1001 == erase(S3Location(cloud.bucket, "runners/a/"), REGION)
    assert ["runners/ab"] == [key for key, *_ in cloud.versions()]
    with pytest.raises(ValueError, match="slash"):
        erase(S3Location(cloud.bucket, "runners/a"), REGION)


def test_on_this_machine_a_folder_goes_whole(tmp_path: Path) -> None:
    """Hidden files too; and one that is not there is none."""
    club = ClubSettings(club=str(tmp_path))
    registry = Registry.open(club, REGION)
    anna = Runner(id=new_runner_id(), name="Anna", timezone="UTC", added_at=AT)
    registry.add(anna)
    folder = tmp_path / "runners" / anna.id
    (folder / "raw").mkdir(parents=True)
    for name in (".lock", "tokens.json", "raw/1.gz"):
        (folder / name).write_text("x")
    removal = Removal(club, registry, REGION)
    assert 3 == removal.remove(anna).states
    assert not folder.exists()
    assert [] == registry.runners()
    assert 0 == removal.erase(anna).states
