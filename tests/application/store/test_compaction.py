"""Compaction keeps every row and gets rid of the waste; what is not ours is not touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.copies.compaction import compact_if_wasteful, rewrite
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.schema.migrations import migrate

from tests.stage.drafts import Content, Shelf, recorded, run

_ALL_TABLES = "SELECT table_name FROM duckdb_tables() ORDER BY 1"
_SIZE_TOO = {"file_facts"}


def _everything(path: Path, without: set[str] = _SIZE_TOO) -> Content:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [name for (name,) in connection.execute(_ALL_TABLES).fetchall() if name not in without]
        return {
            table: sorted(
                tuple(map(repr, row)) for row in connection.execute(f'SELECT * FROM "{table}"').fetchall()
            )
            for table in tables
        }


def _compact(path: Path) -> bool:
    with duckdb.connect(str(path)) as connection:
        return compact_if_wasteful(connection, path)


@pytest.fixture
def wasteful(written_over: Path, tmp_path: Path) -> Path:
    """A file of its own with something in every table, written over and over."""
    return Path(shutil.copy(written_over, tmp_path / "runs.duckdb"))


@pytest.fixture(scope="module")
def written_over(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that each test gets a copy of."""
    folder = tmp_path_factory.mktemp("written over")
    shelf = Shelf(folder / "shelf")
    path = folder / "runs.duckdb"
    with duckdb.connect(str(path)) as connection:
        migrate(connection, "a test")
        database = RunDatabase(connection)
        record = recorded(run(1, hasDetails=1), duration=[0, 600], distance=[0, 2.0])
        laps = {"laps": [{"lapType": "work", "endDuration": 600, "endDistance": 2.0}]}
        database.apply(
            [shelf.page(0, run(1, hasDetails=1), run(distance=-2)), shelf.details(1, record | laps)]
        )
        database.set_fact("source", "test")
        connection.execute(
            "CREATE TABLE ballast AS SELECT md5(CAST(i AS VARCHAR)) AS x FROM range(200_000) AS t (i)"
        )
        connection.execute("CHECKPOINT")
        for number in range(2):
            many = [run(i, notes=f"{number} {i} " * 30, hasDetails=1) for i in range(2, 1500)]
            database.apply([shelf.page(2 + number, *many)])
            connection.execute("CHECKPOINT")
        connection.execute("DROP TABLE ballast")
    return path


def test_compaction_keeps_every_row_and_shrinks(wasteful: Path) -> None:
    """All tables, row by row; and the next look finds nothing to do."""
    before, size = _everything(wasteful), wasteful.stat().st_size
    assert {"splits", "laps", "details_queue", "quarantine", "archive_log"} <= {
        name for name, rows in before.items() if rows
    }
    assert _compact(wasteful)
    compacted = wasteful.stat().st_size
    assert compacted < size * 0.7
    assert before == _everything(wasteful)
    with duckdb.connect(str(wasteful), read_only=True) as connection:
        facts = dict(connection.execute("SELECT * FROM file_facts").fetchall())
    assert "test" == facts["source"]
    stamp = wasteful.stat().st_mtime_ns
    assert not _compact(wasteful)
    assert stamp == wasteful.stat().st_mtime_ns


def test_a_small_file_is_left_alone(tmp_path: Path) -> None:
    """Below two megabytes a rewrite saves nothing worth the while."""
    path = tmp_path / "runs.duckdb"
    with duckdb.connect(str(path)) as connection:
        migrate(connection, "a test")
    before = path.read_bytes()
    assert not _compact(path)
    assert before == path.read_bytes()


def test_a_rewritten_file_answers_as_before(wasteful: Path, tmp_path: Path) -> None:
    """Views and macros are there, and the schema's version is what it was."""
    rewrite(wasteful, tmp_path / "new.duckdb")
    questions = ["SELECT * FROM streaks", "SELECT * FROM weekly", "SELECT version FROM schema_version"]
    for question in questions:
        answers = []
        for path in (wasteful, tmp_path / "new.duckdb"):
            with duckdb.connect(str(path), read_only=True) as connection:
                answers.append(connection.execute(question).fetchall())
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "own",
    [
        "CREATE TABLE shoes (name VARCHAR)",
        "CREATE VIEW mine AS SELECT * FROM runs",
        "CREATE SCHEMA mine; CREATE TABLE mine.shoes (name VARCHAR)",
        "CREATE MACRO half(x) AS x / 2",
        "ALTER TABLE activities ADD COLUMN shoe VARCHAR",
        "CREATE INDEX by_id ON activities (activity_id)",
    ],
)
def test_what_the_runner_keeps_in_the_file_survives(wasteful: Path, own: str) -> None:
    """A rewrite would lose it: such a file is left as large as it is."""
    with duckdb.connect(str(wasteful)) as connection:
        connection.execute(own)
    before = wasteful.read_bytes()
    assert not _compact(wasteful)
    assert before == wasteful.read_bytes()


def test_daily_changes_do_not_make_the_file_grow(tmp_path: Path, shelf: Shelf) -> None:
    """Published day after day, it stays near the size of a fresh one: a fifth more, and blocks that are half filled."""
    path = tmp_path / "runs.duckdb"
    history = [run(i, notes="a longer note " * 20) for i in range(3000)]
    sizes: list[int] = []
    for day in range(7):
        manager = DuckDBManager(path)
        changed = [one | {"notes": f"edited {day} " * 20} for one in history[day * 50 : day * 50 + 400]]
        manager.observe(shelf.page(day, *(changed if day else history)), lambda _: None)
        manager.publish()
        manager.close()
        sizes.append(path.stat().st_size)
    rewrite(path, tmp_path / "fresh.duckdb")
    assert sizes[-1] <= 1.2 * (tmp_path / "fresh.duckdb").stat().st_size + (11 << 18)
