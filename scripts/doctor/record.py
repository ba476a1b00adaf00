"""The record: tokens, the last sync, the database and what lies beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

from myrunstreak.contract.freshness import LATE_AFTER
from myrunstreak.measures import counted
from myrunstreak.store.published import NothingPublished
from myrunstreak.tokens import WARN_BEFORE

from scripts.display.terminal import ago
from scripts.doctor.finding import Case, Finding
from scripts.record.reading import open_engine, open_record

# One row: the latest run whose offset can be true.
_LATEST_RUN: Final = """
SELECT start_local, utc_offset_minutes
FROM run_measures
WHERE NOT offset_suspect AND utc_offset_minutes IS NOT NULL
ORDER BY start_local DESC, activity_id DESC
LIMIT 1
"""


def look_at_tokens(case: Case) -> Iterator[Finding]:
    """Whether a sync can authorise itself, and for how long."""
    from myrunstreak.smashrun.oauth import SmashrunOAuth
    from myrunstreak.tokens import TokenManager

    settings = case.settings
    place = settings.tokens_secret.removeprefix("file:")
    oauth = SmashrunOAuth.from_settings(settings)
    status = TokenManager(settings.tokens_secret, oauth, settings.aws_region).status()
    if not status.present:
        yield Finding("broken", "Tokens", f"none in {place}", "myrunstreak auth", is_about_consent=True)
        return
    if not status.is_usable:
        yield Finding("broken", "Tokens", "ended", "myrunstreak auth", is_about_consent=True)
        return
    left = "no known end" if status.days_left is None else f"{max(status.days_left, 0):.0f} days left"
    if status.can_refresh:
        yield Finding("ok", "Tokens", f"{left}, renewed by each sync when due")
    elif status.days_left is not None and timedelta(days=status.days_left) < WARN_BEFORE:
        yield Finding("look", "Tokens", f"{left}, and they cannot be renewed", "myrunstreak auth")
    else:
        yield Finding("ok", "Tokens", f"{left}; they cannot be renewed")


def look_at_last_sync(case: Case) -> Iterator[Finding]:
    """When the record was last complete, and how the last attempt ended."""
    from myrunstreak.sync_state import SyncStateManager

    settings = case.settings
    manager = SyncStateManager(settings.sync_state_secret, settings.aws_region)
    state = manager.load()
    for warning in manager.warnings:
        yield Finding("look", "Last sync", warning, "myrunstreak sync")
    mark, attempt = state.last_sync_at, state.last_attempt
    if attempt and attempt.status not in (None, "complete"):
        why = f": {attempt.error}" if attempt.error else ""
        yield Finding("look", "Last sync", f"the last attempt was {attempt.status}{why}", "myrunstreak sync")
    if mark is None:
        yield Finding("look", "Last sync", "no complete sync yet", "myrunstreak sync")
    elif case.now - mark > LATE_AFTER:
        yield Finding("look", "Last sync", f"late: complete {ago(mark, case.now)}", "myrunstreak sync")
    else:
        yield Finding("ok", "Last sync", f"complete {ago(mark, case.now)}")


def look_at_database(case: Case) -> Iterator[Finding]:
    """Whether it opens, is whole, and has the newest schema."""
    from scripts.record.figures import figures_of

    settings = case.settings
    try:
        with open_record(settings) as connection:
            figures = figures_of(connection, settings)
    except NothingPublished:
        yield Finding("look", "Database", f"none at {settings.duckdb_path} yet", "myrunstreak sync")
        return
    days = counted(figures.days, "day")
    yield Finding("ok", "Database", f"{settings.duckdb_path}: {counted(figures.runs, 'run')} on {days}")
    if figures.quarantined:
        waiting = counted(figures.quarantined, "record")
        yield Finding("look", "Database", f"{waiting} in quarantine", "myrunstreak quarantine list")


def look_at_schema(case: Case) -> Iterator[Finding]:
    """The version in the file itself: the copy that commands read is brought up to date."""
    from myrunstreak.store.copies.checks import connect
    from myrunstreak.store.schema.migrations import check_version, latest_version

    database = case.settings.database
    if not isinstance(database, Path) or not database.exists():
        return
    with connect(database, {}, read_only=True) as connection:
        version, newest = check_version(connection, str(database)), latest_version()
    if version == newest:
        yield Finding("ok", "Schema", f"version {version}, the newest")
    else:
        yield Finding(
            "look", "Schema", f"version {version}; the next sync makes it {newest}", "myrunstreak sync"
        )


def look_at_archive(case: Case) -> Iterator[Finding]:
    """Whether the raw archive holds everything that the database was made of."""
    from myrunstreak.store.archive_audit import lost_objects
    from myrunstreak.store.blobs import open_blobs
    from myrunstreak.store.raw_archive import RawArchive

    from scripts.record.figures import figures_of

    settings = case.settings
    try:
        with open_record(settings) as connection, TemporaryDirectory() as work:
            source = figures_of(connection, settings).source or settings.source_name
            archive = RawArchive(open_blobs(settings.archive, settings.aws_region), source, Path(work))
            held = archive.names()
            lost = len(lost_objects(connection, held))
    except NothingPublished:
        return
    if lost:
        yield Finding(
            "broken",
            "Archive",
            f"{counted(lost, 'object')} missing in {settings.archive}",
            "myrunstreak sync --full",
        )
    else:
        yield Finding("ok", "Archive", f"{settings.archive}: {counted(len(held), 'object')}")


def look_at_definitions(case: Case) -> Iterator[Finding]:
    """Whether the runner's own streaks can be understood."""
    try:
        with open_engine(case.settings) as engine:
            if engine.has_own_layers:
                yield Finding(
                    "ok", "Definitions", counted(len(engine.layers().items), "streak") + " of your own"
                )
    except NothingPublished:
        return


def look_at_zone(case: Case) -> Iterator[Finding]:
    """Whether the day ends where the runner is."""
    name = case.settings.runner_timezone
    if name is None:
        file = case.understood.sources.writable_file
        make = "" if file.parent.is_dir() else f"mkdir -p {quote(str(file.parent))} && "
        to_do = f"{make}echo RUNNER_TIMEZONE=Europe/Amsterdam >> {quote(str(file))}"
        yield Finding("look", "Zone", "RUNNER_TIMEZONE is not set: the latest run's offset stands in", to_do)
        return
    try:
        with open_record(case.settings) as connection:
            latest = connection.execute(_LATEST_RUN).fetchone()
    except NothingPublished:
        latest = None
    started: datetime | None = latest[0] if latest else None
    here = started.replace(tzinfo=ZoneInfo(name)).utcoffset() if started else None
    there = timedelta(minutes=latest[1]) if latest else None
    if here == there:
        yield Finding("ok", "Zone", name)
    else:
        says = f"{name} was at {_offset(here)} when your latest run was at {_offset(there)}"
        yield Finding(
            "look", "Zone", f"{says}: you were elsewhere, or the setting is old", "myrunstreak config"
        )


def look_at_messages(case: Case) -> Iterator[Finding]:
    """Whether reminders have somewhere to go."""
    from myrunstreak.messages.channels import open_channels

    settings = case.settings
    if not (settings.reminder_times or settings.digest):
        return
    names = [one.name for one in open_channels(settings)]
    if names:
        yield Finding("ok", "Messages", f"to {', '.join(names)}")
    else:
        yield Finding(
            "look", "Messages", "they are on, and there is no channel", "myrunstreak message --add -"
        )


def _offset(offset: timedelta | None) -> str:
    return "no offset" if offset is None else f"{datetime.now(timezone(offset)):UTC%z}"
