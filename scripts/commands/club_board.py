"""`myrunstreak club board`: whose streak is alive, and how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myrunstreak.instants import to_text
from myrunstreak.measures import distance

from scripts.commands.command import Json, Settings, command
from scripts.display.program import hints_for
from scripts.display.tables import Column, Rows
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_IN_PART,
    json_text,
    plain,
    standard_error,
    standard_output,
)

if TYPE_CHECKING:
    from myrunstreak.contract.club import Runner


@command(
    examples=("myrunstreak club board", "myrunstreak club board --json"),
    units=True,
    long=True,
)
def board(settings: Settings, as_json: Json = False) -> int:
    """Show the streaks of those who share them, the longest first."""
    from myrunstreak.club.standings import standings
    from myrunstreak.instants import utc_now

    from scripts.club.board import read_board
    from scripts.club.opened import Club

    club, now, errors = Club.open(settings), utc_now(), standard_error()
    missing: list[tuple[Runner, str]] = []
    found = read_board(club, now, lambda runner, why: missing.append((runner, why)))
    on_it = standings(found, club.registry.runners(), now)
    if as_json:
        items = [one.facts() for one in on_it]
        print(json_text({"made_at": to_text(found.made_at), "minimum": found.minimum, "items": items}))
    elif not on_it:
        standard_output().print(
            "The board is empty: `myrunstreak club share NAME days` puts a runner there who wishes it.",
            style="yellow",
        )
    else:
        out = standard_output()
        Rows.of(
            on_it,
            (Column("name"), lambda one: one.runner.name),
            (
                Column("streak", right=True),
                lambda one: "-" if one.state == "ended" else f"{one.row.last_days:,}",
            ),
            (Column("state"), lambda one: f"ended {one.row.last_end}" if one.state == "ended" else one.state),
            (Column("longest", right=True), lambda one: f"{one.row.longest_days:,}"),
            (Column("since", needed=False), lambda one: str(one.row.longest_start)),
            (Column("run days", right=True, needed=False), lambda one: f"{one.row.run_days:,}"),
            (
                Column("distance", right=True, needed=False),
                lambda one: (
                    "" if one.row.metres is None else distance(one.row.metres / 1000, settings.units, 0)
                ),
            ),
            style=lambda one: {"ran today": "green", "not yet today": "yellow"}.get(one.state, "dim"),
        ).show(out)
        rule = "any run counts" if found.minimum == "any" else f"a day counts from {found.minimum} on"
        out.print(f"In days; {rule}. A streak lives while its runner ran today or yesterday.", style="dim")
    for runner, why in missing:
        with hints_for(runner.name):
            errors.print(f"myrunstreak: {plain(runner.name)} is not on the board: {plain(why)}", style="red")
    return EXIT_IN_PART if missing else EXIT_DONE
