"""Compares every stored run with Smashrun, field by field; nothing is written.

Smashrun's pages go through the same parser as a sync's, into temporary tables beside the read-only database,
so that a difference is in the runs, not in the way they are read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.composition import Services
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import NotFound
from myrunstreak.instants import utc_now
from myrunstreak.store.archive_audit import lost_objects
from myrunstreak.store.loading.columns import source_columns
from myrunstreak.store.loading.pages import PageLoader
from myrunstreak.sync.values import Form, RawObject

from scripts.display.progress import SyncProgress
from scripts.record.figures import figures_of, require_source
from scripts.record.reading import open_record
from scripts.record.services import open_watched

if TYPE_CHECKING:
    import duckdb

# How many runs that the id list names, but no page shows, are fetched one by one.
_SINGLY: Final = 50
_OWN_COLUMNS: Final = ("start_local", "start_date", "utc_offset_minutes", "extra")

# One row per live run that is stored: its newest listing at Smashrun beside it, column by column.
_PAIRS: Final = """
SELECT {columns}
FROM runs AS here
JOIN (
    SELECT * FROM observed
    QUALIFY row_number() OVER (PARTITION BY activity_id ORDER BY observed_at DESC, row_id DESC) = 1
) AS there ON there.activity_id = here.activity_id
WHERE {differs}
ORDER BY here.start_local DESC, here.activity_id DESC
"""


@dataclass(frozen=True)
class Changed:
    """A stored run that differs; ``fields`` maps a column to its two values."""

    activity_id: int
    fields: dict[str, dict[str, Any]]


@dataclass
class Drift:
    """How the stored record and Smashrun's differ.

    Attributes:
        missing_here: runs that Smashrun has and the record has not (or has marked deleted).
        gone_there: live runs that Smashrun does not have.
        not_compared: runs that Smashrun names but did not show.
        archive_objects_lost: objects of the raw archive that are missing: no drift, but no rebuild either.
        quarantined: records of Smashrun's that wait in quarantine; known, and no drift.
    """

    runs_here: int = 0
    runs_there: int = 0
    compared: int = 0
    changed: list[Changed] = field(default_factory=list[Changed])
    missing_here: list[int] = field(default_factory=list[int])
    gone_there: list[int] = field(default_factory=list[int])
    not_compared: list[int] = field(default_factory=list[int])
    quarantined: int = 0
    archive_objects_lost: list[str] = field(default_factory=list[str])
    requests: int = 0

    @property
    def is_drift(self) -> bool:
        """Whether the two differ anywhere."""
        return bool(self.changed or self.missing_here or self.gone_there or self.not_compared)


def compare(settings: Settings, progress: SyncProgress) -> Drift:
    """Read all of Smashrun's list and compare the published database with it."""
    with (
        open_record(settings, external_access=True) as connection,
        open_watched(settings, progress) as services,
    ):
        figures = figures_of(connection, settings)
        require_source(figures.source, settings)
        pages, form = _pages(services, progress)
        there = services.client.ids()
        progress.stage("comparing field by field")
        listed = _stage(connection, pages, form)
        unseen = sorted(there - listed - _ids(connection, "quarantine"), reverse=True)
        singles, not_compared = _singly(services, unseen)
        if singles:
            # Staged together: each staging replaces the one before.
            listed = _stage(connection, [*pages, *singles], form)
        live = _ids(connection, "runs")
        there |= listed
        return Drift(
            runs_here=len(live),
            runs_there=len(there),
            compared=len(live & listed),
            changed=_changed(connection, form),
            missing_here=sorted(there - live - _ids(connection, "quarantine") - set(not_compared)),
            gone_there=sorted(live - there),
            not_compared=sorted(set(not_compared) & live),
            quarantined=figures.quarantined,
            archive_objects_lost=[one.name for one in lost_objects(connection, services.archive.names())],
            requests=services.client.requests_sent,
        )


def _pages(services: Services, progress: SyncProgress) -> tuple[list[RawObject], Form]:
    """Every page of the list as an object of the work folder, none of them archived."""
    drafts: list[RawObject] = []
    form: Form = "extended"
    runs, observed = 0, utc_now()
    for page in services.client.pages():
        form = page.form
        drafts.append(
            services.archive.draft(page.form, page.body, observed + timedelta(microseconds=page.number))
        )
        runs += page.size
        progress.show_runs(runs)
    return drafts, form


def _singly(services: Services, ids: Sequence[int]) -> tuple[list[RawObject], list[int]]:
    """The runs that no page shows, and the ids of those that are not fetched."""
    drafts: list[RawObject] = []
    for number, activity_id in enumerate(ids[:_SINGLY]):
        try:
            body = services.client.detail(activity_id)
        except NotFound:
            continue  # deleted since the list was read
        moment = utc_now() + timedelta(microseconds=number)
        drafts.append(services.archive.draft("extended", b"[" + body + b"]", moment))
    return drafts, list(ids[_SINGLY:])


def _stage(connection: duckdb.DuckDBPyConnection, pages: Sequence[RawObject], form: Form) -> set[int]:
    """Read pages into temporary tables; the ids that they show."""
    if not pages:
        connection.execute("CREATE OR REPLACE TEMP TABLE observed AS FROM activities LIMIT 0")
        connection.execute("ALTER TABLE observed ADD COLUMN observed_at TIMESTAMP")
        connection.execute("ALTER TABLE observed ADD COLUMN row_id BIGINT")
        return set()
    PageLoader(connection).stage(pages, form)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE observed AS SELECT *, rowid AS row_id FROM staged WHERE NOT malformed"
    )
    return _ids(connection, "observed")


def _ids(connection: duckdb.DuckDBPyConnection, table: str) -> set[int]:
    rows = connection.execute(f"SELECT activity_id FROM {table} WHERE activity_id IS NOT NULL").fetchall()  # noqa: S608
    return {row[0] for row in rows}


def _changed(connection: duckdb.DuckDBPyConnection, form: Form) -> list[Changed]:
    forms: tuple[Form, ...] = ("summary", "extended") if form == "extended" else ("summary",)
    names = [*_OWN_COLUMNS, *(name for name in source_columns(*forms) if name != "activity_id")]
    differs = " OR ".join(f"here.{name} IS DISTINCT FROM there.{name}" for name in names)
    columns = ", ".join(["here.activity_id", *(f"here.{name}, there.{name}" for name in names)])
    rows = connection.execute(_PAIRS.format(columns=columns, differs=differs)).fetchall()
    return [Changed(row[0], _differences(names, row[1:])) for row in rows]


def _differences(names: Sequence[str], values: Sequence[Any]) -> dict[str, dict[str, Any]]:
    pairs = zip(names, values[::2], values[1::2], strict=True)
    return {name: {"here": here, "there": there} for name, here, there in pairs if not _same(here, there)}


def _same(here: object, there: object) -> bool:
    both_nan = isinstance(here, float) and isinstance(there, float) and math.isnan(here) and math.isnan(there)
    return both_nan or here == there
