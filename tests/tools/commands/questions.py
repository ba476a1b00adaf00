"""Every question that the commands answer from a record alone, as it is typed."""

from __future__ import annotations

from typing import Any

from .pages import COMMANDS

# What a command needs to be asked anything; `None`: it waits, writes, or talks to Smashrun.
ARGUMENTS: dict[str, list[list[str]] | None] = {
    "api-key list": [[]],
    "calendar": [[], ["--letters"]],
    "compare": [["2025", "2026"]],
    "layers": [[], ["--explain", "2026-01-05"]],
    "records": [[], ["--history"], ["--distance", "5km"]],
    "sql": [["FROM runs LIMIT 3"], ["FROM runs LIMIT 1"], ["FROM runs LIMIT 2", "--blocks"]],
    "stats": [[], ["--week"], ["--trailing", "30"]],
    "streak": [[], ["--explain", "2026-01-05"]],
    **dict.fromkeys(
        [
            "api-key new",
            "api-key revoke",
            "auth",
            "browse",
            "club add",
            "club backfill",
            "club change",
            "club rebuild",
            "club remove",
            "club run",
            "club share",
            "club sync",
            "completion",
            "doctor",
            "export",
            "mcp",
            "message",
            "page",
            "phone",
            "phone revoke",
            "quarantine retry",
            "rebuild",
            "schedule",
            "schedule install",
            "schedule remove",
            "schedule show",
            "serve",
            "share",
            "share new-address",
            "share off",
            "share on",
            "sync",
            "verify",
        ]
    ),
}


def leaves(command: Any, name: str = "") -> list[str]:
    """The commands of a tree that can be typed."""
    below = getattr(command, "commands", {})
    names = [leaf for word, one in below.items() for leaf in leaves(one, f"{name} {word}".strip())]
    return [*names, name] if not below or command.invoke_without_command else names


def questions() -> list[list[str]]:
    """Every command that answers from the record alone."""
    return [
        [*name.split(), *given]
        for name in leaves(COMMANDS)
        if name
        for given in ARGUMENTS.get(name, [[]]) or []
    ]
