"""`myrunstreak club remove`: everything of one runner, and nothing of another's."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from myrunstreak.measures import counted

from scripts.commands.club import RunnerName
from scripts.commands.command import Json, Settings, command
from scripts.display.confirmation import confirm
from scripts.display.progress import SyncProgress
from scripts.display.terminal import EXIT_DONE, EXIT_FAILED, json_text, plain, standard_error, standard_output

if TYPE_CHECKING:
    from myrunstreak.club.removal import Removed


@command(
    examples=("myrunstreak club remove Anna --yes", "myrunstreak club remove Anna --yes --json"),
    interrupted="Stopped. What is left of the runner goes when you remove them again.",
)
def remove(
    settings: Settings,
    name: RunnerName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> int:
    """Remove a runner with everything that is kept of them."""
    from myrunstreak.club.removal import Removal
    from myrunstreak.store.sync_lock import the_only_sync

    from scripts.club.opened import Club

    club = Club.open(settings)
    runner = club.registry.find(name)
    question = f"Erase everything of {plain(runner.name)}, earlier states too? It cannot be brought back."
    if not yes and not confirm(question, otherwise="Add --yes."):
        standard_error().print("Nothing was changed.", style="yellow")
        return EXIT_FAILED
    with SyncProgress(standard_error()) as progress:
        removal = Removal(club.places, club.registry, settings.aws_region, say=progress.stage)
        lock: AbstractContextManager[None] = (
            the_only_sync(club.settings_of(runner).database) if club.is_local else nullcontext()
        )
        with lock:
            removed = removal.remove(runner)
    if as_json:
        print(json_text({"id": runner.id, "name": runner.name, **asdict(removed)}))
    else:
        _show(runner.name, removed, is_local=club.is_local)
    return EXIT_DONE


def _show(name: str, removed: Removed, *, is_local: bool) -> None:
    out = standard_output()
    out.print(f"{plain(name)} is no longer in the club. Erased:")
    out.print(f"  record   {counted(removed.states, 'file' if is_local else 'object version')}")
    if removed.replica_states is not None:
        out.print(f"  replica  {counted(removed.replica_states, 'object version')}")
    where = "with the record" if not removed.had_parameter else "their parameter"
    out.print(f"  tokens   {where}")
    if removed.lake_rows is not None:
        rows = ", ".join(f"{count:,} of {table}" for table, count in removed.lake_rows.items()) or "none"
        out.print(f"  lake     rows: {rows}")
    out.print(
        "Smashrun still lists MyRunStreak among the runner's apps: they can take their consent back there.",
        style="dim",
    )
