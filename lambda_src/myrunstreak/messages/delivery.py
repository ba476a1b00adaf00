"""Sends a message to every channel, each by itself: one that fails or hangs keeps no other from it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock
from myrunstreak.messages.channels import Channel
from myrunstreak.messages.marks import CLAIM, SentMarks
from myrunstreak.messages.message import Message
from myrunstreak.redaction import redact

# A claim of another process may have to end first; then a channel has this long.
_PATIENCE_S: Final = CLAIM.total_seconds() + 30

_log = logging.getLogger(__name__)


@dataclass
class Delivery:
    """What became of a message: names of channels.

    Attributes:
        sent: those that have taken it now.
        already: those that had taken it before.
        late: those that were not sent to, because the message's time was over.
        failed: why each of the others has not taken it.
    """

    sent: list[str] = field(default_factory=list[str])
    already: list[str] = field(default_factory=list[str])
    late: list[str] = field(default_factory=list[str])
    failed: dict[str, str] = field(default_factory=dict[str, str])


def deliver(
    message: Message,
    channels: Sequence[Channel],
    marks: SentMarks,
    clock: Clock,
    *,
    patience_s: float = _PATIENCE_S,
) -> Delivery:
    """Send a message once to each channel that has not taken it yet.

    Args:
        patience_s: after this long a channel that has not answered counts as failed.
    """
    delivery = Delivery()
    threads = [
        threading.Thread(
            target=_send, args=(message, channel, marks, clock, delivery), name=channel.name, daemon=True
        )
        for channel in channels
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    for thread in threads:
        if thread.is_alive():
            delivery.failed.setdefault(thread.name, "it did not answer in time")
    return delivery


def _send(message: Message, channel: Channel, marks: SentMarks, clock: Clock, delivery: Delivery) -> None:
    try:
        claim = marks.claim(message.slot, channel.name)
        if claim is None:
            delivery.already.append(channel.name)
            return
        if clock() >= message.expires_at:
            marks.settle(message.slot, channel.name, claim, is_sent=False)
            delivery.late.append(channel.name)
            return
        try:
            channel.send(message)
        except BaseException:
            marks.settle(message.slot, channel.name, claim, is_sent=False)
            raise
        delivery.sent.append(channel.name)
        marks.settle(message.slot, channel.name, claim, is_sent=True)
    except MyRunStreakError as error:
        delivery.failed[channel.name] = redact(str(error))
    except Exception as error:
        _log.warning("A channel failed unexpectedly", exc_info=True)
        delivery.failed[channel.name] = f"{type(error).__name__}: {redact(str(error))}"
