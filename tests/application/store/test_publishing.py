"""Publishing: whole or not at all, never over another's work, and nothing where nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.events import SyncFigures
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreConflict, StoreUnavailable
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.stored_runs import StoredRuns
from myrunstreak.sync.state import SyncLogRow
from myrunstreak.sync.values import Applied

from scripts.record.reading import open_record
from tests.application.store.histories import Step, drafts, fold, forward, publish
from tests.stage.drafts import Shelf, content, run, value
from tests.stage.examples import examples


def ids(path: Path) -> set[int]:
    """The live runs of the published database."""
    with open_record(Settings(duckdb_path=str(path))) as connection:
        return StoredRuns(connection).live_ids()


class CountingBlobs(LocalBlobs):
    """A folder that counts writes and can be made to fail."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writes = 0
        self.failures: list[Exception] = []

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        """Write, unless a failure is due."""
        if self.failures:
            raise self.failures.pop(0)
        self.writes += 1
        return super().write(name, source, expected, note)


def test_what_was_applied_is_there_for_the_next_reader(tmp_path: Path, shelf: Shelf) -> None:
    """Not before it is published; afterwards for everybody."""
    path = tmp_path / "data" / "runs.duckdb"
    manager = DuckDBManager(path)
    manager.observe_page(shelf.page(0, run(1)), shelf.archive.add)
    assert not path.exists()
    assert manager.publish()
    assert {1} == ids(path)
    manager.close()


def test_nothing_is_published_where_nothing_changed(tmp_path: Path, shelf: Shelf) -> None:
    """A day without news leaves the object as it is: no upload, no new version."""
    path = tmp_path / "runs.duckdb"
    archive = Shelf(tmp_path / "empty").archive
    first = DuckDBManager(path)
    first.claim("test")
    first.catch_up(archive)
    first.observe_page(shelf.page(0, run(1)), lambda _: None)
    assert first.publish()
    first.close()
    blobs = CountingBlobs(tmp_path)
    before = path.read_bytes()
    manager = DuckDBManager(path, blobs=blobs)
    manager.claim("test")
    manager.catch_up(archive)
    report = manager.observe_page(shelf.page(1, run(1)), shelf.archive.add)
    assert (False, False) == (report.changes, manager.dirty)
    assert not manager.publish(lambda: [a_row()])
    assert (0, before) == (blobs.writes, path.read_bytes())
    assert [] == list(shelf.blobs.names())
    manager.close()


def test_an_empty_record_is_published_once(tmp_path: Path) -> None:
    """A new account has no runs: readers find a database all the same, and only the first sync makes it."""
    path = tmp_path / "runs.duckdb"
    with pytest.raises(InvalidSettings, match=r"no database at .* yet"):
        ids(path)
    for expected in (True, False):
        manager = DuckDBManager(path)
        assert expected == manager.publish()
        manager.close()
    assert set() == ids(path)


def test_changes_go_on_after_publishing(tmp_path: Path, shelf: Shelf) -> None:
    """A sync publishes more than once: each time what is new since, and counts over all of it."""
    path = tmp_path / "runs.duckdb"
    manager = DuckDBManager(path)
    manager.observe_page(shelf.page(0, run(1)), shelf.archive.add)
    assert manager.publish()
    assert not manager.publish()
    manager.observe_page(shelf.page(1, run(2), run(1, notes="x")), shelf.archive.add)
    assert manager.publish()
    assert Applied(new=2, updated=1) == manager.applied
    manager.close()
    assert {1, 2} == ids(path)


def test_two_writers_end_with_both_writers_runs(tmp_path: Path, shelf: Shelf) -> None:
    """The second writer reads the first one's database and applies its own objects to it."""
    path = tmp_path / "runs.duckdb"
    publish(path, shelf.page(0, run(1)))
    slow, quick = DuckDBManager(path), DuckDBManager(path)
    logged: list[Applied] = []
    slow.observe_page(shelf.page(1, run(2), run(1, notes="slow")), shelf.archive.add)
    quick.observe_page(shelf.page(2, run(3), run(1, notes="quick")), shelf.archive.add)
    assert quick.publish()
    assert slow.publish(lambda: logged.append(slow.applied) or [])
    assert {1, 2, 3} == slow.database.live_ids() == ids(path)
    assert "quick" == value(slow.database, "SELECT notes FROM runs WHERE activity_id = 1")
    assert [Applied(new=1, updated=1), Applied(new=1)] == logged
    slow.close()
    quick.close()


def test_a_conflict_that_does_not_end_is_given_up(tmp_path: Path, shelf: Shelf) -> None:
    """After a bounded number of tries it is an error, and the others' database is untouched."""
    path = tmp_path / "runs.duckdb"
    publish(path, shelf.page(0, run(1)))
    blobs = CountingBlobs(tmp_path)
    blobs.failures = [Superseded("another") for _ in range(20)]
    manager = DuckDBManager(path, blobs=blobs)
    manager.observe(shelf.page(1, run(2)), shelf.archive.add)
    with pytest.raises(StoreConflict, match="6 times in a row"):
        manager.publish()
    manager.close()
    assert {1} == ids(path)


def test_a_failed_upload_leaves_the_old_database_and_a_usable_manager(tmp_path: Path, shelf: Shelf) -> None:
    """The private copy is dropped; what was archived is found by catching up, and published then."""
    path = tmp_path / "runs.duckdb"
    publish(path, shelf.page(0, run(1)))
    blobs = CountingBlobs(tmp_path)
    blobs.failures = [StoreUnavailable("the network is down")]
    manager = DuckDBManager(path, blobs=blobs)
    manager.observe(shelf.page(1, run(2)), shelf.archive.add)
    with pytest.raises(StoreUnavailable):
        manager.publish()
    assert {1} == ids(path) == manager.database.live_ids()
    assert Applied(new=1) == manager.catch_up(shelf.archive)
    assert manager.publish()
    manager.close()
    assert {1, 2} == ids(path)


def test_a_database_of_another_source_is_refused(tmp_path: Path) -> None:
    """The demo's runs never mix with the real ones."""
    path = tmp_path / "runs.duckdb"
    manager = DuckDBManager(path)
    manager.claim("api.smashrun.com")
    manager.publish()
    manager.claim("api.smashrun.com")
    with pytest.raises(
        InvalidSettings, match=r"holds runs from api\.smashrun\.com, .* a simulator on this machine"
    ):
        manager.claim("loopback")
    manager.close()


def test_two_first_syncs_of_two_sources_do_not_mix(tmp_path: Path, shelf: Shelf) -> None:
    """Both found no database; the one that publishes second finds the other's and stops."""
    path = tmp_path / "runs.duckdb"
    first, second = DuckDBManager(path), DuckDBManager(path)
    for manager, source, activity_id in ((first, "loopback", 1), (second, "api.smashrun.com", 2)):
        manager.claim(source)
        manager.observe(shelf.page(activity_id, run(activity_id)), lambda _: None)
    assert first.publish()
    with pytest.raises(InvalidSettings, match="holds runs from a simulator"):
        second.publish()
    first.close()
    second.close()
    assert {1} == ids(path)


def a_row() -> SyncLogRow:
    """A row for the log of syncs."""
    counts = dict.fromkeys(SyncFigures.model_fields, 0) | {"status": "complete", "data_as_of": None}
    stamp = "2026-05-01T06:00:00Z"
    return SyncLogRow.model_validate({"sync_id": "a", "started_at": stamp, "finished_at": stamp} | counts)


def test_the_log_of_syncs_is_published_with_the_change(tmp_path: Path, shelf: Shelf) -> None:
    """One row a sync, however often it is tried to add it."""
    path = tmp_path / "runs.duckdb"
    row = a_row()
    publish(path)
    manager = DuckDBManager(path)
    manager.observe(shelf.page(1, run(1)), shelf.archive.add)
    manager.publish(lambda: [row, row])
    assert [("a", 1)] == manager.connect().execute(
        "SELECT sync_id, count(*) FROM sync_log GROUP BY 1"
    ).fetchall()
    manager.close()


def test_work_folders_vanish(tmp_path: Path, shelf: Shelf) -> None:
    """Private copies do not outlive the manager."""
    manager = DuckDBManager(tmp_path / "runs.duckdb")
    manager.observe(shelf.page(0, run(1)), shelf.archive.add)
    work = manager.work
    assert any(work.iterdir())
    manager.close()
    assert not work.exists()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all examples of a module."""
    return tmp_path_factory.mktemp("merging")


_example = iter(range(10**9))


@examples(6)
@given(history=forward, first=st.sets(st.integers(0, 6)))
def test_objects_that_come_late_end_as_if_they_had_come_in_order(
    folder: Path, history: list[Step], first: set[int]
) -> None:
    """Some objects are published by one writer, the others found by the next: every row as rebuilt in order."""
    home = folder / str(next(_example))
    shelf = Shelf(home)
    objects = drafts(shelf, history)
    expected = content(
        fold(objects)
    )  # before the archive's local copies, which lie there too, are cleared away
    shelf.add(*objects)
    publish(home / "runs.duckdb", *(one for number, one in enumerate(objects) if number in first))
    manager = DuckDBManager(home / "runs.duckdb")
    manager.catch_up(shelf.archive)
    assert expected == content(manager.database)
    manager.close()


def test_a_lost_race_ends_as_if_both_had_come_in_order(tmp_path: Path, shelf: Shelf) -> None:
    """A run that went from one content to another and back between two writers says what was seen last."""
    path = tmp_path / "runs.duckdb"
    pages = [shelf.page(0, run(1)), shelf.page(1, run(1, notes="edited")), shelf.page(2, run(1), run(2))]
    expected = content(fold(pages))
    publish(path, pages[0])
    shelf.add(pages[0])
    slow, quick = DuckDBManager(path), DuckDBManager(path)
    for manager, page in ((slow, pages[1]), (quick, pages[2])):
        manager.catch_up(shelf.archive)
        manager.observe(page, shelf.archive.add)
    assert quick.publish()
    assert slow.publish()
    assert expected == content(slow.database)
    assert "" == value(slow.database, "SELECT notes FROM runs WHERE activity_id = 1")
    slow.close()
    quick.close()
