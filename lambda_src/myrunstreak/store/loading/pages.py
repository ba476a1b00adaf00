"""List pages into rows: staged and typed by DuckDB in bulk, stored in ``activities`` by time of observation.

The result does not depend on how objects are grouped: the newest observation of a run wins, the first one
dates it, and a run that is listed after it was marked deleted is alive again. So a sync that reads page by
page and a rebuild that reads years at once end with the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.errors import MalformedRecord
from myrunstreak.raw_json import loads
from myrunstreak.smashrun.activity import parse_activity
from myrunstreak.store.efforts.best_efforts import BestEfforts
from myrunstreak.store.loading.columns import (
    known_fields,
    known_present,
    malformed_condition,
    record_structure,
    source_columns,
    typed_select,
    unknown_fields_patch,
)
from myrunstreak.store.loading.quarantine import Quarantine
from myrunstreak.store.loading.reading import RECORDS, as_list, files_to_read
from myrunstreak.store.loading.statements import statement
from myrunstreak.store.loading.trimming import trim_to_runs
from myrunstreak.sync.values import Form, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb

# A variable becomes a constant of the plan; a list written into the lambda would be made for every key.
_KNOWN: Final = f"""SET VARIABLE known_fields = from_json('{as_list(known_fields())}', '["VARCHAR"]')"""


class PageLoader:
    """Stages groups of pages of one form on a connection, and stores what they say."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._efforts = BestEfforts(connection)
        self._quarantine = Quarantine(connection)
        self._staged = PageReport()
        self._dated_anew = 0
        self._has_standing = False

    def stage(self, pages: Sequence[RawObject], form: Form) -> PageReport:
        """Read pages into temporary tables and say what they would change; nothing is stored yet."""
        return self._stage(form, RECORDS, files_to_read(pages))

    def stage_quarantined(self, form: Form, hashes: Sequence[str]) -> PageReport:
        """Stage records that wait in quarantine, as they were observed then."""
        chosen = """form = $form AND list_contains(from_json($hashes, '["VARCHAR"]'), record_hash)"""
        parameters = {"form": form, "hashes": as_list(hashes)}
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE waiting AS SELECT raw, first_seen_at FROM quarantine WHERE {chosen}",
            parameters,
        )
        self._connection.execute(f"DELETE FROM quarantine WHERE {chosen}", parameters)
        records = "SELECT CAST(raw AS JSON) AS raw, first_seen_at AS observed_at FROM waiting"
        return self._stage(form, records, {})

    def _stage(self, form: Form, records: str, parameters: dict[str, str]) -> PageReport:
        """Fill ``staged`` (records), ``incoming`` (runs) and ``standing`` (quarantine), which is left out where empty."""
        run = self._connection.execute
        own = source_columns("summary") if form == "summary" else source_columns("summary", "extended")
        run(_KNOWN)
        run(
            statement(
                "staged",
                records=records,
                structure=record_structure(),
                typed_columns=typed_select(),
                known_present=known_present(),
                malformed=malformed_condition(),
                columns=", ".join(own),
                content_hash=_content_hash(own),
            ),
            parameters | {"patch": unknown_fields_patch()},
        )
        if form == "summary":
            kept = source_columns("extended")
            run(
                statement(
                    "completed_summaries",
                    kept_columns=", ".join(f"e.{name}" for name in kept),
                    content_hash=_content_hash(own + kept),
                )
            )
        run(statement("incoming"), {"form": form})
        return self._report(form)

    def _report(self, form: Form) -> PageReport:
        # Plain aggregates: one statement of scalar subqueries takes ten times as long to plan.
        malformed, with_recordings, oldest_start = self._row(
            """
            SELECT
                count(*) FILTER (malformed),
                count(*) FILTER (has_recording AND NOT malformed),
                min(start_date) FILTER (NOT malformed)
            FROM staged
            """
        )
        new, updated, revived, self._dated_anew, activity_ids = self._row(
            """
            SELECT
                count(*) FILTER (is_new), count(*) FILTER (is_updated), count(*) FILTER (is_revived),
                count(*) FILTER (is_older OR is_earlier), list(activity_id)
            FROM incoming
            """
        )
        drifted = self._count_drifted() if updated else 0
        quarantined = settled = 0
        (waiting,) = self._row("SELECT count(*) FROM quarantine")
        self._has_standing = bool(malformed or waiting)
        if self._has_standing:
            self._connection.execute(statement("standing"), {"form": form})
            (quarantined,) = self._row(
                "SELECT count(*) FROM standing WHERE record_hash NOT IN (SELECT record_hash FROM quarantine)"
            )
            (settled,) = self._row(
                "SELECT count(*) FROM quarantine WHERE record_hash NOT IN (SELECT record_hash FROM standing)"
            )
        self._staged = PageReport(
            malformed=malformed,
            new=new,
            updated=updated,
            drifted=drifted,
            revived=revived,
            quarantined=quarantined,
            settled=settled,
            with_recordings=with_recordings,
            oldest_start=oldest_start,
            activity_ids=frozenset(activity_ids or ()),
        )
        return self._staged

    def _count_drifted(self) -> int:
        """Runs that changed while Smashrun's own stamp of the change did not: only reading them again shows it."""
        (drifted,) = self._row(
            """
            SELECT count(*)
            FROM incoming AS i
            JOIN staged AS s ON s.rowid = i.row_id
            JOIN activities AS e ON e.activity_id = i.activity_id
            WHERE i.is_updated AND s.updated_utc IS NOT DISTINCT FROM e.updated_utc
            """
        )
        return drifted

    def _row(self, sql: str) -> tuple[Any, ...]:
        row = self._connection.execute(sql).fetchone()
        assert row is not None
        return row

    def moved_recordings(self) -> list[tuple[int, int, int]]:
        """Ids of runs with a recording that the staged pages move to another year, the old year and the new one."""
        if not self._staged.updated:
            return []
        return self._connection.execute(
            """
            SELECT i.activity_id, year(a.start_date), year(s.start_date)
            FROM incoming AS i JOIN staged AS s ON s.rowid = i.row_id
            JOIN activities AS a ON a.activity_id = i.activity_id
            WHERE i.is_updated AND a.details_at IS NOT NULL AND year(a.start_date) <> year(s.start_date)
            """
        ).fetchall()

    def apply(self) -> None:
        """Store the staged pages. Call it within a transaction."""
        run, staged = self._connection.execute, self._staged
        updated = "SELECT activity_id FROM incoming WHERE is_updated"
        if staged.updated:
            run(f"DELETE FROM activities WHERE activity_id IN ({updated})")
            run(f"DELETE FROM details_queue WHERE activity_id IN ({updated})")
        if staged.new or staged.updated:
            run(
                """
                INSERT INTO activities BY NAME
                SELECT
                    s.* EXCLUDE (start, observed_at, malformed, has_recording, malformed_raw),
                    i.first_seen_at, i.synced_at, i.details_at, i.splits_at, i.deleted_at
                FROM incoming AS i
                JOIN staged AS s ON s.rowid = i.row_id
                WHERE i.is_new OR i.is_updated
                ORDER BY s.start_local, s.activity_id
                """
            )
        if staged.revived:
            run(
                """
                UPDATE activities SET deleted_at = NULL
                WHERE activity_id IN (SELECT activity_id FROM incoming WHERE is_revived AND NOT is_updated)
                """
            )
        if self._dated_anew:
            run(
                """
                UPDATE activities SET
                    first_seen_at = least(activities.first_seen_at, incoming.first_seen_at),
                    synced_at = CASE WHEN incoming.is_older THEN incoming.synced_at ELSE activities.synced_at END
                FROM incoming
                WHERE activities.activity_id = incoming.activity_id AND (incoming.is_older OR incoming.is_earlier)
                """
            )
        if staged.updated:
            trim_to_runs(self._connection, updated)
        if staged.new or staged.updated:
            self._efforts.replace_averages()
            self._queue_details()
        if self._has_standing:
            self._settle_quarantine()

    def _queue_details(self) -> None:
        self._connection.execute(
            """
            INSERT INTO details_queue BY NAME
            SELECT s.activity_id, i.synced_at AS enqueued_at, 0 AS attempts
            FROM incoming AS i
            JOIN staged AS s ON s.rowid = i.row_id
            WHERE (i.is_new OR i.is_updated) AND s.has_details AND (i.details_at IS NULL OR i.details_at < i.synced_at)
            ORDER BY s.activity_id
            """
        )

    def _settle_quarantine(self) -> None:
        run = self._connection.execute
        run(
            """
            DELETE FROM quarantine
            WHERE (record_hash, first_seen_at) NOT IN (SELECT (record_hash, first_seen_at) FROM standing)
            """
        )
        waiting = run(
            """
            SELECT raw, activity_id, form, first_seen_at FROM standing
            WHERE record_hash NOT IN (SELECT record_hash FROM quarantine)
            ORDER BY first_seen_at, record_hash
            """
        ).fetchall()
        for raw, activity_id, form, first_seen_at in waiting:
            self._quarantine.add(
                raw, _reason(raw), activity_id=activity_id, form=form, first_seen_at=first_seen_at
            )


def _content_hash(names: Sequence[str]) -> str:
    fields = ", ".join([*sorted(names), "start", "extra"])
    return f"md5(CAST(to_json(struct_pack({fields})) AS VARCHAR))"


def _reason(raw: str) -> str:
    try:
        parse_activity(loads(raw))
    except MalformedRecord as error:
        return str(error)
    except ValueError:
        return "the record is not JSON"
    return "the record cannot be stored"
