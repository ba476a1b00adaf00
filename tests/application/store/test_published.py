"""The published record for many readers: each sees one version, wholly, and none waits for another."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Version
from myrunstreak.store.prepared import PreparedConnection
from myrunstreak.store.schema import migrations

from tests.application.store.places import Bucket, Folder, Open, now, number


def test_a_new_version_is_seen_by_the_next_reader(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """And an older one that was restored as well; a reader keeps the version that it began with."""
    published = open_it(place)
    place.put(versions[1])
    with published.read() as first:
        assert 1 == number(first)
        place.put(versions[2])
        with published.read() as second:
            assert (1, 2) == (number(first), number(second))
            place.put(versions[1])
            with published.read() as third:
                assert (1, 2, 1) == (number(first), number(second), number(third))
            place.put(versions[3])
            assert 3 == now(published)
            assert (1, 2) == (number(first), number(second))
        assert 1 == number(first)
    assert 3 == now(published)


def test_fifty_readers_each_see_one_version(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """While one version after the other is published: none mixed, none going back, the last one at the end."""
    published = open_it(place)
    place.put(versions[1])
    started, stop = threading.Barrier(51), threading.Event()

    def read_on() -> list[int]:
        seen: list[int] = []
        started.wait(60)
        while not stop.is_set() or not seen:
            with published.read() as reading:
                seen.append(number(reading))
                assert seen[-1] == number(reading)
            stop.wait(0.02)
        return seen

    with ThreadPoolExecutor(50) as threads:
        readers = [threads.submit(read_on) for _ in range(50)]
        started.wait(60)
        try:
            for version in (2, 3, 4):
                place.put(versions[version])
                # Until a reader has fetched it: so that every version is there while others are read.
                while now(published) != version:
                    pass
        finally:
            stop.set()
        seen = [one.result(60) for one in readers]
    assert all(sorted(one) == one for one in seen)
    assert {1, 2, 3, 4} >= {number for one in seen for number in one}
    assert 4 == now(published)


class Slow(LocalBlobs):
    """A folder whose database comes only when it is let go."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked, self.go = threading.Event(), threading.Event()
        self.go.set()

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:
        """Wait, then fetch."""
        self.asked.set()
        assert self.go.wait(60)
        return super().fetch(name, to, known)


def test_nobody_waits_for_the_one_who_refreshes(tmp_path: Path, versions: list[Path], open_it: Open) -> None:
    """While a newer version is on its way, the others read what is there."""
    folder = Folder(tmp_path / "published")
    folder.put(versions[1])
    slow = Slow(folder.root)
    published = open_it(folder, blobs=slow)
    assert 1 == now(published)
    folder.put(versions[2])
    slow.go.clear()
    slow.asked.clear()
    with ThreadPoolExecutor(1) as threads:
        refreshing = threads.submit(now, published)
        assert slow.asked.wait(60)
        try:
            assert 1 == now(published)
        finally:
            slow.go.set()
        assert 2 == refreshing.result(60)
    assert 2 == now(published)


def test_old_copies_go_with_their_last_reader(
    place: Folder | Bucket,
    versions: list[Path],
    open_it: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After many versions as little lies in the temporary folder as after two, and nothing after the end."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    published = open_it(place)

    def files() -> int:
        return len(list(temporary.rglob("*.duckdb")))

    counts: list[int] = []
    for version in (1, 2, 3, 4, 5, 6):
        place.put(versions[version])
        with published.read() as reading:
            assert version == number(reading)
        counts.append(files())
    assert counts[1] >= max(counts[2:])
    assert counts[1] <= 2


def test_an_unchanged_database_is_not_opened_again(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """The same connection answers, whose plans and blocks are warm."""
    place.put(versions[1])
    published = open_it(place)
    assert 1 == now(published)
    copy = published._copy  # pyright: ignore[reportPrivateUsage]
    assert 1 == now(published)
    assert copy is published._copy  # pyright: ignore[reportPrivateUsage]


# -- what a reader may do ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM activities",
        "CREATE TABLE t AS SELECT 1",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "SET memory_limit = '1GB'",
    ],
)
def test_a_reader_changes_nothing_and_leaves_nowhere(
    statement: str, tmp_path: Path, versions: list[Path], open_it: Open
) -> None:
    """Even where a statement could be slipped in."""
    folder = Folder(tmp_path / "published")
    folder.put(versions[1])
    with open_it(folder).read() as reading, pytest.raises(duckdb.Error):
        reading.connection.execute(statement)


def test_an_older_schema_is_upgraded_in_the_copy_only(
    place: Folder | Bucket, tmp_path: Path, open_it: Open
) -> None:
    """The published file stays what it was until a sync publishes it."""
    old = tmp_path / "old.duckdb"
    first = {1: migrations.migrations()[1]}
    with pytest.MonkeyPatch.context() as patch, duckdb.connect(str(old)) as connection:
        patch.setattr(migrations, "migrations", lambda: first)
        assert migrations.migrate(connection, "a test")
    assert migrations.latest_version() > 1
    place.put(old)
    with open_it(place).read() as reading:
        assert migrations.latest_version() == migrations.schema_version(reading.connection)
    place.get(tmp_path / "afterwards")
    assert old.read_bytes() == (tmp_path / "afterwards").read_bytes()


def test_a_connection_is_handed_from_one_reader_to_the_next(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """With the plans of its statements; readers side by side have one each; a failed statement ends it."""
    place.put(versions[1])
    published = open_it(place)
    with published.read() as first, published.read() as second:
        assert first.prepared is not second.prepared
        lent = {id(first.prepared), id(second.prepared)}
    with published.read() as third:
        assert id(third.prepared) in lent
    lost = list[PreparedConnection]()

    def fail(error: BaseException) -> None:
        with published.read() as failing:
            lost.append(failing.prepared)
            raise error

    for error, is_kept in (
        (ValueError("no such run"), True),
        (duckdb.Error("a statement"), False),
        (KeyboardInterrupt(), False),
    ):
        lost.clear()
        for _ in range(2):
            with pytest.raises(type(error)):
                fail(error)
        assert is_kept == (lost[0] is lost[1])
        with published.read() as following:
            assert is_kept == (following.prepared in lost)
            assert [(1,)] == following.prepared.execute("SELECT count(*) FROM runs").fetchall()


def test_no_connection_to_an_older_version_stays(
    place: Folder | Bucket, versions: list[Path], open_it: Open
) -> None:
    """A handed on connection would keep the older file open."""
    place.put(versions[1])
    published = open_it(place)
    with published.read() as before:
        older = before.prepared
    place.put(versions[2])
    with published.read() as after:
        assert [(2,)] == after.prepared.execute("SELECT count(*) FROM runs").fetchall()
    with pytest.raises(duckdb.ConnectionException):
        older.execute("SELECT 1")
