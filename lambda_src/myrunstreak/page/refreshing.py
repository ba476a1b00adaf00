"""Asks Smashrun now: starts a short sync, at most once in five minutes, and tells how far it is."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, Protocol

from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import to_text
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.remembered import fetch_if_there
from myrunstreak.store.blobs.replacing import replace

REFRESH: Final = "refresh.json"
APART: Final = timedelta(minutes=5)
# A short sync takes seconds; after this long there will be no answer.
_PATIENCE: Final = timedelta(minutes=3)


class AskedTooSoon(MyRunStreakError):
    """Smashrun was asked a moment ago.

    Attributes:
        wait_s: seconds until it may be asked again.
    """

    def __init__(self, wait_s: int) -> None:
        minutes = -(-wait_s // 60)
        super().__init__(
            f"Smashrun was asked a moment ago. Ask again in {minutes} {'minute' if minutes == 1 else 'minutes'}."
        )
        self.wait_s = wait_s


class Starter(Protocol):
    """Starts a short sync, and does not wait for it."""

    def start(self) -> None: ...

    def failure(self) -> str | None:
        """Why the last one failed, where that is known here."""
        ...


@dataclass(frozen=True)
class Progress:
    """How far the sync that was asked for is."""

    state: Literal["none", "running", "done", "failed"]
    text: str


class Refreshing:
    """The button "Ask Smashrun now".

    Args:
        folder: where it is kept when Smashrun was asked last.
    """

    def __init__(self, folder: Blobs, starter: Starter) -> None:
        self._folder = folder
        self._starter = starter

    def ask(self, now: datetime) -> None:
        """Start a sync.

        Raises:
            AskedTooSoon: one was started within the last five minutes.
        """
        with TemporaryDirectory() as work:
            old, new = Path(work) / "old", Path(work) / "new"

            def change() -> tuple[Path, Version | None]:
                version = fetch_if_there(self._folder, REFRESH, old)
                asked = _read(old) if version else None
                if asked is not None and timedelta(0) <= now - asked < APART:
                    raise AskedTooSoon(int((APART - (now - asked)).total_seconds()) + 1)
                new.write_text(json.dumps({"asked_at": to_text(now)}), encoding="utf-8")
                return new, version

            replace(self._folder, REFRESH, change, next_step="Ask again.")
        try:
            self._starter.start()
        except MyRunStreakError:
            # Nothing was asked: it may be tried again at once.
            self._folder.put(REFRESH, b"{}")
            raise

    def progress(self, now: datetime, *, last_success_at: datetime | None, is_shown: bool) -> Progress:
        """How far it is.

        Args:
            last_success_at: when the last complete sync ended.
            is_shown: whether the page shows the present record.
        """
        with TemporaryDirectory() as work:
            file = Path(work) / "asked"
            asked = _read(file) if fetch_if_there(self._folder, REFRESH, file) else None
        if asked is None:
            return Progress("none", "Smashrun has not been asked from here.")
        if failure := self._starter.failure():
            return Progress("failed", failure)
        if last_success_at is not None and last_success_at >= asked and is_shown:
            return Progress("done", "The record is as Smashrun knows it.")
        if now - asked > _PATIENCE:
            return Progress(
                "failed", "Smashrun or the sync did not answer. The page shows what is known so far."
            )
        return Progress("running", "Asking Smashrun.")


class LambdaStarter:
    """Starts the function that syncs, by its alias.

    Args:
        arn: of the alias.
    """

    def __init__(self, arn: str, region: str) -> None:
        self._arn = arn
        self._region = region

    def start(self) -> None:
        """Invoke it; it works on by itself.

        Raises:
            StoreUnavailable, InvalidSettings: it cannot be started.
        """
        from myrunstreak.aws import aws_client, aws_errors

        with aws_errors("the sync function", "start"):
            client = aws_client("lambda", self._region, read_timeout_s=5, tries=2)
            client.invoke(FunctionName=self._arn, InvocationType="Event", Payload=b'{"short": true}')

    def failure(self) -> str | None:
        """Not known here: a failed sync alarms by itself."""
        return None


def _read(file: Path) -> datetime | None:
    with suppress(ValueError, KeyError, TypeError):
        return datetime.fromisoformat(json.loads(file.read_bytes())["asked_at"]).astimezone(UTC)
    return None
