"""`myrunstreak sync`: one sync, watched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.store.sync_lock import the_only_sync
from rich.console import Console

from scripts.display.progress import SyncProgress
from scripts.display.terminal import EXIT_DONE, EXIT_IN_PART, counted, plain, standard_error, standard_output
from scripts.local_settings import load_settings

# Whoever sits at the keyboard does not wait an hour for Smashrun's limit: the next sync goes on.
PATIENCE_S: Final = 120.0
# How long `--wait` waits for another sync on this machine.
LONGEST_TURN_S: Final = 600.0


def run(
    *,
    full: bool,
    since: date | None,
    details: bool,
    accept_deletes: bool,
    as_json: bool,
    wait: bool = False,
) -> int:
    """Sync once; the exit code.

    Args:
        wait: wait for another sync on this machine to end, at most ``LONGEST_TURN_S``.

    Raises:
        MyRunStreakError: the sync failed, or another one is running.
    """
    settings = load_settings()
    event = SyncEvent(full=full, since=since, details=details, accept_deletes=accept_deletes)
    errors = standard_error()
    with (
        SyncProgress(errors) as progress,
        the_only_sync(settings.database, wait_s=LONGEST_TURN_S if wait else 0.0, waiting=said_once(errors)),
        open_services(settings, sleep=progress.sleep, seconds_left=lambda: PATIENCE_S) as services,
    ):
        result = services.sync(event, progress)
        refused = services.store.database.quarantine_backlog()
    for warning in result.warnings:
        errors.print(f"myrunstreak: {plain(warning)}", style="yellow")
    if as_json:
        print(result.model_dump_json(indent=2))
    else:
        show(result, refused, standard_output())
    in_part = result.status == "partial" or result.deletes_withheld
    return EXIT_IN_PART if in_part else EXIT_DONE


def said_once(out: Console) -> Callable[[str], None]:
    """Says what is waited for, the first time that it is asked to."""
    said: list[str] = []

    def say(text: str) -> None:
        if not said:
            out.print(f"myrunstreak: {text} ...", style="yellow")
        said.append(text)

    return say


def show(result: SyncResult, refused: int, out: Console) -> None:
    """Say in words what a sync did."""
    changes = [
        f"{count:,} {word}"
        for count, word in (
            (result.runs_new, "new"),
            (result.runs_updated, "changed"),
            (result.runs_deleted, "deleted"),
            (result.runs_revived, "back again"),
        )
        if count
    ]
    runs = ", ".join(changes) if changes else "nothing new"
    out.print(f"Runs: {runs} ({counted(result.requests, 'request')}, {result.duration_s:.1f} s).")
    for one in result.deletions:
        distance = "" if one.distance_km is None else f", {one.distance_km:.2f} km"
        out.print(f"Deleted on Smashrun: run {one.activity_id} of {one.date}{distance}.")
    if result.details_fetched or result.details_pending:
        waiting = f"; {result.details_pending:,} wait for the next syncs" if result.details_pending else ""
        out.print(f"Details: {result.details_fetched:,} fetched{waiting}.")
    if refused:
        out.print(f"Quarantine: {counted(refused, 'record')}; see `myrunstreak quarantine list`.")
    if result.status == "partial":
        out.print("Not everything was read this time: the next sync goes on from here.", style="yellow")
    elif result.data_as_of:
        out.print(f"Complete as of {result.data_as_of}.")
