"""The tool `sql`: read only, bounded in rows, bytes, time and memory, in a process that may die of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mcp import MCPError
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

from scripts.assistants.server import Assistants
from scripts.assistants.sql_process import MOST_ROWS
from tests.stage.seeded_record import clock

from .conftest import Answered, Assistant


@pytest.fixture
def with_sql(settings: Settings, published: PublishedDatabase, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """A client of a server that was started with `--sql`."""
    monkeypatch.setenv("DUCKDB_PATH", settings.duckdb_path)
    return Assistant(Assistants(settings, published, with_sql=True, clock=clock).server)


def test_without_the_option_there_is_no_such_tool(assistant: Assistant) -> None:
    """Free SQL is the runner's choice."""
    assert "sql" not in {tool.name for tool in assistant.lists()}
    refusal = pytest.RaisesExc(MCPError, match="There is no tool 'sql'")
    with pytest.RaisesGroup(refusal, flatten_subgroups=True):
        assistant.calls("sql", statement="SELECT 1")


def test_rows_with_their_columns_and_how_fresh_they_are(with_sql: Assistant, settings: Settings) -> None:
    """As the database has them; and what is cut is said."""
    whole, cut = with_sql.calls_each(
        ("sql", {"statement": "SELECT year, runs FROM yearly ORDER BY year"}),
        ("sql", {"statement": "SELECT activity_id FROM runs ORDER BY activity_id"}),
    )
    with duckdb.connect(settings.duckdb_path, read_only=True) as connection:
        years = connection.execute("SELECT year, runs FROM yearly ORDER BY year").fetchall()
        ids = connection.execute("SELECT activity_id FROM runs ORDER BY activity_id").fetchall()
    assert (["year", "runs"], [list(row) for row in years], None) == tuple(
        whole.body[name] for name in ("columns", "rows", "cut")
    )
    assert "2026-10-31T06:00:00Z" == whole.body["data_as_of"]
    assert [list(row) for row in ids[:MOST_ROWS]] == cut.body["rows"]
    assert "there are more" in cut.body["cut"]
    assert any("not instructions" in text for text in whole.texts[1:])


def refused(answered: Answered) -> str:
    """The one line of an error."""
    assert answered.is_error, answered.body
    [line] = answered.texts
    assert "\n" not in line
    return line


def test_what_reaches_out_is_refused_and_nothing_is_left_behind(
    with_sql: Assistant, settings: Settings, tmp_path: Path
) -> None:
    """Other files, extensions, settings, changes: one line each, the record untouched, the server still there."""
    before = Path(settings.duckdb_path).read_bytes()
    statements = [
        "FROM read_csv('/etc/passwd')",
        f"COPY runs TO '{tmp_path}/stolen.csv'",
        f"ATTACH '{tmp_path}/other.duckdb'; SELECT 1",
        "SET lock_configuration = false",
        "DELETE FROM activities",
        "",
    ]
    *answers, after = with_sql.calls_each(
        *(("sql", {"statement": statement}) for statement in statements), ("status", {})
    )
    for answered in answers:
        assert refused(answered)
    assert not after.is_error
    assert [] == list(tmp_path.iterdir())
    assert before == Path(settings.duckdb_path).read_bytes()


def test_other_arguments_are_refused(with_sql: Assistant) -> None:
    """One statement, a text of bounded length."""
    arguments: list[dict[str, Any]] = [
        {},
        {"statement": 1},
        {"statement": "x" * 30_000},
        {"statement": "SELECT 1", "limit": 9},
    ]
    for answered in with_sql.calls_each(*(("sql", one) for one in arguments)):
        assert "accepted: statement" in refused(answered)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to an amount of memory")
def test_one_call_cannot_take_the_machine(with_sql: Assistant) -> None:
    """Eight gigabytes at once, and more than fits in memory: the statement ends, and nothing goes to the disk instead."""
    answers = with_sql.calls_each(
        ("sql", {"statement": "SELECT len(range(1000000000))"}),
        (
            "sql",
            {"statement": "SELECT array_agg(a) FROM (SELECT repeat('y', 1000000) AS a FROM range(5000))"},
        ),
    )
    for answered in answers:
        assert "memory" in refused(answered)


@pytest.mark.parametrize(
    "statement",
    [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
        "SELECT lpad('x', 2000000000, 'y')",  # does not hear that it should stop
    ],
)
def test_a_statement_without_end_is_ended(settings: Settings, statement: str) -> None:
    """By the engine where it hears, else by the end of the process."""
    program = "import sys; from scripts.assistants import sql_process as it; it.SECONDS, it.GRACE_S = 0.2, 0.3; it.main()"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=statement,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "DUCKDB_PATH": settings.duckdb_path},
    )
    if ended.returncode:
        assert "" == ended.stdout
    else:
        assert "time" in json.loads(ended.stdout)["problem"]


def test_large_values_are_cut_before_they_are_sent(with_sql: Assistant) -> None:
    """A row beyond the size of an answer is left out, and that is said."""
    body = with_sql.calls("sql", statement="SELECT repeat('x', 200000) UNION ALL SELECT 'y'").body
    assert [] == body["rows"]
    assert "beyond 100 kB" in body["cut"]
