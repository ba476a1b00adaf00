"""What the lake's writer always obeys: on tables in memory, which fail and conflict where a test says so."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.lake.catalog import Catalog, LakeConflict, full_name
from myrunstreak.lake.record import PublishedRecords, StagedRecord
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS, TABLES, Table
from myrunstreak.lake.writer import LakeWriter

from tests.stage.examples import examples

NAMES = ("ann", "bob", "cyd")
# A record: for each run of a day, how far.
Record = Mapping[int, float]


class Died(BaseException):
    """The process ended here."""


class Changes:
    """A connection on which every change that others could see is counted, and may fail instead."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: LocalTables) -> None:
        self._connection = connection
        self._tables = tables

    def execute(self, statement: str, *values: object) -> Any:
        if statement == "COMMIT" or statement.startswith(("CREATE TABLE", "INSERT")):
            self._tables.change(self)
        return self._connection.execute(statement.split(" PARTITIONED BY ")[0], *values)


class LocalTables(Catalog):
    """The lake's tables in a DuckDB in memory; ``faults`` says which change fails, and how."""

    def __init__(self) -> None:
        self._plain = duckdb.connect()
        self._plain.execute("ATTACH ':memory:' AS lake; CREATE SCHEMA lake.myrunstreak")
        self.faults: dict[int, type[BaseException]] = {}
        self._changes = 0

    @contextmanager
    def read_newest(self) -> Generator[duckdb.DuckDBPyConnection]:
        try:
            yield cast("duckdb.DuckDBPyConnection", Changes(self._plain, self))
        except BaseException:
            with suppress(duckdb.Error):
                self._plain.execute("ROLLBACK")
            raise

    def change(self, _: object = None) -> None:
        """A change that others see is about to be made."""
        self._changes += 1
        if fault := self.faults.pop(self._changes, None):
            raise fault("not this one")

    def fail(self, step: int, how: type[BaseException]) -> None:
        """Let the change after so many others fail."""
        self.faults = {self._changes + step: how}

    def names(self) -> list[str]:
        found = self._plain.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'"
        ).fetchall()
        return sorted(str(name) for (name,) in found)

    def rename(self, table: str, name: str) -> None:
        self.change()
        self._plain.execute(f"ALTER TABLE {full_name(table)} RENAME TO {name}")

    def drop(self, table: str) -> None:
        self.change()
        self._plain.execute(f"DROP TABLE {full_name(table)}")

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """What a table holds."""
        return sorted(
            self._plain.execute(f"SELECT {table.names} FROM {full_name(table.name)}").fetchall(), key=repr
        )


@dataclass
class Records(PublishedRecords):
    """Records in memory, with a version for each state."""

    folder: Path
    published: dict[str, tuple[str, Record]] = field(default_factory=dict[str, "tuple[str, Record]"])
    versions: int = 0

    def publish(self, runner: str, record: Record | None) -> None:
        """A new state of a record; None: it is deleted."""
        self.versions += 1
        self.published.pop(runner, None)
        if record is not None:
            self.published[runner] = (f"v{self.versions}", record)

    def stage(self, runner: str, known: tuple[str, str] | None = None) -> StagedRecord | None:
        if runner not in self.published:
            return StagedRecord(runner, "", "none", {}) if known else None
        version, record = self.published[runner]
        if known == (version, "days"):
            return None
        files = {table.name: self.folder / f"{table.name}-{runner}.parquet" for table in (RUNS, DAYS)}
        for table, rows in self.rows(runner, record).items():
            names, values = self._select(table, rows)
            duckdb.execute(f"COPY (SELECT {names} FROM {values}) TO '{files[table.name]}' (FORMAT parquet)")
        return StagedRecord(runner, version, "days", files)

    @staticmethod
    def _select(table: Table, rows: list[tuple[Any, ...]]) -> tuple[str, str]:
        given = {RUNS: ("runner_id", "activity_id", "distance_km"), DAYS: ("runner_id", "day", "km", "runs")}[
            table
        ]
        names = ", ".join(
            f"CAST({name if name in given else 'NULL'} AS {kind}) AS {name}"
            for name, kind in table.columns.items()
        )
        values = ", ".join(str(row) for row in rows) or f"({', '.join('NULL' for _ in given)})"
        return names, f"(VALUES {values}) AS rows ({', '.join(given)}) WHERE runner_id IS NOT NULL"

    @staticmethod
    def rows(runner: str, record: Record) -> dict[Table, list[tuple[Any, ...]]]:
        """What the tables hold of a record, as far as it says."""
        return {
            RUNS: [(runner, day, km) for day, km in record.items()],
            DAYS: [(runner, f"2026-05-{day:02d}", km, 1) for day, km in record.items()],
        }


def is_the_sum(tables: LocalTables, records: Records) -> bool:
    """Whether the lake holds what the records say, and nothing else."""
    expected = {
        (runner, day, km) for runner, (_, record) in records.published.items() for day, km in record.items()
    }
    runs = [(row[0], row[1], row[list(RUNS.columns).index("distance_km")]) for row in tables.rows(RUNS)]
    days = [(runner, day.day, km) for runner, day, km, _ in tables.rows(DAYS)]
    versions = {(runner, version) for runner, version, _ in tables.rows(RUNNERS)}
    return (
        sorted(expected) == sorted(runs) == sorted(days)
        and {(runner, version) for runner, (version, _) in records.published.items()} == versions
        and ["days", "runners", "runs"] == tables.names()
    )


@contextmanager
def lake() -> Generator[tuple[LocalTables, Records, LakeWriter]]:
    """An empty one."""
    with TemporaryDirectory() as folder:
        tables, records = LocalTables(), Records(Path(folder))
        yield tables, records, LakeWriter(tables, records, sleep=lambda _: None)


def sync(tables: LocalTables, records: Records, *runners: str) -> None:
    """A new process takes a batch of messages."""
    LakeWriter(tables, records, sleep=lambda _: None).apply(runners)


RECORDS = st.dictionaries(st.integers(1, 6), st.sampled_from([0.0, 5.0, 42.195]), max_size=4)
STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(NAMES), st.one_of(st.none(), RECORDS)),
    st.tuples(st.just("messages"), st.lists(st.sampled_from(NAMES), max_size=4)),
    st.tuples(st.just("die"), st.integers(1, 9), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)),
    st.tuples(
        st.just("conflict"), st.integers(1, 9), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)
    ),
    st.tuples(st.just("die removing"), st.integers(1, 12), st.sampled_from(NAMES)),
    st.tuples(st.just("die emptying"), st.integers(1, 16)),
)


@examples(30)
@given(st.lists(STEPS, max_size=8))
def test_in_the_end_the_lake_is_the_sum_of_the_records(steps: list[tuple[Any, ...]]) -> None:
    """Messages in any order, twice or lost; processes that die at any change; other engines' commits; removals that are
    broken off; a rebuild: once each runner's last message has come, nothing of that is left."""
    with lake() as (tables, records, writer):
        for kind, *what in steps:
            if kind == "publish":
                records.publish(*what)
            elif kind == "messages":
                sync(tables, records, *what[0])
            else:
                tables.fail(what[0], LakeConflict if kind == "conflict" else Died)
                try:
                    if kind == "die removing":
                        writer.remove(what[1])
                    elif kind == "die emptying":
                        writer.empty()
                    else:
                        sync(tables, records, *what[1])
                except Died:
                    pass
                tables.faults.clear()
        sync(tables, records, *NAMES)
        assert is_the_sum(tables, records)


@pytest.mark.parametrize("step", range(1, 12))
def test_a_process_that_dies_at_any_change_is_made_good_by_the_next_one(step: int) -> None:
    """Also where the record has gone back to what the lake was told before."""
    with lake() as (tables, records, _):
        records.publish("ann", {1: 5.0, 2: 5.0})
        records.publish("bob", {1: 5.0})
        sync(tables, records, "ann", "bob")
        before = records.published["ann"]
        records.publish("ann", {1: 42.195, 3: 5.0})
        tables.fail(step, Died)
        try:
            sync(tables, records, "ann", "bob")
        except Died:
            records.published["ann"] = before
        tables.faults.clear()
        sync(tables, records, "ann")
        assert is_the_sum(tables, records)


@pytest.mark.parametrize("step", range(1, 16))
def test_a_rebuild_that_dies_at_any_change_takes_no_row_for_being_there(step: int) -> None:
    """What is gone by then comes back with the messages."""
    with lake() as (tables, records, writer):
        records.publish("ann", {1: 5.0})
        writer.apply(["ann"])
        tables.fail(step, Died)
        with suppress(Died):
            writer.empty()
        tables.faults.clear()
        sync(tables, records, "ann")
        assert is_the_sum(tables, records)


@pytest.mark.parametrize("step", range(1, 16))
def test_a_removal_that_dies_at_any_change_loses_nobody_and_is_finished_by_the_next(step: int) -> None:
    """Copies, both names, the deletion, of each table."""
    with lake() as (tables, records, _):
        records.publish("ann", {1: 5.0})
        records.publish("bob", {1: 5.0, 2: 5.0})
        sync(tables, records, "ann", "bob")
        records.publish("bob", None)
        tables.fail(step, Died)
        try:
            LakeWriter(tables, records).remove("bob")
        except Died:
            sync(tables, records, "ann")
            assert {"ann"} <= {row[0] for row in tables.rows(RUNS)}
        tables.faults.clear()
        LakeWriter(tables, records).remove("bob")
        assert is_the_sum(tables, records)


def test_only_rows_that_differ_are_written() -> None:
    """A run more is one row in each table; nothing new is no change that another engine would see."""
    with lake() as (tables, records, writer):
        records.publish("ann", dict.fromkeys(range(1, 7), 5.0))
        sync(tables, records, "ann")
        records.publish("ann", dict.fromkeys(range(1, 8), 5.0))
        written = writer.apply(["ann"]).written
        assert (0, 2) == (written.deleted, written.inserted)
        changes = tables._changes
        assert 1 == writer.apply(["ann", "ann"]).unchanged
        assert changes == tables._changes


def test_no_portion_is_begun_without_time_for_it() -> None:
    """The messages of those that are left come again."""
    with lake() as (tables, records, writer):
        records.publish("ann", {1: 5.0})
        outcome = writer.apply(["ann"], seconds_left=lambda: 60.0)
        assert (["ann"], 0) == (outcome.left, outcome.runners)
        assert all(not tables.rows(table) for table in TABLES)


def test_a_record_that_is_gone_takes_its_rows_and_its_version_along() -> None:
    """A message that comes late brings nothing back."""
    with lake() as (tables, records, writer):
        records.publish("ann", {1: 5.0})
        records.publish("bob", {1: 5.0})
        writer.apply(["ann", "bob"])
        records.publish("ann", None)
        writer.apply(["ann"])
        assert is_the_sum(tables, records)
        assert (1, 0) == (writer.apply(["ann"]).unchanged, writer.apply(["ann"]).written.inserted)
