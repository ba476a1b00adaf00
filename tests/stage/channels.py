"""Channels for tests: what they were sent is kept, and they fail or hang as told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from myrunstreak.errors import StoreUnavailable
from myrunstreak.messages.message import Message


@dataclass
class Kept:
    """A channel that keeps what it has taken.

    Attributes:
        failures: so many times it refuses before it takes one.
        gate: it answers once this is set.
    """

    name: str
    failures: int = 0
    taken: list[Message] = field(default_factory=list[Message])
    asked: int = 0
    gate: threading.Event | None = None

    def send(self, message: Message) -> None:
        """Take it, refuse it, or wait."""
        self.asked += 1
        if self.gate is not None:
            self.gate.wait(20)
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable(f"{self.name} does not answer")
        self.taken.append(message)


def a_message(expires_at: datetime, slot: str = "reminder-2026-11-27-1830") -> Message:
    """A reminder."""
    return Message(
        slot, "Day 5 is still open", "Any run by midnight.", expires_at, "today is still open", "at_risk"
    )
