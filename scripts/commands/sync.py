"""`myrunstreak sync`: one sync with its progress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.measures import counted
from rich.console import Console

from scripts.commands.command import Json, Settings, command, day_option
from scripts.display.progress import SyncProgress
from scripts.display.terminal import EXIT_DONE, EXIT_IN_PART, plain, standard_error, standard_output
from scripts.record.services import open_watched

if TYPE_CHECKING:
    from myrunstreak.contract.events import SyncResult

# The longest wait of `--wait` for another sync on this machine.
_LONGEST_TURN_S: Final = 600.0


@command(
    examples=(
        "myrunstreak sync",
        "myrunstreak sync --since 2024-01-01",
        "myrunstreak sync --full --no-details",
    ),
    interrupted="Stopped. Nothing is lost: what was fetched is kept, and the next sync goes on from there.",
)
def sync(
    settings: Settings,
    full: Annotated[bool, typer.Option("--full", help="Read the whole history again.")] = False,
    since: Annotated[date | None, day_option(help="Read again everything since this day.")] = None,
    no_details: Annotated[
        bool, typer.Option("--no-details", help="Leave laps, splits and recordings for later.")
    ] = False,
    accept_deletes: Annotated[
        bool,
        typer.Option("--accept-deletes", help="Mark runs as deleted even if very many vanished at once."),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait up to 10 minutes for another sync on this machine to end.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fetch what is new, changed or deleted on Smashrun."""
    from myrunstreak.contract.events import SyncEvent
    from myrunstreak.store.sync_lock import the_only_sync

    event = SyncEvent(full=full, since=since, details=not no_details, accept_deletes=accept_deletes)
    errors = standard_error()
    with (
        SyncProgress(errors) as progress,
        the_only_sync(settings.database, wait_s=_LONGEST_TURN_S if wait else 0.0, waiting=_say_once(errors)),
        open_watched(settings, progress) as services,
    ):
        result = services.sync(event, progress)
        refused = services.store.database.quarantine_backlog()
    for warning in result.warnings:
        errors.print(f"myrunstreak: {plain(warning)}", style="yellow")
    if as_json:
        print(result.model_dump_json(indent=2))
    else:
        _show(result, refused, standard_output())
    in_part = result.status == "partial" or result.deletes_withheld
    return EXIT_IN_PART if in_part else EXIT_DONE


def _say_once(out: Console) -> Callable[[str], None]:
    """A function that prints only the first text that it is given."""
    said: list[str] = []

    def say(text: str) -> None:
        if not said:
            out.print(f"myrunstreak: {text} ...", style="yellow")
        said.append(text)

    return say


def _show(result: SyncResult, refused: int, out: Console) -> None:
    out.print(
        f"Runs: {changes_text(result)} ({counted(result.requests, 'request')}, {result.duration_s:.1f} s)."
    )
    for run in result.deletions:
        distance = "" if run.distance_km is None else f", {run.distance_km:.2f} km"
        out.print(f"Deleted on Smashrun: run {run.activity_id} of {run.date}{distance}.")
    if result.details_fetched or result.details_pending:
        waiting = f"; {result.details_pending:,} wait for the next syncs" if result.details_pending else ""
        out.print(f"Details: {result.details_fetched:,} fetched{waiting}.")
    if refused:
        out.print(f"Quarantine: {counted(refused, 'record')}; see `myrunstreak quarantine list`.")
    if result.status == "partial":
        out.print("Not everything was read this time: the next sync goes on from here.", style="yellow")
    elif result.data_as_of:
        out.print(f"Complete as of {result.data_as_of}.")


def changes_text(result: SyncResult) -> str:
    """``3 new, 1 changed``; ``nothing new``."""
    changes = {
        "new": result.runs_new,
        "changed": result.runs_updated,
        "deleted": result.runs_deleted,
        "back again": result.runs_revived,
        "into quarantine": result.runs_quarantined,
    }
    return ", ".join(f"{count:,} {word}" for word, count in changes.items() if count) or "nothing new"
