"""What `--version` says."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import typer

_DISTRIBUTION = "myrunstreak"


def installed_version(distribution: str = _DISTRIBUTION) -> str:
    """The version of a distribution, of this program unless named; `unknown` where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"


def print_version(wanted: bool) -> None:
    """Print the versions that a report of a fault needs, and end."""
    if wanted:
        engine = installed_version("duckdb")
        print(f"myrunstreak {installed_version()} (Python {platform.python_version()}, DuckDB {engine})")
        raise typer.Exit
