"""The raw archive: every answer of Smashrun's that the database is made of, immutable, in the order observed.

An object is one answer (or a few answers of the same kind), compressed, under a name that sorts by the time
of observation: ``<source>/2026/11/20261123T060012.123456Z-extended-1a2b3c4d.json.gz``. The database is the
sum of these objects: replaying them gives the same rows, and the next sync applies what a crash left out.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from myrunstreak.raw_json import is_sound, mend
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.values import Kind, RawObject

_OWNER: Final = "owner.json"
_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(
    r"(?P<source>[^/]+)/\d{4}/\d{2}/(?P<stamp>\d{8}T\d{6}\.\d{6}Z)-"
    r"(?P<kind>summary|extended|details|splits|deletions)-[0-9a-f]{8}\.json\.gz"
)
# Two writers stamp independently: how far behind the newest applied object an unapplied one may be.
_OVERLAP = timedelta(days=1)
_CHUNK_BYTES: Final = 1 << 20


class RawArchive:
    """The archive of one source.

    Args:
        blobs: the folder ``RAW_ARCHIVE``.
        source: short name of the record's origin; a stand-in's objects never mix with the real ones.
        work: a local folder for copies.
    """

    def __init__(self, blobs: Blobs, source: str, work: Path) -> None:
        self._blobs = blobs
        self._source = source
        self._work = work

    @property
    def place(self) -> str:
        """The archive in words, for messages."""
        return self._blobs.place

    def draft(self, kind: Kind, body: bytes, observed_at: datetime) -> RawObject:
        """An object that is named and lies in the work folder, but is not archived yet.

        Its body is what ``mend`` makes of the given one: verbatim, unless that could not be read.
        """
        stamp = observed_at.astimezone(UTC)
        body = mend(body)
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()[:8]
        name = f"{self._source}/{stamp:%Y/%m}/{stamp.strftime(_STAMP)}-{kind}-{digest}.json.gz"
        return RawObject(name, kind, stamp, self._save(name, gzip.compress(body, 6, mtime=0)))

    def add(self, draft: RawObject) -> None:
        """Archive a draft."""
        self._blobs.add(draft.name, draft.file.read_bytes())

    def unapplied(self, applied: set[str], newest: datetime | None) -> Iterator[RawObject]:
        """Objects of this source that are not in ``applied``, oldest first.

        Args:
            applied: names that the database already contains.
            newest: when the newest of these was observed; None looks through the whole archive.
        """
        yield from self._objects(None if newest is None else newest - _OVERLAP, applied)

    def since(self, moment: datetime) -> Iterator[RawObject]:
        """Objects of this source observed at a moment or later, oldest first."""
        return self._objects(moment, set())

    def named(self, names: set[str]) -> Iterator[RawObject]:
        """The objects of these names that exist, oldest first."""
        for name, match in self._matches(None):
            if name in names:
                yield self._read(name, match)

    def names_since(self, moment: datetime) -> list[str]:
        """The names of the objects that ``since`` reads."""
        return [name for name, _ in self._matches(moment)]

    def _objects(self, since: datetime | None, known: set[str]) -> Iterator[RawObject]:
        for name, match in self._matches(since):
            if name not in known:
                yield self._read(name, match)

    def _read(self, name: str, match: re.Match[str]) -> RawObject:
        observed_at = datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
        kind: Kind = match["kind"]  # type: ignore[assignment]
        return RawObject(name, kind, observed_at, *self._save_readable(name, self._blobs.read(name)))

    def _matches(self, since: datetime | None) -> Iterator[tuple[str, re.Match[str]]]:
        after = f"{self._source}/"
        if since is not None:
            moment = since.astimezone(UTC)
            after = f"{self._source}/{moment:%Y/%m}/{moment.strftime(_STAMP)}"
        for name in self._blobs.names(after):
            if not name.startswith(f"{self._source}/"):
                break
            match = _NAME.fullmatch(name)
            if match:
                yield name, match

    def owner(self) -> Owner | None:
        """The owner of this source's runs; None where that was never noted."""
        file = self._work / "owner.json"
        if self._blobs.fetch(self._owner_name, file) is None:
            return None
        return Owner.parse(file.read_bytes())

    def note_owner(self, owner: Owner) -> None:
        """Note the owner. The first note stands."""
        self._blobs.add(self._owner_name, owner.to_json())

    @property
    def _owner_name(self) -> str:
        return f"{self._source}/{_OWNER}"

    def names(self) -> set[str]:
        """The names of all objects of this source, as the archive lists them."""
        held = self._blobs.names(f"{self._source}/")
        ours = itertools.takewhile(lambda name: name.startswith(f"{self._source}/"), held)
        return {name for name in ours if _NAME.fullmatch(name)}

    def sources(self) -> list[str]:
        """The sources in the archive."""
        return sorted({match["source"] for name in self._blobs.names() if (match := _NAME.fullmatch(name))})

    def _save_readable(self, name: str, compressed: bytes) -> tuple[Path, str | None]:
        """A readable copy, and the damage of an object that cannot be read."""
        try:
            if not compressed:
                raise EOFError("it is empty")
            if not is_sound(lambda: _chunks(compressed)):
                # Older code archived bodies as they came.
                compressed = gzip.compress(mend(gzip.decompress(compressed)), 1, mtime=0)
        except (OSError, EOFError, zlib.error) as error:
            reason = (
                f"it is damaged ({error}): restore an older version of it, or move it away, and run `myrunstreak "
                "quarantine retry`; `sync --full` reads its runs again"
            )
            return self._save(name, gzip.compress(b"[]", mtime=0)), reason
        return self._save(name, compressed), None

    def _save(self, name: str, compressed: bytes) -> Path:
        file = self._work / name.replace("/", "_")
        file.write_bytes(compressed)
        return file


def _chunks(compressed: bytes) -> Iterator[bytes]:
    with gzip.open(io.BytesIO(compressed)) as content:
        while chunk := content.read(_CHUNK_BYTES):
            yield chunk
