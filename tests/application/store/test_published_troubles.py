"""The published record when something is wrong: with the file, with S3, with the notes beside it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import DEFINITIONS_NAME, FRESHNESS_NAME
from myrunstreak.errors import InvalidSettings, StoreCorrupt, StoreUnavailable
from myrunstreak.store.schema import migrations

from tests.application.store.places import Bucket, Folder, Open, now, number
from tests.stage.s3_proxy import S3Proxy

AS_OF = datetime(2026, 11, 2, 6, tzinfo=UTC)


# -- when there is something wrong with it ----------------------------------------------------------


def test_a_missing_database_is_an_error_until_there_is_one(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """In the manager's words; the first one that is published is read."""
    published = open_it(place)
    for _ in range(2):
        with pytest.raises(InvalidSettings, match=r"There is no database at .* yet\. Run a sync first"):
            now(published)
    place.put(versions[1])
    assert 1 == now(published)


def test_a_database_that_was_taken_away_is_missing(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """A copy of what its owner removed is not shown; who is reading ends in peace."""
    place.put(versions[1])
    published = open_it(place)
    with published.read() as reading:
        place.remove("runs.duckdb")
        with pytest.raises(InvalidSettings, match="There is no database"):
            now(published)
        assert 1 == number(reading)
    place.put(versions[2])
    assert 2 == now(published)


def test_a_damaged_database_is_told_and_a_restored_one_read(
    place: Folder | Bucket, versions: list[Path], tmp_path: Path, open_it: Open
) -> None:
    """Cut off in the middle, or no database at all: the way to restore it is in the message."""
    whole = versions[6].read_bytes()
    published = open_it(place)
    for damaged in (whole[: len(whole) // 2], b"nothing like a database", b""):
        (tmp_path / "damaged").write_bytes(damaged)
        place.put(tmp_path / "damaged")
        with pytest.raises(StoreCorrupt, match="Restore it"):
            now(published)
        place.put(versions[2])
        assert 2 == now(published)


def test_a_database_of_newer_code_is_refused(
    place: Folder | Bucket, versions: list[Path], tmp_path: Path, open_it: Open
) -> None:
    """Nothing is guessed from a schema that this code does not know."""
    newer = tmp_path / "newer.duckdb"
    shutil.copyfile(versions[1], newer)
    with duckdb.connect(str(newer)) as connection:
        connection.execute(
            f"INSERT INTO schema_version VALUES ({migrations.latest_version() + 1}, TIMESTAMP '2030-01-01')"
        )
    place.put(newer)
    with pytest.raises(InvalidSettings, match="install or deploy the newer MyRunStreak"):
        now(open_it(place))


# -- when S3 does not answer ------------------------------------------------------------------------


def _error(status: int, code: str) -> tuple[int, bytes, dict[str, str]]:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
    return status, body.encode(), {"Content-Type": "application/xml"}


def _cut(answer: tuple[int, bytes, dict[str, str]]) -> tuple[int, bytes, dict[str, str]]:
    status, content, headers = answer
    return status, content[: len(content) // 2], headers


FAULTS: dict[str, Callable[[str, Callable[[], Any]], Any]] = {
    "500": lambda _, __: _error(500, "InternalError"),
    "503": lambda _, __: _error(503, "SlowDown"),
    "hangs up": lambda _, __: None,
    "cut off": lambda _, pass_on: _cut(pass_on()),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_where_s3_fails_the_copy_answers_and_the_log_says_so(
    fault: Callable[..., Any],
    proxy: S3Proxy,
    in_bucket: Bucket,
    versions: list[Path],
    open_it: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a warning; once S3 answers again, the newest one does."""
    in_bucket.put(versions[1])
    published = open_it(in_bucket)
    assert 1 == now(published)
    in_bucket.put(versions[2])
    undisturbed, proxy.fault = proxy.fault, fault
    with caplog.at_level(logging.WARNING):
        assert 1 == now(published)
    assert "an older copy answers" in caplog.text
    proxy.fault = undisturbed
    assert 2 == now(published)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_where_s3_fails_and_there_is_no_copy_it_is_an_error(
    fault: Callable[..., Any], proxy: S3Proxy, in_bucket: Bucket, versions: list[Path], open_it: Open
) -> None:
    """One line; and the next reader tries again."""
    in_bucket.put(versions[1])
    published = open_it(in_bucket)
    undisturbed, proxy.fault = proxy.fault, fault
    with pytest.raises(StoreUnavailable) as caught:
        now(published)
    assert "\n" not in str(caught.value)
    proxy.fault = undisturbed
    assert 1 == now(published)


def test_a_slow_s3_is_given_up_soon(in_bucket: Bucket, open_it: Open) -> None:
    """A reader waits: one request may take seconds, where a sync would wait for minutes."""
    blobs: Any = open_it(in_bucket)._blobs  # pyright: ignore[reportPrivateUsage]
    config = blobs._client.meta.config
    longest_wait_s = config.read_timeout * config.retries["total_max_attempts"]
    assert longest_wait_s <= 10
    assert config.connect_timeout <= 5


# -- the notes beside it ----------------------------------------------------------------------------


def test_the_notes_beside_it_are_read_anew(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """Absent, there, changed, absent again; the database itself stays the same."""
    place.put(versions[1])
    published = open_it(place)

    def notes() -> tuple[Freshness, str | None]:
        with published.read() as reading:
            return reading.freshness, reading.definitions

    assert (Freshness(), None) == notes()
    note = Freshness(data_as_of=AS_OF, last_success_at=AS_OF)
    place.write(FRESHNESS_NAME, note.model_dump_json())
    place.write(DEFINITIONS_NAME, "# mine\n")
    assert (note, "# mine\n") == notes()
    place.write(DEFINITIONS_NAME, "# other\n")
    assert (note, "# other\n") == notes()
    place.remove(FRESHNESS_NAME)
    place.remove(DEFINITIONS_NAME)
    assert (Freshness(), None) == notes()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"data_as_of": "soon"}', "\ufffd"])
def test_notes_that_cannot_be_understood_take_nothing_down(
    text: str, place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """Freshness then says nothing; only questions about layers fail on wrong definitions."""
    place.put(versions[1])
    place.write(FRESHNESS_NAME, text)
    place.write(DEFINITIONS_NAME, text)
    with open_it(place).read() as reading:
        assert (1, Freshness(), text) == (number(reading), reading.freshness, reading.definitions)


def test_a_note_that_s3_denies_is_absent_and_a_denied_database_an_error(
    proxy: S3Proxy, in_bucket: Bucket, versions: list[Path], open_it: Open
) -> None:
    """Who may not list the bucket is told 403 of what is not there: only notes need not be there."""
    in_bucket.put(versions[1])

    class OnlyTheDatabase:
        denied = False

        def __call__(self, _: str, pass_on: Callable[[], Any]) -> Any:
            status, content, headers = pass_on()
            return _error(403, "AccessDenied") if status == 404 or self.denied else (status, content, headers)

    proxy.fault = fault = OnlyTheDatabase()
    published = open_it(in_bucket)
    with published.read() as reading:
        assert (1, Freshness(), None) == (number(reading), reading.freshness, reading.definitions)
    fault.denied = True
    with pytest.raises(InvalidSettings, match="AWS denies"):
        now(published)


def test_a_note_on_disk_that_cannot_be_read_is_an_error(
    tmp_path: Path, versions: list[Path], open_it: Open
) -> None:
    """The right to list is not the cause there: the error stands until it is mended."""
    folder = Folder(tmp_path / "published")
    folder.put(versions[1])
    (folder.root / DEFINITIONS_NAME).mkdir()
    with pytest.raises((InvalidSettings, StoreUnavailable), match=DEFINITIONS_NAME):
        now(open_it(folder))
