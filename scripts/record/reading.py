"""Opens the published record for a command."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import date
from typing import TYPE_CHECKING

from myrunstreak.contract.layout import DEFINITIONS_NAME
from myrunstreak.errors import InvalidSettings
from myrunstreak.instants import utc_now

if TYPE_CHECKING:
    import duckdb
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.settings import Settings
    from myrunstreak.store.published import Reading


def definitions_place(settings: Settings) -> str:
    """Where the runner's own streaks are: beside the database."""
    from myrunstreak.store.blobs import split_object

    folder = str(split_object(settings.database)[0])
    return f"{folder}{'' if folder.endswith('/') else '/'}{DEFINITIONS_NAME}"


@contextmanager
def open_engine(settings: Settings) -> Generator[Engine]:
    """The engine over the record that the settings lead to, at this instant."""
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.store.published import PublishedDatabase

    with closing(PublishedDatabase(settings)) as published, published.read() as reading:
        try:
            yield Engine(
                reading.connection,
                now=utc_now(),
                settings=settings,
                freshness=reading.freshness,
                definitions=reading.definitions,
            )
        except InvalidSettings as error:
            # The engine knows the name of the runner's file alone.
            name, _, problem = str(error).partition(DEFINITIONS_NAME)
            if name or not problem:
                raise
            raise InvalidSettings(f"{definitions_place(settings)}{problem}") from error


def find_today(settings: Settings) -> date:
    """The runner's present day; where nothing is published yet, their zone alone decides."""
    from zoneinfo import ZoneInfo

    from myrunstreak.store.published import NothingPublished

    try:
        with open_engine(settings) as engine:
            return engine.today()
    except NothingPublished:
        return utc_now().astimezone(ZoneInfo(settings.runner_timezone or "UTC")).date()


@contextmanager
def open_reading(settings: Settings, *, external_access: bool = False) -> Generator[Reading]:
    """The record that the settings lead to, read-only, with all of this machine's memory.

    Args:
        external_access: let statements reach files too.
    """
    from myrunstreak.store.published import PublishedDatabase

    opened = PublishedDatabase(settings, memory_mb=None, external_access=external_access)
    with closing(opened) as published, published.read() as reading:
        yield reading


@contextmanager
def open_record(settings: Settings, *, external_access: bool = False) -> Generator[duckdb.DuckDBPyConnection]:
    """A read-only connection to that record."""
    with open_reading(settings, external_access=external_access) as reading:
        yield reading.connection
