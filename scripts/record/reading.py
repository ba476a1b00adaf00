"""Opens the published record to ask it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import utc_now
from myrunstreak.store.published import PublishedDatabase


@contextmanager
def open_engine(settings: Settings) -> Generator[Engine]:
    """The engine over the record that the settings lead to, at this instant."""
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
