"""What is installed only for those who ask for it, and how it is added to this installation."""

from __future__ import annotations

import shlex
import sys
from importlib import metadata
from pathlib import Path

from scripts.places import APPLICATION


def add_command(extra: str) -> str:
    """The command that adds what an extra of the distribution asks for, by the tool that this installation is kept by."""
    marker = f'extra == "{extra}"'
    wanted = [
        line.partition(";")[0].strip()
        for line in metadata.requires(APPLICATION) or []
        if line.partition(";")[2].strip().replace("'", '"') == marker
    ]
    home = Path(sys.prefix)
    if (home / "pipx_metadata.json").is_file():
        return shlex.join(["pipx", "inject", APPLICATION, *wanted])
    if (home / "uv-receipt.toml").is_file():  # there is no pip beside it
        return shlex.join(["uv", "pip", "install", "--python", sys.executable, *wanted])
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])
