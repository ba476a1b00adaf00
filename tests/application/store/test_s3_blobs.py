"""On the way to S3 replies get lost, connections break and permissions lack: none of it loses or invents a write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from botocore.config import Config
from myrunstreak.contract.layout import S3Location
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.blobs.s3 import S3Blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.stored_runs import StoredRuns

from scripts.record.reading import open_record
from tests.stage.aws import REGION, new_bucket
from tests.stage.drafts import Shelf, run
from tests.stage.s3_proxy import S3Proxy


@pytest.fixture
def bucket(proxy: S3Proxy) -> str:
    """A new bucket."""
    return new_bucket()


@pytest.fixture
def blobs(bucket: str) -> S3Blobs:
    """An empty folder in it."""
    return S3Blobs(S3Location(bucket, "data/"), REGION)


@pytest.fixture
def hasty(bucket: str) -> S3Blobs:
    """The same folder, with a client that gives up soon: what it says then is the same."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 1})
    return S3Blobs(S3Location(bucket, "data/"), REGION, boto3.client("s3", region_name=REGION, config=config))


def _file(folder: Path, text: str) -> Path:
    path = folder / f"source-{text[:8]}"
    path.write_text(text)
    return path


def first(method: str, then: Callable[[Callable[[], Any]], Any], times: int = 1) -> Callable[..., Any]:
    """A fault of the first requests of a kind; later ones pass."""
    left = [times]

    def fault(seen: str, pass_on: Callable[[], Any]) -> Any:
        if seen != method or not left[0]:
            return pass_on()
        left[0] -= 1
        return then(pass_on)

    return fault


def error(status: int, code: str) -> tuple[int, bytes, dict[str, str]]:
    """An answer as S3 gives it when something is wrong."""
    return (
        status,
        f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(),
        {"Content-Type": "application/xml"},
    )


def test_a_lost_reply_to_our_write_is_recognised_as_ours(
    blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path
) -> None:
    """The write happened, its answer did not arrive, the retry is refused: that is no conflict."""
    version = blobs.write("a", _file(tmp_path, "one"), None)
    proxy.fault = first("PUT", lambda pass_on: pass_on() and None)
    ours = blobs.write("a", _file(tmp_path, "two"), version)
    assert ["PUT", "PUT", "HEAD"] == proxy.seen[-3:]
    assert ours == blobs.fetch("a", tmp_path / "to", version)
    assert "two" == (tmp_path / "to").read_text()
    assert blobs.write("a", _file(tmp_path, "three"), ours)


def test_a_lost_reply_to_the_first_write_of_all_is_recognised_too(
    blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path
) -> None:
    """There was no object before, and now there is ours."""
    proxy.fault = first("PUT", lambda pass_on: pass_on() and None)
    assert blobs.write("a", _file(tmp_path, "one"), None) == blobs.fetch("a", tmp_path / "to")


def test_replies_that_are_lost_until_all_tries_are_used_up_are_recognised(
    blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path
) -> None:
    """However often the answer gets lost, what is there tells whose write it was."""
    proxy.fault = first("PUT", lambda pass_on: pass_on() and None, times=50)
    assert blobs.write("a", _file(tmp_path, "one"), None) == blobs.fetch("a", tmp_path / "to")


def test_another_writers_write_is_not_taken_for_ours(
    blobs: S3Blobs, bucket: str, proxy: S3Proxy, tmp_path: Path
) -> None:
    """Even the same bytes: written by another writer in between, the write is lost."""
    version = blobs.write("a", _file(tmp_path, "one"), None)
    theirs: list[Version] = []

    def another_comes_first(_: Callable[[], Any]) -> None:
        theirs.append(
            S3Blobs(S3Location(bucket, "data/"), REGION).write("a", _file(tmp_path, "two"), version)
        )

    proxy.fault = first("PUT", another_comes_first)
    with pytest.raises(Superseded):
        blobs.write("a", _file(tmp_path, "two"), version)
    assert theirs == [blobs.fetch("a", tmp_path / "to")]


def test_a_write_over_ours_after_a_lost_reply_is_a_conflict(
    blobs: S3Blobs, bucket: str, proxy: S3Proxy, tmp_path: Path
) -> None:
    """Ours went through, and another writer built on it before the retry: start over from theirs."""

    def ours_then_theirs(pass_on: Callable[[], Any]) -> None:
        pass_on()
        other = S3Blobs(S3Location(bucket, "data/"), REGION)
        other.write("a", _file(tmp_path, "theirs"), other.fetch("a", tmp_path / "read"))

    proxy.fault = first("PUT", ours_then_theirs)
    with pytest.raises(Superseded):
        blobs.write("a", _file(tmp_path, "ours"), None)
    assert b"theirs" == blobs.read("a")


@pytest.mark.parametrize(
    "answer", [error(412, "PreconditionFailed"), error(409, "ConditionalRequestConflict")]
)
def test_a_refused_condition_is_a_conflict(
    blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path, answer: Any
) -> None:
    """412: the object is another. 409: two conditional writes met."""
    proxy.fault = first("PUT", lambda _: answer, times=50)
    with pytest.raises(Superseded):
        blobs.write("a", _file(tmp_path, "one"), None)


def test_a_deleted_object_is_a_conflict_for_who_has_read_it(
    blobs: S3Blobs, bucket: str, tmp_path: Path
) -> None:
    """If-Match against nothing: the object was removed since."""
    version = blobs.write("a", _file(tmp_path, "one"), None)
    boto3.client("s3", region_name=REGION).delete_object(Bucket=bucket, Key="data/a")
    with pytest.raises(Superseded):
        blobs.write("a", _file(tmp_path, "two"), version)


def test_an_outage_passes_over(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """Two bad answers are tried again; neither reader nor writer notices."""
    proxy.fault = first("PUT", lambda _: error(503, "SlowDown"), times=2)
    version = blobs.write("a", _file(tmp_path, "one"), None)
    proxy.fault = first("GET", lambda _: error(500, "InternalError"), times=2)
    assert version == blobs.fetch("a", tmp_path / "to")


@pytest.mark.parametrize("answer", [error(500, "InternalError"), error(503, "SlowDown"), None])
def test_an_outage_that_lasts_says_try_later(
    hasty: S3Blobs, proxy: S3Proxy, tmp_path: Path, answer: Any
) -> None:
    """One line each that names the object; what was there is untouched."""
    version = hasty.write("a", _file(tmp_path, "one"), None)
    proxy.fault = lambda _, __: answer
    for action in (
        lambda: hasty.write("a", _file(tmp_path, "two"), version),
        lambda: hasty.fetch("a", tmp_path / "to"),
        lambda: hasty.read("a"),
        lambda: hasty.add("b", b"x"),
        lambda: list(hasty.names()),
    ):
        with pytest.raises(StoreUnavailable, match=r"Cannot (read|write|list) s3://.*later") as caught:
            action()
        assert "\n" not in str(caught.value)
    proxy.fault = lambda _, pass_on: pass_on()
    assert version == hasty.fetch("a", tmp_path / "to")


def _half(pass_on: Callable[[], Any]) -> Any:
    status, body, headers = pass_on()
    return status, body[: len(body) // 2], headers


def test_a_body_that_breaks_off_is_read_again(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """The object is whole; only this answer was not."""
    version = blobs.write("a", _file(tmp_path, "0123456789" * 50_000), None)
    proxy.fault = first("GET", _half, times=2)
    assert version == blobs.fetch("a", tmp_path / "to")
    assert "0123456789" * 50_000 == (tmp_path / "to").read_text()


def test_a_body_that_always_breaks_off_is_never_taken_for_whole(
    blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path
) -> None:
    """Half an object is no object."""
    blobs.write("a", _file(tmp_path, "0123456789" * 50_000), None)
    proxy.fault = first("GET", _half, times=50)
    with pytest.raises(StoreUnavailable, match="its body arrived damaged"):
        blobs.fetch("a", tmp_path / "to")
    with pytest.raises(StoreUnavailable):
        blobs.read("a")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(404, "NoSuchBucket"), "there is no such bucket. Check DUCKDB_PATH and AWS_REGION"),
        (error(403, "AccessDenied"), "AWS denies"),
        (error(403, "SignatureDoesNotMatch"), "AWS refuses the credentials"),
        (error(400, "ExpiredToken"), "AWS refuses the credentials"),
    ],
)
def test_what_the_operator_has_to_mend_is_one_clear_line(
    hasty: S3Blobs, proxy: S3Proxy, tmp_path: Path, answer: Any, said: str
) -> None:
    """A missing bucket, a denied action, refused credentials: for each way of using the folder."""
    source = _file(tmp_path, "one")
    proxy.fault = lambda _, __: answer
    for action in (
        lambda: hasty.write("a", source, None),
        lambda: hasty.fetch("a", tmp_path / "to"),
        lambda: hasty.read("a"),
        lambda: hasty.add("b", b"x"),
        lambda: list(hasty.names()),
    ):
        with pytest.raises(InvalidSettings) as caught:
            action()
        assert said in str(caught.value)
        assert "s3://" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_named(proxy: S3Proxy, tmp_path: Path) -> None:
    """Asked of the server itself."""
    missing = S3Blobs(S3Location("no-such-bucket-anywhere", ""), REGION)
    with pytest.raises(InvalidSettings, match="s3://no-such-bucket-anywhere/a: there is no such bucket"):
        missing.fetch("a", tmp_path / "to")


def test_without_credentials_it_says_how_to_go_on(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither keys nor a role: no stack trace."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(InvalidSettings, match="Set AWS credentials, or use a local path"):
        S3Blobs(S3Location(bucket, ""), REGION).fetch("a", tmp_path / "to")


def test_an_unchanged_database_is_not_downloaded_twice(bucket: str, proxy: S3Proxy, shelf: Shelf) -> None:
    """A warm environment asks with the version it has; a changed one is read anew, and once."""
    location = f"s3://{bucket}/data/runs.duckdb"
    statuses: list[int] = []

    def note(method: str, pass_on: Callable[[], Any]) -> Any:
        answer = pass_on()
        # The notes beside the database are missing: 404.
        statuses.extend([answer[0]] * (method == "GET" and answer[0] != 404))
        return answer

    def read() -> set[int]:
        with open_record(Settings(duckdb_path=location, aws_region=REGION)) as connection:
            return StoredRuns(connection).live_ids()

    manager = DuckDBManager(location)
    manager.observe(shelf.page(0, run(1)), shelf.archive.add)
    manager.publish()
    manager.close()
    proxy.fault = note
    assert ({1}, [304]) == (read(), statuses)
    # As another process would: nothing of it is kept warm here.
    elsewhere = S3Blobs(S3Location(bucket, "data/"), REGION)
    version = elsewhere.fetch("runs.duckdb", shelf.folder / "theirs.duckdb")
    with duckdb.connect(str(shelf.folder / "theirs.duckdb")) as connection:
        connection.execute("UPDATE activities SET activity_id = 2")
    elsewhere.write("runs.duckdb", shelf.folder / "theirs.duckdb", version)
    statuses.clear()
    assert ({2}, {2}, [200, 304]) == (read(), read(), statuses)


def test_a_conflict_on_s3_ends_with_both_writers_runs(bucket: str, shelf: Shelf) -> None:
    """As on disk."""
    location = f"s3://{bucket}/data/runs.duckdb"
    slow, quick = DuckDBManager(location), DuckDBManager(location)
    slow.observe(shelf.page(1, run(1)), shelf.archive.add)
    quick.observe(shelf.page(2, run(2)), shelf.archive.add)
    assert quick.publish()
    assert slow.publish()
    slow.close()
    quick.close()
    with open_record(Settings(duckdb_path=location, aws_region=REGION)) as connection:
        assert {1, 2} == StoredRuns(connection).live_ids()


@pytest.fixture
def patient(bucket: str) -> tuple[S3Blobs, list[float]]:
    """The same folder, with the waits that it asks for instead of waiting."""
    waits: list[float] = []
    return S3Blobs(S3Location(bucket, "data/"), REGION, sleep=waits.append), waits


def test_two_writers_of_one_archive_object_are_a_race_and_no_failure(
    patient: tuple[S3Blobs, list[float]], proxy: S3Proxy
) -> None:
    """S3 answers 409 while another write of the name is under way: tried again, whether that one won or failed."""
    blobs, waits = patient
    conflict = error(409, "ConditionalRequestConflict")
    proxy.fault = first("PUT", lambda _: conflict, times=2)
    blobs.add("a", b"one")
    assert (b"one", 2) == (blobs.read("a"), len(waits))
    proxy.fault = first("PUT", lambda pass_on: (pass_on(), conflict)[1])
    blobs.add("b", b"two")
    assert b"two" == blobs.read("b")


def test_a_race_without_end_is_success_where_the_object_is_there(
    patient: tuple[S3Blobs, list[float]], proxy: S3Proxy
) -> None:
    """With the same bytes it is archived; without it, trying later may help."""
    blobs, _ = patient
    blobs.add("a", b"one")
    proxy.fault = first("PUT", lambda _: error(409, "ConditionalRequestConflict"), times=99)
    blobs.add("a", b"one")
    with pytest.raises(StoreUnavailable):
        blobs.add("b", b"two")
