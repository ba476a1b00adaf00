"""Copies that one process keeps warm: users side by side do not take them from one another."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from myrunstreak.store.blobs.s3 import S3Blobs
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
