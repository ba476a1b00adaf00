"""`myrunstreak club`: who is in the club, who joins, and what each shares."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from myrunstreak.measures import counted

from scripts.commands.auth import NoBrowser, Paste, UserLevel, ask_for_consent
from scripts.commands.command import Json, Settings, command
from scripts.display.program import hints_for
from scripts.display.progress import SyncProgress
from scripts.display.tables import Column, Rows
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_IN_PART,
    ago,
    json_text,
    plain,
    standard_error,
    standard_output,
)
from scripts.usage.errors import quoted

if TYPE_CHECKING:
    from scripts.club.joining import AskForConsent
    from scripts.club.looking import Seen

_INVITATION: Final = (
    "Send this address to {}, who opens it in a browser and allows MyRunStreak to read the runs:"
)
_STYLES: Final = {"fresh": "", "late": "yellow", "never": "yellow", "leaving": "dim", "unreadable": "red"}


def read_zone(text: str) -> str:
    """The time zone of an option.

    Raises:
        typer.BadParameter: there is none of this name.
    """
    from myrunstreak.contract.tuning import check_zone

    try:
        return check_zone(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{quoted(text)} is no time zone; write one such as Europe/Amsterdam"
        ) from None


RunnerName = Annotated[str, typer.Argument(metavar="NAME", help="The runner's name in the club, or the id.")]


@command(
    examples=(
        "myrunstreak club add Anna --timezone Europe/Amsterdam",
        "myrunstreak club add Ben --timezone America/New_York --paste",
    ),
    interrupted="Stopped. No runner was added, and nothing was kept.",
)
def add(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the club calls the runner.")],
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone",
            parser=read_zone,
            metavar="ZONE",
            help="The runner's time zone, such as Europe/Amsterdam.",
        ),
    ],
    paste: Paste = False,
    user_level: UserLevel = False,
    no_browser: NoBrowser = False,
    as_json: Json = False,
) -> None:
    """Add a runner: consent on Smashrun, and a key of their own."""
    from scripts.club.joining import join
    from scripts.club.opened import Club

    club = Club.open(settings)
    ask: AskForConsent = partial(_ask, name=name, user_level=user_level, paste=paste, no_browser=no_browser)
    joined = join(club, name, timezone, ask)
    runner = joined.runner
    if as_json:
        facts = {"id": runner.id, "name": runner.name, "timezone": runner.timezone}
        print(json_text(facts | {"smashrun_name": joined.smashrun_name, "key": joined.key}))
        return
    notes, typed = standard_error(), typed_name(runner.name)
    notes.print(
        f"{plain(runner.name)} is in the club; Smashrun knows them as {plain(joined.smashrun_name)}.",
        style="green",
    )
    notes.print(f"The id: {runner.id}")
    notes.print("The key to their own record, for them alone; it is not shown again:")
    print(joined.key)
    notes.print(
        f"To sign their phone in to their page: `myrunstreak club run {typed} phone`. Others see nothing of them until "
        f"`myrunstreak club share {typed} days`.",
        style="dim",
    )


def _ask(
    settings: Settings,
    accept: Callable[..., None],
    *,
    name: str,
    user_level: bool,
    paste: bool,
    no_browser: bool,
) -> str:
    invitation = {"invitation": _INVITATION.format(name)} if paste else {}
    return ask_for_consent(
        settings,
        user_level=user_level,
        paste=paste,
        # The browser of this machine is not the runner's.
        no_browser=no_browser or paste,
        accept=accept,
        **invitation,
    )


@command(examples=("myrunstreak club list", "myrunstreak club list --json"), long=True)
def list_runners(settings: Settings, as_json: Json = False) -> int:
    """List the runners: zone, what is shared, how fresh each record is."""
    from myrunstreak.instants import utc_now

    from scripts.club.looking import look_at_all
    from scripts.club.opened import Club

    club, now, errors = Club.open(settings), utc_now(), standard_error()
    with SyncProgress(errors) as progress:
        found = look_at_all(club, now, lambda done, of: progress.count("Reading the records", done, of))
    if as_json:
        print(json_text({"items": [one.facts() for one in found]}))
    else:
        _show(found, now)
    for one in found:
        if one.error:
            with hints_for(one.runner.name):
                errors.print(f"myrunstreak: {plain(one.runner.name)}: {plain(one.error)}", style="red")
    return EXIT_IN_PART if any(one.error for one in found) else EXIT_DONE


def _show(found: list[Seen], now: datetime) -> None:
    out = standard_output()
    if not found:
        out.print(
            "The club has no runner yet: `myrunstreak club add NAME --timezone ZONE` adds a runner.",
            style="yellow",
        )
        return
    Rows.of(
        found,
        (Column("name"), lambda one: one.runner.name),
        (Column("state"), lambda one: one.state),
        (Column("last sync"), lambda one: ago(one.last_success_at, now) if one.last_success_at else "never"),
        (Column("shares"), lambda one: one.sharing),
        (Column("zone", needed=False), lambda one: one.runner.timezone),
        (Column("id", needed=False), lambda one: one.runner.id),
        style=lambda one: _STYLES[one.state],
    ).show(out)
    members = sum(one.state != "leaving" for one in found)
    fresh = sum(one.state == "fresh" for one in found)
    out.print(f"{counted(members, 'runner')}, {fresh:,} of them seen within the last 26 hours.", style="dim")


@command(
    examples=(
        'myrunstreak club change Anna --name "Anna of the track"',
        "myrunstreak club change Anna --timezone Asia/Tokyo",
    )
)
def change(
    settings: Settings,
    name: RunnerName,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Another name for the runner.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", parser=read_zone, metavar="ZONE", help="Another time zone."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give a runner another name or time zone."""
    from scripts.club.opened import Club

    club = Club.open(settings)
    runner = club.find(name)
    club.registry.change(runner.id, name=new_name, timezone=timezone)
    now = club.find(runner.id)
    if as_json:
        print(json_text({"id": now.id, "name": now.name, "timezone": now.timezone}))
    else:
        standard_output().print(f"{plain(now.name)} runs in {now.timezone}.")


@command(examples=("myrunstreak club share Anna days", "myrunstreak club share Anna none"))
def share(
    settings: Settings,
    name: RunnerName,
    what: Annotated[
        Literal["none", "days", "distances"],
        typer.Argument(
            metavar="WHAT", help="none, days (on which days they ran), or distances (how far in all, too)."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Choose what of a runner the board shows, as they wish."""
    from myrunstreak.club.members import write_sharing

    from scripts.club.opened import Club
    from scripts.club.remote import tell_lake

    club = Club.open(settings)
    runner = club.find(name)
    write_sharing(club.record_of(runner), what)
    is_told = tell_lake(club, runner)
    if as_json:
        print(json_text({"id": runner.id, "name": runner.name, "sharing": what}))
        return
    words = {
        "none": "shows nothing of {}",
        "days": "shows the streaks of {}, and no distance",
        "distances": "shows the streaks of {}, and how far they ran in all",
    }[what]
    when = " within some minutes" if is_told else "" if club.is_local else " after the next sync"
    standard_output().print(f"The board {words.format(plain(runner.name))}{when}.")


def typed_name(name: str) -> str:
    """A name as a shell takes it."""
    return plain(shlex.quote(name))
