"""What an assistant's own settings need to start the server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from myrunstreak.contract.settings import Settings
from myrunstreak.contract.tuning import Tuning

from scripts.local_settings import settings_sources

# What the answers depend on; no secret is needed to read.
_NEEDED: Final = {name.upper() for name in (*Tuning.model_fields, "duckdb_path", "aws_region")}


def client_settings(settings: Settings, *, with_sql: bool) -> dict[str, Any]:
    """The entry that clients read: the program by its whole path, as they start it in any folder.

    What a `.env` or the environment says here is part of it: there they do not hold.
    """
    program = Path(sys.executable).with_name("myrunstreak")
    known = program.is_file()
    entry: dict[str, Any] = {
        "command": str(program if known else sys.executable),
        "args": [*([] if known else ["-m", "scripts.cli"]), "mcp", *(["--sql"] if with_sql else [])],
    }
    if not settings_sources().is_of_user:
        default = Settings().to_env()
        entry["env"] = {
            name: value
            for name, value in settings.to_env().items()
            if name in _NEEDED and (name == "DUCKDB_PATH" or value != default.get(name))
        }
    return {"mcpServers": {"myrunstreak": entry}}
