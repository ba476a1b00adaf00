"""What a database can be restored from: its earlier versions in the bucket, and the backups beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from myrunstreak.contract.layout import (
    BACKUPS_FOLDER,
    MONTHLY_FOLDER,
    REPLACED_FOLDER,
    WEEKLY_FOLDER,
    S3Location,
    beside,
)
from myrunstreak.errors import InvalidQuestion
from myrunstreak.store.blobs import open_blobs, split_object

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings

FOLDERS: Final = (WEEKLY_FOLDER, MONTHLY_FOLDER, REPLACED_FOLDER)
SUFFIX: Final = ".duckdb"


@dataclass(frozen=True)
class EarlierState:
    """A state of the database that can be restored; ``size`` is in bytes."""

    kind: Literal["version", "backup"]
    name: str
    written_at: datetime
    size: int

    @property
    def option(self) -> str:
        """How it is chosen."""
        return f"--{self.kind} {self.name}"


class Sources:
    """The database's folder, and the backups in it."""

    def __init__(self, settings: Settings) -> None:
        self.location = settings.database
        folder, self.name = split_object(self.location)
        self.folder = open_blobs(folder, settings.aws_region)
        self.backups = open_blobs(beside(self.location, BACKUPS_FOLDER), settings.aws_region)

    def states(self) -> list[EarlierState]:
        """Everything there is, newest first."""
        versions = [
            EarlierState("version", one.version, one.written_at, one.size)
            for one in self.folder.earlier(self.name)
        ]
        return sorted([*versions, *self._backups()], key=lambda one: one.written_at, reverse=True)

    def fetch_version(self, version: str, to: Path) -> None:
        """Copy an earlier version to the file ``to``.

        Raises:
            InvalidQuestion: there is none of this id.
        """
        if not isinstance(self.location, S3Location):
            raise InvalidQuestion(
                f"{self.location} is a file on this machine, which has no versions. Nothing was changed: choose "
                "--backup or --from-archive."
            )
        if not self.folder.fetch_earlier(self.name, version, to):
            raise InvalidQuestion(
                f"{self.location} has no version {version!r}. Nothing was changed: `myrunstreak restore` lists them."
            )

    def fetch_backup(self, wanted: str, to: Path) -> str:
        """Copy a backup to the file ``to``.

        Args:
            wanted: its name, with or without its folder; or a folder, for the newest in it.

        Returns:
            The whole name.

        Raises:
            InvalidQuestion: there is none.
        """
        names = [one.name for one in self._backups()]
        if wanted in FOLDERS:
            found = max((name for name in names if name.startswith(f"{wanted}/")), default=None)
        else:
            found = next((name for name in names if wanted in (name, name.partition("/")[2])), None)
        if found is None or not self.backups.fetch(f"{found}{SUFFIX}", to):
            raise InvalidQuestion(
                f"There is no backup {wanted!r} in {self.backups.place}. Nothing was changed: `myrunstreak restore` "
                "lists what there is."
            )
        return found

    def _backups(self) -> list[EarlierState]:
        return [
            EarlierState("backup", one.name.removesuffix(SUFFIX), one.written_at, one.size)
            for one in self.backups.kept()
            if one.name.partition("/")[0] in FOLDERS and one.name.endswith(SUFFIX)
        ]
