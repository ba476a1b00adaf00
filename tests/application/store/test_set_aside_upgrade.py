"""Databases from before there were bounds: what older code stored beyond them is mended by the migration."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.schema import migrations

# What older code stored, and what it is now.
STORED = [
    ("distance_km", "1e300", None),
    ("distance_km", "1e-300", 0.0),
    ("distance_km", "12.5", 12.5),
    ("duration_s", "1e308", None),
    ("duration_s", "0", 0.0),
    ("elevation_gain_m", "1e308", None),
    ("elevation_min_m", "-1", -1.0),
    ("heart_rate_avg", "-1", None),
    ("heart_rate_max", "-1", None),
    ("cadence_avg", "1e308", None),
    ("calories", "-1", None),
    ("temperature_c", "-1", None),
    ("temperature_c", "-1.5", -1.5),
    ("humidity", "-1", None),
    ("wind_speed_kph", "-1", None),
    ("start_latitude", "-1", None),
]


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty database of schema 2."""
    path = tmp_path / "runs.duckdb"
    first_two = {number: sql for number, sql in migrations.migrations().items() if number <= 2}
    with monkeypatch.context() as patch, duckdb.connect(str(path)) as connection:
        patch.setattr(migrations, "migrations", lambda: first_two)
        migrations.migrate(connection, "a test")
    return path


def _insert(path: Path, activity_id: int, **values: str) -> None:
    fields = {
        "activity_id": str(activity_id),
        "start_local": "TIMESTAMP '2007-02-15 07:12:00'",
        "start_date": "DATE '2007-02-15'",
        "offset_suspect": "false",
        "content_hash": "'x'",
        "first_seen_at": "TIMESTAMP '2026-01-01'",
        "synced_at": "TIMESTAMP '2026-01-01'",
        **values,
    }
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"INSERT INTO activities ({', '.join(fields)}) SELECT {', '.join(fields.values())}"
        )


def test_rows_beyond_the_bounds_are_mended(older: Path) -> None:
    """Unknown and impossible values become NULL, everything else stays, and the database is published."""
    for number, (column, value, _) in enumerate(STORED):
        _insert(older, number, **{column: value})
    manager = DuckDBManager(older)
    assert manager.publish()
    for number, (column, _, expected) in enumerate(STORED):
        row = (
            manager.connect()
            .execute(f"SELECT {column} FROM activities WHERE activity_id = {number}")
            .fetchone()
        )
        assert (expected,) == row, column
    assert [(True,)] == manager.connect().execute("SELECT isfinite(sum(duration_s)) FROM daily").fetchall()
    manager.close()


@pytest.mark.parametrize(
    ("fields", "suspect"),
    [
        ({"created_utc": "TIMESTAMP '2026-10-01 06:00:00'"}, True),
        ({"created_utc": "TIMESTAMP '2026-10-01 06:00:00'", "source": "'manual'"}, False),
        ({"created_utc": "TIMESTAMP '2007-02-15 09:00:00'"}, False),
    ],
)
def test_a_watch_that_lost_1024_weeks_is_marked_in_older_databases(
    older: Path, fields: dict[str, str], suspect: bool
) -> None:
    """As the loader marks it since."""
    _insert(older, 1, **fields)
    manager = DuckDBManager(older)
    assert [(suspect,)] == manager.connect().execute("SELECT offset_suspect FROM runs").fetchall()
    manager.close()
