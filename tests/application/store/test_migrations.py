"""The schema: applied forward in whole steps, and recorded, so that a released step cannot be changed unnoticed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from myrunstreak.smashrun.activity import Activity, columns
from myrunstreak.store.loading.columns import known_fields, source_columns, typed_select
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.schema import migrations
from myrunstreak.store.schema.migrations import latest_version, migrate, schema_version
from myrunstreak.store.schema.tables import CONTENT_TABLES, STORED_NUMBERS

GOLDEN = Path(__file__).parent / "schema.txt"
# Columns of `activities` that are this side's own, not Smashrun's.
OURS = {
    "start_local", "start_date", "utc_offset_minutes", "offset_suspect", "extra", "content_hash", "first_seen_at",
    "synced_at", "details_at", "splits_at", "deleted_at",
}  # fmt: skip
TYPES = {
    "id": "BIGINT", "measure": "DOUBLE", "number": "DOUBLE", "whole": "INTEGER", "text": "VARCHAR", "flag": "BOOLEAN",
    "utc": "TIMESTAMP", "wall": "TIMESTAMP",
}  # fmt: skip


def fresh() -> duckdb.DuckDBPyConnection:
    """A new database."""
    connection = duckdb.connect()
    migrate(connection, "a test")
    return connection


def described(connection: duckdb.DuckDBPyConnection) -> str:
    """One line a column: table or view, name, type, and whether it may be missing."""
    found = connection.execute(
        """
        SELECT c.table_name, c.column_name, c.data_type, CASE WHEN c.is_nullable THEN '' ELSE ' not null' END
        FROM duckdb_columns() AS c
        WHERE NOT c.internal
        ORDER BY c.table_name, c.column_index
        """
    ).fetchall()
    return "".join(f"{table}.{column} {kind}{null}\n" for table, column, kind, null in found)


def test_the_schema_is_the_one_that_is_out_there() -> None:
    """The golden file holds what published databases look like."""
    assert GOLDEN.read_text() == f"version {latest_version()}\n" + described(fresh()), (
        "The schema differs from tests/application/store/schema.txt. Changing it is a migration: add "
        f"lambda_src/myrunstreak/store/schema/{latest_version() + 1:04d}_what_it_does.sql, leave the older files as they "
        "are, and bring the golden file and docs/data-model.md up to date."
    )


def test_the_field_list_and_the_table_agree() -> None:
    """Every field of the model is a column of its type, and every other column is ours."""
    table = dict(
        fresh()
        .execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'activities'")
        .fetchall()
    )
    fields = {column.name: TYPES[column.kind] for _, column in columns() if column.kind != "start"}
    assert fields == {name: kind for name, kind in table.items() if name not in OURS}
    assert not OURS & set(fields)
    assert set(table) >= OURS


def test_the_loader_reads_every_field_once() -> None:
    """Its select list, its forms and the model name the same fields."""
    names = [column.name for _, column in columns()]
    assert names == list(Activity.model_fields)
    assert names == [line.rsplit(" AS ", 1)[1] for line in typed_select().split(",\n    ")]
    assert sorted(source_columns("summary", "extended")) == sorted(set(names) - {"start"})
    assert not set(source_columns("summary")) & set(source_columns("extended"))
    assert {field for field, _ in columns()} < set(known_fields())


def test_every_table_is_content_made_from_it_or_book_keeping() -> None:
    """A new table has to say whether a rebuild reproduces it."""
    book_keeping = {"details_queue", "splits_failures", "sync_log", "file_facts", "schema_version"}
    tables = {name for (name,) in fresh().execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables == book_keeping | {*CONTENT_TABLES, *STORED_NUMBERS}


def test_migrating_twice_changes_nothing() -> None:
    """Only what is pending is applied."""
    connection = fresh()
    before = connection.execute("SELECT * FROM schema_version").fetchall()
    assert not migrate(connection, "a test")
    assert before == connection.execute("SELECT * FROM schema_version").fetchall()
    assert latest_version() == schema_version(connection)


def test_numbers_of_migrations_have_no_gap() -> None:
    """1, 2, 3: one file each."""
    assert [*range(1, latest_version() + 1)] == list(migrations.migrations())


@pytest.fixture
def two_more(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Code that knows two more versions than this one."""
    last = latest_version()
    more = migrations.migrations() | {
        last + 1: "ALTER TABLE activities ADD COLUMN shoe VARCHAR; CREATE TABLE shoes (name VARCHAR);",
        last + 2: "CREATE TABLE laces (name VARCHAR); UPDATE activities SET shoe = 'red';",
    }
    monkeypatch.setattr(migrations, "migrations", lambda: more)
    return more


def test_an_older_database_is_brought_forward_and_published(tmp_path: Path, two_more: dict[int, str]) -> None:
    """By the next sync, rows and all; the object is replaced once."""
    last = max(two_more)
    older = {number: sql for number, sql in two_more.items() if number < last - 1}
    with duckdb.connect(str(tmp_path / "runs.duckdb")) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "migrations", lambda: older)
        migrate(connection, "a test")
        connection.execute("INSERT INTO archive_log VALUES ('a', 'extended', TIMESTAMP '2026-01-01')")
    for expected in (True, False):
        manager = DuckDBManager(tmp_path / "runs.duckdb")
        assert expected == manager.publish()
        manager.close()
    with duckdb.connect(str(tmp_path / "runs.duckdb"), read_only=True) as connection:
        assert last == schema_version(connection)
        assert [("a",)] == connection.execute("SELECT name FROM archive_log").fetchall()
        assert [] == connection.execute("SELECT * FROM laces").fetchall()


def test_a_migration_that_fails_leaves_no_half_of_it(two_more: dict[int, str]) -> None:
    """Each step is one transaction: the steps before it stay, nothing of its own does."""
    last = max(two_more)
    connection = duckdb.connect()
    two_more[last] = "CREATE TABLE laces (name VARCHAR); SELECT * FROM no_such_table;"
    with pytest.raises(duckdb.Error, match="no_such_table"):
        migrate(connection, "a test")
    assert last - 1 == schema_version(connection)
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert ("shoes" in tables, "laces" in tables) == (True, False)


def test_a_failing_migration_leaves_the_published_database_alone(
    tmp_path: Path, two_more: dict[int, str]
) -> None:
    """It fails on the private copy."""
    path = tmp_path / "runs.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL)"
        )
        connection.execute(two_more[1])
        connection.execute("INSERT INTO schema_version VALUES (1, TIMESTAMP '2026-01-01')")
    before = path.read_bytes()
    two_more[max(two_more)] = "SELECT * FROM no_such_table"
    manager = DuckDBManager(path)
    with pytest.raises(duckdb.Error, match="no_such_table"):
        manager.publish()
    manager.close()
    assert before == path.read_bytes()
