"""Copies that one process keeps warm: users side by side do not take them from one another."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest
from myrunstreak.store.blobs.s3 import S3Blobs
from myrunstreak.store.copies import opening
from myrunstreak.store.manager import DuckDBManager

from tests.application.store.places import Bucket
from tests.stage.aws import REGION


def manager(place: Bucket) -> DuckDBManager:
    """A writer of the record in the bucket."""
    return DuckDBManager(place.location, region_name=REGION)


def runs(one: DuckDBManager) -> int:
    """How many runs its copy holds."""
    (count,) = one.connect().execute("SELECT count(*) FROM runs").fetchall()[0]
    return int(count)


@pytest.mark.parametrize("later", [1, 2, 3])
def test_a_fetched_copy_outlives_what_others_fetch_after_it(
    later: int, versions: list[Path], in_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between fetching and opening its copy, a user may be overtaken by any number of newer versions."""
    in_bucket.put(versions[1])
    with closing(manager(in_bucket)) as before:
        assert 1 == runs(before)
    fetch = S3Blobs.fetch

    def overtaken(*args: object) -> object:
        version = fetch(*args)  # pyright: ignore[reportArgumentType]
        monkeypatch.setattr(S3Blobs, "fetch", fetch)
        for number in range(2, later + 2):
            in_bucket.put(versions[number])
            with closing(manager(in_bucket)) as other:
                assert number == runs(other)
        return version

    monkeypatch.setattr(S3Blobs, "fetch", overtaken)
    with closing(manager(in_bucket)) as one:
        assert 1 == runs(one)
    with closing(manager(in_bucket)) as newest:
        assert later + 1 == runs(newest)


def test_a_full_disk_after_publishing_does_not_fail_the_publication(
    versions: list[Path], in_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would be kept for the next user is not; the next user fetches what was published."""
    in_bucket.put(versions[1])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with closing(manager(in_bucket)) as one:
        one.connect().execute("UPDATE activities SET notes = 'changed'")
        one.note_detail_failure(1, "something to publish")
        with monkeypatch.context() as patch:
            patch.setattr(opening.shutil, "copyfile", full)
            assert one.publish()
        assert not list(one.work.glob("published*"))
    with closing(manager(in_bucket)) as other:
        assert [("changed",)] == other.connect().execute("SELECT notes FROM runs").fetchall()
