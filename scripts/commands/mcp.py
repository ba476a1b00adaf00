"""`myrunstreak mcp`: the record for assistants that speak the Model Context Protocol."""

from __future__ import annotations

import sys
from contextlib import closing
from importlib import import_module
from typing import Annotated

import typer
from myrunstreak.errors import InvalidSettings

from scripts.commands.command import Settings, command
from scripts.display.terminal import json_text, standard_error


@command(
    examples=(
        "myrunstreak mcp --print-config",
        "myrunstreak mcp --print-config --sql",
    ),
    interrupted="Ended.",
)
def mcp(
    settings: Settings,
    sql: Annotated[
        bool, typer.Option("--sql", help="Let them ask in SQL too: read only, 200 rows, 5 seconds.")
    ] = False,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print what to add to an assistant's settings, and end.")
    ] = False,
) -> None:
    """Let an assistant ask the record, by the Model Context Protocol."""
    if print_config:
        from scripts.assistants.client_settings import client_settings

        print(json_text(client_settings(settings, with_sql=sql)))
        return
    try:
        import_module("mcp")
    except ModuleNotFoundError:
        from scripts.extras import add_command

        raise InvalidSettings(
            "The package mcp is not installed, the extra [mcp] of myrunstreak. Add it here: "
            f"`{add_command('mcp')}`."
        ) from None
    if sys.stdin.isatty():
        standard_error().print(
            "Waits for an assistant to speak MCP on standard input; Ctrl-C ends it. What to add to the assistant's "
            "settings: `myrunstreak mcp --print-config`"
        )
    from myrunstreak.store.published import PublishedDatabase

    from scripts.assistants.server import Assistants

    with closing(PublishedDatabase(settings)) as published:
        Assistants(settings, published, with_sql=sql).serve()
