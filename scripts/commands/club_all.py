"""`myrunstreak club sync`, `backfill`, `rebuild`: what is done for all runners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from scripts.commands.club import typed_name
from scripts.commands.command import Json, Settings, command
from scripts.commands.sync import changes_text
from scripts.display.program import hints_for
from scripts.display.progress import SyncProgress
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_IN_PART,
    json_text,
    plain,
    standard_error,
    standard_output,
)

if TYPE_CHECKING:
    from myrunstreak.contract.club import Runner
    from myrunstreak.contract.events import SyncResult

    from scripts.club.opened import Club


@dataclass(frozen=True)
class _Synced:
    runner: Runner
    result: SyncResult | None
    error: str = ""

    @property
    def is_whole(self) -> bool:
        return (
            self.result is not None and self.result.status != "partial" and not self.result.deletes_withheld
        )

    def facts(self) -> dict[str, Any]:
        result = self.result.model_dump(mode="json") if self.result else None
        return {"id": self.runner.id, "name": self.runner.name, "error": self.error or None, "result": result}


@command(
    examples=("myrunstreak club sync", "myrunstreak club sync --json"),
    interrupted="Stopped. Nothing is lost: the next sync goes on from there.",
)
def sync(settings: Settings, as_json: Json = False) -> int:
    """Sync every runner of a club on this machine, one after the other."""
    from scripts.club.opened import Club

    club = Club.open(settings)
    club.require_local("AWS syncs them by its schedule; `myrunstreak club backfill` reads all again.")
    members, out = club.members(), standard_output()
    width = max((len(one.name) for one in members), default=0)
    done: list[_Synced] = []
    for runner in members:
        done.append(_sync_one(club, runner))
        if not as_json:
            with hints_for(runner.name):
                out.print(Text.assemble(f"{plain(runner.name):<{width}}  ", _words(done[-1])))
    if as_json:
        print(json_text({"items": [one.facts() for one in done]}))
    elif not members:
        out.print(
            "The club has no runner yet: `myrunstreak club add NAME --timezone ZONE` adds a runner.",
            style="yellow",
        )
    if all(one.is_whole for one in done):
        return EXIT_DONE
    return EXIT_FAILED if all(one.result is None for one in done) else EXIT_IN_PART


def _sync_one(club: Club, runner: Runner) -> _Synced:
    """One runner's sync: an error of theirs is no one else's."""
    from myrunstreak.contract.events import SyncEvent
    from myrunstreak.errors import ReauthorisationRequired
    from myrunstreak.redaction import redact
    from myrunstreak.store.sync_lock import the_only_sync

    from scripts.record.services import open_watched

    settings = club.settings_of(runner)
    try:
        with (
            SyncProgress(standard_error()) as progress,
            the_only_sync(settings.database),
            open_watched(settings, progress) as services,
        ):
            return _Synced(runner, services.sync(SyncEvent(), progress))
    except ReauthorisationRequired as error:
        again = f"`myrunstreak club run {typed_name(runner.name)} auth`"
        return _Synced(runner, None, f"{redact(error.reason)}. Authorise again: {again}.")
    except Exception as error:
        return _Synced(runner, None, redact(str(error) or type(error).__name__))


def _words(synced: _Synced) -> tuple[str, str]:
    result = synced.result
    if result is None:
        return f"failed: {plain(synced.error)}", "red"
    if not synced.is_whole:
        return f"{changes_text(result)}; in part, the next sync goes on", "yellow"
    return f"{changes_text(result)}; complete as of {result.data_as_of}", ""


@command(examples=("myrunstreak club backfill", "myrunstreak club backfill --json"))
def backfill(settings: Settings, as_json: Json = False) -> None:
    """Read every runner's whole history again, in AWS."""
    from scripts.club.opened import Club
    from scripts.club.remote import go_over_all

    execution = go_over_all(Club.open(settings), "backfill")
    if as_json:
        print(json_text({"execution": execution}))
    else:
        standard_output().print(f"Started: {plain(execution)}")


@command(examples=("myrunstreak club rebuild", "myrunstreak club rebuild --json"))
def rebuild(settings: Settings, as_json: Json = False) -> None:
    """Empty the lake and fill it again from every runner's record, in AWS."""
    from scripts.club.opened import Club
    from scripts.club.remote import empty_lake, go_over_all

    club = Club.open(settings)
    with SyncProgress(standard_error()) as progress:
        rows = empty_lake(club, progress.stage)
    execution = go_over_all(club, "lake")
    if as_json:
        print(json_text({"rows_removed": rows, "execution": execution}))
        return
    removed = ", ".join(f"{count:,} of {table}" for table, count in rows.items())
    standard_output().print(f"The tables are empty; rows that were there: {removed}.")
    standard_output().print(f"Started: {plain(execution)}")
