"""A runner of a club may list their own prefix only: S3 then answers 403 for what is missing, as for what is forbidden.

The listing of the name tells the two apart: what cannot be read is never taken for what is not there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.secrets.object import ObjectDocument
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.s3 import S3Blobs

from tests.stage.aws import REGION, new_bucket
from tests.stage.history import runs
from tests.stage.listing import DENIED, forbid_reading, hide_what_is_missing
from tests.stage.s3_proxy import S3Proxy
from tests.stage.world import World


@pytest.fixture
def folder(proxy: S3Proxy) -> S3Location:
    """A runner's prefix in a new bucket, where S3 hides what is missing."""
    location = S3Location(new_bucket(), "runners/one/")
    proxy.fault = hide_what_is_missing
    return location


@pytest.fixture
def blobs(folder: S3Location) -> S3Blobs:
    """The prefix as a writer has it."""
    return S3Blobs(folder, REGION)


def write(blobs: S3Blobs, name: str, file: Path) -> None:
    """A first version of an object."""
    file.write_text("the record")
    blobs.write(name, file, None)


def test_what_is_missing_is_missing(blobs: S3Blobs, tmp_path: Path) -> None:
    """Also where an object of a longer name is there."""
    write(blobs, "runs.duckdb.old", tmp_path / "source")
    assert blobs.fetch("runs.duckdb", tmp_path / "copy") is None


def test_what_may_not_be_read_is_not_missing(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """Else the next sync would begin an empty record."""
    write(blobs, "runs.duckdb", tmp_path / "source")
    proxy.fault = forbid_reading
    with pytest.raises(InvalidSettings, match="AWS denies GetObject"):
        blobs.fetch("runs.duckdb", tmp_path / "copy")


def test_what_may_not_even_be_listed_is_not_missing(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """Nothing is known then."""
    proxy.fault = lambda _, __: DENIED
    with pytest.raises(InvalidSettings, match="AWS denies GetObject"):
        blobs.fetch("runs.duckdb", tmp_path / "copy")


def test_a_listing_that_does_not_answer_is_no_answer(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """A broken connection says nothing of what is there."""
    answers = iter([DENIED])
    proxy.fault = lambda _, __: next(answers, None)
    with pytest.raises(StoreUnavailable):
        blobs.fetch("runs.duckdb", tmp_path / "copy")


def test_a_reader_asks_no_second_question(folder: S3Location, proxy: S3Proxy, tmp_path: Path) -> None:
    """It may not list anything, and takes 403 for missing where that does no harm."""
    asked = len(proxy.seen)
    with pytest.raises(InvalidSettings, match="AWS denies GetObject"):
        open_blobs(folder, REGION, quick=True).fetch("runs.duckdb", tmp_path / "copy")
    assert len(proxy.seen) == asked + 1


def test_a_failed_first_write_says_why_it_failed(blobs: S3Blobs, proxy: S3Proxy, tmp_path: Path) -> None:
    """Looking whether it arrived finds nothing, which S3 calls 403: that is not the reason."""
    file = tmp_path / "source"
    file.write_text("the record")
    proxy.fault = lambda method, pass_on: None if method == "PUT" else hide_what_is_missing(method, pass_on)
    with pytest.raises(StoreUnavailable):
        blobs.write("runs.duckdb", file, None)


def test_a_document_that_is_missing_reads_as_none(folder: S3Location, proxy: S3Proxy) -> None:
    """And one that may not be read does not."""
    document = ObjectDocument(folder.child("sync-state.json"), REGION, remedy="Mend it.")
    assert document.read() is None
    document.write({"n": 1})
    assert document.read() == {"n": 1}
    proxy.fault = forbid_reading
    with pytest.raises(InvalidSettings, match="AWS denies GetObject"):
        document.read()


def test_a_whole_sync_works_so(folder: S3Location, proxy: S3Proxy, tmp_path: Path) -> None:
    """From nothing, and again; and one that may not read the database fails, and leaves it as it is."""
    world = World(
        tmp_path,
        runs(12),
        duckdb_path=str(folder.child("runs.duckdb")),
        sync_state_secret=str(folder.child("sync-state.json")),
    )
    try:
        assert world.sync().runs_new > 0
        world.next_day()
        assert 0 == world.sync().runs_new
        before = S3Blobs(folder, REGION).fetch("runs.duckdb", tmp_path / "before")
        assert before is not None
        proxy.fault = forbid_reading
        world.next_day()
        with pytest.raises(InvalidSettings, match="AWS denies GetObject"):
            world.sync()
        proxy.fault = hide_what_is_missing
        assert before == S3Blobs(folder, REGION).fetch("runs.duckdb", tmp_path / "after")
    finally:
        world.close()
