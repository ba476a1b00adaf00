"""Best efforts of a record from before there were any: computed from the recordings' files, as if always there."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.settings import Settings
from myrunstreak.store import database as database_module
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.efforts import best_efforts
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.schema.migrations import latest_version, migrations, schema_version
from myrunstreak.store.schema.tables import CONTENT_TABLES

from scripts.record.reading import open_record
from tests.application.store.histories import Step, drafts, histories
from tests.stage.drafts import Content, Run, Shelf, content, open_database, recorded, rows, run
from tests.stage.examples import examples


def _recorded(activity_id: int, start: str, pace_s: float, km: float = 1.7) -> Run:
    ways = [km * part / 40 for part in range(41)]
    series = {"clock": [pace_s * way for way in ways], "distance": ways}
    return recorded(run(activity_id, startDateTimeLocal=start, hasDetails=1), **series)


RUNS = [
    _recorded(1, "2024-12-31T23:00:00+01:00", 300),
    _recorded(2, "2025-01-01T09:00:00+01:00", 310.123),
    _recorded(3, "2026-03-01T09:00:00+01:00", 100),
    run(4, startDateTimeLocal="2026-03-02T09:00:00+01:00"),
]


def publish(path: Path, shelf: Shelf) -> Content:
    """Sync what is archived into the database at a path; what it then holds."""
    manager = DuckDBManager(path)
    try:
        manager.catch_up(shelf.archive)
        manager.publish()
    finally:
        manager.close()
    return stored(path)


def stored(path: Path) -> Content:
    """What a reader finds."""
    with open_record(Settings(duckdb_path=str(path))) as connection:
        return content(RunDatabase(connection))


def as_in_version_1(path: Path) -> None:
    """Give the file the first schema: the same rows, without best efforts and what came with them."""
    old = path.with_name("old.duckdb")
    path.rename(old)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL)"
        )
        connection.execute(migrations()[1])
        connection.execute("INSERT INTO schema_version VALUES (1, TIMESTAMP '2026-01-01')")
        connection.execute(f"ATTACH '{old}' AS old (READ_ONLY)")
        known = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        for table in {*CONTENT_TABLES, "details_queue"} & known - {"best_efforts"}:
            found = connection.execute(f"FROM {table}").description or ()
            columns = ", ".join(column[0] for column in found)
            connection.execute(f"INSERT INTO {table} SELECT {columns} FROM old.{table}")
        connection.execute("DETACH old")
    old.unlink()


@pytest.fixture
def synced(tmp_path: Path, shelf: Shelf) -> Path:
    """A published database with recordings of three years."""
    shelf.add(shelf.page(0, *RUNS), shelf.details(1, *RUNS[:3]))
    publish(tmp_path / "data" / "runs.duckdb", shelf)
    return tmp_path / "data" / "runs.duckdb"


def test_the_next_sync_computes_them_and_the_one_after_has_nothing_to_do(synced: Path, shelf: Shelf) -> None:
    """All rows as in a record that was made by this code; then no news is no upload."""
    before = stored(synced)
    assert {"recording", "average"} == {row[5].strip("'") for row in before["best_efforts"]}
    as_in_version_1(synced)
    assert before == publish(synced, shelf)
    after = synced.read_bytes()
    publish(synced, shelf)
    assert after == synced.read_bytes()


def test_a_reader_does_not_wait_for_a_sync(synced: Path) -> None:
    """Until then it finds the averages, in a copy: the published file stays in its version."""
    as_in_version_1(synced)
    before = synced.read_bytes()
    with open_record(Settings(duckdb_path=str(synced))) as connection:
        assert latest_version() == schema_version(connection)
        assert [(1, "average"), (2, "average"), (3, "average"), (4, "average")] == connection.execute(
            "SELECT DISTINCT activity_id, source FROM best_efforts ORDER BY 1"
        ).fetchall()
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("DELETE FROM best_efforts")
    assert before == synced.read_bytes()


def test_a_better_algorithm_computes_all_anew(
    synced: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its version is a fact of the file."""
    before = stored(synced)
    monkeypatch.setattr(database_module, "EFFORTS_VERSION", "next")
    with duckdb.connect(str(synced)) as connection:
        connection.execute("UPDATE best_efforts SET elapsed_s = elapsed_s + 1 WHERE source = 'recording'")
    assert before != stored(synced)
    assert before == publish(synced, shelf)


def test_a_year_without_its_file_keeps_the_averages(synced: Path, shelf: Shelf) -> None:
    """A recording that is lost takes nothing else with it."""
    as_in_version_1(synced)
    (synced.parent / "recordings" / "year=2026" / "recordings.parquet").unlink()
    publish(synced, shelf)
    found = stored(synced)["best_efforts"]
    assert {("1", "'recording'"), ("2", "'recording'"), ("3", "'average'"), ("4", "'average'")} == {
        (row[0], row[5]) for row in found
    }


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


_example = iter(range(10**9))


def _computed_again(database: RunDatabase) -> list[tuple[object, ...]]:
    database.set_fact("best_efforts", "none")
    assert database.refresh_best_efforts()
    return rows(database, "SELECT * FROM best_efforts ORDER BY ALL")


@examples(5)
@given(history=histories)
def test_what_the_files_give_is_what_was_stored(drawer: Shelf, history: list[Step]) -> None:
    """After any history, computing them again from the recordings' files changes nothing."""
    folder = drawer.folder / str(next(_example))
    work = folder / "work"
    work.mkdir(parents=True)
    database = open_database(folder / "recordings", work)
    database.apply(drafts(drawer, history))
    before = rows(database, "SELECT * FROM best_efforts ORDER BY ALL")
    assert before == _computed_again(database)


@examples(8)
@given(
    samples=st.lists(
        st.tuples(
            st.none() | st.floats(-1, 5_000) | st.integers(-1, 5_000),
            st.none() | st.floats(-1, 12) | st.sampled_from([0.4, 1.0, 1.60934]),
        ),
        min_size=2,
        max_size=30,
    ),
    ordered=st.booleans(),
)
def test_odd_recordings_too(
    drawer: Shelf, samples: list[tuple[float | None, float | None]], *, ordered: bool
) -> None:
    """Fractions of a millisecond, missing values, any order: the files' whole numbers are what is computed with."""
    if ordered:
        samples = sorted(samples, key=lambda one: one[0] or 0)
    folder = drawer.folder / str(next(_example))
    work = folder / "work"
    work.mkdir(parents=True)
    database = open_database(folder / "recordings", work)
    series = {"clock": [one[0] for one in samples], "distance": [one[1] for one in samples]}
    database.apply([drawer.page(0, run(1)), drawer.details(1, recorded(run(1), **series))])
    before = rows(database, "SELECT * FROM best_efforts ORDER BY ALL")
    assert before == _computed_again(database)
    times = [row[3] for row in before]
    assert all(time > 0 for time in times)


class OutOfTime(Exception):
    """The time is up."""


def test_the_years_are_computed_anew_one_at_a_time_where_time_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of each year so many recordings as fit into memory; what is done is published and not done again."""
    monkeypatch.setattr(best_efforts, "_POINTS_AT_ONCE", 50)
    path, shelf = tmp_path / "runs.duckdb", Shelf(tmp_path / "shelf")
    shelf.add(shelf.page(0, *RUNS), shelf.details(1, *RUNS[:3]))
    expected = publish(path, shelf)
    monkeypatch.setattr(database_module, "EFFORTS_VERSION", "10")
    manager = DuckDBManager(path)
    manager.connect().execute("UPDATE best_efforts SET elapsed_s = elapsed_s + 1 WHERE source = 'recording'")
    parts = 0
    while True:
        try:
            manager.catch_up(shelf.archive, _stop)
        except OutOfTime:
            assert manager.publish()
            parts += 1
            continue
        break
    manager.publish()
    manager.close()
    assert 3 == parts
    assert expected == stored(path)


def _stop() -> None:
    raise OutOfTime
