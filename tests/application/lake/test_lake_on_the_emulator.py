"""The lake's writer against S3 Tables as the emulator has it: real commits, real conflicts, real files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from myrunstreak.contract.club_board import Board
from myrunstreak.errors import InvalidSettings
from myrunstreak.lake import differences
from myrunstreak.lake.board_file import publish_board
from myrunstreak.lake.catalog import Bucket, Catalog, LakeConflict, full_name
from myrunstreak.lake.extensions import connect
from myrunstreak.lake.structure import prepare
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS, TABLES, Table
from myrunstreak.store.blobs import open_blobs

from tests.application.lake.club import Club
from tests.stage.emulator import REGION
from tests.stage.lake import TableBucket
from tests.stage.runs import NOON, on


def test_the_lake_is_the_sum_of_the_records_after_changes_repeats_and_a_lost_message(club: Club) -> None:
    """New, changed and deleted runs; a message twice; one that never comes, which the next one makes up for."""
    ann, bob, cyd = club.join(3), club.join(4, "distances"), club.join(2, "none")
    first = club.writer().apply([ann, bob, bob, cyd])
    assert (3, 0, 18) == (first.runners, first.unchanged, first.written.inserted)
    assert club.holds(ann, bob, cyd)

    again = club.writer().apply([cyd, ann, bob])
    assert (3, 0, 0) == (again.unchanged, again.written.inserted, again.written.deleted)

    club.publish(
        ann, [on("2026-05-01", 1), on("2026-05-02", 2, distance_km=9.0), on("2026-05-07", 7)]
    )  # lost
    club.publish(
        ann, [on("2026-05-01", 1), on("2026-05-02", 2, distance_km=9.0), on("2026-05-08", 8, deleted=True)]
    )
    club.publish(bob, [])
    changed = club.writer().apply([bob, ann])
    assert club.holds(ann, bob, cyd)
    # Of ann's three runs one was changed and one has gone, and each of their days with it; bob's four are gone.
    assert (2 + 2 + 8, 1 + 1) == (changed.written.deleted, changed.written.inserted)
    assert {ann: "days", bob: "distances", cyd: "none"} == {row[0]: row[2] for row in club.lake(RUNNERS)}


def test_a_commit_of_another_engine_in_between_is_retried_and_nothing_is_lost(
    club: Club, table_bucket: TableBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's own DuckDB inserts a row between our reading and our commit: a 409, then the batch again."""
    ann = club.join(2)
    club.writer().apply([ann])
    club.publish(ann, [on("2026-05-01", 1), on("2026-05-03", 3)])
    stranger = Catalog(table_bucket.bucket, tmp_path)
    meddled: list[str] = []
    count = differences._count

    def meddle(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
        if not meddled:
            meddled.append(table)
            with stranger.read_newest() as theirs:
                theirs.execute(
                    f"INSERT INTO {full_name(RUNS.name)} (runner_id, activity_id) VALUES ('{ann}', 99)"
                )
                theirs.execute(f"INSERT INTO {full_name(RUNNERS.name)} VALUES ('someone', 'else', 'none')")
        return count(connection, table, condition)

    monkeypatch.setattr(differences, "_count", meddle)
    outcome = club.writer().apply([ann])
    stranger.close()
    assert (1, 1) == (outcome.conflicts, len(club.slept))
    assert club.truth(ann)[RUNS] == club.lake(RUNS), (
        "the stranger's row of ann's has gone with what it contradicts"
    )
    assert "someone" in {row[0] for row in club.lake(RUNNERS)}


def test_an_engine_that_always_comes_first_is_given_up_in_the_end(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six tries, with pauses; the queue then hands the batch out again."""
    ann = club.join(1)

    def conflict(*_: object) -> None:
        raise LakeConflict("Another engine")

    monkeypatch.setattr("myrunstreak.lake.writer.make_equal", conflict)
    with pytest.raises(LakeConflict):
        club.writer().apply([ann])
    assert [0.2, 0.5, 1.0, 2.0, 4.0] == club.slept


def test_a_column_that_is_new_is_null_in_the_rows_of_before_and_filled_in_those_to_come(club: Club) -> None:
    """A table that an older writer made gets it by name, at the end, and keeps its rows."""
    older = Table("runs", dict(list(RUNS.columns.items())[:-2]), RUNS.key)
    ann = club.join(2)
    with club.catalog.read_newest() as connection:
        connection.execute(older.definition(full_name("runs")))
        connection.execute(f"INSERT INTO {full_name('runs')} (runner_id, activity_id) VALUES ('earlier', 1)")
    with duckdb.connect(str(club.folder(ann) / "runs.duckdb")) as record:
        record.execute("UPDATE activities SET is_cooper_test = true, moon_phase = 0.5")
    club.writer().apply([ann])
    with club.catalog.read_newest() as connection:
        found = connection.execute(
            f"SELECT DISTINCT runner_id, moon_phase, is_cooper_test FROM {full_name('runs')}"
            " ORDER BY runner_id = 'earlier'"
        ).fetchall()
        described = connection.execute(f"DESCRIBE {full_name('runs')}").fetchall()
    assert [(ann, 0.5, True), ("earlier", None, None)] == found
    assert list(RUNS.columns) == [row[0] for row in described]


def test_the_rows_lie_in_64_buckets_of_runners(club: Club) -> None:
    """So that a question about one runner reads few files, and no table has a partition a runner."""
    club.writer().apply([club.join(1) for _ in range(3)])
    with club.catalog.read_newest() as connection:
        files = connection.execute(
            f"SELECT file_path FROM iceberg_metadata('{full_name('runs')}')"
        ).fetchall()
    assert files
    assert all(re.search(r"/data/bucket_64\w*=\d+/", file) for (file,) in files)


def test_after_a_removal_no_file_of_the_lake_holds_a_byte_of_the_runner(
    club: Club, table_bucket: TableBucket
) -> None:
    """Neither rows, nor old states, nor notes about deleted rows, nor bounds in manifests; the others are untouched."""
    gone, ann = club.join(3), club.join(2)
    club.writer().apply([gone, ann])
    club.publish(gone, [on("2026-05-01", 1)])
    club.writer().apply([gone])
    before = {table: [row for row in club.lake(table) if row[0] == ann] for table in TABLES}
    assert files_with(gone, table_bucket)

    assert {"runs": 1, "days": 1, "runners": 1} == club.writer().remove(gone)

    assert before == {table: club.lake(table) for table in TABLES}
    assert not files_with(gone, table_bucket)
    assert files_with(ann, table_bucket)
    assert {"runs": 0, "days": 0, "runners": 0} == club.writer().remove(gone), (
        "a second time there is nothing left"
    )


def files_with(runner: str, bucket: TableBucket) -> set[str]:
    """The files of a bucket that hold a runner's id: as they are, and, where they are compressed, as they are read."""
    found: set[str] = set()
    with connect() as reader, tempfile.TemporaryDirectory() as folder:
        for key, content in bucket.objects().items():
            texts = [content.decode("latin-1")]
            file = Path(folder, "file")
            file.write_bytes(content)
            if key.endswith(".parquet"):
                texts += map(repr, reader.execute(f"SELECT * FROM read_parquet('{file}')").fetchall())
                texts += map(repr, reader.execute(f"SELECT * FROM parquet_metadata('{file}')").fetchall())
            elif key.endswith(".avro"):
                texts += map(repr, reader.execute(f"SELECT * FROM read_avro('{file}')").fetchall())
            if any(runner in text for text in texts):
                found.add(key)
    return found


@pytest.mark.parametrize("step", range(3))
def test_a_removal_that_is_broken_off_is_finished_by_the_next_one(
    step: int, club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the copy, between the two names, before the old table is deleted: nothing is lost and nothing stays."""
    gone, ann = club.join(1), club.join(2)
    club.writer().apply([gone, ann])
    name = ("rename", "rename", "drop")[step]
    original: Callable[..., None] = getattr(Catalog, name)
    calls: list[object] = []

    def die(self: Catalog, *names: str) -> None:
        calls.append(names)
        if len(calls) == (2 if step == 1 else 1):
            raise KeyboardInterrupt
        original(self, *names)

    with monkeypatch.context() as patch:
        patch.setattr(Catalog, name, die)
        with pytest.raises(KeyboardInterrupt):
            club.writer().remove(gone)
    club.writer().apply([ann])
    assert club.truth(ann)[RUNS] == [row for row in club.lake(RUNS) if row[0] == ann]
    club.writer().remove(gone)
    assert ["days", "runners", "runs"] == club.catalog.names()
    assert club.holds(ann)


def test_a_rebuild_begins_with_empty_tables_and_ends_with_the_same_rows(club: Club) -> None:
    """What was in the lake and in no record is gone."""
    ann = club.join(2)
    club.writer().apply([ann])
    with club.catalog.read_newest() as connection:
        connection.execute(f"INSERT INTO {full_name('days')} VALUES ('{ann}', '2020-01-01', 5.0, 1)")
    incremental = club.lake(RUNS)
    assert {"runs": 2, "days": 3, "runners": 1} == club.writer().empty()
    assert [] == club.lake(RUNS) == club.lake(DAYS) == club.lake(RUNNERS)
    club.writer().apply([ann])
    assert club.holds(ann)
    assert incremental == club.lake(RUNS)


def test_a_bucket_that_is_missing_is_one_line(table_bucket: TableBucket, tmp_path: Path) -> None:
    """What, where, and what to do."""
    catalog = Catalog(Bucket(f"{table_bucket.arn}-not", REGION, table_bucket.bucket.endpoint), tmp_path)
    with pytest.raises(InvalidSettings, match=r"LAKE_TABLES, or run `pulumi up`") as raised:
        prepare(catalog)
    assert "\n" not in str(raised.value)


def test_the_board_is_made_from_what_the_members_share(club: Club) -> None:
    """As one object, which its readers understand."""
    ann, bob, cyd = club.join(3), club.join(4, "distances"), club.join(5, "none")
    club.writer().apply([ann, bob, cyd])
    folder = open_blobs(club.settings.folder, REGION)
    assert 2 == publish_board(club.catalog, club.settings, folder, NOON)
    board = Board.model_validate_json((Path(club.settings.club) / "club" / "board.json").read_bytes())
    assert [(bob, 4, 20_000), (ann, 3, None)] == [
        (row.runner_id, row.last_days, row.metres) for row in board.rows
    ]
    assert (NOON, "any") == (board.made_at, board.minimum)
