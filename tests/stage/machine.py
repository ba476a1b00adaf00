"""What keeps test workers out of each other's way, and out of the developer's own settings."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore.session
import duckdb


def be_modest() -> None:
    """Give each database one thread, and read boto's descriptions of services once: histories in tests are small."""
    connect = duckdb.connect

    @functools.wraps(connect)
    def connect_with_one_thread(*args: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        connection = connect(*args, **options)
        if "threads" not in (options.get("config") or {}):
            # A published database locks its settings.
            with suppress(duckdb.Error):
                connection.execute("SET threads = 1")
        return connection

    duckdb.connect = connect_with_one_thread
    # DuckDB looks for pandas at every bound parameter, in vain and on disk, unless its absence is known.
    sys.modules.setdefault("pandas", None)  # pyright: ignore[reportArgumentType]
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def have_no_config() -> None:
    """Let no test, and no process that one starts, find the developer's own config.env and data."""
    nowhere = Path(tempfile.gettempdir(), f"myrunstreak-tests-{os.getuid()}")
    os.environ["XDG_CONFIG_HOME"] = str(nowhere / "config")
    os.environ["XDG_DATA_HOME"] = str(nowhere / "data")


def have_the_command_on_path() -> None:
    """Let hints name the program plainly, as where it is installed: the shell finds this very one."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
