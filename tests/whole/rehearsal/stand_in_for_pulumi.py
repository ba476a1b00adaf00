"""What `make failover` asks of Pulumi's command line, on the rehearsal's stage: `python -m ... FOLDER ARGUMENTS`.

FOLDER has one folder a stack: `config.json`, and once it is up `deployment.json`; and `order.json`, with what all
stacks share. `up` runs the real program, as the rehearsal does for the first stack; there is no state and no `destroy`.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.whole.rehearsal import deploy
from tests.whole.rehearsal.engine import from_json


class Stacks:
    """The stacks of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def answer(self, words: list[str]) -> Any:
        """Carry out one command; what it prints, None for nothing."""
        stack = words[words.index("--stack") + 1] if "--stack" in words else ""
        match words:
            case ["stack", "ls", "--json"]:
                return [{"name": one.parent.name} for one in self._folder.glob("*/config.json")]
            case ["stack", "init", name, "--copy-config-from", other, "--no-select"]:
                self._write(name, self.config(other))
            case ["stack", "output", "--json", *_]:
                return from_json((self._folder / stack / "deployment.json").read_text()).outputs
            case ["config", "--json", *_]:
                return {key: {"value": value, "secret": False} for key, value in self.config(stack).items()}
            case ["config", "set-all", *_]:
                pairs = [word for flag, word in pairwise(words) if flag == "--plaintext"]
                changes = {
                    f"myrunstreak:{key}": value for key, _, value in (pair.partition("=") for pair in pairs)
                }
                self._write(stack, self.config(stack) | changes)
            case ["up", "--yes", *_] if (self._folder / stack / "deployment.json").exists():
                pass  # a second time, with the same configuration, Pulumi finds nothing to change
            case ["up", "--yes", *_]:
                order = json.loads((self._folder / "order.json").read_text())
                made = deploy.run(deploy.Order(**order | {"stack": stack, "config": self.config(stack)}))
                (self._folder / stack / "deployment.json").write_text(made)
            case _:
                raise SystemExit(f"the rehearsal's pulumi does not know: {' '.join(words)}")
        return None

    def config(self, stack: str) -> dict[str, str]:
        """A stack's configuration."""
        return json.loads((self._folder / stack / "config.json").read_text())

    def _write(self, stack: str, config: dict[str, str]) -> None:
        (self._folder / stack).mkdir(exist_ok=True)
        (self._folder / stack / "config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    said = Stacks(Path(sys.argv[1])).answer(sys.argv[2:])
    if said is not None:
        print(json.dumps(said))
