"""Remembers what was sent: a small object for each channel, changed only while it is as it was read.

A channel is claimed before it is sent to, and settled afterwards. Schedulers deliver twice, also at once: the second
delivery waits for the first. A claim of a process that died ends by itself.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, cast

from myrunstreak.instants import Clock, parse_instant, to_text, utc_now
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.remembered import fetch_if_there
from myrunstreak.store.blobs.replacing import replace

# A claim is over after this long; a channel answers or has failed before that.
CLAIM: Final = timedelta(seconds=60)
_POLL_S: Final = 1.0

# Occasions that are remembered: a month and more of them.
_KEPT: Final = 200

_Mark = dict[str, Any]


class SentMarks:
    """Which channels have taken which occasion's message.

    Every method raises ``StoreUnavailable`` or ``InvalidSettings`` where the folder cannot be read or written.

    Args:
        folder: where the marks are kept.
    """

    def __init__(
        self, folder: Blobs, *, clock: Clock = utc_now, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._sleep = sleep

    def claim(self, slot: str, channel: str) -> str | None:
        """Claim a channel; what to settle with, or None where the message has been sent.

        Waits while another process holds it.
        """
        mine = secrets.token_hex(8)
        while (found := self._try_to_claim(slot, channel, mine)) == "held":
            self._sleep(_POLL_S)
        return mine if found == "claimed" else None

    def _try_to_claim(self, slot: str, channel: str, mine: str) -> Literal["claimed", "held", "sent"]:
        """Claim a channel unless another process holds it or has sent the message.

        Decided where it is written: a claim of another's that ends a moment later is still held.
        """
        found: list[Literal["claimed", "held", "sent"]] = []

        def claim(mark: _Mark) -> _Mark | None:
            is_sent = mark.get("state") == "sent"
            found.append("sent" if is_sent else "held" if self._is_held(mark, mine) else "claimed")
            return {"state": "claimed", "by": mine} if found[-1] == "claimed" else None

        self._change(slot, channel, claim)
        return found[-1]

    def settle(self, slot: str, channel: str, claim: str, *, is_sent: bool) -> None:
        """Say how it went: what was not sent may be tried again at once."""

        def settle(mark: _Mark) -> _Mark | None:
            if not is_sent and mark.get("by") != claim:
                return None  # another process has taken over, and says itself how it went
            return {"state": "sent" if is_sent else "failed", "by": claim}

        self._change(slot, channel, settle)

    def _is_held(self, mark: _Mark, mine: str) -> bool:
        """Whether another process holds the channel; a claim of ours is found where S3's answer to it was lost."""
        at = parse_instant(mark.get("at"))
        # Two machines' clocks may differ a little in either direction.
        is_alive = at is not None and abs(self._clock() - at) < CLAIM
        return mark.get("state") == "claimed" and mark.get("by") != mine and is_alive

    def _change(self, slot: str, channel: str, change: Callable[[_Mark], _Mark | None]) -> None:
        name = f"{channel.replace(' ', '-')}.json"
        with TemporaryDirectory(prefix="myrunstreak-") as work:
            file = Path(work) / "marks.json"

            def attempt() -> tuple[Path, Version | None] | None:
                version = fetch_if_there(self._folder, name, file)
                marks = _read(file) if version else {}
                changed = change(marks.pop(slot, {}))
                if changed is None:
                    return None
                marks[slot] = changed | {"at": to_text(self._clock())}
                file.write_text(json.dumps(dict(list(marks.items())[-_KEPT:]), indent=1), encoding="utf-8")
                return file, version

            replace(self._folder, name, attempt, next_step="The message is tried again.")


def _read(file: Path) -> dict[str, _Mark]:
    """Marks by occasion, the latest last; none where the file is damaged: a message too many is better than none."""
    with suppress(ValueError):
        document: object = json.loads(file.read_bytes())
        if isinstance(document, dict):
            marks = cast("dict[str, object]", document)
            return {slot: cast("_Mark", mark) for slot, mark in marks.items() if isinstance(mark, dict)}
    return {}
