"""The rows that one runner's published record puts into the lake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.club import RUNNERS_FOLDER, SHARING_NAME, ClubSettings
from myrunstreak.contract.club_sharing import Sharing, read_sharing
from myrunstreak.contract.layout import DATABASE_NAME, S3Location
from myrunstreak.errors import StoreCorrupt
from myrunstreak.lake.tables import DAYS, RUNS, Table
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.copies.opening import FetchedFile, PublishedCopies
from myrunstreak.store.machine_errors import is_machine_error

if TYPE_CHECKING:
    import duckdb

# The record's view that a table's rows come from, and the columns that have another name there.
_SOURCES: Final[Mapping[Table, tuple[str, Mapping[str, str]]]] = {
    RUNS: ("runs", {}),
    DAYS: ("daily", {"day": "date", "km": "distance_km"}),
}


@dataclass(frozen=True)
class StagedRecord:
    """One runner's record, ready for the lake.

    Attributes:
        version: what tells its state from others; empty where nothing is published.
        files: Parquet files of its rows by the table's name; None where they are in the lake already.
    """

    runner: str
    version: str
    sharing: Sharing
    files: Mapping[str, Path] | None


class PublishedRecords:
    """The records of a club's runners.

    Args:
        folder: the club's folder.
        scratch: a local folder for what is fetched.
        memory_mb: memory of the whole process, where it is limited; reading a record takes a quarter of it.
    """

    def __init__(
        self, settings: ClubSettings, folder: Blobs, scratch: Path, memory_mb: int | None = None
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._scratch = scratch
        self._memory_mb = memory_mb and memory_mb // 2

    def stage(self, runner: str, known: tuple[str, str] | None = None) -> StagedRecord | None:
        """Put a runner's rows into files; None where the lake has this state already.

        Args:
            known: the version and the sharing that the lake has of this runner.

        Raises:
            StoreCorrupt: the record is damaged.
            InvalidSettings: it may not be read, or newer code wrote it.
            StoreUnavailable: it cannot be read now.
        """
        record, file = self._folder.within(f"{RUNNERS_FOLDER}/{runner}"), self._scratch / "record.duckdb"
        note = self._scratch / "note.json"
        sharing = read_sharing(note.read_bytes() if record.fetch(SHARING_NAME, note) else None)
        version = record.fetch(DATABASE_NAME, file, Version(known[0]) if known and known[0] else None)
        if version is None:
            return StagedRecord(runner, "", sharing, {}) if known else None
        if known is None or version.tag != known[0]:
            return StagedRecord(runner, version.tag, sharing, self._rows(runner, record, file, version))
        return None if sharing == known[1] else StagedRecord(runner, version.tag, sharing, None)

    def _rows(self, runner: str, record: Blobs, file: Path, version: Version) -> dict[str, Path]:
        import duckdb

        folder = self._settings.record_of(runner)
        database = folder.child(DATABASE_NAME) if isinstance(folder, S3Location) else folder / DATABASE_NAME
        copies = PublishedCopies(database, record, DATABASE_NAME, self._memory_mb)
        try:
            with copies.machine_errors():
                copy = copies.open_to_read(FetchedFile(file, version))
                try:
                    return {
                        table.name: _write_rows(copy.connection, runner, table, self._scratch)
                        for table in _SOURCES
                    }
                except duckdb.Error as error:
                    if is_machine_error(error):
                        raise
                    line = str(error).splitlines()[0]
                    raise StoreCorrupt(f"The database {database} cannot be read: {line}") from error
                finally:
                    copy.close()
        finally:
            copies.close()


def _write_rows(record: duckdb.DuckDBPyConnection, runner: str, table: Table, folder: Path) -> Path:
    view, names = _SOURCES[table]
    columns = ", ".join(
        f"CAST({names.get(column, column)} AS {kind}) AS {column}"
        for column, kind in table.columns.items()
        if column != "runner_id"
    )
    file = folder / f"{table.name}-{runner}.parquet"
    record.execute(
        f"COPY (SELECT '{runner}' AS runner_id, {columns} FROM {view}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
    )
    return file
