"""The note beside a published file which says that exactly this content was whole, and when it was last read through.

Reading every block of a file takes longer the longer the history is. A file whose checksum is the one that its
publisher noted needs that once a week only.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

# How long a noted check is believed.
_BELIEVED: Final = timedelta(days=7)
_CHUNK_BYTES: Final = 1 << 20
_NOTE: Final = re.compile(r"crc32=([0-9a-f]{8}) bytes=(\d+) read=(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Proof:
    """A content that was whole.

    Attributes:
        crc32, size: of the file, in bytes.
        read_on: the UTC day on which it, or the file that it was made from, was read from end to end.
    """

    crc32: int
    size: int
    read_on: date

    @classmethod
    def of(cls, file: Path, read_on: date) -> Proof:
        """The proof for a file that has just been checked."""
        crc32 = 0
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                crc32 = zlib.crc32(chunk, crc32)
        return cls(crc32, file.stat().st_size, read_on)

    @classmethod
    def parse(cls, note: str) -> Proof | None:
        """What a note says; None where it says nothing of the kind."""
        match = _NOTE.fullmatch(note)
        try:
            return cls(int(match[1], 16), int(match[2]), date.fromisoformat(match[3])) if match else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"crc32={self.crc32:08x} bytes={self.size} read={self.read_on.isoformat()}"

    def holds(self, file: Path, today: date) -> bool:
        """Whether a file has this content, and the check is not too long ago."""
        return timedelta() <= today - self.read_on < _BELIEVED and self == Proof.of(file, self.read_on)
