"""The figures of a published database that summary, status and quarantine show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.errors import InvalidSettings
from myrunstreak.raw_json import loads
from myrunstreak.store.detail_queue import GIVEN_UP

if TYPE_CHECKING:
    import duckdb
    from myrunstreak.contract.settings import Settings

# One row: the record in figures.
_FIGURES: Final = f"""
SELECT
    count(*) FILTER (is_counted) AS runs,
    count(DISTINCT start_date) FILTER (is_counted) AS days,
    coalesce(sum(distance_km) FILTER (is_counted), 0.0) AS distance_km,
    min(start_date) FILTER (is_counted) AS first_day,
    max(start_date) FILTER (is_counted) AS last_day,
    count(*) FILTER (NOT is_counted) AS other_activities,
    (SELECT count(*) FROM activities WHERE deleted_at IS NOT NULL) AS deleted,
    count(*) FILTER (details_at IS NOT NULL) AS with_details,
    (SELECT count(*) FROM details_queue JOIN runs USING (activity_id) WHERE NOT {GIVEN_UP}) AS details_pending,
    (SELECT count(*) FROM details_queue JOIN runs USING (activity_id) WHERE {GIVEN_UP}) AS details_given_up,
    (SELECT count(*) FROM quarantine) + (SELECT count(*) FROM objects_set_aside) AS quarantined,
    (SELECT max(value) FROM file_facts WHERE name = 'source') AS source
FROM (SELECT *, counts_as(activity_type, activity_types()) AS is_counted FROM runs)
"""  # noqa: S608 - a condition of our own


@dataclass(frozen=True)
class Figures:
    """The record in figures; days are local calendar days, None where there is no run.

    Other activities are live ones of types that do not count (ACTIVITY_TYPES); runs, days and distance are without them.
    """

    runs: int
    days: int
    distance_km: float
    first_day: date | None
    last_day: date | None
    other_activities: int
    deleted: int
    with_details: int
    details_pending: int
    details_given_up: int
    quarantined: int
    source: str | None


@dataclass(frozen=True)
class GivenUp:
    """A run whose details failed so often that they are asked for only when it changes; ``reason`` says how."""

    activity_id: int
    start_date: str
    attempts: int
    reason: str


@dataclass(frozen=True)
class Refused:
    """A record that could not be stored; ``raw`` is Smashrun's own JSON text."""

    activity_id: int | None
    reason: str
    form: str
    first_seen_at: datetime
    raw: str

    @property
    def started(self) -> str | None:
        """The record's start as Smashrun gives it."""
        try:
            record: object = loads(self.raw)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict):
            return None
        start = cast("dict[str, Any]", record).get("startDateTimeLocal")
        return None if start is None else str(start)


@dataclass(frozen=True)
class SetAside:
    """An archived object that could not be applied, or not with all of its records."""

    name: str
    kind: str
    observed_at: datetime
    reason: str


def figures_of(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Figures:
    """The record in figures, of the types of activities that the settings count."""
    connection.execute(choice_for_connection(settings.counted_labels))
    row = connection.execute(_FIGURES).fetchone()
    assert row is not None
    return Figures(*row)


def refused_records(connection: duckdb.DuckDBPyConnection) -> list[Refused]:
    """What waits in quarantine, newest first."""
    rows = connection.execute(
        "SELECT activity_id, reason, form, first_seen_at, raw FROM quarantine ORDER BY first_seen_at DESC, record_hash"
    ).fetchall()
    return [Refused(known, why, form, seen.replace(tzinfo=UTC), raw) for known, why, form, seen, raw in rows]


def given_up_details(connection: duckdb.DuckDBPyConnection) -> list[GivenUp]:
    """Runs whose details failed too often, newest first."""
    given_up = f"""
        SELECT q.activity_id, CAST(r.start_date AS VARCHAR), q.attempts, q.last_error
        FROM details_queue AS q JOIN runs AS r ON r.activity_id = q.activity_id
        WHERE {GIVEN_UP}
        ORDER BY r.start_local DESC, q.activity_id DESC
    """  # noqa: S608 - a condition of our own
    return [GivenUp(*row) for row in connection.execute(given_up).fetchall()]


def objects_set_aside(connection: duckdb.DuckDBPyConnection) -> list[SetAside]:
    """What of the archive could not be applied, newest first."""
    rows = connection.execute(
        "SELECT name, kind, observed_at, reason FROM objects_set_aside ORDER BY observed_at DESC, name"
    ).fetchall()
    return [SetAside(name, kind, seen.replace(tzinfo=UTC), why) for name, kind, seen, why in rows]


def size_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Bytes of the database file that a connection has open."""
    row = connection.execute(
        "SELECT path FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL"
    ).fetchone()
    return Path(row[0]).stat().st_size if row else 0


def source_words(source: str | None) -> str:
    """The source of a record in words."""
    if source is None:
        return "nowhere yet"
    return "a simulator on this machine (the demo)" if source == "loopback" else source


def require_source(source: str | None, settings: Settings) -> None:
    """Refuse a database whose runs are from another Smashrun than the one that the settings name.

    Raises:
        InvalidSettings: the database's runs are from somewhere else.
    """
    if source is not None and source != settings.source_name:
        raise InvalidSettings(
            f"The database {settings.duckdb_path} holds runs from {source_words(source)}, but SMASHRUN_API_URL is "
            f"{settings.smashrun_api_url}. Set DUCKDB_PATH to the record of that Smashrun."
        )
