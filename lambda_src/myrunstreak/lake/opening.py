"""Puts the lake together from a club's settings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from myrunstreak.contract.club import ClubSettings
from myrunstreak.errors import InvalidSettings
from myrunstreak.instants import Clock, utc_now
from myrunstreak.lake.board_file import publish_board
from myrunstreak.lake.catalog import Bucket, Catalog
from myrunstreak.lake.record import PublishedRecords
from myrunstreak.lake.writer import LakeWriter
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.copies.scratch import ScratchFolder


@dataclass(frozen=True)
class Lake:
    """A club's lake, open to be written."""

    settings: ClubSettings
    catalog: Catalog
    folder: Blobs
    writer: LakeWriter
    clock: Clock

    def publish_board(self) -> int:
        """Make the club's board again; how many members are on it."""
        return publish_board(self.catalog, self.settings, self.folder, self.clock())


@contextmanager
def open_lake(
    settings: ClubSettings, region: str, *, memory_mb: int | None = None, clock: Clock = utc_now
) -> Generator[Lake]:
    """Open the lake; nothing is kept on this machine afterwards.

    Args:
        memory_mb: memory of the whole process, where it is limited.

    Raises:
        InvalidSettings: the settings name no table bucket.
    """
    if settings.lake_tables is None:
        raise InvalidSettings("LAKE_TABLES is not set: it is the ARN of the table bucket. Run `pulumi up`.")
    bucket = Bucket(settings.lake_tables, region, settings.lake_endpoint)
    with closing(ScratchFolder()) as scratch, closing(Catalog(bucket, scratch.path, memory_mb)) as catalog:
        folder = open_blobs(settings.folder, region)
        records = PublishedRecords(settings, folder, scratch.path, memory_mb)
        yield Lake(settings, catalog, folder, LakeWriter(catalog, records), clock)
