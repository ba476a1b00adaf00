"""One contract for both kinds of storage: a folder on disk, and a prefix of a versioned bucket on a real server."""

from __future__ import annotations

import gzip
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import StoreUnavailable
from myrunstreak.page.sessions import CodeRefused, Sessions
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Blobs, Superseded
from myrunstreak.store.blobs.remembered import RememberedObjects
from myrunstreak.store.blobs.s3 import S3Blobs

from tests.stage.aws import REGION, new_bucket, use_aws


@pytest.fixture(params=["local", "s3"])
def make(
    request: pytest.FixtureRequest, tmp_path: Path, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Blobs]:
    """Opens the same folder again and again, each time as another writer would."""
    if request.param == "local":
        return lambda: LocalBlobs(tmp_path / "folder")
    use_aws(monkeypatch, moto_url)
    bucket = new_bucket()
    return lambda: S3Blobs(S3Location(bucket, "some/folder/"), REGION)


@pytest.fixture
def blobs(make: Callable[[], Blobs]) -> Blobs:
    """An empty folder."""
    return make()


def _file(folder: Path, text: str) -> Path:
    path = folder / f"source-{uuid.uuid4().hex}"
    path.write_text(text)
    return path


def test_what_was_written_is_fetched_with_its_version(blobs: Blobs, tmp_path: Path) -> None:
    """The answer of the write is the version that a reader sees."""
    version = blobs.write("runs.duckdb", _file(tmp_path, "one"), None)
    assert version == blobs.fetch("runs.duckdb", tmp_path / "to")
    assert "one" == (tmp_path / "to").read_text()
    assert b"one" == blobs.read("runs.duckdb")


def test_a_known_version_is_not_fetched_again(blobs: Blobs, tmp_path: Path) -> None:
    """Answered with the version itself, the file untouched; a newer one is fetched."""
    first = blobs.write("a", _file(tmp_path, "one"), None)
    assert first is blobs.fetch("a", tmp_path / "to", first)
    assert not (tmp_path / "to").exists()
    second = blobs.write("a", _file(tmp_path, "two"), first)
    assert second == blobs.fetch("a", tmp_path / "to", first)
    assert "two" == (tmp_path / "to").read_text()


def test_a_note_stands_beside_the_content_that_it_was_written_with(blobs: Blobs, tmp_path: Path) -> None:
    """It comes with the version, is no object itself, and two versions are one whatever is noted."""
    first = blobs.write("a", _file(tmp_path, "one"), None, "crc32=1")
    fetched = blobs.fetch("a", tmp_path / "to")
    assert fetched == first
    assert fetched is not None
    assert "crc32=1" == first.note == fetched.note
    assert ["a"] == list(blobs.names())
    second = blobs.write("a", _file(tmp_path, "two"), replace(first, note=""), "crc32=2")
    assert "crc32=2" == second.note


def test_an_absent_object_has_no_version(blobs: Blobs, tmp_path: Path) -> None:
    """Nothing is made up for it, in an empty folder or beside others."""
    assert blobs.fetch("a", tmp_path / "to") is None
    blobs.write("ab", _file(tmp_path, "x"), None)
    assert blobs.fetch("a", tmp_path / "to") is None
    assert not (tmp_path / "to").exists()
    with pytest.raises(StoreUnavailable, match="Cannot read"):
        blobs.read("a")


def test_a_write_holds_to_what_was_read(blobs: Blobs, tmp_path: Path) -> None:
    """Against nothing where there is something, a stale version, or something where there is nothing: refused."""
    first = blobs.write("a", _file(tmp_path, "one"), None)
    second = blobs.write("a", _file(tmp_path, "two"), first)
    for stale in (None, first):
        with pytest.raises(Superseded):
            blobs.write("a", _file(tmp_path, "three"), stale)
    with pytest.raises(Superseded):
        blobs.write("b", _file(tmp_path, "three"), second)
    assert second == blobs.fetch("a", tmp_path / "to")
    assert "two" == (tmp_path / "to").read_text()
    assert blobs.fetch("b", tmp_path / "to") is None


def test_of_writers_at_once_exactly_one_wins(make: Callable[[], Blobs], tmp_path: Path) -> None:
    """Each with the version it read; the winner's content is there, whole."""
    version = make().write("a", _file(tmp_path, "start"), None)
    writers = [(make(), _file(tmp_path, f"writer {number} " * 20_000)) for number in range(6)]
    gate, won = threading.Barrier(len(writers)), list[str]()

    def write(blobs: Blobs, source: Path) -> None:
        gate.wait()
        try:
            blobs.write("a", source, version)
        except Superseded:
            return
        won.append(source.read_text())

    threads = [threading.Thread(target=write, args=one) for one in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [make().read("a").decode()] == won


def test_an_added_object_is_never_replaced(blobs: Blobs) -> None:
    """Immutable: adding it again, even with another content, leaves it as it is."""
    blobs.add("2026/11/a.json.gz", b"first")
    blobs.add("2026/11/a.json.gz", b"first")
    blobs.add("2026/11/a.json.gz", b"second")
    assert b"first" == blobs.read("2026/11/a.json.gz")


def test_names_are_ascending_and_after_the_one_asked_for(blobs: Blobs) -> None:
    """As the archive looks for what it has not applied: by name, over sub-folders."""
    assert [] == list(blobs.names())
    stored = ["s/2025/12/b", "s/2026/01/a", "s/2026/01/a-1", "s/2026/02/c", "t/x"]
    for name in reversed(stored):
        blobs.add(name, b"x")
    assert stored == list(blobs.names())
    assert stored[2:] == list(blobs.names("s/2026/01/a"))
    assert stored[1:] == list(blobs.names("s/2026"))
    assert [] == list(blobs.names("u"))


def test_empty_and_odd_contents_come_back(blobs: Blobs, tmp_path: Path) -> None:
    """Bytes are bytes."""
    odd = bytes(range(256)) * 5 + gzip.compress(b"x")
    blobs.add("odd", odd)
    blobs.add("empty", b"")
    assert (odd, b"") == (blobs.read("odd"), blobs.read("empty"))


def test_what_is_kept_is_listed_with_its_size(blobs: Blobs, tmp_path: Path) -> None:
    """Folders within it too, by name, with an aware instant; and an empty folder is empty."""
    assert [] == list(blobs.kept())
    for name in ("b", "a/c"):
        blobs.write(name, _file(tmp_path, name * 3), None)
    found = list(blobs.kept())
    assert [("a/c", 9, ""), ("b", 3, "")] == [(one.name, one.size, one.version) for one in found]
    assert all(abs(one.written_at - datetime.now(UTC)) < timedelta(hours=1) for one in found)


def test_a_bucket_keeps_earlier_states_and_a_disk_none(blobs: Blobs, tmp_path: Path) -> None:
    """Of this object alone, without the present state; each can be fetched by its label, and no other."""
    version = None
    for text in ("one", "second", "the third"):
        version = blobs.write("runs.duckdb", _file(tmp_path, text), version)
    blobs.write("runs.duckdb.old", _file(tmp_path, "another"), None)
    earlier = blobs.earlier("runs.duckdb")
    is_bucket = blobs.place.startswith("s3://")
    assert ([3, 6] if is_bucket else []) == sorted(one.size for one in earlier)
    assert [] == blobs.earlier("elsewhere")
    for one in earlier:
        assert blobs.fetch_earlier("runs.duckdb", one.version, tmp_path / "to")
        assert one.size == len((tmp_path / "to").read_text())
    for label in ("nonsense", "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY"):
        assert not blobs.fetch_earlier("runs.duckdb", label, tmp_path / "to")


def test_a_location_opens_the_right_kind(tmp_path: Path) -> None:
    """A path is a folder, s3:// a prefix, and an object splits into its folder and its name."""
    assert isinstance(open_blobs(tmp_path, REGION), LocalBlobs)
    assert isinstance(open_blobs(S3Location("bucket", "a/"), REGION), S3Blobs)
    assert (S3Location("bucket", "a/"), "runs.duckdb") == split_object(S3Location("bucket", "a/runs.duckdb"))
    assert (S3Location("bucket", ""), "runs.duckdb") == split_object(S3Location("bucket", "runs.duckdb"))
    assert (tmp_path, "runs.duckdb") == split_object(tmp_path / "runs.duckdb")


def test_a_small_object_takes_the_place_of_any_other(blobs: Blobs, tmp_path: Path) -> None:
    """Put after put, and over a written one; a reader who knows the old state sees the new one."""
    version = blobs.write("page/a.html", _file(tmp_path, "one"), None)
    blobs.put("page/a.html", b"two")
    blobs.put("page/b.html", b"three")
    assert b"two" == blobs.read("page/a.html")
    assert version != blobs.fetch("page/a.html", tmp_path / "to", version)
    assert ["page/a.html", "page/b.html"] == list(blobs.names())


def test_a_folder_within_is_the_same_folder(make: Callable[[], Blobs], tmp_path: Path) -> None:
    """What is put there is seen from around it, and the other way round."""
    around = make()
    within = around.within("page")
    within.put("a.html", b"one")
    assert b"one" == around.read("page/a.html")
    around.put("page/b.html", b"two")
    assert ["a.html", "b.html"] == list(within.names())
    assert None is within.fetch("c.html", tmp_path / "to")


def test_an_object_is_remembered_until_it_changes_or_goes(blobs: Blobs) -> None:
    """Absent, there, unchanged, changed."""
    objects = RememberedObjects(blobs)
    assert None is objects.read("note.json")
    blobs.put("note.json", b"one")
    first = objects.read("note.json")
    assert first is not None
    assert first is objects.read("note.json")
    blobs.put("note.json", b"two, longer")
    changed = objects.read("note.json")
    assert changed is not None
    assert b"two, longer" == changed.content


def test_a_code_is_used_once_on_disk_and_on_s3(make: Callable[[], Blobs]) -> None:
    """Six phones at the same instant: one gets in, and the others hear that it was used."""
    code = Sessions(make()).new_code("phone")
    outcomes: list[str] = []

    def redeem() -> None:
        try:
            Sessions(make()).redeem(code)
            outcomes.append("in")
        except CodeRefused:
            outcomes.append("out")

    phones = [threading.Thread(target=redeem) for _ in range(6)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert ["in", *["out"] * 5] == sorted(outcomes)
    assert 1 == len(Sessions(make()).phones())
