"""A weekly and a monthly copy of the database: immutable, beside it, kept by the bucket's lifecycle.

The first publication of an ISO week and of a month leaves its file under ``backups/weekly/2026-W48.duckdb``
and ``backups/monthly/2026-11.duckdb``. On S3 only: a database on disk is in its owner's own backups.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from myrunstreak.contract.layout import MONTHLY_FOLDER, WEEKLY_FOLDER
from myrunstreak.errors import MyRunStreakError
from myrunstreak.store.blobs.port import Blobs

_log = logging.getLogger(__name__)


def backup_names(moment: datetime, suffix: str = ".duckdb") -> tuple[str, str]:
    """The names of the week's and the month's copy, in UTC."""
    day = moment.astimezone(UTC)
    year, week, _ = day.isocalendar()
    return f"{WEEKLY_FOLDER}/{year}-W{week:02d}{suffix}", f"{MONTHLY_FOLDER}/{day:%Y-%m}{suffix}"


class Backups:
    """The backups' folder. A copy that exists is never written again."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def keep(self, file: Path, moment: datetime) -> list[str]:
        """Copy a published file for the week and the month that have no copy yet; the new names.

        A copy that fails is logged, not raised: the database itself is published, and the next publication
        tries again.
        """
        made: list[str] = []
        for name in backup_names(moment):
            try:
                if not self._exists(name):
                    self._blobs.add(name, file.read_bytes())
                    made.append(name)
            except (MyRunStreakError, OSError) as error:
                _log.warning("The backup %s/%s could not be made: %s", self._blobs.place, name, error)
        return made

    def _exists(self, name: str) -> bool:
        # The first name after all but the last character is this one, if it exists.
        return next(self._blobs.names(after=name[:-1]), None) == name
