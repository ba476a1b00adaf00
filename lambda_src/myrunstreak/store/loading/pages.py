"""List pages into rows: staged and typed by DuckDB in bulk, folded into ``activities`` by time of observation.

The fold does not depend on how objects are grouped: the newest observation of a run wins, the first one
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
    known_fields_removed,
    known_present,
    malformed_condition,
    record_structure,
    source_columns,
    typed_select,
)
from myrunstreak.store.loading.fitting import RunFit
from myrunstreak.store.loading.reading import RECORDS, as_list, files_to_read
from myrunstreak.sync.values import Form, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb

# Raise it when the parser learns to read more: quarantined records are then tried again.
PARSER_VERSION: Final = 2

# A variable is folded into the plan as a constant; a list written into the lambda would be made for every key.
_KNOWN: Final = f"""SET VARIABLE known_fields = from_json('{as_list(known_fields())}', '["VARCHAR"]')"""

# GPS counts 1,024 weeks and begins again: a watch that does not know dates its runs 7,168 days back, while Smashrun
# says when it got them. Two days for what an upload is late.
_WEEKS_LOST: Final = " OR ".join(
    f"coalesce(abs(date_diff('second', start_local, {known}) / 86400 - 7168) <= 2, false)"
    for known in ("created_utc", "uploaded_utc")
)


class PageFold:
    """Stages groups of pages of one form on a connection and folds them in."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._efforts = BestEfforts(connection)
        self._fit = RunFit(connection)

    def stage(self, pages: Sequence[RawObject], form: Form) -> PageReport:
        """Read pages into temporary tables and say what they would change; nothing is stored yet."""
        return self._fold(form, RECORDS, files_to_read(pages))

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
        return self._fold(form, records, {})

    def _fold(self, form: Form, records: str, parameters: dict[str, str]) -> PageReport:
        self._stage_records(form, records, parameters)
        if form == "summary":
            self._complete_summaries()
        self._stage_changes(form)
        self._stage_quarantine(form)
        return self._report()

    def _stage_records(self, form: Form, records: str, parameters: dict[str, str]) -> None:
        """``staged``: one row per record, typed, in the order read.

        It is one statement from the files to the hash, which DuckDB runs through several files at once.
        """
        own = _own_columns(form)
        self._connection.execute(_KNOWN)
        self._connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staged AS
            WITH records AS ({records}),
            transformed AS (
                SELECT observed_at, raw, json_transform(raw, '{record_structure()}') AS a FROM records
            ),
            typed AS (
                SELECT
                    observed_at,
                    raw,
                    a,
                    {typed_select()},
                    TRY_CAST(left(start, 10) AS DATE) AS start_date,
                    TRY_CAST(regexp_extract(start, '^[0-9-]+([T ][0-9:]+)?') AS TIMESTAMP) AS start_local,
                    nullif(regexp_extract(start, '(Z|[+-]\\d\\d:?\\d\\d)$', 1), '') AS utc_offset
                FROM transformed
            ),
            judged AS (
                SELECT
                    * EXCLUDE (a, utc_offset),
                    CASE
                        WHEN utc_offset = 'Z' THEN 0
                        ELSE (CASE WHEN utc_offset[1] = '-' THEN -1 ELSE 1 END)
                            * (CAST(utc_offset[2:3] AS INTEGER) * 60 + CAST(right(utc_offset, 2) AS INTEGER))
                    END AS utc_offset_minutes,
                    -- Few records carry more than what is known to be there: only these are looked through.
                    CASE WHEN len(json_keys(raw)) > {known_present()} THEN
                        CASE
                            WHEN len(list_filter(
                                json_keys(raw), key -> NOT list_contains(getvariable('known_fields'), key)
                            )) > 0
                            THEN nullif(json_merge_patch('{{}}', json_merge_patch(raw, $patch)), '{{}}')
                        END
                    END AS extra,
                    ({malformed_condition()}) AS malformed,
                    json_type(a."recordingKeys") = 'ARRAY' AS has_recording
                FROM typed
            )
            SELECT
                {", ".join(own)},
                start_local,
                start_date,
                utc_offset_minutes,
                coalesce(
                    utc_offset_minutes NOT BETWEEN -720 AND 840
                        OR start_local - to_minutes(coalesce(utc_offset_minutes, 0)) > observed_at,
                    false
                ) OR (lower(coalesce(source, '')) <> 'manual' AND ({_WEEKS_LOST})) AS offset_suspect,
                extra,
                {_content_hash(own)} AS content_hash,
                start,
                observed_at,
                malformed,
                has_recording,
                CASE WHEN malformed THEN raw END AS malformed_raw
            FROM judged
            """,
            parameters | {"patch": known_fields_removed()},
        )

    def _complete_summaries(self) -> None:
        """A summary leaves what only the extended form carries as it is stored, unknown fields included."""
        own, kept = _own_columns("summary"), source_columns("extended")
        self._connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staged AS
            WITH completed AS (
                SELECT
                    s.rowid AS row_id,
                    s.* REPLACE (coalesce(json_merge_patch(e.extra, s.extra), e.extra, s.extra) AS extra),
                    {", ".join(f"e.{name}" for name in kept)}
                FROM staged AS s
                LEFT JOIN activities AS e ON e.activity_id = s.activity_id
            )
            SELECT * EXCLUDE (row_id) REPLACE ({_content_hash(own + kept)} AS content_hash)
            FROM completed
            ORDER BY row_id
            """
        )

    def _stage_changes(self, form: Form) -> None:
        """``incoming``: one row per run that the records name, with what they change and its history."""
        self._connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE incoming AS
            WITH observed AS (
                SELECT activity_id, observed_at, content_hash, rowid AS row_id FROM staged WHERE NOT malformed
            ),
            existing AS (
                SELECT activity_id, content_hash, first_seen_at, synced_at, details_at, splits_at, deleted_at
                FROM activities
                WHERE activity_id IN (SELECT activity_id FROM observed)
            ),
            history AS (
                SELECT activity_id, observed_at, content_hash, row_id FROM observed
                UNION ALL
                SELECT activity_id, synced_at, content_hash, NULL FROM existing
            ),
            -- One row per observation: whether its content differs from the one before.
            steps AS (
                SELECT *, content_hash IS DISTINCT FROM lag(content_hash) OVER (
                    PARTITION BY activity_id ORDER BY observed_at, row_id NULLS LAST
                ) AS changed
                FROM history
            ),
            -- One row per run: its newest content, when that was first seen, when the run was.
            folded AS (
                SELECT
                    activity_id,
                    arg_max(coalesce(row_id, -1), (observed_at, coalesce(row_id, 9223372036854775807))) AS row_id,
                    max(observed_at) FILTER (changed) AS synced_at,
                    min(observed_at) AS first_observed_at,
                    max(observed_at) FILTER (row_id IS NOT NULL) AS last_observed_at
                FROM steps
                GROUP BY activity_id
            )
            SELECT
                f.activity_id,
                f.row_id,
                f.synced_at,
                least(f.first_observed_at, e.first_seen_at) AS first_seen_at,
                e.details_at,
                e.splits_at,
                CASE WHEN e.deleted_at > f.last_observed_at THEN e.deleted_at END AS deleted_at,
                e.activity_id IS NULL AS is_new,
                e.activity_id IS NOT NULL AND f.row_id >= 0 AND f.synced_at > e.synced_at AS is_updated,
                -- Seen earlier than was known. What a summary was completed with may be from later: it dates nothing.
                $form = 'extended' AND f.synced_at < e.synced_at AS is_older,
                coalesce(e.deleted_at <= f.last_observed_at, false) AS is_revived
            FROM folded AS f
            LEFT JOIN existing AS e ON e.activity_id = f.activity_id
            """,
            {"form": form},
        )

    def _stage_quarantine(self, form: Form) -> None:
        """``standing``: one row per record that waits in quarantine once the pages are folded in.

        The newest observation decides: a later record of the same run, good or not, settles an older one. A
        record without an id is known by its figures. Seen again after that, a record waits anew.
        """
        self._connection.execute(
            """
            CREATE OR REPLACE TEMP TABLE standing AS
            WITH refusals AS (
                SELECT
                    md5(CAST(malformed_raw AS VARCHAR)) AS record_hash,
                    activity_id,
                    CAST(malformed_raw AS VARCHAR) AS raw,
                    $form AS form,
                    observed_at,
                    rowid AS row_id
                FROM staged
                WHERE malformed
                UNION ALL
                SELECT record_hash, activity_id, raw, form, first_seen_at, -1 FROM quarantine
            ),
            figures AS (
                SELECT DISTINCT record_hash, activity_id, TRY_CAST(raw AS JSON) AS record FROM refusals
            ),
            -- One row per record that something else settled, and when that was seen last. A run on the very
            -- page that lists a record without an id is another run.
            settled AS (
                SELECT
                    r.record_hash,
                    max((s.observed_at, CASE WHEN r.activity_id IS NULL THEN -1 ELSE s.rowid END)) AS last_settled
                FROM figures AS r
                JOIN staged AS s
                    ON (NOT s.malformed OR md5(CAST(s.malformed_raw AS VARCHAR)) <> r.record_hash)
                    AND (
                        s.activity_id = r.activity_id
                        OR (
                            r.activity_id IS NULL
                            AND NOT s.malformed
                            AND s.start = (r.record ->> '$.startDateTimeLocal')
                            AND s.distance_km IS NOT DISTINCT FROM TRY_CAST(r.record ->> '$.distance' AS DOUBLE)
                        )
                    )
                GROUP BY r.record_hash
            )
            SELECT
                r.record_hash,
                any_value(r.activity_id) AS activity_id,
                any_value(r.raw) AS raw,
                arg_min(r.form, (r.observed_at, r.row_id)) AS form,
                min(r.observed_at) AS first_seen_at
            FROM refusals AS r
            LEFT JOIN settled AS s ON s.record_hash = r.record_hash
            WHERE s.last_settled IS NULL OR (r.observed_at, r.row_id) > s.last_settled
            GROUP BY r.record_hash
            """,
            {"form": form},
        )

    def _drifted(self) -> int:
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

    def _report(self) -> PageReport:
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
        new, updated, revived, activity_ids = self._row(
            """
            SELECT
                count(*) FILTER (is_new), count(*) FILTER (is_updated), count(*) FILTER (is_revived), list(activity_id)
            FROM incoming
            """
        )
        drifted = self._drifted() if updated else 0
        (quarantined,) = self._row(
            "SELECT count(*) FROM standing WHERE record_hash NOT IN (SELECT record_hash FROM quarantine)"
        )
        (settled,) = self._row(
            "SELECT count(*) FROM quarantine WHERE record_hash NOT IN (SELECT record_hash FROM standing)"
        )
        return PageReport(
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

    def _row(self, sql: str) -> tuple[Any, ...]:
        row = self._connection.execute(sql).fetchone()
        assert row is not None
        return row

    def moved_recordings(self) -> list[tuple[int, int, int]]:
        """Ids of runs with a recording that the staged pages move to another year, the old year and the new one."""
        return self._connection.execute(
            """
            SELECT i.activity_id, year(a.start_date), year(s.start_date)
            FROM incoming AS i JOIN staged AS s ON s.rowid = i.row_id
            JOIN activities AS a ON a.activity_id = i.activity_id
            WHERE i.is_updated AND a.details_at IS NOT NULL AND year(a.start_date) <> year(s.start_date)
            """
        ).fetchall()

    def apply(self) -> None:
        """Fold the staged pages in. Call it within a transaction."""
        run = self._connection.execute
        run("DELETE FROM activities WHERE activity_id IN (SELECT activity_id FROM incoming WHERE is_updated)")
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
        run(
            """
            UPDATE activities SET deleted_at = NULL
            WHERE activity_id IN (SELECT activity_id FROM incoming WHERE is_revived AND NOT is_updated)
            """
        )
        run(
            """
            UPDATE activities SET first_seen_at = incoming.first_seen_at
            FROM incoming
            WHERE activities.activity_id = incoming.activity_id
                AND incoming.first_seen_at < activities.first_seen_at
            """
        )
        run(
            """
            UPDATE activities SET synced_at = incoming.synced_at
            FROM incoming
            WHERE activities.activity_id = incoming.activity_id AND incoming.is_older
            """
        )
        self._fit.fit("SELECT activity_id FROM incoming WHERE is_updated")
        self._efforts.replace_averages()
        self._queue_details()
        self._settle_quarantine()

    def _queue_details(self) -> None:
        run = self._connection.execute
        run(
            "DELETE FROM details_queue WHERE activity_id IN (SELECT activity_id FROM incoming WHERE is_updated)"
        )
        run(
            """
            INSERT INTO details_queue BY NAME
            SELECT activity_id, synced_at AS enqueued_at, 0 AS attempts
            FROM activities
            WHERE activity_id IN (SELECT activity_id FROM incoming WHERE is_new OR is_updated)
                AND has_details
                AND (details_at IS NULL OR details_at < synced_at)
            ORDER BY activity_id
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
            SELECT record_hash, activity_id, raw, form, first_seen_at FROM standing
            WHERE record_hash NOT IN (SELECT record_hash FROM quarantine)
            ORDER BY first_seen_at, record_hash
            """
        ).fetchall()
        for record_hash, activity_id, raw, form, first_seen_at in waiting:
            run(
                """
                INSERT INTO quarantine
                (record_hash, activity_id, reason, raw, form, first_seen_at, parser_version)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [record_hash, activity_id, _reason(raw), raw, form, first_seen_at, PARSER_VERSION],
            )


def _own_columns(form: Form) -> list[str]:
    return source_columns("summary", "extended") if form == "extended" else source_columns("summary")


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
