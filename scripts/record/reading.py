"""Opens the published record to ask it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from myrunstreak.instants import utc_now

if TYPE_CHECKING:
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.settings import Settings
    from myrunstreak.store.manager import DuckDBManager


@contextmanager
def open_engine(settings: Settings) -> Generator[Engine]:
    """The engine over the record that the settings lead to, at this instant."""
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.store.published import PublishedDatabase

    published = PublishedDatabase(settings)
    try:
        with published.read() as reading:
            yield Engine(
                reading.connection,
                now=utc_now(),
                settings=settings,
                freshness=reading.freshness,
                definitions=reading.definitions,
            )
    finally:
        published.close()


def reader(settings: Settings) -> DuckDBManager:
    """The published database, to be read only; ``with`` opens it."""
    from myrunstreak.store.manager import DuckDBManager

    return DuckDBManager(settings.duckdb_path, read_only=True, region_name=settings.aws_region)
