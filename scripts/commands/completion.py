"""`myrunstreak completion`: what makes a shell complete commands, options and their values."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts.commands.command import command
from scripts.usage.completion import Shell, script


@command(
    examples=(
        'eval "$(myrunstreak completion bash)"',
        'myrunstreak completion zsh > "${fpath[1]}/_myrunstreak"',
        "myrunstreak completion fish > ~/.config/fish/completions/myrunstreak.fish",
    )
)
def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print what makes bash, zsh or fish complete this command."""
    print(script(shell), end="")
