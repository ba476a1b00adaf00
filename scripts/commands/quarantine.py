"""`myrunstreak quarantine`: what could not be stored, why, and another try."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from myrunstreak.errors import MalformedRecord, NotFound, SourceUnavailable
from myrunstreak.instants import to_text
from myrunstreak.measures import counted
from myrunstreak.raw_json import loads
from myrunstreak.store.sync_lock import the_only_sync

from scripts.commands.command import Json, Settings, command
from scripts.display.progress import SyncProgress
from scripts.display.terminal import plain, standard_error, standard_output
from scripts.record.figures import Refused, SetAside, objects_set_aside, refused_records, require_source
from scripts.record.reading import open_record
from scripts.record.services import open_watched

if TYPE_CHECKING:
    from myrunstreak.composition import Services


@command(
    examples=(
        "myrunstreak quarantine list",
        "myrunstreak quarantine list --json",
    )
)
def list_quarantine(settings: Settings, as_json: Json = False) -> None:
    """Show what could not be stored, and why."""
    with open_record(settings) as connection:
        records = refused_records(connection)
        objects = objects_set_aside(connection)
    if as_json:
        facts = [*map(_facts, records), *map(_object_facts, objects)]
        print(json.dumps(facts, indent=2, allow_nan=False))
        return
    out = standard_output()
    if not records and not objects:
        out.print("The quarantine is empty.")
    for record in records:
        name = "a record without an id" if record.activity_id is None else f"run {record.activity_id}"
        out.print(f"{name}, started {plain(record.started or 'at an unknown time')}", style="bold")
        out.print(f"  why:   {plain(record.reason)}")
        out.print(f"  since: {_minute(record.first_seen_at)}")
        out.print(f"  raw:   {plain(record.raw)[:200]}")
    for each in objects:
        out.print(f"an archived object, observed {_minute(each.observed_at)}", style="bold")
        out.print(f"  why:   {plain(each.reason)}")
        out.print(f"  name:  {plain(each.name)}")


@command(
    examples=("myrunstreak quarantine list", "myrunstreak quarantine retry"),
    interrupted="Stopped. Nothing is lost: what was not stored is still in quarantine.",
)
def retry(settings: Settings, as_json: Json = False) -> None:
    """Try to store it again. A run with an id is fetched again."""

    with (
        SyncProgress(standard_error()) as progress,
        the_only_sync(settings.database),
        open_watched(settings, progress) as services,
    ):
        # The sync state is left alone: this finds nothing else that is new.
        store = services.store
        require_source(store.database.fact("source"), settings)
        store.catch_up(services.archive)
        before = store.database.quarantine_backlog()
        store.retry_quarantine()
        gone: list[int] = []
        trouble: SourceUnavailable | None = None
        try:
            gone = _fetch_again(services, progress)
        except SourceUnavailable as error:
            trouble = error
        after = store.database.quarantine_backlog()
        published = store.publish()
    if trouble is not None:
        raise trouble
    facts: dict[str, Any] = {
        "tried": before,
        "stored": max(0, before - after),
        "remaining": after,
        "gone_at_source": gone,
        "published": published,
    }
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    out = standard_output()
    out.print(
        "The quarantine was empty."
        if not before
        else f"Tried {counted(before, 'record')}: {facts['stored']} left the quarantine, {after} remain."
    )
    for activity_id in gone:
        out.print(f"Smashrun no longer knows run {activity_id}.")


def _fetch_again(services: Services, progress: SyncProgress) -> list[int]:
    """Ask Smashrun for each record that has an id; the ids that it does not know."""
    from myrunstreak.smashrun.activity import parse_activity
    from myrunstreak.sync.observation_clock import ObservationClock

    database = services.store.database
    observation_clock = ObservationClock(services.clock, database.newest_observation())
    ids, gone = sorted(database.quarantined_ids(), reverse=True), list[int]()
    bodies: list[bytes] = []
    try:
        for number, activity_id in enumerate(ids, start=1):
            progress.count("Asking Smashrun again", number, len(ids))
            try:
                body = services.client.detail(activity_id)
                parse_activity(loads(body))
            except NotFound:
                gone.append(activity_id)
            except MalformedRecord:
                continue  # as unreadable as before, and in quarantine already
            else:
                bodies.append(body)
    finally:
        if bodies:
            draft = services.archive.draft(
                "extended", b"[" + b",".join(bodies) + b"]", observation_clock.next()
            )
            services.store.observe_page(draft, services.archive.add)
    return gone


def _facts(record: Refused) -> dict[str, Any]:
    try:
        # A number that JSON does not have is shown as the record's text.
        raw: object = loads(record.raw)
        json.dumps(raw, allow_nan=False)
    except (ValueError, RecursionError):
        raw = record.raw
    return {
        **asdict(record),
        "first_seen_at": to_text(record.first_seen_at),
        "started": record.started,
        "raw": raw,
    }


def _object_facts(item: SetAside) -> dict[str, Any]:
    return {
        "object": item.name,
        "kind": item.kind,
        "reason": item.reason,
        "first_seen_at": to_text(item.observed_at),
    }


def _minute(moment: datetime) -> str:
    return f"{to_text(moment)[:16].replace('T', ' ')} UTC"
