"""A JSON object that is read and written whole: the port that a file, a secret and a parameter fill."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, cast

from myrunstreak.errors import InvalidSettings

Change = Callable[[dict[str, object]], dict[str, object]]

TOKENS_REMEDY: Final = "Restore an earlier version, or remove it and authorise again: `myrunstreak auth`."


class DamagedDocument(InvalidSettings):
    """What is stored is no JSON object."""


class JsonDocument(Protocol):
    """A JSON object that is read and written whole.

    Every method raises:
        InvalidSettings: the operator has to mend something; one line, never the content. `DamagedDocument`
            where the content is no JSON object.
        StoreUnavailable: the store did not answer; trying later may help.

    Attributes:
        limit_bytes: how long the document may be as compact JSON; 0: as long as need be.
    """

    limit_bytes: int = 0

    @property
    def name(self) -> str:
        """How to call the document in messages."""
        ...

    def read(self) -> dict[str, object] | None:
        """The object, or None where there is none yet."""
        ...

    def write(self, value: dict[str, object]) -> None:
        """Replace the object, as a whole or not at all."""
        ...

    def update(self, change: Change) -> dict[str, object]:
        """Read, change and write in one go (an empty object where there is none); what was written."""
        with self.exclusive():
            value = change(self.read() or {})
            self.write(value)
        return value

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from writing meanwhile. Only files can: elsewhere the last writer wins."""
        return nullcontext()


def render(value: dict[str, object]) -> bytes:
    """The object as people read it."""
    return (json.dumps(value, indent=2) + "\n").encode()


def parse(data: bytes, name: str, remedy: str) -> dict[str, object] | None:
    """Read what is stored; None where that is nothing.

    Raises:
        DamagedDocument: it is no JSON object; the message ends with `remedy`.
    """
    if not data.strip():
        return None
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise DamagedDocument(f"{name} does not hold one JSON object. {remedy}")
    return cast("dict[str, object]", value)
