"""Asks Pulumi's command line for a stack's outputs, and brings up another like it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from myrunstreak.errors import InvalidSettings, MyRunStreakError
from rich.console import Console

_PROJECT: Final = "myrunstreak"


class Stacks:
    """The project's stacks.

    Args:
        folder: of the program.
        out: shows each command that changes something.

    Raises (all methods): InvalidSettings, MyRunStreakError: in Pulumi's own words.
    """

    def __init__(self, folder: Path, out: Console) -> None:
        self._folder = folder
        self._out = out

    def outputs(self, stack: str) -> dict[str, Any]:
        """A stack's outputs; none of them is a secret."""
        return json.loads(self._ask("stack", "output", "--json", "--stack", stack))

    def config(self, stack: str, key: str) -> str:
        """A key's value, empty where it is not set."""
        values: dict[str, dict[str, Any]] = json.loads(self._ask("config", "--json", "--stack", stack))
        return str(values.get(f"{_PROJECT}:{key}", {}).get("value", ""))

    def make_like(self, stack: str, name: str, changes: Mapping[str, str]) -> None:
        """A stack with another's configuration, except for these keys; made if it is not there.

        Its state is where the first one's is: a backend in a region that is lost is lost with it.
        """
        known = {one["name"].rpartition("/")[2] for one in json.loads(self._ask("stack", "ls", "--json"))}
        if name not in known:
            self._run("stack", "init", name, "--copy-config-from", stack, "--no-select")
        self.change(name, changes)

    def change(self, stack: str, changes: Mapping[str, str]) -> None:
        """Set keys of a stack; the next ``up`` acts on them."""
        pairs = [word for key, value in changes.items() for word in ("--plaintext", f"{key}={value}")]
        self._run("config", "set-all", "--stack", stack, *pairs)

    def up(self, stack: str) -> None:
        """Bring a stack up, with Pulumi's own display."""
        self._run("up", "--yes", "--stack", stack)

    def _ask(self, *arguments: str) -> str:
        done = self._pulumi(*arguments, stdout=subprocess.PIPE)
        if done.returncode:
            raise InvalidSettings(f"`pulumi {' '.join(arguments)}` failed; Pulumi says why above.")
        return done.stdout

    def _run(self, *arguments: str) -> None:
        command = f"pulumi {' '.join(arguments)}"
        self._out.print(f"$ {command}", highlight=False, style="dim")
        if self._pulumi(*arguments).returncode:
            raise MyRunStreakError(
                f"`{command}` failed; Pulumi says why above. Mend that, and run this again: it goes on."
            )

    def _pulumi(self, *arguments: str, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
        program = shutil.which("pulumi")
        if program is None:
            raise InvalidSettings(
                "There is no `pulumi` on the PATH. See docs/deploying.md for how to install it."
            )
        return subprocess.run([program, *arguments], cwd=self._folder, check=False, text=True, stdout=stdout)
