"""Renders the runner's page from the published record."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from myrunstreak.instants import Clock, utc_now

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings
    from myrunstreak.page.publish import Source


@contextmanager
def open_source(settings: Settings, clock: Clock = utc_now) -> Generator[Source]:
    """What the pages are made from, as the record is now."""
    from myrunstreak.page.publish import Source
    from myrunstreak.page.questions import page_engine
    from myrunstreak.store.published import PublishedDatabase

    with closing(PublishedDatabase(settings)) as published, published.read() as reading:
        now = clock()
        version = reading.version.tag if reading.version else ""
        yield Source(page_engine(reading, settings, now), version, settings, reading.definitions, now)


def refresh_page(settings: Settings, clock: Clock = utc_now, *, write_all: bool = False) -> int:
    """Bring the page beside the record up to it; how many files were written.

    Args:
        write_all: write what has not changed too.

    Raises:
        MyRunStreakError: there is no record, or a place cannot be read or written.
    """
    from myrunstreak.page.publish import refresh_pages
    from myrunstreak.store.blobs import open_blobs

    with open_source(settings, clock) as source:
        folder = open_blobs(settings.page, settings.aws_region)
        return refresh_pages(source, folder, write_all=write_all)
