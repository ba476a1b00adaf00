"""Publishing on S3: whose write it was, damage, what AWS refuses."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from myrunstreak.composition import Services
from myrunstreak.errors import (
    InvalidSettings,
    MyRunStreakError,
    ReauthorisationRequired,
    StoreCorrupt,
    StoreUnavailable,
)

from tests.stage.aws import Cloud, LostReply, answer, client_of, denied, with_fault
from tests.stage.history import late
from tests.stage.source_changes import change_the_source
from tests.stage.world import MakeWorld, World, assert_rebuilds

DATABASE = "record/runs.duckdb"


@pytest.fixture
def s3_world(make_world: MakeWorld, cloud: Cloud) -> World:
    """A world whose record and secrets are in AWS, synced once."""
    world = make_world(None, **cloud.settings)
    world.sync()
    return world


def one_line(error: BaseException) -> str:
    """The message, which is one line without a trace."""
    text = str(error)
    assert "\n" not in text
    assert "Traceback" not in text
    assert "botocore" not in text
    return text


def test_a_lost_reply_is_known_as_our_own_write(s3_world: World, cloud: Cloud) -> None:
    """The write arrived, its answer did not: no conflict, one version, the state moves."""
    s3_world.sim.add(late(1))
    s3_world.next_day()
    fault = LostReply(DATABASE)
    before = cloud.versions(DATABASE)
    result = s3_world.sync(arrange=lambda services: with_fault(client_of(services), "PutObject", fault))
    assert (1, "complete", 1) == (fault.lost, result.status, result.runs_new)
    assert len(before) + 1 == len(cloud.versions(DATABASE))
    assert_rebuilds(s3_world)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_reply_is_not_taken_for_success_when_another_wrote(
    arrives: bool, s3_world: World, cloud: Cloud, make_world: MakeWorld
) -> None:
    """Another sync publishes where our answer was lost: its rows and ours are both there at the end."""
    s3_world.sim.add(late(1))
    s3_world.next_day()

    def another_sync() -> None:
        s3_world.sim.add(late(2))
        s3_world.sync()

    fault = LostReply(DATABASE, another_sync, arrives=arrives)
    result = s3_world.sync(arrange=lambda services: with_fault(client_of(services), "PutObject", fault))
    assert (1, "complete") == (fault.lost, result.status)
    assert [(2,)] == s3_world.ask("SELECT count(*) FROM runs WHERE external_id IN ('late-1', 'late-2')")
    assert_rebuilds(s3_world)


def test_writers_that_always_come_first_end_in_a_conflict(s3_world: World, cloud: Cloud) -> None:
    """Where every write is refused the sync gives up, the object stands, and the next sync catches up."""
    s3_world.sim.add(late(1))
    s3_world.next_day()
    before = cloud.versions(DATABASE)
    with pytest.raises(MyRunStreakError, match="changed by other syncs"):
        s3_world.sync(
            arrange=lambda services: with_fault(
                client_of(services), "PutObject", lambda r: answer(r, 412, "PreconditionFailed")
            )
        )
    assert before == cloud.versions(DATABASE)
    assert "failed" == s3_world.state().last_attempt.status  # type: ignore[union-attr]
    s3_world.clean_sync()
    assert [(1,)] == s3_world.ask("SELECT count(*) FROM runs WHERE external_id = 'late-1'")
    assert_rebuilds(s3_world)


@pytest.mark.parametrize("damage", ["garbage", "cut", "flipped", "empty", "another database"])
def test_a_damaged_database_is_named_and_never_overwritten(
    damage: str, s3_world: World, cloud: Cloud, tmp_path: Path
) -> None:
    """The error names the object's version and the command to restore it; nothing is written."""
    body = bytearray(cloud.body(DATABASE))
    if damage == "flipped":
        for at in range(12_288 + 64, len(body), 4_096):
            body[at] ^= 0xFF
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE something (else_ INTEGER)")
    damaged = {
        "garbage": b"this is no database" * 999,
        "cut": bytes(body[: len(body) // 2]),
        "flipped": bytes(body),
        "empty": b"",
        "another database": other.read_bytes(),
    }[damage]
    cloud.put(DATABASE, damaged)
    versions = cloud.versions()
    current = cloud.s3.head_object(Bucket=cloud.bucket, Key=DATABASE)["VersionId"]
    s3_world.sim.add(late(1))
    s3_world.next_day()
    with pytest.raises(StoreCorrupt) as caught:
        s3_world.sync()
    message = one_line(caught.value)
    assert current in message
    assert "Restore it: `myrunstreak restore`" in message
    assert versions == cloud.versions()


def test_a_newer_schema_is_refused(s3_world: World, cloud: Cloud, tmp_path: Path) -> None:
    """A database of a newer program is left alone."""
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(cloud.body(DATABASE))
    with duckdb.connect(str(newer)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, now())")
    cloud.put(DATABASE, newer.read_bytes())
    versions = cloud.versions()
    with pytest.raises(InvalidSettings, match="schema version 999"):
        s3_world.clean_sync()
    assert versions == cloud.versions()


def test_a_missing_bucket_is_one_clear_line(make_world: MakeWorld, cloud: Cloud) -> None:
    """The message names the bucket and what to do."""
    world = make_world(None, **cloud.settings | {"duckdb_path": "s3://no-such-bucket-here/runs.duckdb"})
    with pytest.raises(InvalidSettings, match="no-such-bucket-here") as caught:
        world.sync()
    one_line(caught.value)


@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "ListObjectsV2"])
def test_a_denied_action_is_one_clear_line(operation: str, s3_world: World, cloud: Cloud) -> None:
    """Whatever S3 does not allow is named; the record stands."""
    change_the_source(s3_world)
    versions = cloud.versions(DATABASE)

    def deny(services: Services) -> None:
        for blobs in (services.store._blobs, services.archive._blobs, services.store._private._recordings):  # pyright: ignore
            with_fault(blobs._client, operation, denied)  # type: ignore[attr-defined]  # pyright: ignore

    s3_world.next_day()
    with pytest.raises(InvalidSettings, match=f"denies {operation}") as caught:
        s3_world.sync(arrange=deny)
    one_line(caught.value)
    assert versions == cloud.versions(DATABASE)


def test_an_outage_of_s3_is_one_clear_line(s3_world: World, cloud: Cloud) -> None:
    """S3 answers 500 to every write: try later, nothing changed."""
    s3_world.sim.add(late(1))
    s3_world.next_day()
    versions = cloud.versions(DATABASE)
    with pytest.raises(StoreUnavailable) as caught:
        s3_world.sync(
            arrange=lambda services: with_fault(
                client_of(services), "PutObject", lambda r: answer(r, 500, "InternalError")
            )
        )
    one_line(caught.value)
    assert versions == cloud.versions(DATABASE)
    s3_world.clean_sync()
    assert_rebuilds(s3_world)


def test_a_missing_tokens_secret_names_the_command(make_world: MakeWorld, cloud: Cloud) -> None:
    """Without tokens the message says how to authorise."""
    world = make_world(None, **cloud.settings)
    world.settings = world.settings.model_copy(update={"tokens_secret": f"{cloud.bucket}/nothing-here"})
    with pytest.raises(ReauthorisationRequired, match=r"nothing-here.*myrunstreak auth") as caught:
        world.sync()
    one_line(caught.value)


def test_missing_credentials_are_one_clear_line(
    make_world: MakeWorld, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without AWS credentials the message says so."""
    world = make_world(None, **cloud.settings)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidSettings, match="credentials") as caught:
        world.sync()
    one_line(caught.value)
