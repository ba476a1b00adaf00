"""Which versions of the packages that matter one side has."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

_PACKAGES: Final = (
    "duckdb",
    "pydantic",
    "requests",
    "boto3",
    "awslambdaric",
    "dlt",
    "pyarrow",
    "pandas",
    "polars",
)


def installed() -> dict[str, dict[str, str]]:
    """In that side's own process: the versions of those that are there."""
    found = dict[str, str]()
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"versions": found}
