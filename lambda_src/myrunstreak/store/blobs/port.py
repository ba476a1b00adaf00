"""A folder of named objects with versions and conditional writes: the port that disk and S3 both fill.

The database, the raw archive and the recordings' files are all kept through it, so that "never half
written" and "never over another's work" are solved once for each kind of storage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from myrunstreak.errors import MyRunStreakError


@dataclass(frozen=True)
class Version:
    """The state of an object: compare by ``tag``; a human restores by ``label``.

    Attributes:
        note: what its writer noted beside it; empty where nothing is.
    """

    tag: str
    label: str = ""
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Kept:
    """An object that is kept, or an earlier state of one.

    Attributes:
        written_at: when it was stored, in UTC.
        size: in bytes.
        version: the label of an earlier state; empty for the present one.
    """

    name: str
    written_at: datetime
    size: int
    version: str = ""


class Superseded(MyRunStreakError):
    """A conditional write lost: the object is not in the expected state any more."""


class Blobs(Protocol):
    """A folder, local or under a bucket's prefix. Names are relative and use ``/``.

    Every method raises ``InvalidSettings`` where the operator has to act (missing bucket, denied
    action) and ``StoreUnavailable`` where trying later may help.
    """

    @property
    def place(self) -> str:
        """The folder in words, for messages."""
        ...

    def within(self, folder: str) -> Blobs:
        """A folder inside this one, reached the same way."""
        ...

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:
        """Copy an object to the file ``to``; None when there is no such object.

        Answers ``known`` itself, without touching ``to``, while the object is still in that state.
        """
        ...

    def earlier(self, name: str) -> list[Kept]:
        """The earlier states of an object that are still kept, newest first. A disk keeps none."""
        ...

    def fetch_earlier(self, name: str, version: str, to: Path) -> bool:
        """Copy an earlier state of an object to the file ``to``; False where none has this label."""
        ...

    def read(self, name: str) -> bytes:
        """The content of a small object that exists."""
        ...

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        """Replace the object by the file ``source``, whole or not at all.

        Args:
            note: one line about the content, which may get lost.

        Raises:
            Superseded: the object is not in the state ``expected`` (None: there was none).
        """
        ...

    def add(self, name: str, content: bytes) -> None:
        """Store an immutable object; one of the same name is left as it is."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Store a small object in the place of any other, whole or not at all: for what can be made again at any time."""
        ...

    def names(self, after: str = "") -> Iterator[str]:
        """Names greater than ``after``, ascending."""
        ...

    def kept(self) -> Iterator[Kept]:
        """Every object of the folder, by name."""
        ...
