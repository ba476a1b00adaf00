"""The `myrunstreak` command: a table of its commands, each of which is a file in `commands/`.

Results go to standard output, everything else to standard error. With `--json` standard output is one JSON
document and nothing else. An error is one line on standard error, with `--json` too.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from scripts.commands import (
    api_key,
    club,
    club_all,
    club_board,
    club_remove,
    club_run,
    config,
    phone,
    quarantine,
    schedule,
    share,
)
from scripts.commands.auth import auth
from scripts.commands.browse import browse
from scripts.commands.calendar import calendar
from scripts.commands.command import without_subcommand
from scripts.commands.compare import compare
from scripts.commands.completion import completion
from scripts.commands.days import days
from scripts.commands.doctor import doctor
from scripts.commands.eddington import eddington
from scripts.commands.export import export
from scripts.commands.gaps import gaps
from scripts.commands.goals import goals
from scripts.commands.layers import layers
from scripts.commands.mcp import mcp
from scripts.commands.message import message
from scripts.commands.page import page
from scripts.commands.rebuild import rebuild
from scripts.commands.records import records
from scripts.commands.restore import restore
from scripts.commands.runs import runs
from scripts.commands.serve import serve
from scripts.commands.sql import sql
from scripts.commands.stats import stats
from scripts.commands.status import status
from scripts.commands.streak import streak
from scripts.commands.sync import sync
from scripts.commands.verify import verify
from scripts.usage.about import with_examples
from scripts.usage.tree import Entry, Group, add, group
from scripts.usage.version import print_version

_quarantine = group(
    "quarantine",
    "Records of Smashrun's that could not be stored.",
    list=quarantine.list_quarantine,
    retry=quarantine.retry,
)
_api_key = group(
    "api-key",
    "Keys that open the API.",
    new=api_key.new,
    list=api_key.list_keys,
    revoke=api_key.revoke,
)
_phone = group(
    "phone",
    "Sign a phone in to the page by a QR code.",
    without_subcommand(phone.phone),
    list=phone.list_phones,
    revoke=phone.revoke,
)
_share = group(
    "share",
    "Badge, status, calendar feed and posters for others.",
    without_subcommand(share.show),
    on=share.share_on,
    off=share.share_off,
    new_address=share.new_address,
)
_schedule = group(
    "schedule",
    "Start the daily sync and the messages on this machine.",
    without_subcommand(schedule.show),
    install=schedule.install,
    show=schedule.show,
    remove=schedule.remove,
)
_club = group(
    "club",
    "Many runners, each with a record of their own.",
    add=club.add,
    list=club.list_runners,
    board=club_board.board,
    share=club.share,
    change=club.change,
    run=club_run.run,
    sync=club_all.sync,
    remove=club_remove.remove,
    backfill=club_all.backfill,
    rebuild=club_all.rebuild,
)
_config = group(
    "config",
    "Every setting, where it comes from and what it means.",
    without_subcommand(config.config),
    path=config.path,
)
# What `myrunstreak` alone shows: a heading and its commands.
SECTIONS: Final[dict[str, tuple[Entry, ...]]] = {
    "Ask": (streak, gaps, layers, stats, compare, goals, eddington, records, days, calendar, runs, sql),
    "Keep": (sync, status, verify, rebuild, restore, _quarantine, export),
    "Show and share": (browse, page, serve, mcp, _phone, _share, message),
    "Set up": (auth, doctor, _config, _schedule, _api_key, _club, completion),
}

app = typer.Typer(
    name="myrunstreak",
    cls=Group,
    help="Keep your Smashrun record as your own: sync it, check it, ask it anything.",
    epilog=(
        "`myrunstreak COMMAND --help` shows a command's options and examples. "
        "Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 authorise again, 4 done in part, 130 stopped."
    ),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    subcommand_metavar="COMMAND",
)


@app.callback()
@with_examples(
    "myrunstreak sync", "myrunstreak streak --explain yesterday", "myrunstreak stats --trailing 30"
)
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The program itself."""


for section, entries in SECTIONS.items():
    for entry in entries:
        add(app, entry, section=section)


def main() -> None:
    """The entry of the command."""
    app()


if __name__ == "__main__":
    main()
