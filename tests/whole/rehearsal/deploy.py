"""``python -m tests.whole.rehearsal.deploy ORDER RESULT``: run the program in a process of its own.

Pulumi keeps one stack a process, and the program reads the environment; neither should meet other tests.
ORDER is a JSON file with the fields of ``Order``, RESULT gets the deployment.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.stage.emulator import Emulator
from tests.whole.rehearsal.translation import Stage


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to deploy, and into what."""

    emulator_url: str
    emulator_folder: str
    stack: str
    config: dict[str, str]
    function_environment: dict[str, str]
    bootstrap: str
    main: str
    project: str = "myrunstreak"


def run(order: Order) -> str:
    """The deployment, as JSON."""
    from tests.whole.rehearsal.engine import deploy, to_json
    from tests.whole.rehearsal.packing import with_bootstrap

    emulator = Emulator(Path(order.emulator_folder))
    emulator.url = order.emulator_url
    stage = Stage(
        emulator, lambda path: with_bootstrap(Path(path), order.bootstrap), order.function_environment
    )
    return to_json(deploy(Path(order.main), order.project, order.stack, order.config, stage))


def main() -> int:
    """The command."""
    order, result = (Path(argument) for argument in sys.argv[1:3])
    result.write_text(run(Order(**json.loads(order.read_text()))))
    return 0


def write(order: Order, file: Path) -> None:
    """An order for another process."""
    file.write_text(json.dumps(asdict(order)))


if __name__ == "__main__":
    sys.exit(main())
