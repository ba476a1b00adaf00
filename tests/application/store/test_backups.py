"""The weekly and monthly copies of the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from myrunstreak.errors import StoreUnavailable
from myrunstreak.store.backups import Backups, backup_names
from myrunstreak.store.blobs.local import LocalBlobs

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Refusing(LocalBlobs):
    """A folder that cannot be listed or written."""

    def names(self, after: str = "") -> Iterator[str]:
        raise StoreUnavailable("the bucket does not answer")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A published file."""
    file = tmp_path / "runs.duckdb"
    file.write_bytes(b"monday")
    return file


def test_names_are_the_iso_week_and_the_month_in_utc() -> None:
    """The first days of a year may belong to the last week of the year before."""
    assert ("weekly/2026-W48.duckdb", "monthly/2026-11.duckdb") == backup_names(MONDAY)
    assert ("weekly/2026-W53.duckdb", "monthly/2027-01.duckdb") == backup_names(
        datetime(2027, 1, 2, tzinfo=UTC)
    )
    early = datetime(2026, 12, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert "monthly/2026-11.duckdb" == backup_names(early)[1]


def test_the_first_publication_of_a_week_and_of_a_month_is_kept(tmp_path: Path, database: Path) -> None:
    """Later ones of the same week change nothing; a new week makes one copy, a new month the other."""
    folder = tmp_path / "backups"
    backups = Backups(LocalBlobs(folder))
    assert ["weekly/2026-W48.duckdb", "monthly/2026-11.duckdb"] == backups.keep(database, MONDAY)
    database.write_bytes(b"tuesday")
    assert [] == backups.keep(database, MONDAY + timedelta(days=1))
    assert b"monday" == (folder / "weekly/2026-W48.duckdb").read_bytes()
    assert ["weekly/2026-W49.duckdb"] == backups.keep(database, MONDAY + timedelta(days=7))
    assert ["monthly/2026-12.duckdb"] == backups.keep(database, datetime(2026, 12, 2, tzinfo=UTC))


def test_a_copy_that_fails_is_told_and_does_not_fail_the_sync(
    tmp_path: Path, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The database itself is published by then."""
    assert [] == Backups(Refusing(tmp_path)).keep(database, MONDAY)
    assert "weekly/2026-W48.duckdb could not be made" in caplog.text
