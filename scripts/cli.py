"""The `myrunstreak` command: a table of its commands, each of which is a file in `commands/`.

Results go to standard output, everything else to standard error. With `--json` standard output is one JSON
document and nothing else. An error is one line on standard error, with `--json` too.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from scripts.commands import api_key, phone, quarantine, schedule, share
from scripts.commands.auth import auth
from scripts.commands.calendar import calendar
from scripts.commands.command import without_subcommand
from scripts.commands.compare import compare
from scripts.commands.days import days
from scripts.commands.eddington import eddington
from scripts.commands.export import export
from scripts.commands.gaps import gaps
from scripts.commands.layers import layers
from scripts.commands.message import message
from scripts.commands.page import page
from scripts.commands.rebuild import rebuild
from scripts.commands.records import records
from scripts.commands.runs import runs
from scripts.commands.serve import serve
from scripts.commands.sql import sql
from scripts.commands.stats import stats
from scripts.commands.status import status
from scripts.commands.streak import streak
from scripts.commands.sync import sync
from scripts.commands.verify import verify


class _Group(TyperGroup):
    """Commands under one name."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option --help; where it has no default, Typer loads pydantic to convert the missing value."""
        option: Any = super().get_help_option(ctx)
        option.default = False
        return option


app = typer.Typer(
    name="myrunstreak",
    cls=_Group,
    help="Keep your Smashrun record as your own: sync it, check it, ask it anything.",
    epilog=(
        "Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 authorise again, 4 done in part, 130 stopped."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)
for command in (streak, gaps, layers, stats, compare, eddington, records, days, calendar, runs, export):
    app.command()(command)
for command in (auth, sync, status, verify, rebuild, sql, page, serve, message):
    app.command()(command)

group = typer.Typer(cls=_Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="quarantine", help="Records of Smashrun's that could not be stored.")
group.command("list")(quarantine.list_quarantine)
group.command("retry")(quarantine.retry)

group = typer.Typer(cls=_Group, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="api-key", help="Keys that open the API.")
group.command("new")(api_key.new)
group.command("list")(api_key.list_keys)
group.command("revoke")(api_key.revoke)


group = typer.Typer(cls=_Group, invoke_without_command=True, rich_markup_mode=None)
app.add_typer(group, name="phone", help="Sign a phone in to the page by a QR code.")
group.callback()(without_subcommand(phone.phone))
group.command("list")(phone.list_phones)
group.command("revoke")(phone.revoke)

group = typer.Typer(cls=_Group, invoke_without_command=True, rich_markup_mode=None)
app.add_typer(group, name="share", help="Badge, status, calendar feed and posters for others.")
group.callback()(without_subcommand(share.show))
group.command("on")(share.share_on)
group.command("off")(share.share_off)
group.command("new-address")(share.new_address)

group = typer.Typer(cls=_Group, invoke_without_command=True, rich_markup_mode=None)
app.add_typer(group, name="schedule", help="Start the daily sync and the messages on this machine.")
group.callback()(without_subcommand(schedule.show))
group.command("install")(schedule.install)
group.command("show")(schedule.show)
group.command("remove")(schedule.remove)


def main() -> None:
    """The entry of the command."""
    app()


if __name__ == "__main__":
    main()
