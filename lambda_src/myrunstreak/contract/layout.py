"""Where things lie: the database, and beside it the raw archive, the recordings, the page, the backups.

A location is either ``s3://bucket/key`` or a local path; only this module takes such texts apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATABASE_NAME: Final = "runs.duckdb"
RAW_FOLDER: Final = "raw"
RECORDINGS_FOLDER: Final = "recordings"
# Beside the database: the runner's own definitions of streaks, and when the record was last found whole.
DEFINITIONS_NAME: Final = "streaks.toml"
FRESHNESS_NAME: Final = "freshness.json"
# In the replica's bucket, which both regions reach once the first one is lost: which of them syncs.
LEASE_NAME: Final = "lease.json"
# The runner's page as files, and who is signed in to it.
PAGE_FOLDER: Final = "page"
SESSIONS_FOLDER: Final = "sessions"
# Which messages have been sent.
MESSAGES_FOLDER: Final = "messages"
BACKUPS_FOLDER: Final = "backups"
WEEKLY_FOLDER: Final = "weekly"
MONTHLY_FOLDER: Final = "monthly"
# What a restore has replaced.
REPLACED_FOLDER: Final = "replaced"

_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>\S*)")


@dataclass(frozen=True)
class S3Location:
    """A bucket and a key (an object) or key prefix (a folder, ending in a slash or empty)."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def sibling(self, folder: str) -> S3Location:
        """The folder ``folder`` beside this object."""
        parent, slash, _ = self.key.rpartition("/")
        return S3Location(self.bucket, f"{parent}{slash}{folder}/")

    def child(self, name: str) -> S3Location:
        """The object ``name`` in this folder."""
        prefix = self.key if not self.key or self.key.endswith("/") else f"{self.key}/"
        return S3Location(self.bucket, f"{prefix}{name}")


def parse_location(text: str) -> S3Location | Path:
    """Read ``s3://bucket/key`` or a local path; ``~`` is the user's home.

    Raises:
        ValueError: text starts with a scheme but is not a usable S3 location, or is empty.
    """
    if match := _S3.fullmatch(text):
        return S3Location(match["bucket"], match["key"])
    if "://" in text:
        raise ValueError("expected s3://bucket/key or a local path")
    if not text.strip() or "\0" in text:
        raise ValueError("expected s3://bucket/key or a local path")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError("expected s3://bucket/key or a local path; there is no such user's home") from None


def beside(database: S3Location | Path, folder: str) -> S3Location | Path:
    """The folder ``folder`` beside the database."""
    if isinstance(database, S3Location):
        return database.sibling(folder)
    return database.parent / folder
