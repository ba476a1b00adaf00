"""A message to the runner, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Picture:
    """A picture beside a message: a file's name, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """What is said.

    Attributes:
        slot: its occasion, such as ``reminder-2026-11-27-1830``: an occasion's message is sent once.
        title: one line.
        text: plain text.
        html: the same for a channel that shows HTML; empty: there is none.
        expires_at: from this instant on it would be wrong, aware.
        why: the reason for it, in a few words.
        state: how the streak stands: done_today, at_risk, broken, or unknown.
    """

    slot: str
    title: str
    text: str
    expires_at: datetime
    why: str
    state: str
    html: str = ""
    pictures: tuple[Picture, ...] = ()

    @property
    def whole(self) -> str:
        """Title and text."""
        return f"{self.title}\n\n{self.text}"


@dataclass(frozen=True)
class Silence:
    """No message: why not, and how the streak stands."""

    why: str
    state: str
