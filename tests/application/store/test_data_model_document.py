"""docs/data-model.md says what is stored: every table and column, and questions that can be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.recordings import Recordings, file_name
from myrunstreak.store.schema.migrations import migrate

from scripts.simulator import seeded_history
from scripts.simulator.tracks import recording_of
from tests.stage.drafts import Shelf
from tests.stage.paths import ROOT

PAGE = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
PARQUET = "recordings.parquet"

Columns = list[tuple[str, str]]


def documented() -> dict[str, Columns]:
    """Columns and types of every section with a table, in the page's order."""
    found: dict[str, Columns] = {}
    for name, section in re.findall(r"^### `(.+?)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL):
        found[name] = re.findall(r"^\| `(\w+)` \| ([\w(),]+) \|", section, re.MULTILINE)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the recordings lie."""
    return tmp_path_factory.mktemp("seeded")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[RunDatabase]:
    """A seeded year, with the recordings of some runs."""
    shelf = Shelf(folder)
    runs = [run for run in seeded_history(5)[:330] if "activityId" in run and "startDateTimeLocal" in run]
    detailed = [run | recording_of(run, 5) for run in runs[:40] if run.get("hasDetails")]
    connection = duckdb.connect()
    migrate(connection, "a test")
    found = RunDatabase(connection, Recordings(LocalBlobs(folder / "recordings"), folder))
    found.apply([shelf.page(0, *runs), shelf.details(1, *detailed)])
    found.keep_recordings()
    yield found
    connection.close()


def test_every_table_and_column_is_documented_with_its_type(database: RunDatabase) -> None:
    """And nothing else: a column that is gone is gone from the page too."""
    stored: dict[str, Columns] = {}
    for table, column, kind in database.connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = current_database() ORDER BY table_name, column_index"
    ).fetchall():
        stored.setdefault(table, []).append((column, kind))
    page = documented()
    assert stored["activities"] == stored["runs"]
    assert [] == page["runs"], "`runs` has the columns of `activities`; they are listed once"
    assert stored == {name: page[name] or stored["activities"] for name in page if name != PARQUET}


def test_every_measure_has_a_unit() -> None:
    """A number without a unit is a guess."""
    for name, unit in re.findall(
        r"^\| `(\w+_(?:km|s|m|c|kph|ms|cm|w|e7|dc))` \| \w+ \| (.*?) \|", PAGE, re.MULTILINE
    ):
        assert unit.strip(), f"{name} has no unit"


def test_the_recordings_columns_are_documented(database: RunDatabase, folder: Path) -> None:
    """As a file on disk has them."""
    (newest,) = database.connection.execute("SELECT max(year(start_date)) FROM runs").fetchone() or (0,)
    path = folder / "recordings" / file_name(newest)
    described = database.connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    # A file under year=YYYY shows that year as a column of its own.
    assert documented()[PARQUET] == [(name, kind) for name, kind, *_ in described if name != "year"]


QUESTIONS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_five_questions() -> None:
    """Enough to begin with."""
    assert len(QUESTIONS) >= 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_have_answers(database: RunDatabase, question: str) -> None:
    """Pasted as they are, on a real record."""
    cursor = database.connection.execute(question)
    names = [column[0] for column in cursor.description or []]
    answers = cursor.fetchall()
    assert answers
    assert len(names) == len(set(names))
    assert all(any(row[place] is not None for row in answers) for place in range(len(names)))


def test_the_order_of_the_longest_streaks_is_right(database: RunDatabase) -> None:
    """The first question's first row is the longest, the newest of equals."""
    first = database.connection.execute(QUESTIONS[0]).fetchone()
    best = database.connection.execute("SELECT max((length_days, end_date)) FROM streaks").fetchone()
    assert first
    assert best
    assert (first[2], first[1]) == tuple(best[0].values() if isinstance(best[0], dict) else best[0])
